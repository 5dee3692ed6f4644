"""What would follow: the very bytes that would be sent, decided by the very services, and nothing is written.

The journal is read as it is at the moment, while the fund may run on; what is decided on it is let go.
"""

import asyncio
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import msgspec

from services.payments.service import FUND
from shared.adapters.local import LocalBus
from shared.adapters.sqlite.store import SqliteStore
from shared.desk.acts import Act
from shared.engine.engine import Engine
from shared.engine.ingress import INGRESS, Check
from shared.engine.journal import Commit, Snapshot
from shared.explain.results import Answer, answers
from shared.explain.sentences import has_words
from shared.journal.events import Data
from shared.journal.home import Home, reading
from shared.journal.parked import ReleaseError, find_parked, parked_events, released
from shared.journal.services import SERVICES
from shared.kernel.calendar import VILNIUS
from shared.kernel.fund import Fund
from shared.kernel.value import value

if TYPE_CHECKING:
    from shared.engine.outbox import Message

Clock: TypeAlias = Literal["arrival", "event"]
"""Whose clock the fund goes by: its own, or that of each event (a demo, a trial)."""


class LetGo(SqliteStore):
    """A store that is read, and forgets what is written to it."""

    async def append(self, commits: Sequence[Commit]) -> None:
        """Keep nothing."""

    async def mark(self, published: Mapping[str, int]) -> None:
        """Keep nothing."""

    async def save(self, snapshots: Sequence[Snapshot]) -> None:
        """Keep nothing."""


@value
class Foreseen:
    """What would be answered to each message, and what would be told because of it: type and data."""

    answers: tuple[Answer, ...]
    told: tuple[tuple[str, Data], ...]

    @property
    def fits(self) -> bool:
        """Whether nothing would be refused, returned or parked."""
        return all(each.outcome not in ("refused", "returned", "parked") for each in self.answers)


class Dry:
    """The fund of a home, to try out what would be decided. One question at a time."""

    def __init__(self, connection: sqlite3.Connection, home: Home, fund: Fund, most_days: int | None) -> None:
        """Take a connection of ``reading``; ``most_days`` as the running fund has it."""
        engines = {
            s.name: Engine(s, fund, LetGo(connection, s.name), most_days=most_days) for s in (INGRESS, *SERVICES)
        }
        self._home, self._payments, self._invoicing = home, engines["payments"], engines["invoicing"]
        self._told: list[Message] = []
        self._bus = LocalBus(engines[INGRESS.name], [engines[s.name] for s in SERVICES], [self._told.extend])

    async def start(self) -> None:
        """Load the services."""
        await self._bus.start()
        self._told.clear()

    @property
    def today(self) -> date | None:
        """The last day that started in payments; None before any."""
        return self._payments.today(FUND)

    async def foresee(self, raws: Sequence[bytes], clock: Clock) -> Foreseen:
        """Decide on messages as the fund would. Raises Broken where a decision contradicts itself."""
        for raw in raws:
            await self._bus.receive([raw], datetime.now(VILNIUS) if clock == "arrival" else None, own=True)
        given = answers(raws, self._told, self._invoicing, lambda: reading(self._home))
        told = [(message.topic, msgspec.json.decode(message.raw)["data"]) for message in self._told]
        return Foreseen(answers=tuple(given), told=tuple(each for each in told if has_words(each[0])))


@contextmanager
def dry(home: Home, fund: Fund, most_days: int | None) -> Iterator[Dry]:
    """The fund of a home as it stands. Raises HomeError where there is none, or it can't be read."""
    with reading(home) as connection:
        made = Dry(connection, home, fund, most_days)
        asyncio.run(made.start())
        yield made


def moment_of(home: Home, fund: Fund, clock: Clock) -> datetime:
    """The moment that an event of the desk bears: now; by the events' own clock, now on the fund's last day."""
    now = datetime.now(VILNIUS).replace(microsecond=0)
    if clock == "arrival":
        return now
    with dry(home, fund, None) as fund_:
        today = fund_.today
    return datetime.combine(today, now.time(), VILNIUS) if today else now


def foresee(home: Home, fund: Fund, clock: Clock, most_days: int | None, raws: Sequence[bytes]) -> Foreseen:
    """What would follow from messages. Raises HomeError, Broken."""
    with dry(home, fund, most_days) as fund_:
        return asyncio.run(fund_.foresee(raws, clock))


@value
class Understood:
    """A parked message, read once more: its bytes for the door, or why there are none."""

    id: str
    raw: bytes
    fault: str


def understood(home: Home, act: Act, data: Mapping[str, Any], check: Check) -> list[Understood]:
    """Read each parked message of a matter again; to be dismissed it need only be there. Raises HomeError.

    ``check`` proves whose it is (``shared/journal/parked.py``).
    """
    found = []
    with reading(home) as connection:
        for parked_id in data["ids"]:
            try:
                event = find_parked(parked_events(connection), parked_id)
                raw = released(event, check) if act.name == "release" else b""
            except ReleaseError as error:
                found.append(Understood(id=parked_id, raw=b"", fault=str(error)))
            else:
                found.append(Understood(id=event.id, raw=raw, fault=""))
    return found
