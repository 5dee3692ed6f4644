"""One seed: a history played through the simulated cluster, struck by faults, and judged at the end."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from shared.messages.read import Malformed, parse
from tests.simulation.loop import Process, Stuck
from tests.simulation.traffic import Event, moment, places, raw, told
from tests.simulation.verdict import decided, judge
from tests.simulation.world import PARTITIONS, World

SERVICES = ("contracts", "invoicing", "payments", "reserve", "reconciliation")
SESSION_S = 3.0
LETTERS, ZOMBIES, REPLACED = 0.2, 0.6, 0.7
"""Shares: of strikes that are meant for the letters, of halts that are long, of zombies beside which one more is started."""
START_S, PATIENCE_S, IDLE_S = 60.0, 400.0, 3.0


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How a seed is played: one by one in the events' own time, or many at once as they arrive; and how roughly."""

    at_once: bool
    second: tuple[str, ...]
    steps_between: float
    losses: float
    strikes: int

    @staticmethod
    def rough(seed: int) -> "Plan":
        """Two of each service, and a strike soon after the other."""
        return Plan(at_once=seed % 3 > 0, second=SERVICES, steps_between=500, losses=0.005, strikes=30)

    @staticmethod
    def of(seed: int) -> "Plan":
        dice = random.Random(f"plan {seed}")
        return Plan(
            at_once=dice.random() < 0.5,
            second=tuple(name for name in SERVICES if dice.random() < 0.5),
            steps_between=dice.choice((300, 1_000, 3_000)),
            losses=dice.choice((0.0, 0.002, 0.01)),
            strikes=dice.choice((0, 4, 8, 16)),
        )


@dataclass(kw_only=True)
class Result:
    """What a seed gave: what is wrong (nothing, where all is well), and the digest of what happened."""

    seed: int
    faults: list[str]
    digest: str
    steps: int
    virtual_s: float
    struck: Counter[str] = field(default_factory=Counter)
    trace: list[str] | None = None


class Play:
    """A seed being played."""

    def __init__(self, seed: int, *, rough: bool, keep_trace: bool) -> None:
        self.seed, self.plan = seed, Plan.rough(seed) if rough else Plan.of(seed)
        self.dice = random.Random(f"faults {seed}")
        self.history = told(seed)
        self.world = World(seed, moment(self.history[0]), arrival=self.plan.at_once, keep_trace=keep_trace)
        self.world.log.session_s = SESSION_S
        self.struck: Counter[str] = Counter()
        self.sent: list[bytes] = []
        self._left = self.plan.strikes

    def run(self) -> Result:
        """Play, and judge."""
        random.seed(self.seed)
        world = self.world
        faults: list[str] = []
        with world.simulated():
            try:
                self._play()
                faults = judge(world, self.history, at_once=self.plan.at_once)
                if not faults:
                    faults = self._all_again()
            except Stuck as stuck:
                faults = [f"stuck: {stuck}"]
            finally:
                world.close()
        faults += [f"unhandled: {each}" for each in world.loop.faults]
        return Result(
            seed=self.seed,
            faults=faults,
            digest=world.trace.digest(),
            steps=world.loop.steps,
            virtual_s=world.loop.now_s,
            struck=self.struck,
            trace=world.trace.lines,
        )

    def _play(self) -> None:
        world, plan = self.world, self.plan
        for name in (
            *SERVICES,
            "letters",
            *(f"{name}.2" for name in plan.second),
            *(["clock"] if plan.at_once else []),
        ):
            world.start(name)
        groups = len(SERVICES) + 1
        self._until(lambda: len(world.log.groups) == groups and world.log.settled, "no start", START_S)
        network = world.network
        network.lost, network.unanswered, network.late = plan.losses, plan.losses, plan.losses / 2
        world.loop.strike = self._strike
        self._next_strike()
        for event in self.history:
            if plan.at_once:
                self._send_at_once(event)
            else:
                self._send(raw(event))
                self._settle()
        self._calm()
        self._settle()
        self._idle()

    def _send(self, sent: bytes) -> None:
        for place, key in places(sent, PARTITIONS):
            self.world.log.append(place, key, sent)
        self.sent.append(sent)

    def _send_at_once(self, event: Event) -> None:
        """As it arrives, with the broker's time; the clock of the cluster tells the days."""
        world = self.world
        if event["type"] == "day.started":
            self._settle()
            world.set_clock(max(moment(event), world.now()))
            day = str(world.now().date())
            self._until(lambda: self._has_started(day), f"the clock does not tell {day}", PATIENCE_S)
            self._settle()
            return
        world.set_clock(max(moment(event), world.now()))
        self._send(raw(event))
        if self.dice.random() < 0.1:
            self._settle()
        else:
            world.loop.run_until(lambda: False, patience_s=self.dice.random() * 0.03)

    def _has_started(self, day: str) -> bool:
        lying = [records for place, records in self.world.log.records.items() if place.topic == "day.started"]
        return len(lying) == PARTITIONS and all(day.encode() in (records[-1].value or b"") for records in lying)

    # --- faults

    def _next_strike(self) -> None:
        if self._left > 0:
            self.world.loop.strike_at = (
                self.world.loop.steps + 1 + int(self.dice.expovariate(1 / self.plan.steps_between))
            )

    def _strike(self, process: Process) -> None:
        """Something happens to the process that is just about to run on, or around it."""
        world, dice = self.world, self.dice
        self._left -= 1
        name = "letters" if dice.random() < LETTERS else process.name.partition("#")[0]
        kind = dice.choices(
            ("kill", "stand still", "stop", "one more", "store away", "broker away", "again"), (7, 5, 1, 1, 1, 1, 2)
        )[0]
        if name not in world.running:
            kind = "store away"
        self.struck[kind] += 1
        match kind:
            case "kill":
                world.kill(name)
                world.network.later(dice.random() * dice.choice((0.1, 2, 8)), self._start_again, name)
            case "stand still":
                self._halt(name)
            case "stop":
                world.stop(name)
                world.network.later(dice.random() * 5, self._start_again, name)
            case "one more" if name.partition(".")[0] in SERVICES:
                more = f"{name.partition('.')[0]}.{2 + self._left}"
                self._start_again(more)
            case "store away" | "broker away":
                world.network.away[kind.partition(" ")[0]] = world.loop.now_s + dice.random() * 4
            case "again" if self.sent:
                self._again()
        self._next_strike()

    def _halt(self, name: str) -> None:
        """For a moment, or for longer than a session: then it is a zombie, and half of these are about to commit or to send a letter."""
        zombie = self.dice.random() < ZOMBIES
        for_s = SESSION_S + self.dice.random() * 8 if zombie else self.dice.random() * SESSION_S
        self.world.halt(name, for_s, at_commit=zombie and self.dice.random() < ZOMBIES)
        if zombie and self.dice.random() < REPLACED and name.partition(".")[0] in (*SERVICES, "letters"):
            self._start_again(f"{name.partition('.')[0]}.{2 + self._left}")

    def _again(self) -> None:
        """A sender sends once more what it has sent."""
        sent = self.dice.choice(self.sent)
        try:
            parse(sent, outside=True)
        except Malformed:
            return
        for place, key in places(sent, PARTITIONS):
            if any(record.value == sent and record.key == key for record in self.world.log.records[place]):
                self.world.log.append(place, key, sent)

    def _start_again(self, name: str) -> None:
        if name not in self.world.running:
            self.world.start(name)

    def _calm(self) -> None:
        """Nothing strikes any more, and who was killed is there again."""
        world = self.world
        world.loop.strike_at, self._left = -1, 0
        for made in world.running.values():
            made.process.freezes_s = 0.0
        network = world.network
        network.lost = network.unanswered = network.late = 0.0
        network.away.clear()

    # --- waiting

    def _until(self, done: Callable[[], bool], what: str, patience_s: float) -> None:
        world = self.world
        if not world.loop.run_until(done, patience_s=patience_s):
            waits = {name: dict(made.status.waits) for name, made in world.running.items() if made.status.waits}
            raise Stuck(f"{what}: lag {dict(world.log.lag())}, waits {waits}")

    def _settle(self) -> None:
        """Until all that was sent has had its effects, and every group has said so."""
        self._until(lambda: self.world.log.settled, "no rest", PATIENCE_S)

    def _idle(self) -> None:
        self.world.loop.run_until(lambda: False, patience_s=IDLE_S)
        self._settle()

    def _all_again(self) -> list[str]:
        """Everything is killed, and hears all there is again from the first offset: nothing may follow from it."""
        world = self.world
        before, ends = decided(world), {place: len(some) for place, some in world.log.records.items()}
        names = list(world.running)
        for name in names:
            world.kill(name)
        world.loop.run_until(lambda: False, patience_s=SESSION_S + 1)
        world.log.forget_offsets()
        for name in (*SERVICES, "letters"):
            world.start(name)
        self._settle()
        self._idle()
        after = decided(world)
        faults = [
            f"heard again, and decided anew: {name}, because of {cause}"
            for name, causes in after.items()
            for cause in causes[len(before.get(name, ())) :]
        ]
        again = Counter(place.topic for place, some in world.log.records.items() for _ in some[ends.get(place, 0) :])
        return faults + [
            f"heard again, and told again: {topic} {count} times"
            for topic, count in again.items()
            if not topic.endswith(".parked") and topic != "notice.delivered"
        ]


def play(seed: int, *, rough: bool = False, keep_trace: bool = False) -> Result:
    """Play a seed, by its own plan or a rough one."""
    return Play(seed, rough=rough, keep_trace=keep_trace).run()
