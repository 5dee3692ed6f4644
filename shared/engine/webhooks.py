"""Which source is called where, and since when: what was registered and removed, folded."""

from dataclasses import dataclass, field
from datetime import datetime

from shared.events.webhooks import WebhookRegistered, WebhookRemoved


@dataclass(slots=True, kw_only=True)
class Webhook:
    """Where a source is called, since a moment: registered anew, it is another one.

    ``networks`` are those in which it may lie beside the public internet.
    """

    source: str
    url: str
    networks: str
    registered_at: datetime


@dataclass(slots=True, kw_only=True)
class Webhooks:
    """The webhooks there are, one a source."""

    by_source: dict[str, Webhook] = field(default_factory=dict)

    def why_not(self, said: WebhookRegistered | WebhookRemoved) -> str | None:
        """Why a word on a webhook changes nothing; None where it is to be folded. The same again begins anew."""
        if isinstance(said, WebhookRemoved) and said.source not in self.by_source:
            return f"{said.source} has no webhook"
        return None

    def fold(self, said: WebhookRegistered | WebhookRemoved) -> None:
        """Take what was registered or removed; ``at`` is said."""
        assert said.at is not None
        if isinstance(said, WebhookRemoved):
            del self.by_source[said.source]
        else:
            self.by_source[said.source] = Webhook(
                source=said.source, url=said.url, networks=said.networks, registered_at=said.at
            )
