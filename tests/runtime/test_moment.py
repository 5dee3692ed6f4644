"""Where journals end at one moment: each cause within, while services go on hearing one another between any two reads.

A back-up of a cluster once ended payments before an order that reconciliation had heard: put back, the order was made
again, perhaps another one.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Mapping
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.sqlite.store import SqliteStore, connect
from shared.engine.codec import Decision, Entry, decode_decisions, encode_decisions
from shared.engine.journal import SEALER, Commit, chain, genesis
from shared.engine.outbox import name_of
from shared.journal.journals import SqliteJournals
from shared.journal.moment import Ends, of_one_moment

STREAMS = [("contracts", "contracts"), ("payments", "fund"), ("reconciliation", "claims"), ("reconciliation", "sodra")]
Named = tuple[str, str]
"""Source and id of an event."""


def event_of(service: str, stream: str, position: int) -> Named:
    return f"/{service}", name_of(service, stream, position)


class World:
    """Services that hear each other, over a journal of a file; ``steps`` are the commits to come."""

    def __init__(self, steps: list[tuple[int, int, int]]) -> None:
        self.db, self.steps = connect(None), list(steps)
        self.said: list[Named] = [("/vlk", "budget")]
        self.ends: dict[tuple[str, str], tuple[int, bytes, int]] = {}

    async def goes_on(self, by: int) -> None:
        for _ in range(min(by, len(self.steps))):
            who, how_long_ago, events = self.steps.pop(0)
            await self.commit(*STREAMS[who % len(STREAMS)], self.said[-1 - how_long_ago % len(self.said)], events)

    async def commit(self, service: str, stream: str, cause: Named, events: int = 1) -> None:
        version, hash_, position = self.ends.get((service, stream), (0, genesis(service, stream), 0))
        decision = Decision(
            source=cause[0],
            id=cause[1],
            content="",
            moment="",
            day=date(2022, 1, 3),
            rules="",
            position=position,
            events=(Entry(type="any", data=b"{}"),) * events,  # type: ignore[arg-type]
        )
        commit = chain(stream, version + 1, encode_decisions([decision]), hash_)
        await SqliteStore(self.db, service).append([commit])
        self.ends[service, stream] = version + 1, commit.hash, position + events
        self.said += [event_of(service, stream, position + offset) for offset in range(events)]


class Read(SqliteJournals):
    """The journals of a world that goes on before each question, by as many commits as ``paces`` says in turn."""

    def __init__(self, world: World, paces: list[int], told: int) -> None:
        super().__init__(world.db)
        self._world, self._paces, self._told = world, list(paces), told

    async def _meanwhile(self) -> None:
        await self._world.goes_on(self._paces.pop(0) if self._paces else 0)

    async def marks(self) -> Mapping[tuple[str, str], int]:
        await self._meanwhile()
        return {name: max(version - self._told, 0) for name, (version, _, _) in self._world.ends.items()}

    async def services(self) -> list[str]:
        await self._meanwhile()
        return await super().services()

    def store(self, service: str) -> SqliteStore:
        return Asked(self._world.db, service, self)

    async def since(self, service: str, known: Mapping[str, int]) -> AsyncIterator[Commit]:
        await self._meanwhile()
        async for commit in super().since(service, known):
            yield commit


class Asked(SqliteStore):
    """A journal before whose answer the world goes on."""

    def __init__(self, db: sqlite3.Connection, service: str, read: Read) -> None:
        super().__init__(db, service)
        self._read = read

    async def heads(self) -> Mapping[str, int]:
        await self._read._meanwhile()
        return await super().heads()


async def without_their_causes(world: World, ends: Ends) -> set[Named]:
    """Causes of what is within the ends, that a service said beyond them."""
    heard, said = set[Named](), {("/vlk", "budget")}
    for service, streams in ends.items():
        for stream, end in streams.items():
            async for commit in SqliteStore(world.db, service).read(stream):
                for decision in decode_decisions(commit.body) if commit.version <= end else ():
                    heard.add((decision.source, decision.id))
                    said |= {event_of(service, stream, decision.position + n) for n in range(len(decision.events))}
    return heard - said


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5), st.integers(0, 2)), max_size=40),
    st.lists(st.integers(0, 5), max_size=12),
    st.integers(0, 3),
    st.integers(0, 10),
)
def test_whatever_one_decided_upon_is_in_the_journal_of_whoever_said_it(
    steps: list[tuple[int, int, int]], paces: list[int], told: int, before: int
) -> None:
    async def played() -> None:
        world = World(steps)
        await world.goes_on(before)
        stood = {name: version for name, (version, _, _) in world.ends.items()}
        ends = await of_one_moment(Read(world, paces, told))
        assert await without_their_causes(world, ends) == set()
        for (service, stream), version in stood.items():
            assert ends[service][stream] >= version, "what stood there before is left out"

    asyncio.run(played())


def test_an_order_that_was_heard_is_in_payments_journal_or_nobody_has_heard_it() -> None:
    """The history in which the fault was found: payments is asked, orders, and reconciliation hears it, and is asked."""

    async def played() -> None:
        world = World([(1, 0, 1), (3, 0, 1)])
        for service, stream in STREAMS:
            await world.commit(service, stream, world.said[0])
        ends = await of_one_moment(Read(world, [0, 0, 0, 0, 2], 0))
        assert ends == {
            "contracts": {"contracts": 1},
            "payments": {"fund": 1},
            "reconciliation": {"claims": 1, "sodra": 1},
        }

    asyncio.run(played())


def test_seals_and_the_desk_are_asked_first_and_the_bank_last() -> None:
    """A seal knows no end that a copy lacks, and a copy knows of every file that it may have given to the bank."""

    async def played() -> None:
        world = World([])
        for name in (SEALER, "desk", "bank", "payments"):
            await world.commit(name, name, world.said[0])
        asked: list[str] = []

        class Noted(SqliteJournals):
            def store(self, service: str) -> SqliteStore:
                asked.append(service)
                return super().store(service)

        ends = await of_one_moment(Noted(world.db))
        assert {*asked[:2]} == {SEALER, "desk"}
        assert asked[-1] == "bank"
        assert ends.keys() == {SEALER, "desk", "payments", "bank"}

    asyncio.run(played())
