"""A campaign: a history flows through a fund's processes while they, Kafka and the store are killed, all by a seed.

A blow falls a moment after the next events are sent: on several processes at once, on Kafka, or on the store; what was
killed is started again a moment later. Senders repeat themselves, and come in another order than in the history.
"""

import asyncio
import logging
import os
import random
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import psutil

from deploy.local import Stack
from tests.cluster.fleet import Fleet
from tests.cluster.history import Event, History, mixed, raw, started
from tests.cluster.member import Member
from tests.cluster.quiet import until

FLEET = ("contracts", "invoicing", "invoicing", "payments", "reserve", "reconciliation", "letters")
SERVERS = ("kafka", "mongo")
FEWEST_AT_ONCE = 5
RECOVERY_S = 120.0
AGAIN, LONG_AGO = 0.15, 0.05
"""The shares of events that their sender sends twice at once, and again on a later day."""
PAUSE_S, MOMENT_S = 0.05, 1.0
WHILE_DOWN = 0.2
"""The share of blows that fall before the last one is got over."""

Ordeal: TypeAlias = Callable[["Campaign"], Awaitable[None]]
Blow: TypeAlias = tuple[int, ...] | str | Ordeal
"""Members by their number, the name of a server, or an ordeal (ordeals.py)."""


def quiet_clients() -> None:
    """Say nothing of each try to reach a broker that was killed."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


def blows(dice: random.Random, kills: int, each_server: int) -> list[Blow]:
    """So many kills in all, so many of each server among them."""
    found: list[Blow] = [server for server in SERVERS for _ in range(each_server)]
    left = kills - len(found)
    while left > 0:
        members = dice.sample(range(len(FLEET)), dice.randint(FEWEST_AT_ONCE, len(FLEET)))
        found.append(tuple(members))
        left -= len(members)
    dice.shuffle(found)
    return found


@dataclass(kw_only=True)
class Campaign:
    """One history in one fund."""

    here: Fleet
    stack: Stack | None = None
    """Whose servers are killed, where any are."""
    history: History
    dice: random.Random
    say: Callable[[str], None] = lambda _: None
    blows: Counter[str] = field(default_factory=Counter)
    """What was killed, and each ordeal, by its name and how often."""
    sent: int = 0
    members: list[Member] = field(default_factory=list)
    server_cpu_s: Counter[str] = field(default_factory=Counter)

    async def play(self, planned: Sequence[Blow]) -> None:
        """Send all, and strike all that is planned on the days on which something comes."""
        self.members = await self.here.started(*FLEET)
        for step in self.history.beginning:
            await self.send(step)
            await self.done()
        busy = [day for day in self.history.days if day.events]
        shares = {day.date: planned[at :: len(busy)] for at, day in enumerate(busy)}
        for day in self.history.days:
            await self.send([started(day.date)])
            await self.done()
            await self.day(mixed(self.dice, day.events), list(shares.get(day.date, [])))
            self.say(f"{day.date}: {self.sent} events sent, blows: {dict(self.blows)}")

    async def day(self, events: list[Event], planned: list[Blow]) -> None:
        """The events of a day in as many parts as blows fall, each while a part is on its way."""
        if not planned:
            await self.send(events)
        cuts = sorted(self.dice.randint(0, len(events)) for _ in planned[1:])
        for blow, start, end in zip(planned, [0, *cuts], [*cuts, len(events)], strict=False):
            async with asyncio.TaskGroup() as beside:  # where the blow fails nothing is sent any more
                beside.create_task(self.send(events[start:end]))
                await asyncio.sleep(self.dice.random() * MOMENT_S)
                await self.strike(blow)
            if self.dice.random() > WHILE_DOWN:
                await self.recovered()
        await self.done()

    async def send(self, events: Sequence[Event]) -> None:
        for event in events:
            earlier = [self.dice.choice(self.history.beginning[-1])] if self.dice.random() < LONG_AGO else []
            for each in [*earlier, event, *([event] if self.dice.random() < AGAIN else [])]:
                await self.here.send([raw(each)])
                self.sent += 1
            await asyncio.sleep(PAUSE_S)

    async def strike(self, blow: Blow) -> None:
        """Kill, wait a moment, start again."""
        if callable(blow):
            await blow(self)
            self.blows[blow.__name__] += 1
            return
        moment_s = self.dice.random() * MOMENT_S
        if isinstance(blow, str):
            await self.kill_server(blow)
            await asyncio.sleep(moment_s)
            await asyncio.to_thread(self._servers().up)
            return
        for number in blow:
            self.members[number].kill()
            self.blows[self.members[number].name] += 1
        await asyncio.sleep(moment_s)
        for number in blow:
            self.members[number] = self.here.start(FLEET[number])

    def _servers(self) -> Stack:
        assert self.stack, "servers are killed only where they are the campaign's own"
        return self.stack

    async def kill_server(self, name: str) -> None:
        def pid() -> int | None:
            report = self._servers().status()
            return (report.kafka if name == "kafka" else report.mongo).pid

        async def gone() -> bool:
            return pid() is None

        runs = pid()
        assert runs, f"{name} does not run"
        self.server_cpu_s[name] += sum(psutil.Process(runs).cpu_times()[:2])
        os.kill(runs, signal.SIGKILL)
        self.blows[name] += 1
        await until(gone, f"{name} is gone")

    async def recovered(self) -> None:
        for member in self.members:
            await until(member.ready, f"{member.name} is ready", RECOVERY_S)

    async def done(self) -> None:
        """All live, and have done all that was sent."""
        await self.recovered()
        await self.here.quiet(RECOVERY_S)

    def summary(self) -> str:
        """Blows by kind, and the processor time of processes and servers."""
        for member in self.here.members:
            if member.lives:
                member.measure()
        used = sum(member.cpu_s for member in self.here.members)
        servers = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in sorted(self.server_cpu_s.items()))
        struck = ", ".join(f"{name} {count}" for name, count in sorted(self.blows.items()))
        return (
            f"{self.sent} events sent, {self.blows.total()} blows ({struck}); "
            f"processor time: processes {used:.0f} s, until their last kill {servers}"
        )
