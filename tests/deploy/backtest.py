"""The alarms over a past year: on which days of the demo each would have fired, asked of a real Prometheus.

The year is played in memory with the metrics of a running fund; what these tell at the end of each day becomes samples of
that day, and each alarm's expression is asked at its evening. ``python -m tests.deploy.backtest`` writes the table of
`deploy/dashboards/README.md` anew; a test compares.
"""

import asyncio
import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

import deploy
from services.all import SERVICES
from services.payments.service import FUND
from shared.adapters.local import LocalBus
from shared.adapters.sqlite.store import SqliteStore, connect
from shared.demo.post import Event, day_started
from shared.demo.run import decode, public, raw_of
from shared.demo.world import World
from shared.engine.engine import Engine
from shared.engine.ingress import INGRESS
from shared.engine.outbox import Message, parked_topic
from shared.kernel.calendar import DAY, VILNIUS
from shared.proof.keys import new_key
from shared.reports.replay import deliver_at_once
from shared.runtime.sealing import Seals
from shared.statute.load import load_fund
from shared.telemetry.samples import Sample
from shared.telemetry.seals import watch_seals
from shared.telemetry.setup import Telemetry
from tests.deploy.prometheus import Prometheus, backfill, serving

DASHBOARDS = Path(deploy.__file__).parent / "dashboards"
TABLE = DASHBOARDS / "README.md"
BEGIN, END = "<!-- backtest: begin -->", "<!-- backtest: end -->"
SEED, PROVIDERS = 1, 600
HOURS = (3, 9, 15, 21)
"""When samples are taken: the first is of the night, before anything of the day was decided."""
EVENING = time(21)
JOBS = ("contracts", "invoicing", "payments", "reserve", "reconciliation", "clock", "letters", "gate")

GROUPS: list[dict[str, Any]] = yaml.safe_load((DASHBOARDS / "alerts.yaml").read_text(encoding="utf-8"))["groups"]
ALARMS: dict[str, str] = {rule["alert"]: rule["expr"] for group in GROUPS for rule in group["rules"]}
NAME = re.compile(r"\w+")
ASKED = set(re.findall(r"\bpsdf_\w+", " ".join(ALARMS.values())))


@dataclass(frozen=True, slots=True)
class Standing:
    """What the metrics told at the end of a day."""

    day: date
    samples: Sequence[str]


class Year:
    """The demo's year against the five services in memory, watched as a running fund is."""

    def __init__(self, proof: Path, seed: int = SEED, providers: int = PROVIDERS) -> None:
        self._world, fund, connection = World(seed, providers), load_fund(), connect(None)
        self._telemetry, self._today = Telemetry(traces=0), date.min
        self._fresh: list[Event] = []
        self.told: list[Event] = []
        engines = {
            service.name: Engine(
                service,
                fund,
                SqliteStore(connection, service.name),
                answer=None if service is INGRESS else deliver_at_once,
            )
            for service in (INGRESS, *SERVICES)
        }
        for engine in engines.values():
            self._telemetry.watch(engine)
        self._bus = LocalBus(engines[INGRESS.name], [engines[service.name] for service in SERVICES], [self._listen])
        state = engines["payments"].state
        self._telemetry.fund(lambda: state(FUND), fund, ready=lambda: True, today=lambda: self._today)
        self._seals = Seals(fund.fund_id, connection, new_key(proof / "psdf.key"), proof)
        watch_seals(self._telemetry.metrics, lambda: self._seals.day, lambda: self._today)
        self._telemetry.metrics.gauge("psdf_parked_open", "Nobody releases anything in the demo", self._parked)

    async def play(self) -> list[Standing]:
        """Play all days; where the fund stood at the end of each."""
        await self._bus.start()
        stood = []
        for day in self._world.dates():
            self._today = day
            await self._receive([day_started(day), *self._world.morning(day)])
            while answers := self._world.answer(day, self._fresh):
                self._fresh.clear()
                await self._receive(answers)
            self._fresh.clear()
            await self._seals.seal()
            stood.append(Standing(day, list(self._samples())))
        return stood

    async def _receive(self, sent: Sequence[Any]) -> None:
        for each in sent:
            await self._bus.receive([raw_of(each)])

    def _listen(self, messages: Sequence[Message]) -> None:
        said = [decode(message) for message in public(messages)]
        self._fresh += said
        self.told += said

    def _samples(self) -> Iterator[str]:
        for line in self._telemetry.metrics.text().decode().splitlines():
            if (found := NAME.match(line)) and found[0] in ASKED:
                yield line

    def _parked(self) -> Iterator[Sample]:
        found = Counter(event["data"]["topic"] for event in self.told if event["type"].endswith(parked_topic("")))
        yield from (({"topic": topic}, count) for topic, count in found.items())


def lines(stood: Sequence[Standing]) -> Iterator[str]:
    """The samples of the year as Prometheus reads them in: in the night of a day still what was told the day before."""
    for before, after in pairwise([Standing(stood[0].day - DAY, ()), *stood]):
        for hour in HOURS:
            at = int(datetime.combine(after.day, time(hour), VILNIUS).timestamp())
            yield from (f"{sample} {at}" for sample in (before if hour == HOURS[0] else after).samples)
            yield from (f'up{{job="{job}"}} 1 {at}' for job in JOBS)


MOST = timedelta(hours=10_000)


def fired(asked: Prometheus, days: Sequence[date], expression: str) -> list[date]:
    """The days at whose evening an alarm's expression has a value: local evenings, whatever hour that is in UTC."""
    evenings = {int(datetime.combine(day, EVENING, VILNIUS).timestamp()): day for day in days}
    first, last = (datetime.combine(day, EVENING, VILNIUS) for day in (days[0], days[-1]))
    hours = int(timedelta(hours=1).total_seconds())
    told: set[int] = set()
    while first <= last:  # Prometheus gives no more than 11 000 points at once
        until = min(last, first + MOST)
        told |= {int(at) for series in asked.over(expression, first, until, hours) for at, _ in series["values"]}
        first = until + timedelta(hours=1)
    return [day for at, day in evenings.items() if at in told]


def backtest(seed: int = SEED, providers: int = PROVIDERS) -> tuple[dict[str, list[date]], list[Event]]:
    """The days on which each alarm fires over the demo's year, and all that was told."""
    with tempfile.TemporaryDirectory() as proof:
        year = Year(Path(proof), seed, providers)
        stood = asyncio.run(year.play())
    with tempfile.TemporaryDirectory() as folder:
        backfill(Path(folder), lines(stood))
        with serving(Path(folder)) as asked:
            days = [each.day for each in stood]
            return {name: fired(asked, days, expression) for name, expression in ALARMS.items()}, year.told


def spans(days: Sequence[date]) -> str:
    """Days as a person writes them: neighbours together."""
    found: list[list[date]] = []
    for day in days:
        if found and day - found[-1][-1] == DAY:
            found[-1].append(day)
        else:
            found.append([day])
    return ", ".join(f"{span[0]}" if len(span) == 1 else f"{span[0]} to {span[-1]}" for span in found)


def table(found: dict[str, list[date]]) -> str:
    """The table "alarm, days"."""
    rows = [f"| {name} | {len(days)} | {spans(days)} |" for name, days in found.items()]
    return "\n".join(["| alarm | days | which |", "|---|---|---|", *rows])


def page(found: dict[str, list[date]]) -> str:
    """The page with the table as it should be."""
    head, _, rest = TABLE.read_text(encoding="utf-8").partition(BEGIN)
    return f"{head}{BEGIN}\n{table(found)}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    TABLE.write_text(page(backtest()[0]), encoding="utf-8")
