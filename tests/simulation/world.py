"""The cluster in one process: the product's own mains of its processes, on a simulated store, broker, bank and ministry."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager, nullcontext, suppress
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import msgspec

from shared.adapters.kafka.broker import Kafka
from shared.effects.bank.accounts import bank_file_of, load_bank_settings
from shared.engine.waiting import Status
from shared.kernel.calendar import VILNIUS
from shared.runtime import cluster as runtime
from shared.runtime.process import Cluster
from shared.telemetry.setup import Telemetry
from tests.simulation.bank import Books, InFolders, OverTheNetwork
from tests.simulation.broker import Log
from tests.simulation.clients import Broker, Consumer
from tests.simulation.loop import PROCESS, Process, VirtualLoop
from tests.simulation.network import Network, Trace
from tests.simulation.others import FUND, LetterBox, SimulatedMinistry, approve
from tests.simulation.store import Client, Server

DATABASE = "fund"
PARTITIONS = 2
SNAPSHOT_EVERY = 4
"""Commits of a stream between two snapshots: they are to be met often."""
CLOCK_SLEEPS_S = 0.5
CLOCK_AGAIN = timedelta(seconds=1)
DESK_TURNS_S = 0.3
STOP_S = 30.0
SMALL = replace(
    load_bank_settings(bank_file_of("psdf"), FUND), orders_per_file=3, four_eyes_cents=700, url="http://bank"
)
"""The bank file, with limits that small histories meet."""
BANK, PERSON, BROKER = "bank", "person", "broker"


@dataclass(kw_only=True)
class Running:
    """A process of the cluster, and how it may be told to stop."""

    process: Process
    kind: str
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    status: Status = field(default_factory=Status)
    main: "asyncio.Task[None] | None" = None


class World:
    """The servers, the network and the processes. ``dice`` are the network's, ``began`` is the day on its clock."""

    def __init__(self, seed: int, began: datetime, *, arrival: bool, keep_trace: bool = False) -> None:
        self.loop = VirtualLoop()
        self.trace = Trace(keep=keep_trace)
        self.network = Network(random.Random(f"network {seed}"), self.trace, self.loop)
        self.network.freeze = lambda process: self._freeze(process, process.freezes_s)
        self.store = Server()
        self.log = Log(self.network, PARTITIONS, self.now_ms)
        self.box = LetterBox()
        self.running: dict[str, Running] = {}
        self.gone: list[Process] = []
        self.books = Books(random.Random(f"bank {seed}"), self.true_now)
        self.folders = seed % 2 == 0
        """Whether files go to the bank and come from it by folders, or over HTTP."""
        self.wrong_s: dict[str, float] = {}
        """By how much a clock is wrong, by the kind of process, or the broker's."""
        self.paid_before: set[str] = set()
        """Orders that were answered before the desk opened: none of them may reach the bank."""
        self._put_away: set[int] = set()
        self._clock, self._starts = began, 0
        self._kafka = Kafka(bootstrap="broker", partitions=PARTITIONS, arrival=arrival, most_days=None)

    # --- the clock of all of them

    def true_now(self) -> datetime:
        """The moment, by a clock that is right."""
        return (self._clock + timedelta(seconds=self.loop.now_s)).astimezone(VILNIUS)

    def now(self, tz: Any = VILNIUS) -> datetime:  # noqa: ANN401 - as datetime's
        """The moment by the clock of the process that asks, or the broker's."""
        process = PROCESS.get()
        wrong_s = self.wrong_s.get(process.kind if process else BROKER, 0.0)
        return (self.true_now() + timedelta(seconds=wrong_s)).astimezone(tz)

    def now_ms(self) -> int:
        return round(self.now().timestamp() * 1000)

    def set_clock(self, moment: datetime) -> None:
        """Let time go on to a moment."""
        self._clock = moment - timedelta(seconds=self.loop.now_s)

    # --- processes

    def start(self, name: str) -> Running:
        """Start a process: ``payments`` or ``payments.2``, by the service's name and a number."""
        self._starts += 1
        process, kind = Process(f"{name}#{self._starts}"), name.partition(".")[0]
        made = self.running[name] = Running(process=process, kind=kind)
        context = copy_context()
        context.run(PROCESS.set, process)
        self.trace.say(f"{self.loop.now_s:10.4f} {process} starts")
        made.main = self.loop.create_task(self._main(made), context=context)
        return made

    async def _main(self, made: Running) -> None:
        cluster = Cluster(
            kafka=self._kafka, mongo_url="store", database=DATABASE, telemetry=Telemetry(traces=0), host="", port=0
        )
        if made.kind == "letters":
            await runtime.run_letters(FUND, cluster, "ministry")
        elif made.kind == "clock":
            await runtime.run_clock(FUND, cluster)
        elif made.kind == BANK:
            await runtime.run_bank(FUND, cluster, replace(SMALL, url="" if self.folders else SMALL.url), Path())
        elif made.kind == PERSON:
            await approve(self.client(), DATABASE, SMALL, made.process.name.partition("#")[0], self.now)
        else:
            await runtime.run_service(made.kind, FUND, cluster, connect=self.client)
        self.trace.say(f"{self.loop.now_s:10.4f} {made.process} has stopped")

    def client(self, _url: str = "") -> Client:
        return Client(self.store, self.network)

    def kill(self, name: str) -> None:
        """End a process at once: nothing of it runs on, and what it has sent is under way."""
        made = self.running.pop(name)
        self.trace.say(f"{self.loop.now_s:10.4f} {made.process} is killed")
        made.process.alive = False
        made.process.held.clear()
        self.gone.append(made.process)
        self._silent(made.process)

    def stop(self, name: str) -> None:
        """Tell a process to stop in good order; one that has not by then is killed, as an orchestrator does."""
        made = self.running.pop(name)
        self.trace.say(f"{self.loop.now_s:10.4f} {made.process} is told to stop")
        self.gone.append(made.process)
        self.network.later(0, made.stopped.set)
        self.network.later(STOP_S, self._end, made.process)

    def _end(self, process: Process) -> None:
        process.alive = False
        self._silent(process)

    def halt(self, name: str, for_s: float, *, at_commit: bool = False) -> None:
        """Let a process stand still for a while, now or when it is about to commit; others may get its partitions."""
        process = self.running[name].process
        if at_commit:
            process.freezes_s = for_s
        else:
            self._freeze(process, for_s)

    def _freeze(self, process: Process, for_s: float) -> None:
        self.trace.say(f"{self.loop.now_s:10.4f} {process} stands still for {for_s:.1f} s")
        process.freezes_s = 0.0
        process.still, process.until = True, max(process.until, self.loop.now_s + for_s)
        self._silent(process, until=self.loop.now_s + for_s)
        self.network.later(for_s, self._go_on, process)

    def _go_on(self, process: Process) -> None:
        if process.alive and process.still and self.loop.now_s >= process.until:
            self.trace.say(f"{self.loop.now_s:10.4f} {process} goes on")
            self.loop.wake(process)

    def _silent(self, process: Process, until: float | None = None) -> None:
        """The groups miss a member after a session without a heartbeat."""
        session_s = self.log.session_s * (0.8 + 0.2 * self.network.dice.random())
        if until is not None and self.loop.now_s + session_s > until:
            return
        self.network.later(session_s, self._missed, process)

    def _missed(self, process: Process) -> None:
        for group in self.log.groups.values():
            for name in [n for n, joined in group.members.items() if joined.member.process is process]:  # type: ignore[attr-defined]
                member = group.members[name].member
                group.leave(name)
                member.told_to_rejoin(lost=True)

    def halted(self) -> dict[str, str]:
        """What processes wait for a person for."""
        waits = ((name, why) for name, made in self.running.items() for why in made.status.waits.values())
        return {name: why for name, why in waits if "a person must look" in why}

    def close(self) -> None:
        """Let nothing of it run any more."""
        self.loop.closed = True
        processes = [*self.gone, *(made.process for made in self.running.values())]
        for process in processes:
            process.alive = False
            for task in process.tasks:
                if not task.done():
                    task._log_destroy_pending = False  # type: ignore[attr-defined]
                    with suppress(RuntimeError, ValueError):
                        task.get_coro().close()  # type: ignore[union-attr]

    # --- what stands behind the ports

    @contextmanager
    def simulated(self) -> Iterator[None]:
        """Put the simulated servers where the product reaches for real ones."""
        time = SimpleNamespace(
            monotonic=self.loop.time, perf_counter=self.loop.time, time=lambda: self.now().timestamp()
        )
        clock = type("Clock", (datetime,), {"now": staticmethod(self.now)})
        broker: Callable[[Kafka], Broker] = lambda _: Broker(self.log)  # noqa: E731
        with ExitStack() as patched:
            for where in (
                "shared.adapters.kafka.bus",
                "shared.effects.letters_cluster",
                "shared.effects.bank.cluster",
                "shared.runtime.cluster",
            ):
                patched.enter_context(patch(f"{where}.broker_of", broker))
            for where in (
                "shared.adapters.kafka.bus",
                "shared.adapters.kafka.relay",
                "shared.adapters.kafka.progress",
                "shared.adapters.mongo.store",
            ):
                patched.enter_context(patch(f"{where}.time", time))
            for where in ("shared.effects.letters", "shared.effects.clock", "shared.effects.bank.cluster"):
                patched.enter_context(patch(f"{where}.datetime", clock))
            for where, what in {
                "shared.adapters.kafka.topics.faults": _no_faults,
                "shared.adapters.kafka.to_the_end.AIOKafkaConsumer": lambda **_: Consumer(self.log, None, ()),
                "shared.runtime.cluster.serve_until_signal": self._serve,
                "shared.runtime.cluster.ParkedTopics": NobodyCounts,
                "shared.runtime.cluster.motor_client": self.client,
                "shared.runtime.cluster.Ministry": lambda _: SimulatedMinistry(self.box, self.network, self.now),
                "shared.runtime.cluster.httpx": SimpleNamespace(AsyncClient=nullcontext),
                "shared.runtime.cluster.Bank": lambda *_: OverTheNetwork(self.books, self.network),
                "shared.runtime.cluster.Folders": lambda *_: InFolders(self.books, self.network, self._put_away),
                "shared.effects.letters_store.overrun_letter": letter,
                "shared.effects.clock.LONGEST_SLEEP_S": CLOCK_SLEEPS_S,
                "shared.effects.clock.AGAIN": CLOCK_AGAIN,
                "shared.effects.bank.cluster.EVERY_S": DESK_TURNS_S,
                "shared.engine.stream.SNAPSHOT_EVERY": SNAPSHOT_EVERY,
                "shared.engine.stream.LONG": 0,
                "asyncio.to_thread": _at_once,
            }.items():
                patched.enter_context(patch(where, what))
            yield

    @asynccontextmanager
    async def _serve(self, _name: str, status: Status, _cluster: Cluster) -> AsyncIterator[asyncio.Event]:
        """Of ``serve_until_signal`` what needs no socket."""
        process = PROCESS.get()
        made = next(each for each in self.running.values() if each.process is process)
        made.status = status
        yield made.stopped


class NobodyCounts:
    """Of the parked topics' counters nothing: they are looked at by people."""

    def __init__(self, *_: object) -> None:
        """Take what they take."""

    async def watch(self) -> None:
        """Look for ever."""
        await asyncio.Event().wait()

    def samples(self) -> Iterator[tuple[Mapping[str, str], float]]:
        """None."""
        yield from ()


def letter(notice: Mapping[str, Any], names: Mapping[str, str], _form: object = None) -> bytes:
    """A letter without its page: what it says decides its bytes, as with the real one, a thousand times as fast."""
    named = {invoice["provider_code"]: names.get(invoice["provider_code"]) for invoice in notice["invoices"]}
    return msgspec.json.encode([notice, named], order="sorted")


async def _no_faults(*_: object, **__: object) -> list[str]:
    return []


async def _at_once(act: Callable[..., Any], *args: Any) -> Any:  # noqa: ANN401 - as asyncio's
    return act(*args)
