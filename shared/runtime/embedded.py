"""The embedded stack: all services of a fund, its journal and its letters in one process.

::

    async with open_fund(Home(path=folder), load_fund(), moment="event") as stack:
        told = await stack.publish([raw, raw])

What is published is durable, with all that follows from it, when ``publish`` returns: a kill -9 at any moment loses
nothing, and what was on its way goes on at the next start. Each service's commits of a go are one transaction on the
disk before anything of them is handed on; whatever leaves the process (an answer, a listener's message, a letter)
leaves it after the whole go.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import date, datetime
from itertools import groupby
from time import perf_counter
from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

from services.payments.app import FUND
from services.payments.state import State as PaymentsState
from shared.adapters.local import Listener, LocalBus
from shared.engine.announce import Message
from shared.engine.door import DOOR
from shared.engine.handle import Engine
from shared.engine.journal import Broken
from shared.engine.waiting import Status
from shared.kernel.calendar import VILNIUS, day_of
from shared.kernel.fund import Fund
from shared.messages.envelope import Event
from shared.runtime.home import Home, writing
from shared.runtime.services import SERVICES
from shared.runtime.telemetry import Telemetry
from shared.runtime.watched_store import WatchedStore

if TYPE_CHECKING:
    from shared.runtime.letters import LettersUnderWay

log = logging.getLogger(__name__)

Clock: TypeAlias = Literal["arrival", "event"]

MOST_AT_ONCE = 500
"""Messages that are decided in one go."""
IN_ONE_GO = frozenset({"invoice.submitted", "payment.reported"})
"""What comes in bulk, and of which a run in one go gives the same decisions as one by one."""
GO_S = 0.05
"""How long goes follow one another; then it is others' turn."""


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
    ) -> None:
        self.home, self.fund, self.health, self.moment, self.telemetry = home, fund, health, moment, telemetry
        self.letters: LettersUnderWay | None = None
        self.listeners: list[Listener] = []
        self._bus, self._engines = bus, engines
        self._turn = asyncio.Lock()
        self._fresh: list[Message] = []
        bus.listen(self._fresh.extend)

    def engine(self, service: str) -> Engine:
        """One service's streams, to look at."""
        return self._engines[service]

    @property
    def payments(self) -> PaymentsState:
        """The payments' state, to look at."""
        state: PaymentsState = self.engine("payments").state(FUND)
        return state

    async def publish(self, raws: Sequence[bytes]) -> list[Message]:
        """Take messages from outside, in order; all that was told because of them, in order.

        They are decided as if each came alone. Where events bring their own moment, letters that they lead to are tried
        before the next event, so that the same events give the same decisions. Raises Broken where a decision
        contradicts itself, now or before.
        """
        told: list[Message] = []
        async with self._turn, self._heard_by(told.extend):
            began = perf_counter()
            for run in runs(raws):
                with self._guarded():
                    await self._bus.receive(run, datetime.now(VILNIUS) if self.moment == "arrival" else None)
                if self.moment == "event" and self.letters and self.letters.has_new():
                    self._tell()
                    await self.letters.tried()
                elif perf_counter() - began > GO_S:
                    self._tell()
                    await asyncio.sleep(0)
                    began = perf_counter()
            self._tell()
        return told

    async def answer(self, event: Event) -> None:
        """Take the answer of an effect: a letter was delivered."""
        with self._guarded():
            await self._bus.answer(event)
        self._tell()

    async def start(self) -> None:
        """Load every service, and hand on what a crash left untold."""
        with self._guarded():
            await self._bus.start()
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
            self._tell()

    def _tell(self) -> None:
        """Tell what was decided and is durable."""
        with self._guarded():
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
    def _guarded(self) -> Iterator[None]:
        """Whatever fails in a decision stops the fund: later money must not overtake a broken decision."""
        if self.health.broken:
            raise Broken(self.health.broken)
        try:
            yield
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
    ministry: str | None = None,
    listeners: Sequence[Listener] = (),
    telemetry: Telemetry | None = None,
) -> AsyncIterator[Stack]:
    """Open the fund of a home that the caller holds (``home.held``), and close it in good order.

    ``moment`` is whose clock counts; ``ministry`` is the address of the ministry's letter box: without one, notices
    stay under way. ``listeners`` see every message when it has become durable; they must neither fail nor wait.
    ``telemetry`` watches the fund and is closed with it; without one there are metrics, and no traces. Raises HomeError
    where the journal can't be opened, Broken where it contradicts itself.
    """
    async with AsyncExitStack() as opened:
        told = telemetry or Telemetry(traces=0)
        opened.push_async_callback(asyncio.to_thread, told.close)
        connection, health = opened.enter_context(writing(home)), Status()
        engines = {s.name: Engine(s, fund, WatchedStore(connection, s.name, health)) for s in (DOOR, *SERVICES)}
        for engine in engines.values():
            told.watch(engine)
        bus = LocalBus(engines[DOOR.name], [engines[service.name] for service in SERVICES])
        stack = Stack(home, fund, bus, engines, health, moment, told)
        told.fund(lambda: stack.payments, fund.state_payer, ready=lambda: health.ready)
        stack.listeners += listeners
        if ministry:
            from shared.runtime.letters import LettersUnderWay, ministry_at

            stack.letters = LettersUnderWay(
                home.letters,
                await opened.enter_async_context(ministry_at(ministry)),
                under_way=lambda: stack.payments.notices,
                answer=stack.answer,
                arrival=moment == "arrival",
                traced=told.letter,
            )
        stack.listeners.append(stack.letters.listen if stack.letters else _nobody_to_tell)
        opened.push_async_callback(stack.close)
        await stack.start()
        yield stack


def _nobody_to_tell(messages: Sequence[Message]) -> None:
    """Say what it means that no ministry is set."""
    if any(message.topic == "notice.prepared" for message in messages):
        log.warning("a notice waits for the ministry, and PSDF_MINISTRY_URL is not set: what it covers is not paid")


class _Peek(msgspec.Struct):
    """As much of a message as tells whether it may share a go with its neighbours."""

    type: str = ""
    time: datetime | None = None


_peek = msgspec.json.Decoder(_Peek)


def runs(raws: Sequence[bytes]) -> Iterator[list[bytes]]:
    """Split messages into goes: neighbours of one bulk type and one day together, everything else alone."""
    for _key, run in groupby(enumerate(raws), key=lambda numbered: _together(*numbered)):
        members = [raw for _, raw in run]
        for at in range(0, len(members), MOST_AT_ONCE):
            yield members[at : at + MOST_AT_ONCE]


def _together(number: int, raw: bytes) -> int | tuple[str, date]:
    """What neighbours must have in common; a number of its own for what stands alone."""
    try:
        peek = _peek.decode(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return number
    if peek.type not in IN_ONE_GO or peek.time is None or peek.time.tzinfo is None:
        return number
    return peek.type, day_of(peek.time)
