"""One seed: a history played through the simulated cluster, struck by faults, and judged at the end."""

import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time

from shared.adapters.kafka.records import moment_of
from shared.effects.bank.telling import event as treasury_tells
from shared.events.record import Record
from shared.events.treasury import AccountCredited, PaymentReported
from shared.kernel.calendar import DAY, VILNIUS, day_of, midnight
from tests.simulation.bank_verdict import answered, at_rest, bank_judged, desk_of
from tests.simulation.loop import Stuck
from tests.simulation.others import FUND
from tests.simulation.strikes import SERVICES, SESSION_S, Plan, Strikes
from tests.simulation.traffic import Event, moment, of_the_bank, places, raw, soon_paid, told
from tests.simulation.verdict import decided, judge
from tests.simulation.world import BANK, PARTITIONS, PERSON, SMALL, World

START_S, PATIENCE_S, IDLE_S = 60.0, 400.0, 3.0
HOURS = (time(10, 1), time(14, 31), time(18))
"""Behind each cut-off of the desk, and when the bank has told its day."""
LAST_DAYS = 20
MUCH, RICH, BY_HAND = 100_000, 0.5, 0.7
"""Cents that come to a share of accounts, and the share of orders that the treasury pays on a day before there is a desk."""
TOLD_AGAIN = frozenset({"notice.delivered", "payment.reported", "reserve.transfer.reported", "account.credited"})
"""What letters and the desk tell once more after a crash, by the same id."""


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
        self.sent: list[bytes] = []
        self.strikes = Strikes(self.dice, self.plan, self.world, self.sent)
        self._credited: set[str] = set()
        self._by_hand = set[str]()

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
            struck=self.strikes.struck,
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
        self.strikes.next()
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
            if self.strikes.has_desk and self.dice.random() < 0.5:
                self._rest_of_the_day(HOURS[1:])
            elif self.plan.desk and not self.strikes.has_desk:
                self._report_by_hand()
            self._day(moment(event))
            return
        self._set_clock(moment(event))
        if self.plan.desk is None or not of_the_bank(
            event, world.books if self.strikes.has_desk else None, self._credited
        ):
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
        self.strikes.has_desk, groups = True, len(SERVICES) + 2
        self._give_money(by_hand=False)
        self.strikes.left += self.plan.strikes // 2
        self.strikes.next()
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

    def _calm(self) -> None:
        """Nothing strikes any more, and who was killed is there again."""
        world = self.world
        self.strikes.end()
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
