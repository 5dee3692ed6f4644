"""What the local stack says of itself, and the one error it raises."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Name = Literal["kafka", "mongo", "zipkin", "relay", "prometheus"]
NAMES: tuple[Name, ...] = ("kafka", "mongo", "zipkin", "relay", "prometheus")


class StackError(RuntimeError):
    """One line for a person: what is wrong, where, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """One server of the stack, as it is now.

    `crashed`: it was started, never told to stop, and is gone; `last_lines` is then the end of its log.
    """

    name: Name
    program: str
    state: Literal["running", "stopped", "crashed"]
    address: str | None
    pid: int | None
    since: str | None
    log: Path
    last_lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The stack as it is now.

    `observers` are those that were ever started here; `started` and `stopped` name what this call changed, `notes` say
    what a person should know.
    """

    folder: Path
    kafka: Child
    mongo: Child
    observers: tuple[Child, ...] = ()
    started: tuple[Name, ...] = ()
    stopped: tuple[Name, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def children(self) -> tuple[Child, Child]:
        """Both servers, Kafka first."""
        return self.kafka, self.mongo

    @property
    def running(self) -> bool:
        """Whether both servers run."""
        return all(child.state == "running" for child in self.children)

    @property
    def bootstrap(self) -> str:
        """Kafka's address, for PSDF_KAFKA."""
        return _known(self.kafka)

    @property
    def mongo_url(self) -> str:
        """The store's address, for PSDF_MONGO."""
        return f"mongodb://{_known(self.mongo)}/"

    def url_of(self, observer: Name) -> str | None:
        """Where one who looks on answers; None while it does not run."""
        running = (child for child in self.observers if child.name == observer and child.state == "running")
        return next((f"http://{child.address}" for child in running), None)

    @property
    def traces_url(self) -> str | None:
        """Where Zipkin shows a trace, with `{trace}` for its id, for PSDF_TRACES_URL; None while it does not run."""
        zipkin = self.url_of("zipkin")
        return f"{zipkin}/zipkin/traces/{{trace}}" if zipkin else None


def _known(child: Child) -> str:
    if child.address is None:
        raise StackError(f"{child.name} was never started here: psdf stack up")
    return child.address
