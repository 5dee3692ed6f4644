"""The embedded stack: all services of a fund, its journal and its letters in one process.

::

    async with open_fund(Home(path=folder), load_fund(), moment="event") as stack:
        told = await stack.publish([raw, raw])

What is published is durable, with all that follows from it, when ``publish`` returns: a kill -9 at any moment loses
nothing. All commits of a go, those of every service, are one transaction on the disk; whatever leaves the process (an
answer, a listener's message, a letter) leaves it after that.
"""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager, suppress
from datetime import datetime
from functools import cached_property, partial
from time import perf_counter
from typing import TYPE_CHECKING, Literal, TypeAlias

from services.all import SERVICES
from services.contracts.service import CONTRACTS, CONTRACTS_STREAM
from services.contracts.views import provider_names
from services.payments.service import FUND
from services.payments.state import State as PaymentsState
from services.reserve.service import RESERVE_STREAM
from shared.adapters.local import Listener, LocalBus
from shared.adapters.sqlite.heads import Head, Heads, SameFile
from shared.adapters.sqlite.store import SqliteStore
from shared.edge.journal_feed import JournalLibrary
from shared.edge.signatures import Signatures, at_arrival
from shared.engine.engine import Engine
from shared.engine.faults import Broken
from shared.engine.gc import calmed, collect_between_batches, collect_when_a_day_starts
from shared.engine.ingress import INGRESS, State
from shared.engine.journal import SEALER
from shared.engine.outbox import Message
from shared.engine.waiting import Status
from shared.journal.home import Home, HomeError, writing
from shared.kernel.calendar import VILNIUS
from shared.kernel.fund import Fund
from shared.messages.read import Event
from shared.runtime.goes import FEW, UNREADABLE, Request, are_laid_aside, kind_of, runs, together_with
from shared.runtime.store import WatchedStore, WatchedTransaction
from shared.telemetry.disk import watch_disk
from shared.telemetry.letters import watch_letters
from shared.telemetry.matters import watch_matters, watch_reserve
from shared.telemetry.parked import ParkedOpen
from shared.telemetry.seals import watch_seals
from shared.telemetry.setup import Telemetry
from shared.telemetry.standing import calendar_day

if TYPE_CHECKING:
    from shared.effects.letters_embedded import LettersUnderWay
    from shared.runtime.sealing import Seals

log = logging.getLogger(__name__)

Clock: TypeAlias = Literal["arrival", "event"]

JOURNAL = "journal"
"""Whose commits the metrics count: all services' of a go are one."""
GO_S = 0.05
"""How long a turn lasts, in seconds: goes of one sender follow one another, then it is others' turn."""


class Stack:
    """A running fund: its services, bus and letters. Made by ``open_fund``."""

    def __init__(
        self,
        home: Home,
        fund: Fund,
        bus: LocalBus,
        engines: dict[str, Engine],
        health: Status,
        moment: Clock,
        telemetry: Telemetry,
        kept: "Kept",
    ) -> None:
        self.home, self.fund, self.health, self.moment, self.telemetry = home, fund, health, moment, telemetry
        self.letters: LettersUnderWay | None = None
        self.seals: Seals | None = None
        self.listeners: list[Listener] = []
        self.parked = ParkedOpen(home)
        self._bus, self._engines, self._kept = bus, engines, kept
        self._turn = asyncio.Lock()
        self._waiting: list[Request] = []
        self._fresh: list[Message] = []
        bus.listen(self._fresh.extend)
        self.signatures = bus.check_sender = Signatures(lambda: bus.registry.keys)

    def _fault_of(self, event: Event) -> str | None:
        """Why an event that comes now is not of whom it names; None where it is."""
        return at_arrival(self.signatures, self.moment)(event)

    def engine(self, service: str) -> Engine:
        """One service's streams, to look at."""
        return self._engines[service]

    @property
    def payments(self) -> PaymentsState:
        """The payments' state, to look at."""
        state: PaymentsState = self.engine("payments").state(FUND)
        return state

    async def publish(self, raws: Sequence[bytes], *, own: bool = False) -> list[Message]:
        """Take messages from outside, in order; all that was told because of them, in order, and maybe of others.

        ``own`` are those of the fund's own clock and adapters, which sign nothing.

        They are decided as if each came alone; where many are sent at once, others have their turns between them. Where
        events bring their own moment, letters that they lead to are tried before the next event, so that the same
        events give the same decisions. Raises Broken where a decision contradicts itself, now or before.
        """
        if not own and len(raws) <= FEW and (kind := kind_of(raws, self._fault_of)):
            return await self._with_others(Request(raws, kind))
        told: list[Message] = []
        goes, more = runs(raws), True
        while more:
            async with self._turn, self._heard_by(told.extend):
                more = await self._go_on(goes, own=own)
            await asyncio.sleep(0)
        return told

    async def _with_others(self, request: Request) -> list[Message]:
        """Decide a request in one go with those of its kind that wait: many small ones are durable by one write."""
        self._waiting.append(request)
        try:
            await asyncio.sleep(0)  # whoever has come at the same moment joins
            async with self._turn:
                if request.told is None:
                    await self._decide_together(request)
        finally:
            self._waiting.remove(request)
        assert request.told is not None
        return request.told

    async def _decide_together(self, first: Request) -> None:
        requests, told = together_with(first, self._waiting), list[Message]()
        go = [raw for request in requests for raw in request.raws]
        async with self._heard_by(told.extend):
            whole = first.kind != UNREADABLE or are_laid_aside(go, self._fault_of)  # a key was registered meanwhile
            goes, more = iter([go]) if whole else runs(go), True
            while more:
                more = await self._go_on(goes, own=False)
        for request in requests:
            request.told = told

    async def _go_on(self, goes: Iterator[list[bytes]], *, own: bool) -> bool:
        """Take goes for as long as a turn lasts; whether there may be more."""
        began = perf_counter()
        for run in goes:
            with self._guarded():
                moment = datetime.now(VILNIUS) if self.moment == "arrival" else None
                await self._bus.receive(run, moment, own=own)
                await self._seal()
            if self.moment == "event" and self.letters and self.letters.has_new():
                self._tell()
                await self.letters.tried()
            elif perf_counter() - began > GO_S:
                self._tell()
                return True
        self._tell()
        return False

    def look(self) -> str | None:
        """Why no work is taken, now; None where all is well."""
        if not self.health.broken and (fault := self._kept.fault()):
            self.health.broken = fault
            log.error("the fund stops: %s", fault)
        return self.health.fault

    @cached_property
    def library(self) -> JournalLibrary:
        """The book of answers, from when it is first asked for."""
        made = JournalLibrary(self.home, self.fund.state_payer)
        self.listeners.append(made.listen)
        return made

    @property
    def registry(self) -> State:
        """Sources' keys and webhooks, to look at."""
        return self._bus.registry

    async def register(self, event: Event) -> None:
        """Take a word of two persons on a key or a webhook. Raises ValueError where its moment is not known."""
        with self._guarded(ValueError):
            await self._bus.register(event, datetime.now(VILNIUS) if self.moment == "arrival" else None)
        self._tell()

    async def answer(self, event: Event) -> None:
        """Take the answer of an effect: a letter was delivered."""
        with self._guarded():
            await self._bus.answer(event)
        self._tell()

    async def start(self) -> None:
        """Load every service, and hand on what a crash left unpublished."""
        with self._guarded():
            await self._bus.start()
            await self._seal()
        self._tell()
        if self.letters:
            self.letters.look()
        self.health.came("start")

    async def close(self) -> None:
        """Stop the letters, and keep snapshots so that the next start is short."""
        if self.letters:
            await self.letters.close()
        if not self.health.broken:
            await self._bus.close()
            if self.seals:
                await self.seals.close()
            self._tell()
        if "library" in vars(self):
            self.library.close()
        self.health.broken = self.health.broken or "the fund was closed"

    async def _seal(self) -> None:
        """Seal the journals where a day has just started everywhere; the seal is told as all else is."""
        if self.seals and self.seals.due:
            self._fresh += await self.seals.seal()

    def _tell(self) -> None:
        """Tell what was decided and is durable, once it is written down that it was."""
        with self._guarded():
            self._kept.keep()
            messages = list(self._fresh)
            self._fresh.clear()
            for listener in self.listeners:
                listener(messages)

    @asynccontextmanager
    async def _heard_by(self, listener: Listener) -> AsyncIterator[None]:
        """Let a listener hear what is told meanwhile."""
        self.listeners.append(listener)
        try:
            yield
        finally:
            self.listeners.remove(listener)

    @contextmanager
    def _guarded(self, *refusals: type[Exception]) -> Iterator[None]:
        """Whatever fails in a decision stops the fund: later money must not overtake a broken decision."""
        if self.health.broken:
            raise Broken(self.health.broken)
        try:
            yield
        except refusals:
            raise
        except Exception as error:
            self.health.broken = str(error) if isinstance(error, Broken) else f"{type(error).__name__}: {error}"
            log.exception("the fund stops")
            raise Broken(self.health.broken) from error


@asynccontextmanager
async def open_fund(
    home: Home,
    fund: Fund,
    *,
    moment: Clock = "arrival",
    most_days: int | None = None,
    ministry: str | None = None,
    listeners: Sequence[Listener] = (),
    telemetry: Telemetry | None = None,
) -> AsyncIterator[Stack]:
    """Open the fund of a home that the caller holds (``home.held``), and close it in good order.

    ``moment`` is whose clock counts; ``most_days`` is how many days may start at once (None: any). ``ministry`` is the
    address of the ministry's letter box: without one, notices stay under way. ``listeners`` see every message when it
    has become durable; they must neither fail nor wait.
    ``telemetry`` watches the fund and is closed with it; without one there are metrics, and no traces. Raises HomeError
    where the journal can't be opened, Broken where it contradicts itself.
    """
    async with AsyncExitStack() as opened:
        told = telemetry or Telemetry(traces=0)
        opened.push_async_callback(asyncio.to_thread, told.close)
        connection, health = opened.enter_context(writing(home)), Status()
        transaction = WatchedTransaction(connection, health, partial(told.metrics.committed, JOURNAL))
        stores = {s.name: WatchedStore(connection, s.name, transaction) for s in (INGRESS, *SERVICES)}
        engines = {s.name: Engine(s, fund, stores[s.name], most_days=most_days) for s in (INGRESS, *SERVICES)}
        for engine in engines.values():
            told.watch(engine)
        services = [engines[service.name] for service in SERVICES]
        bus = LocalBus(engines[INGRESS.name], services, transaction=transaction)
        seals = seals_of(home, fund, connection)
        if seals:
            bus.listen(seals.listen)
        acknowledged = {**stores, SEALER: seals.store} if seals else stores
        kept = opened.enter_context(closing(Kept(home, acknowledged)))
        stack = Stack(home, fund, bus, engines, health, moment, told, kept)
        stack.seals = seals
        told.fund(
            lambda: stack.payments,
            fund,
            ready=lambda: stack.look() is None,
            today=calendar_day if moment == "arrival" else None,
        )
        watch_matters(told.metrics, lambda stream: stack.engine("reconciliation").state(stream), fund)
        watch_reserve(told.metrics, lambda: stack.engine("reserve").state(RESERVE_STREAM), fund)
        if seals and moment == "arrival":
            watch_seals(told.metrics, lambda: seals.day, calendar_day)
        told.metrics.watch_status("fund", health)
        watch_disk(told.metrics, home)
        stack.parked.watch(told.metrics)
        stack.listeners += (collect_when_a_day_starts, stack.parked.listen, *listeners)
        if ministry:
            from shared.effects.letter import form_of
            from shared.effects.letters_embedded import LettersUnderWay, ministry_at

            stack.letters = under_way = LettersUnderWay(
                home.letters,
                await opened.enter_async_context(ministry_at(ministry)),
                form=form_of(fund),
                under_way=lambda: stack.payments.notices,
                names=lambda: provider_names(engines[CONTRACTS.name].state(CONTRACTS_STREAM)),
                answer=stack.answer,
                arrival=moment == "arrival",
                traced=partial(told.letter, fund.fund_id),
            )
            watch_letters(told.metrics, lambda: under_way.deliveries)
        stack.listeners.append(stack.letters.listen if stack.letters else _nobody_to_tell)
        opened.push_async_callback(stack.close)
        await stack.start()
        opened.enter_context(calmed())
        collecting = asyncio.create_task(collect_between_batches(told.metrics.late))
        opened.push_async_callback(_ended, collecting)
        yield stack


def seals_of(home: Home, fund: Fund, connection: sqlite3.Connection) -> "Seals | None":
    """Who seals the days, where the fund has a key beside its home. Raises HomeError for a key that is none."""
    if not home.key.exists():
        log.info("days are not sealed: there is no key %s, psdf proof key new makes one", home.key)
        return None
    from shared.proof.keys import KeyFault, read_key
    from shared.runtime.sealing import Seals

    try:
        return Seals(fund.fund_id, connection, read_key(home.key), home.proof)
    except KeyFault as error:
        raise HomeError(str(error)) from error


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


class Kept:
    """What was acknowledged last, beside the journal; and whether the journal's files are still where they were."""

    def __init__(self, home: Home, stores: Mapping[str, SqliteStore]) -> None:
        self._stores, self._file = stores, Heads(home.heads)
        self._heads = self._file.read() or {}
        self._same = SameFile(home.journal)

    def keep(self) -> None:
        """Write down what is about to be acknowledged. Raises Broken where it would be lost, Unavailable."""
        if fault := self.fault():
            raise Broken(fault)
        heads = self._heads | {
            name: Head(stream=last.stream, version=last.version, hash=last.hash.hex())
            for name, store in self._stores.items()
            if (last := store.last)
        }
        if heads != self._heads:
            self._file.write(heads)
            self._heads = heads

    def fault(self) -> str | None:
        """Why nothing may be acknowledged; None where all is well."""
        return self._same.fault()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def _nobody_to_tell(messages: Sequence[Message]) -> None:
    """Say what it means that no ministry is set."""
    if any(message.topic == "notice.prepared" for message in messages):
        log.warning("a notice waits for the ministry, and PSDF_MINISTRY_URL is not set: what it covers is not paid")
