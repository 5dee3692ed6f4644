"""The console as a process of the cluster: it follows the journals in the store into a home of its own, and shows it.

One index, one set of pages, as over any other home (``shared/journal/copy.py``). Copy and index may be thrown away:
they are made anew at a start. Where PSDF_KAFKA says where the brokers are there is a desk; its journal is in the store.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from typing import Any, TypeAlias

import msgspec
from starlette.applications import Starlette
from starlette.routing import Mount

from shared.adapters.kafka.broker import Kafka
from shared.adapters.kafka.follower import Follower
from shared.adapters.kafka.lag import LagWatch
from shared.adapters.kafka.post import Post
from shared.adapters.kafka.records import Record
from shared.adapters.kafka.statuses import Statuses
from shared.adapters.mongo.beside import store_beside
from shared.adapters.mongo.client import close, motor_client
from shared.console.app import Console
from shared.console.banking import Banking, desk_in_store
from shared.console.index.keeper import INDEX, Keeper
from shared.console.prometheus import Prometheus
from shared.desk.desk import NAME as DESK
from shared.desk.desk import Desk
from shared.edge.callers import OurNames
from shared.edge.registry_topics import OF_KEYS, RegistryTopics
from shared.edge.signatures import Signatures, as_it_came
from shared.effects.bank.desk import NAME as BANK
from shared.engine.faults import Unavailable
from shared.engine.outbox import parked_topic
from shared.engine.own_stream import Journal
from shared.engine.waiting import Status, Waits
from shared.events.catalogue import OUTSIDE
from shared.journal.copy import Copier, mark_as_copy
from shared.journal.home import Home, held, reading, writing
from shared.journal.journals import MongoJournals
from shared.journal.set_aside import SetAside, keep, read_behind
from shared.kernel.fund import Fund
from shared.messages.read import UNKNOWN
from shared.runtime.console import SEEN_S, counter_with
from shared.runtime.desk_cluster import ClusterSender, Copy
from shared.runtime.hears import HEARS, HEARS_AT_BANK
from shared.runtime.probes import serving, status_routes
from shared.runtime.process import CONSOLE, Cluster, at_work, serve_until_signal
from shared.runtime.settings import Settings, bank_of, viewer_of

LOOK_EVERY_S, ALL_EVERY = 0.2, 300
"""How often the marks are read; every how many times all heads are, which finds what a mark missed."""
PARKED = tuple(parked_topic(topic) for topic in sorted(OUTSIDE | {UNKNOWN}))
PARKED_WAIT = "parked"
Work: TypeAlias = Coroutine[Any, Any, None]


async def run_console(
    fund: Fund, cluster: Cluster, home: Home, names: Sequence[str], settings: Settings, prometheus: Prometheus | None
) -> None:
    """Show the pages until SIGTERM. Raises Stop where the home is another's."""
    status, client = Status(), motor_client(cluster.mongo_url)
    with held(home, fund.fund_id), ExitStack() as opened:
        mark_as_copy(home, cluster.database)
        keeper, journals = Keeper(home, fund, home.path / INDEX), MongoJournals(client, cluster.database)
        copied, post = Following(journals, home, status, keeper), Post(cluster.kafka, fund.fund_id)
        works: list[Callable[[], Work]] = [copied.run]
        heard = Status(waits=Waits())  # of Kafka: where it is away the pages are there all the same
        counter, bank, statuses = None, None, None
        if cluster.kafka.bootstrap:
            lags = LagWatch(cluster.kafka, fund.fund_id, HEARS | (HEARS_AT_BANK if settings.bank else {}))
            statuses = Statuses(heard, lags)
            store = opened.enter_context(store_beside(cluster.mongo_url, cluster.database, DESK))
            parked = ParkedAside(home, copied, heard)
            registry, keys = RegistryTopics(), Follower(cluster.kafka, OF_KEYS, heard, "keys")
            works.append(lambda: keys.follow(registry.take, dict))
            check = as_it_came(Signatures(lambda: registry.keys), settings.moment)
            knows = lambda: parked.is_whole() and keys.read.is_set()  # noqa: E731 - asked by one
            copy = Copy(home=home, index=keeper.path, caught_up=copied.caught_up, knows_parked=knows)
            sender = ClusterSender(Desk(fund, store), copy, post, journals, check)
            bank, desk = _banking(fund, cluster, settings, opened), partial(_desk_of, fund, store, sender)
            counter = counter_with(settings, home, fund, keeper, desk, sender.send, sender.undecided, check, bank)
            works += [sender.run, lags.watch]
            works += [lambda: parked.follow(cluster.kafka), lambda: statuses.follow(cluster.kafka)]
        console = Console(home, fund, keeper, counter, statuses, viewer_of(settings), prometheus=prometheus)
        pages = Mount("/", OurNames(console.app(), names, foreign=console.foreign()))
        app = Starlette(routes=[*status_routes(status, cluster.telemetry), pages])
        here = serving(app, host=cluster.host, port=cluster.port)
        async with serve_until_signal(CONSOLE, status, cluster, here) as stopped:
            working = at_work(status, *(work() for work in works))
            await stopped.wait()
            keeper.hush()
            for task in working:
                task.cancel()
            await asyncio.gather(*working, return_exceptions=True)
        await post.close()
        if bank:
            await asyncio.to_thread(bank.end)
        if keeper.started:
            await asyncio.to_thread(keeper.stop)
    await close(client)


def _banking(fund: Fund, cluster: Cluster, settings: Settings, opened: ExitStack) -> Banking | None:
    """The bank's desk in the store; None where no bank file is named: it has to be the one of the process ``bank``."""
    bank = bank_of(settings, fund) if settings.bank else None
    if bank is None:
        return None
    store = opened.enter_context(store_beside(cluster.mongo_url, cluster.database, BANK))
    return Banking(partial(desk_in_store, fund, bank, store))


@contextmanager
def _desk_of(fund: Fund, store: Journal, sender: ClusterSender) -> Iterator[Desk]:
    """A desk for one request of the counter; what it read, the sender need not read again to say what waits."""
    desk = Desk(fund, store)
    yield desk
    sender.saw(desk)


class Following:
    """Copies what is new in the cluster's journals, again and again, and keeps the index of the copy."""

    def __init__(self, journals: MongoJournals, home: Home, status: Status, keeper: Keeper) -> None:
        """Take the journals, the home of the copy, whose status it is, and who keeps the index."""
        self._copier, self._status, self._keeper = Copier(journals, home), status, keeper
        self.between: Callable[[], None] = lambda: None
        """What else is written into the copy, between two passes: it has one writer."""
        self._begun = self._ended = 0
        self._asked, self._passed = asyncio.Event(), asyncio.Condition()

    async def run(self) -> None:
        """Copy until cancelled; ready when all that was there at the start is copied and read."""
        looked = 0
        while True:
            all_of_it = looked % ALL_EVERY == 0 or self._asked.is_set()
            self._asked.clear()
            self._begun += 1
            try:
                taken = await self._copier.copy(all_of_it=all_of_it)
            except Unavailable as error:
                self._status.wait("store", str(error))
                self._asked.set()  # the marks that were read are not told again
                await asyncio.sleep(LOOK_EVERY_S)
                continue
            self._status.came("store")
            self._status.count("copied", taken)
            looked += 1
            self.between()
            if taken:
                self._keeper.look()
            await self._shown(all_of_it=all_of_it)
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._asked.wait()

    async def _shown(self, *, all_of_it: bool) -> None:
        if not self._keeper.started:
            self._keeper.start()
            await asyncio.to_thread(self._keeper.wait_ready)
            self._status.came("start")
        if all_of_it:
            async with self._passed:
                self._ended = self._begun
                self._passed.notify_all()

    async def caught_up(self) -> None:
        """Return when all that is committed now is copied, and stands in the index."""
        due = self._begun + 1  # the pass under way may have begun before
        self._asked.set()
        async with self._passed:
            await self._passed.wait_for(lambda: self._ended >= due)
        await asyncio.to_thread(self._keeper.wait_turn, SEEN_S)


class _Data(msgspec.Struct):
    topic: str
    received: str
    error: str
    raw_base64: str


class _Told(msgspec.Struct):
    """What a service says of a message that it laid aside."""

    id: str
    source: str
    data: _Data


class ParkedAside:
    """Keeps in the copy what services lay aside on topics because it can't be read: it stands in no journal."""

    def __init__(self, home: Home, copied: Following, status: Status) -> None:
        """Take the copy, who writes it, and who says why it can't be read."""
        self._home, self._status = home, status
        self._found: list[SetAside] = []
        self._behind: dict[str, int] = {}
        self._new = self._begun = False
        copied.between = self._keep

    def is_whole(self) -> bool:
        """Whether all that was laid aside when it began to read stands in the copy."""
        return self._begun and PARKED_WAIT not in self._status.waits and not self._new

    async def follow(self, kafka: Kafka) -> None:
        """Read until cancelled, from where it was read to."""
        if self._home.journal.is_file():
            with reading(self._home) as connection:
                self._behind = dict(read_behind(connection))
        follower = Follower(kafka, PARKED, self._status, PARKED_WAIT)
        self._begun = True
        await follower.follow(self._take, lambda: self._behind)

    async def _take(self, records: Sequence[Record], behind: Mapping[str, int]) -> None:
        for told in (msgspec.json.decode(record.value or b"", type=_Told) for record in records):
            said = msgspec.structs.asdict(told.data)
            self._found.append(SetAside(id=told.id, service=told.source.removeprefix("/"), **said))
        self._behind |= behind
        self._new = True

    def _keep(self) -> None:
        if self._new:
            with writing(self._home) as connection:
                keep(connection, self._found, self._behind)
            self._found, self._new = [], False
