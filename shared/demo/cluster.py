"""The demo year on the cluster stack: real Kafka, a real store, each service a process of its own.

Events of a day are published in groups of one type, each when the one before and all that followed from it is done:
what comes in bulk flows through the services side by side, and nothing overtakes what it must not.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import replace
from datetime import date
from itertools import groupby
from typing import Any, NoReturn, TypeVar

import msgspec

from deploy.local import Report, Stack, StackError
from deploy.local import topics as topic_files
from services.payments.service import FUND, PAYMENTS
from services.payments.state import State
from shared.adapters.kafka.broker import Kafka
from shared.adapters.kafka.keys import group_of
from shared.adapters.mongo.client import close, motor_client
from shared.adapters.sqlite.store import SqliteStore
from shared.demo.live import Watch
from shared.demo.live_cluster import ClusterWatch, watched
from shared.demo.order import Places, in_order
from shared.demo.outages import Outages
from shared.demo.post import Event, Sent
from shared.demo.quiescence import LagMonitor, OutsideMessage, StillLagging, looking_on, remove
from shared.demo.run import Outside, Progress, YearTally, play_days, raw_of
from shared.demo.supervisor import Supervisor
from shared.engine.outbox import parked_topic
from shared.events.catalogue import OUTSIDE, SERVICE
from shared.events.clock import DayStarted
from shared.events.providers import InvoiceSubmitted
from shared.journal.copy import Copier
from shared.journal.fold import StreamFold
from shared.journal.home import Home, reading
from shared.journal.journals import MongoJournals
from shared.kernel.fund import Fund
from shared.kernel.stop import Stop
from shared.messages.read import UNKNOWN, Malformed, parse
from shared.runtime.cluster import MINISTRY, database_of
from shared.runtime.hears import HEARS

T = TypeVar("T")

PARTITIONS = 1
"""One member of each service needs no more, and what comes in bulk keeps its order all the way."""

SAID = SERVICE | {parked_topic(topic) for topic in (*OUTSIDE, UNKNOWN)}


async def play_cluster(
    home: Home,
    fund: Fund,
    world: Outside,
    dates: Iterable[date],
    progress: Progress,
    say: Callable[[str], None],
    *,
    traces: float,
    watch: Watch | None = None,
) -> tuple[YearTally, State]:
    """Play days through Kafka into a home; leaves ``events.jsonl``, and a copy of the journal. Raises Stop.

    Where somebody watches, processes, Kafka and the store may be taken away meanwhile.
    """
    crew = Supervisor(home.path, say)
    crew.stop_left_behind()
    async with local_stack(home, say) as report:
        await remove_earlier(home, report)
        kafka = await new_topics(home, report)
        outages = Outages(crew, Stack(home.path), say)
        seen = watched(watch, home, fund.fund_id, kafka, report.mongo_url, outages, crew) if watch else nullcontext()
        async with seen as watcher:
            try:
                crew.start([MINISTRY], {})
                crew.start(HEARS, where(kafka, report, traces) | {"PSDF_MINISTRY_URL": crew.members[MINISTRY].url})
                playing = play(home, fund, world, dates, progress, crew, kafka, watcher)
                told = await while_kept([crew.keep(), outages.keep()], playing)
            finally:
                await crew.stop()
        return told, await copy_of_journal(home, report, database_of(kafka.prefix))


@asynccontextmanager
async def local_stack(home: Home, say: Callable[[str], None]) -> AsyncIterator[Report]:
    """The stack of the home; where it does not run, it is started, and stopped at the end. Raises Stop."""
    stack = Stack(home.path)
    try:
        report = await asyncio.to_thread(stack.up, say)
    except StackError as error:
        raise Stop(str(error)) from None
    try:
        yield report
    finally:
        if report.started:
            await asyncio.to_thread(stack.down)


async def remove_earlier(home: Home, report: Report) -> None:
    """Remove topics and database of the demo that was played here before."""
    known = home.cluster_prefix
    if not known.exists():
        return
    prefix = known.read_text(encoding="utf-8").strip()
    await remove(Kafka(bootstrap=report.bootstrap, prefix=prefix))
    client = motor_client(report.mongo_url)
    await client.drop_database(database_of(prefix))
    await close(client)
    known.unlink()


async def new_topics(home: Home, report: Report) -> Kafka:
    """Topics of this demo alone; their prefix is written down, for the next one to remove them."""
    prefix = f"demo-{secrets.token_hex(4)}."
    home.cluster_prefix.write_text(f"{prefix}\n", encoding="utf-8")
    await topic_files.apply(
        report.bootstrap, prefix, topics=[replace(topic, partitions=PARTITIONS) for topic in topic_files.load()]
    )
    return Kafka(bootstrap=report.bootstrap, prefix=prefix, partitions=PARTITIONS, arrival=False)


def where(kafka: Kafka, report: Report, traces: float) -> dict[str, str]:
    """What each process is told."""
    return {
        "PSDF_KAFKA": kafka.bootstrap,
        "PSDF_PREFIX": kafka.prefix,
        "PSDF_PARTITIONS": str(kafka.partitions),
        "PSDF_MONGO": report.mongo_url,
        "PSDF_MOMENT": "event",
        "PSDF_TRACES": str(traces),
    }


async def while_kept(keepers: Iterable[Coroutine[Any, Any, NoReturn]], doing: Coroutine[Any, Any, T]) -> T:
    """What is awaited, while all that it needs is kept alive. Raises Stop where it can't be."""
    keeping, work = [asyncio.create_task(each) for each in keepers], asyncio.create_task(doing)
    try:
        await asyncio.wait({*keeping, work}, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            await next(each for each in keeping if each.done())
        return await work
    finally:
        for task in (*keeping, work):
            task.cancel()
        await asyncio.gather(*keeping, work, return_exceptions=True)


async def play(
    home: Home,
    fund: Fund,
    world: Outside,
    dates: Iterable[date],
    progress: Progress,
    crew: Supervisor,
    kafka: Kafka,
    watcher: ClusterWatch | None = None,
) -> YearTally:
    """Play the days when all processes are ready."""
    await crew.ready()
    if watcher:
        watcher.begin([*HEARS])
    hears = {group_of(kafka.prefix, fund.fund_id, name): topics for name, topics in HEARS.items()}
    is_broken = (lambda: watcher.outages.under_way) if watcher else (lambda: False)
    async with looking_on(kafka, hears, SAID, is_broken) as onlooker:
        bus = ClusterBus(onlooker, fund.fund_id, watcher.acknowledged if watcher else lambda _: None)
        try:
            told = await play_days(home, world, dates, bus.publish, progress, watcher)
        except StillLagging as error:
            raise Stop(f"{error}; the logs are in {home.path / 'logs'}") from error
        if watcher:
            await watcher.over()
    return told


class ClusterBus:
    """Publishes what the world sends, and gives back what the services said; ``acknowledged`` hears what Kafka took."""

    def __init__(self, onlooker: LagMonitor, fund_id: str, acknowledged: Callable[[Sequence[Sent]], None]) -> None:
        self._onlooker, self._fund_id, self._acknowledged = onlooker, fund_id, acknowledged
        self._places = Places()
        self._heard: set[str] = set()

    async def publish(self, sent: Sequence[Sent]) -> list[Event]:
        """Publish in groups of one type; what follows from each is done before the next. Raises StillLagging."""
        said: list[Event] = []
        for topic, some in groupby(sent, key=topic_of):
            group = list(some)
            messages = [self._outside(topic, raw_of(each)) for each in group]
            await self._onlooker.publish(messages, everywhere=topic == DayStarted.type)
            self._acknowledged(group)
            ids = [each["id"] for each in group if isinstance(each, dict)]
            said += in_order(ids, self._new(await self._onlooker.said()), self._places)
        return said

    def _outside(self, topic: str, raw: bytes) -> OutsideMessage:
        """Topic and key as a sender knows them: what can't be read has the fund's."""
        try:
            key = parse(raw, outside=True).data.key(self._fund_id)
        except Malformed:
            key = self._fund_id
        return OutsideMessage(topic=topic, key=key, raw=raw)

    def _new(self, raws: Iterable[bytes]) -> list[Event]:
        """What is heard for the first time: whoever was killed may have told it twice."""
        new: list[Event] = []
        for event in map(msgspec.json.decode, raws):
            if event["id"] not in self._heard:
                self._heard.add(event["id"])
                new.append(event)
        return new


def topic_of(sent: Sent) -> str:
    """Where a message is sent; one that breaks off was to be an invoice."""
    return str(sent["type"]) if isinstance(sent, dict) else InvoiceSubmitted.type


async def copy_of_journal(home: Home, report: Report, database: str) -> State:
    """Copy every commit into the home, where all commands find it; the payments' state that they give."""
    client = motor_client(report.mongo_url)
    await Copier(MongoJournals(client, database), home).copy()
    await close(client)
    with reading(home) as connection:
        state: State = await StreamFold(SqliteStore(connection, PAYMENTS.name), PAYMENTS, FUND).to(date.max)
    return state
