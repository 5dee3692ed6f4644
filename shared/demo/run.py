"""Play the demo year on the embedded stack: a real journal, a real ministry that gets real letters over HTTP."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import msgspec

from services.payments.state import State
from shared.adapters.ministry.sim import ministry_app
from shared.demo.post import Event, Sent, day_started
from shared.demo.serving import serving
from shared.engine.outbox import Message
from shared.events.catalogue import INTERNAL, OUTSIDE
from shared.journal.home import Home
from shared.kernel.fund import Fund
from shared.kernel.money import Cents
from shared.runtime.embedded import open_fund
from shared.telemetry.setup import Telemetry

Progress: TypeAlias = Callable[[date, Sequence[Event]], None]
"""Called at the end of each day, with all that the services said on it."""
Publish: TypeAlias = Callable[[Sequence[Sent]], Awaitable[list[Event]]]


class Outside(Protocol):
    """Everybody outside a fund, as they are played (``World``, ``FundYear``)."""

    def dates(self) -> Iterator[date]:
        """Every day of the story."""

    def morning(self, day: date) -> list[Sent]:
        """What happens on the day of its own accord."""

    def answer(self, day: date, emitted: Iterable[Event]) -> list[Sent]:
        """What follows on the same day from what the services said since the last call."""


class Watcher(Protocol):
    """Somebody who watches the year while it is played, and may break something in it."""

    def ministry_is(self, address: str) -> None:
        """Where the ministry's letter box answers."""

    def through(self, publish: Publish) -> Publish:
        """Write down what is handed over."""

    async def day_passed(self, day: date) -> None:
        """Wait until the next day may begin."""


@dataclass(slots=True)
class YearTally:
    """What the year said: counts by type, sums by type, and an invoice that lived through everything."""

    counts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    ordered_cents: dict[str, Cents] = field(default_factory=dict)
    executed_cents: Cents = 0
    rejected_cents: Cents = 0
    outside: int = 0
    notified: list[str] = field(default_factory=list)
    deferred: dict[str, None] = field(default_factory=dict)
    executed: dict[str, None] = field(default_factory=dict)

    def hear(self, event: dict[str, Any]) -> None:
        """Count one event that a service said."""
        type_, data = event["type"], event["data"]
        self.counts[type_] += 1
        for reason in data.get("reasons", ()):
            self.reasons[f"{type_}: {reason['code']}"] += 1
        match type_:
            case "payment.deferred":
                self.reasons[f"{type_}: {data['reason']}"] += 1
                self.deferred[data["invoice_id"]] = None
            case "overrun.notified":
                self.notified += data["invoices"]
            case "payment.ordered":
                self.ordered_cents[data["source"]] = self.ordered_cents.get(data["source"], 0) + data["amount_cents"]
            case "payment.executed":
                self.executed_cents += data["amount_cents"]
                self.executed[data["invoice_id"]] = None
            case "payment.rejected":
                self.rejected_cents += data["amount_cents"]

    def whole_story(self, traced: Callable[[str], bool]) -> str | None:
        """An invoice that was deferred, notified to the ministry, and paid; one with a trace, if there is one."""
        whole = [i for i in self.notified if i in self.deferred and i in self.executed]
        return next(filter(traced, whole), whole[0] if whole else None)


@asynccontextmanager
async def ministry(folder: Path) -> AsyncIterator[str]:
    """A small real ministry on a free port of this machine; it keeps the letters that it gets."""
    async with serving(ministry_app(folder)) as address:
        yield address


async def play_year(
    home: Home,
    fund: Fund,
    world: Outside,
    dates: Iterable[date],
    progress: Progress,
    telemetry: Telemetry,
    watch: Watcher | None = None,
) -> tuple[YearTally, State]:
    """Play the year into a home; leaves ``events.jsonl`` with all that came and was said."""
    heard: list[Message] = []
    async with (
        ministry(home.path / "ministry") as address,
        open_fund(home, fund, moment="event", ministry=address, listeners=[heard.extend], telemetry=telemetry) as stack,
    ):
        heard.clear()

        async def publish(sent: Sequence[Sent]) -> list[Event]:
            """What was said, also of its own accord since the last time: a letter that went at a later try."""
            if sent:
                await stack.publish([raw_of(event) for event in sent])
            said = [decode(message) for message in public(heard)]
            heard.clear()
            return said

        if watch:
            watch.ministry_is(address)
        told = await play_days(home, world, dates, publish, progress, watch)
    return told, stack.payments


async def play_days(
    home: Home,
    world: Outside,
    dates: Iterable[date],
    publish: Publish,
    progress: Progress,
    watch: Watcher | None = None,
) -> YearTally:
    """Play days against a fund: ``publish`` hands it events, and gives back what its services said to all."""
    told, publish = YearTally(), watch.through(publish) if watch else publish
    with (home.path / "events.jsonl").open("w", encoding="utf-8") as written:

        async def through(sent: Sequence[Sent]) -> list[Event]:
            said = await publish(sent)
            told.outside += len(sent)
            written.writelines(raw_of(event).decode("utf-8", "replace") + "\n" for event in sent)
            for event in said:
                told.hear(event)
                written.write(json.dumps(event, ensure_ascii=False) + "\n")
            return said

        for day in dates:
            emitted = await through([day_started(day)])
            emitted += await through(world.morning(day))
            said = emitted
            while answers := world.answer(day, emitted):
                emitted = await through(answers)
                said = [*said, *emitted]
            progress(day, said)
            if watch:
                await watch.day_passed(day)
        await through([])
    return told


def raw_of(sent: Sent) -> bytes:
    """What is sent, as bytes."""
    return sent if isinstance(sent, bytes) else json.dumps(sent, ensure_ascii=False).encode()


def public(messages: Iterable[Message]) -> Iterable[Message]:
    """What services said to all."""
    return (m for m in messages if m.topic not in OUTSIDE and m.topic not in INTERNAL)


def decode(message: Message) -> dict[str, Any]:
    """The event of a message."""
    event: dict[str, Any] = msgspec.json.decode(message.raw)
    return event
