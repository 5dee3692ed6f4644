"""Where a source is told that there is an answer: the fund's own events, which nobody sends from outside."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated

from shared.events.keys import same_person
from shared.events.record import Record, event
from shared.kernel.fields import Doc, Expected, Id, Moment, Name, Pattern, Reasoned

Address = Annotated[
    str,
    Pattern(r"^https://[0-9A-Za-z]([0-9A-Za-z.-]{0,252})(:[0-9]{1,5})?(/[0-9A-Za-z/._~%+=&?-]{0,400})?$"),
    Expected("an address https://name[:port][/path] without a user, of at most 500 characters"),
]
Networks = Annotated[
    str,
    Pattern(r"^[0-9A-Fa-f.:/,]{0,200}$"),
    Expected("networks such as 10.1.0.0/16, with commas between"),
]


@event("webhook.registered", about="{source}", by=("/webhooks", "/door"))
class WebhookRegistered(Record):
    """A source is called at this address when the fund has said something to it. Two persons have said so."""

    source: Annotated[Id, Doc("who is called, as its events name it")]
    url: Address
    by: Name
    approved_by: Name
    networks: Annotated[Networks, Doc("in which it may lie beside the public internet; empty: none")] = ""
    at: Annotated[Moment | None, Doc("when it came into force; the fund's own clock says it")] = None

    def contradiction(self) -> str | None:
        """See what no single field shows."""
        if same_person(self.by, self.approved_by):
            return f"by and approved_by are one person, '{self.by}': a webhook is registered by two"
        try:
            networks_of(self.networks)
        except ValueError as error:
            return f"networks: {error}"
        return None


@event("webhook.removed", about="{source}", by=("/webhooks", "/door"))
class WebhookRemoved(Record):
    """A source is not called any more. Two persons have said so."""

    source: Id
    reason: Reasoned
    by: Name
    approved_by: Name
    at: Annotated[Moment | None, Doc("when it came into force; the fund's own clock says it")] = None

    def contradiction(self) -> str | None:
        """See what no single field shows."""
        if same_person(self.by, self.approved_by):
            return f"by and approved_by are one person, '{self.by}': a webhook is removed by two"
        return None


def networks_of(text: str) -> list[IPv4Network | IPv6Network]:
    """The networks of a text, with commas between. Raises ValueError."""
    return [ip_network(part) for part in text.split(",") if part]
