"""Who watches an engine at work: traces and counts. Nothing of it is written."""

from collections.abc import Sequence
from typing import Any, Protocol

from shared.kernel.clock import Now
from shared.messages.read import Event


class Observer(Protocol):
    """Sees what an engine does, in its own loop: it must neither fail nor wait, and changes no decision."""

    def heard(self, event: Event) -> None:
        """See an event that is decided on next."""

    def decided(self, event: Event, stream: str, now: Now, said: Sequence[Any]) -> None:
        """See what was decided; it becomes durable with the batch, or not at all."""

    def dropped(self) -> None:
        """See that nothing of the batch became durable."""

    def threw_away(self) -> None:
        """See that a stored snapshot was not what was kept, and is not used."""
