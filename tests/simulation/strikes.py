"""How a seed is played, and what strikes meanwhile: the seed's plan, and its strikes, by dice."""

import random
from collections import Counter
from dataclasses import dataclass, replace

from shared.messages.read import Malformed, parse
from tests.simulation.loop import Process
from tests.simulation.traffic import places
from tests.simulation.world import BANK, BROKER, PARTITIONS, PERSON, World

SERVICES = ("contracts", "invoicing", "payments", "reserve", "reconciliation")
SESSION_S = 3.0
LETTERS, ZOMBIES, REPLACED = 0.2, 0.6, 0.7
"""Shares: of strikes that are meant for the letters, of halts that are long, of zombies beside which one more is started."""
STRIKES = {"kill": 7, "stand still": 5, "stop": 1, "one more": 1, "store away": 1, "broker away": 1, "again": 2}
AT_THE_BANK = {"bank away": 1, "killed at an act": 4}
OF_CLOCKS = {"clock set": 4}
"""What strikes, and how often beside others."""
AT_THE_DESK, OF_PERSONS = 0.4, 0.15
"""Where there is a desk: the share of strikes that are meant for it, and of these the share for persons."""
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


class Strikes:
    """What strikes a world: ``left`` is how often it still does, ``has_desk`` whether there is one to strike at."""

    def __init__(self, dice: random.Random, plan: Plan, world: World, sent: list[bytes]) -> None:
        self._plan, self._world, self._sent = plan, world, sent
        self._dice = dice
        self.struck: Counter[str] = Counter()
        self.left, self.has_desk = plan.strikes, False
        self._aim, self._passes = "", 0
        world.loop.strike, world.network.kill = self.strike, self._dies

    def end(self) -> None:
        """Nothing strikes any more."""
        self._world.loop.strike_at, self.left = -1, 0
        for made in self._world.running.values():
            made.process.freezes_s, made.process.dies_at = 0.0, ""

    def next(self) -> None:
        """When the next strike comes, and at whom."""
        if self.left > 0:
            self._world.loop.strike_at = (
                self._world.loop.steps + 1 + int(self._dice.expovariate(1 / self._plan.steps_between))
            )
        self._aim = ""
        if self.has_desk and self._dice.random() < AT_THE_DESK:
            self._aim = PERSON if self._dice.random() < OF_PERSONS else BANK
            self._passes = int(self._dice.expovariate(1 / 12))

    def _is_aimed_elsewhere(self, process: Process) -> bool:
        """Whether the strike is to wait for a step of the desk's process, some steps from now."""
        if self._aim not in self._world.running or (process.kind == self._aim and not self._passes):
            return False
        self._passes -= process.kind == self._aim
        self._world.loop.strike_at = self._world.loop.steps + 2
        return True

    def strike(self, process: Process) -> None:
        """Something happens to the process that is just about to run on, or around it."""
        if self._is_aimed_elsewhere(process):
            return
        dice = self._dice
        self.left -= 1
        name = "letters" if dice.random() < LETTERS and not self._aim else process.name.partition("#")[0]
        kinds = STRIKES | (AT_THE_BANK if self.has_desk else {}) | (OF_CLOCKS if self._plan.clocks else {})
        kind = dice.choices(list(kinds), list(kinds.values()))[0]
        kind = kind if name in self._world.running else "store away"
        self.struck[kind] += 1
        if kind.endswith(" away"):
            self._world.network.away[kind.removesuffix(" away")] = self._world.loop.now_s + dice.random() * 4
        else:
            self._one_process(kind, name)
        self.next()

    def _one_process(self, kind: str, name: str) -> None:
        world = self._world
        match kind:
            case "kill":
                self._dies(world.running[name].process)
            case "killed at an act":
                self._killed_at_an_act()
            case "stand still":
                self._halt(name)
            case "stop":
                world.stop(name)
                world.network.later(self._dice.random() * 5, self._start_again, name)
            case "one more" if name.partition(".")[0] in (*SERVICES, BANK):
                self._start_again(f"{name.partition('.')[0]}.{2 + self.left}")
            case "clock set":
                self._set_a_clock()
            case "again" if self._sent:
                self._again()

    def _halt(self, name: str) -> None:
        """For a moment, or for longer than a session: then it is a zombie, and half of these are about to commit or to send a letter."""
        zombie = self._dice.random() < ZOMBIES
        for_s = SESSION_S + self._dice.random() * 8 if zombie else self._dice.random() * SESSION_S
        self._world.halt(name, for_s, at_commit=zombie and self._dice.random() < ZOMBIES)
        if zombie and self._dice.random() < REPLACED and name.partition(".")[0] in (*SERVICES, "letters", BANK):
            self._start_again(f"{name.partition('.')[0]}.{2 + self.left}")

    def _killed_at_an_act(self) -> None:
        """The desk is killed as it hands a file over, or keeps something: just before, or just after."""
        if BANK in self._world.running:
            self._world.running[BANK].process.dies_at = self._dice.choice(("bank file", "bank.commits insert"))

    def _dies(self, process: Process) -> None:
        world, name = self._world, process.name.partition("#")[0]
        if name not in world.running or world.running[name].process is not process:
            return
        world.kill(name)
        world.network.later(self._dice.random() * self._dice.choice((0.1, 2, 8)), self._start_again, name)

    def _set_a_clock(self) -> None:
        """A clock is set, forwards or back, and after a while it is right again."""
        world, dice = self._world, self._dice
        whose = dice.choice(("clock", "clock", BROKER, BANK, "letters"))
        world.wrong_s[whose] = dice.choice((-1, 1)) * dice.random() * dice.choice(WRONG_S)
        world.trace.say(f"{world.loop.now_s:10.4f} the clock of {whose} is wrong by {world.wrong_s[whose]:.0f} s")
        world.network.later(dice.random() * dice.choice((0.5, 3, 10)), self._set_right, whose)

    def _set_right(self, whose: str) -> None:
        self._world.wrong_s.pop(whose, None)
        self._world.trace.say(f"{self._world.loop.now_s:10.4f} the clock of {whose} is right")

    def _again(self) -> None:
        """A sender sends once more what it has sent."""
        sent = self._dice.choice(self._sent)
        try:
            parse(sent, outside=True)
        except Malformed:
            return
        for place, key in places(sent, PARTITIONS):
            if any(record.value == sent and record.key == key for record in self._world.log.records[place]):
                self._world.log.append(place, key, sent)

    def _start_again(self, name: str) -> None:
        if name not in self._world.running:
            self._world.start(name)
