"""One seed: a history played through the simulated cluster, struck by faults, and judged at the end."""

import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time

from shared.adapters.kafka.records import moment_of
from shared.effects.bank.telling import event as treasury_tells
from shared.events.record import Record
from shared.events.treasury import AccountCredited, PaymentReported
from shared.kernel.calendar import DAY, VILNIUS, day_of, midnight
from shared.messages.read import Malformed, parse
from tests.simulation.bank_verdict import answered, at_rest, bank_judged, desk_of
from tests.simulation.loop import Process, Stuck
from tests.simulation.others import FUND
from tests.simulation.traffic import Event, moment, of_the_bank, places, raw, soon_paid, told
from tests.simulation.verdict import decided, judge
from tests.simulation.world import BANK, BROKER, PARTITIONS, PERSON, SMALL, World

SERVICES = ("contracts", "invoicing", "payments", "reserve", "reconciliation")
SESSION_S = 3.0
LETTERS, ZOMBIES, REPLACED = 0.2, 0.6, 0.7
"""Shares: of strikes that are meant for the letters, of halts that are long, of zombies beside which one more is started."""
AT_THE_DESK, OF_PERSONS, RICH = 0.4, 0.15, 0.5
"""Where there is a desk: the share of strikes that are meant for it, of these the share for persons; of accounts, with much money."""
START_S, PATIENCE_S, IDLE_S = 60.0, 400.0, 3.0
HOURS = (time(10, 1), time(14, 31), time(18))
"""Behind each cut-off of the desk, and when the bank has told its day."""
LAST_DAYS = 20
MUCH, BY_HAND = 100_000, 0.7
"""Cents that come to an account, and the share of orders that the treasury pays on a day before there is a desk."""
TOLD_AGAIN = frozenset({"notice.delivered", "payment.reported", "reserve.transfer.reported", "account.credited"})
"""What letters and the desk tell once more after a crash, by the same id."""
WRONG_S = (60.0, 4_000.0, 90_000.0, 180_000.0)
"""By how much a clock may be wrong, at the most."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How a seed is played: one by one in the events' own time, or many at once as they arrive; and how roughly.

    ``desk`` is the share of events after which the bank's desk opens, None where the history tells what the bank says;
    ``clocks`` is whether clocks are set, forwards and back.
    """

    at_once: bool
    desk: float | None = None
    clocks: bool = False
    second: tuple[str, ...]
    steps_between: float
    losses: float
    strikes: int

    @staticmethod
    def rough(seed: int) -> "Plan":
        """Two of each service, and a strike soon after the other."""
        rough = Plan(at_once=seed % 3 > 0, second=SERVICES, steps_between=500, losses=0.005, strikes=30)
        return replace(rough, desk=0.5 * (seed % 2), clocks=True, strikes=40) if seed % 3 == 2 else rough

    @staticmethod
    def of(seed: int) -> "Plan":
        dice, of_clocks = random.Random(f"plan {seed}"), random.Random(f"desk and clocks {seed}")
        at_once = dice.random() < 0.5
        return Plan(
            at_once=at_once,
            desk=of_clocks.choice((None, 0.0, 0.4)) if at_once else None,
            clocks=at_once and of_clocks.random() < 0.6,
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
        self.history = told(seed) if self.plan.desk is None else list(map(soon_paid, told(seed)))
        self.world = World(seed, moment(self.history[0]), arrival=self.plan.at_once, keep_trace=keep_trace)
        self.world.log.session_s = SESSION_S
        self.struck: Counter[str] = Counter()
        self.sent: list[bytes] = []
        self._left = self.plan.strikes
        self._aim, self._passes = "", 0
        self._credited: set[str] = set()
        self._has_desk, self._by_hand = False, set[str]()
        self.world.network.kill = self._dies

    def run(self) -> Result:
        """Play, and judge."""
        random.seed(self.seed)
        world = self.world
        faults: list[str] = []
        with world.simulated():
            try:
                self._play()
                faults = judge(world, self.history, at_once=self.plan.at_once)
                if self.plan.desk is not None:
                    faults += bank_judged(world)
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
        opens_at = -1 if plan.desk is None else int(plan.desk * len(self.history))
        for number, event in enumerate(self.history):
            if number == 0 and opens_at > 0:
                self._give_money(by_hand=True)
            if number == opens_at:
                self._open_the_desk()
            if plan.at_once:
                self._send_at_once(event)
            else:
                self._send(raw(event))
                self._settle()
        self._calm()
        self._settle()
        if plan.desk is not None:
            self._last_days()
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
            if self._has_desk and self.dice.random() < 0.5:
                self._rest_of_the_day(HOURS[1:])
            elif self.plan.desk and not self._has_desk:
                self._report_by_hand()
            self._day(moment(event))
            return
        self._set_clock(moment(event))
        if self.plan.desk is None or not of_the_bank(event, world.books if self._has_desk else None, self._credited):
            self._send(raw(event))
        if self.dice.random() < 0.1:
            self._settle()
        else:
            world.loop.run_until(lambda: False, patience_s=self.dice.random() * 0.03)

    def _set_clock(self, moment: datetime) -> None:
        self.world.set_clock(max(moment, self.world.true_now()))

    def _day(self, moment: datetime) -> None:
        """A day comes, and the clock tells it."""
        self._set_clock(moment)
        day = self.world.true_now().date()
        self._until(lambda: self._has_started(day), f"the clock does not tell {day}", PATIENCE_S)
        self._settle()

    def _has_started(self, day: date) -> bool:
        """Whether the broker took the day on itself, on each partition."""
        lying = [records for place, records in self.world.log.records.items() if place.topic == "day.started"]
        said = str(day).encode()
        return len(lying) == PARTITIONS and all(
            any(said in (record.value or b"") and day_of(moment_of(record)) == day for record in records[-6:])  # type: ignore[arg-type]
            for records in lying
        )

    # --- the bank

    def _open_the_desk(self) -> None:
        """From now on the bank tells what the history told; what was ordered and answered before is heard first."""
        self._settle()
        self.world.paid_before = answered(self.world)
        for name in (BANK, PERSON, f"{PERSON}.2"):
            self.world.start(name)
        self._has_desk, groups = True, len(SERVICES) + 2
        self._give_money(by_hand=False)
        self._left += self.plan.strikes // 2
        self._next_strike()
        log = self.world.log
        self._until(lambda: len(log.groups) == groups and log.settled, "the desk does not open", PATIENCE_S)

    def _give_money(self, *, by_hand: bool) -> None:
        """Much money comes to some accounts; before there is a desk the treasury tells so by itself."""
        on = day_of(self.world.true_now())
        for (payer, source), account in SMALL.accounts.items():
            if self.dice.random() >= RICH:
                continue
            if by_hand:
                came = AccountCredited(
                    payer=payer, source=source, amount_cents=MUCH, value_on=on, reference=f"H {payer} {source}"
                )
                self._tell_by_hand(f"hand/{payer}/{source}", came)
            else:
                self.world.books.credit(account.iban, MUCH)

    def _report_by_hand(self) -> None:
        """Before there is a desk the treasury pays by itself, and tells so of most orders."""
        on = day_of(self.world.true_now())
        lying = [r for place, some in self.world.log.records.items() if place.topic == "payment.ordered" for r in some]
        for ordered in (json.loads(record.value or b"")["data"] for record in lying):
            if ordered["order_id"] not in self._by_hand and self.dice.random() < BY_HAND:
                self._by_hand.add(ordered["order_id"])
                said = PaymentReported(order_id=ordered["order_id"], outcome="executed", on=on, reason=None)
                self._tell_by_hand(f"hand/{ordered['order_id']}", said)

    def _tell_by_hand(self, name: str, said: Record) -> None:
        self._send(treasury_tells(name, said, self.world.true_now()).encode())

    def _rest_of_the_day(self, hours: tuple[time, ...] = HOURS) -> None:
        """The desk's cut-offs pass, and the bank's day."""
        on = day_of(self.world.true_now())
        for hour in hours:
            self._set_clock(datetime.combine(on, hour, VILNIUS))
            self.world.loop.run_until(lambda: False, patience_s=1.5)
            self._settle()

    def _last_days(self) -> None:
        """The bank carries out what it has, nothing is late any more, and days pass until the desk is at rest."""
        self.world.books.settle()
        for _ in range(LAST_DAYS):
            self._day(midnight(day_of(self.world.true_now()) + DAY))
            self._rest_of_the_day()
            on = day_of(self.world.true_now())
            if FUND.calendar.is_bank_day(on) and at_rest(self.world, desk_of(self.world)):
                return
        raise Stuck(f"the desk is not at rest after {LAST_DAYS} days: {desk_of(self.world).alarms(self.world.now())}")

    # --- faults

    def _next_strike(self) -> None:
        if self._left > 0:
            self.world.loop.strike_at = (
                self.world.loop.steps + 1 + int(self.dice.expovariate(1 / self.plan.steps_between))
            )
        self._aim = ""
        if self._has_desk and self.dice.random() < AT_THE_DESK:
            self._aim = PERSON if self.dice.random() < OF_PERSONS else BANK
            self._passes = int(self.dice.expovariate(1 / 12))

    def _is_aimed_elsewhere(self, process: Process) -> bool:
        """Whether the strike is to wait for a step of the desk's process, some steps from now."""
        if self._aim not in self.world.running or (process.kind == self._aim and not self._passes):
            return False
        self._passes -= process.kind == self._aim
        self.world.loop.strike_at = self.world.loop.steps + 2
        return True

    def _strike(self, process: Process) -> None:
        """Something happens to the process that is just about to run on, or around it."""
        world, dice = self.world, self.dice
        if self._is_aimed_elsewhere(process):
            return
        self._left -= 1
        name = "letters" if dice.random() < LETTERS and not self._aim else process.name.partition("#")[0]
        kinds = {"kill": 7, "stand still": 5, "stop": 1, "one more": 1, "store away": 1, "broker away": 1, "again": 2}
        kinds |= {"bank away": 1, "killed at an act": 4} if self._has_desk else {}
        kinds |= {"clock set": 4} if self.plan.clocks else {}
        kind = dice.choices(list(kinds), list(kinds.values()))[0]
        if name not in world.running:
            kind = "store away"
        self.struck[kind] += 1
        match kind:
            case "kill":
                self._dies(world.running[name].process)
            case "killed at an act":
                self._killed_at_an_act()
            case "stand still":
                self._halt(name)
            case "stop":
                world.stop(name)
                world.network.later(dice.random() * 5, self._start_again, name)
            case "one more" if name.partition(".")[0] in (*SERVICES, BANK):
                more = f"{name.partition('.')[0]}.{2 + self._left}"
                self._start_again(more)
            case "clock set":
                self._set_a_clock()
            case "store away" | "broker away" | "bank away":
                world.network.away[kind.partition(" ")[0]] = world.loop.now_s + dice.random() * 4
            case "again" if self.sent:
                self._again()
        self._next_strike()

    def _halt(self, name: str) -> None:
        """For a moment, or for longer than a session: then it is a zombie, and half of these are about to commit or to send a letter."""
        zombie = self.dice.random() < ZOMBIES
        for_s = SESSION_S + self.dice.random() * 8 if zombie else self.dice.random() * SESSION_S
        self.world.halt(name, for_s, at_commit=zombie and self.dice.random() < ZOMBIES)
        if zombie and self.dice.random() < REPLACED and name.partition(".")[0] in (*SERVICES, "letters", BANK):
            self._start_again(f"{name.partition('.')[0]}.{2 + self._left}")

    def _killed_at_an_act(self) -> None:
        """The desk is killed as it hands a file over, or keeps something: just before, or just after."""
        if BANK in self.world.running:
            self.world.running[BANK].process.dies_at = self.dice.choice(("bank file", "bank.commits insert"))

    def _dies(self, process: Process) -> None:
        world, name = self.world, process.name.partition("#")[0]
        world.kill(name)
        world.network.later(self.dice.random() * self.dice.choice((0.1, 2, 8)), self._start_again, name)

    def _set_a_clock(self) -> None:
        """A clock is set, forwards or back, and after a while it is right again."""
        world, dice = self.world, self.dice
        whose = dice.choice(("clock", "clock", BROKER, BANK, "letters"))
        world.wrong_s[whose] = dice.choice((-1, 1)) * dice.random() * dice.choice(WRONG_S)
        world.trace.say(f"{world.loop.now_s:10.4f} the clock of {whose} is wrong by {world.wrong_s[whose]:.0f} s")
        world.network.later(dice.random() * dice.choice((0.5, 3, 10)), self._set_right, whose)

    def _set_right(self, whose: str) -> None:
        self.world.wrong_s.pop(whose, None)
        self.world.trace.say(f"{self.world.loop.now_s:10.4f} the clock of {whose} is right")

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
            made.process.freezes_s, made.process.dies_at = 0.0, ""
        network = world.network
        network.lost = network.unanswered = network.late = 0.0
        network.away.clear()
        world.wrong_s.clear()

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
        desk = desk_of(world).state
        for name in (*SERVICES, "letters", *([] if self.plan.desk is None else [BANK])):
            world.start(name)
        self._settle()
        self._idle()
        after = decided(world)
        faults = [
            f"heard again, and decided anew: {name}, because of {cause}"
            for name, causes in after.items()
            for cause in causes[len(before.get(name, ())) :]
        ]
        new = desk_of(world).state
        if (new.waiting, new.files, new.answers) != (desk.waiting, desk.files, desk.answers):
            faults.append(f"heard again, and the desk did something: {new.waiting.keys() ^ desk.waiting.keys()}")
        again = Counter(place.topic for place, some in world.log.records.items() for _ in some[ends.get(place, 0) :])
        return faults + [
            f"heard again, and told again: {topic} {count} times"
            for topic, count in again.items()
            if not topic.endswith(".parked") and topic not in TOLD_AGAIN
        ]


def play(seed: int, *, rough: bool = False, keep_trace: bool = False) -> Result:
    """Play a seed, by its own plan or a rough one."""
    return Play(seed, rough=rough, keep_trace=keep_trace).run()
