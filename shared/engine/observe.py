"""Who watches an engine at work: traces and counts. Nothing of it is written."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from shared.kernel.clock import Now
from shared.messages.envelope import Event

if TYPE_CHECKING:
    from shared.engine.handle import Engine


class Watch(Protocol):
    """Who watches a process that makes engines, and lays messages aside before any engine hears them."""

    def watch(self, engine: "Engine") -> None:
        """Watch an engine that is not started yet."""

    def parked(self, service: str, topic: str) -> None:
        """Count a message that was laid aside."""


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
