"""Play events forward on a copy of the journals: the same services, a bank that executes, a ministry that receives.

A copy is in memory; what is played there is gone with it. The original is read, and never written.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.adapters.local import LocalBus
from shared.adapters.sqlite.store import SqliteStore, connect
from shared.engine.engine import Engine
from shared.engine.faults import Unavailable
from shared.engine.ingress import INGRESS
from shared.engine.outbox import Message
from shared.events.internal import NoticeDelivered, NoticePrepared
from shared.events.payments import PaymentOrdered
from shared.events.treasury import PaymentReported
from shared.journal.services import SERVICES
from shared.kernel.calendar import VILNIUS, days_between, midnight
from shared.kernel.fund import Fund
from shared.messages.read import parse
from shared.messages.write import cloud_event, day_started

if TYPE_CHECKING:
    from shared.engine.journal import Store

NO_LETTER = "0" * 64
"""The digest of a letter that was never written: in a copy nobody gets mail."""


def copy_of(source: sqlite3.Connection | Path) -> sqlite3.Connection:
    """A copy of a journal in memory, by SQLite's own backup; a path is opened for reading only.

    Raises Unavailable where the file is not there or is no journal.
    """
    if isinstance(source, Path):
        try:
            original = sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)
        except sqlite3.Error as error:
            raise Unavailable(f"{source}: {error}; is it the fund's journal?") from error
        try:
            return copy_of(original)
        except sqlite3.Error as error:
            raise Unavailable(f"{source}: {error}; is it the fund's journal?") from error
        finally:
            original.close()
    copy = connect(None)
    source.backup(copy)
    return copy


def cooperative(event: Any) -> Any:  # noqa: ANN401 - any event of any domain
    """A world that never stands in the way: the ministry receives at once, the bank executes the same day."""
    match event:
        case NoticePrepared():
            return NoticeDelivered(notice_no=event.notice_no, letter_sha256=NO_LETTER)
        case PaymentOrdered():
            return PaymentReported(order_id=event.order_id, outcome="executed", on=event.on, reason=None)
    return None


class Play:
    """The services on a copy, and all that they told while it was played."""

    def __init__(self, connection: sqlite3.Connection, fund: Fund) -> None:
        """Take a copy (``copy_of``) and the fund that decides on it."""
        self.fund, self.told = fund, list[Message]()
        self.day_passed: Callable[[], None] = lambda: None
        """Hears of each day that was played."""
        self.stores: dict[str, Store] = {s.name: SqliteStore(connection, s.name) for s in SERVICES}
        self._engines = [Engine(s, fund, self.stores[s.name], answer=cooperative) for s in SERVICES]
        self._bus = LocalBus(Engine(INGRESS, fund, SqliteStore(connection, INGRESS.name)), self._engines, [self._hear])

    def _hear(self, messages: Sequence[Message]) -> None:
        self.told.extend(messages)

    async def start(self) -> None:
        """Load the services, and let what a crash left unpublished be told first."""
        await self._bus.start()
        self.told.clear()

    def state(self, service: str, stream: str) -> Any:  # noqa: ANN401 - the state class is the service's own
        """The state of a service's stream as it is now, to look at."""
        return next(engine for engine in self._engines if engine.service.name == service).state(stream)

    async def receive(self, raws: Iterable[bytes]) -> None:
        """Take events one by one, each in its own time."""
        for raw in raws:
            await self._bus.receive([raw])

    async def settle(self, on: date) -> None:
        """Let the cooperative world answer what was asked before the copy: orders are executed, letters received."""
        money = self.state("payments", "fund")
        for order_id in sorted(money.orders):
            data = {"order_id": order_id, "outcome": "executed", "on": f"{on}"}
            await self.receive([event_bytes(f"played-{order_id}", "payment.reported", "/treasury", data, on, hour=1)])
        for notice in sorted(money.notices.values(), key=lambda n: n.notice_no):
            data = {"notice_no": notice.notice_no, "letter_sha256": NO_LETTER}
            id_ = f"played-{notice.notice_no}"
            raw = event_bytes(id_, "notice.delivered", "/letters", data, on, hour=1)
            await self._bus.answer(parse(raw, outside=False))

    async def until(self, today: date, horizon: date, events: Sequence[bytes]) -> None:
        """Start each day after today up to the horizon, and give each event on its day, in order of time.

        Raises Malformed for an event that can't be read, ValueError for one that is not of these days.
        """
        of_day: dict[date, list[tuple[Any, bytes]]] = {}
        for raw in events:
            event = parse(raw, outside=True)
            on = event.time.astimezone(VILNIUS).date()
            if not today < on <= horizon:
                raise ValueError(f"{event.type} {event.id} is of {on}: give a day after {today} and until {horizon}")
            of_day.setdefault(on, []).append((event.time, raw))
        for number, day in enumerate(days_between(today, horizon)):
            await self.receive([day_started(day)])
            if number == 0:
                await self.settle(day)
            await self.receive(raw for _, raw in sorted(of_day.get(day, []), key=lambda timed: timed[0]))
            self.day_passed()


def event_bytes(id_: str, type_: str, source: str, data: dict[str, Any], on: date, hour: int = 9) -> bytes:
    """An event of an hour of a day in Vilnius."""
    moment = midnight(on).replace(hour=hour).isoformat()
    return cloud_event(id_=id_, source=source, type_=type_, subject=None, time=moment, data=data)


def ndjson(lines: bytes) -> Iterator[bytes]:
    """The events of a file, one a line; empty lines are none."""
    return (line for line in lines.splitlines() if line.strip())
