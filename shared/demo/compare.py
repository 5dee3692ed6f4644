"""The same days once more on the embedded stack: both stacks must say the same, with the same ids and causes."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from shared.demo.order import NAMES
from shared.demo.run import Outside, play_year
from shared.journal.home import Home, held
from shared.kernel.fund import Fund
from shared.kernel.value import value
from shared.telemetry.setup import Telemetry


@value
class Compared:
    """How many events the services said on both stacks, and which only one of them said, by type."""

    same: int
    only_here: Counter[str]
    only_embedded: Counter[str]

    def __str__(self) -> str:
        """One line for a person."""
        here, embedded = self.only_here.total(), self.only_embedded.total()
        if not here and not embedded:
            return f"The embedded stack says the same: {self.same} events of the services, none differs."
        types = ", ".join(sorted(self.only_here | self.only_embedded))
        return f"The embedded stack says otherwise: {here} only here, {embedded} only there, {self.same} same: {types}"


async def compare(home: Home, fund: Fund, world: Outside, dates: Iterable[date]) -> Compared:
    """Play a fresh world's days on the embedded stack, and compare with what was said in a home."""
    with TemporaryDirectory() as folder:
        other = Home(path=Path(folder))
        with held(other, fund.fund_id):
            await play_year(other, fund, world, dates, lambda _day, _events: None, Telemetry(traces=0))
        here, embedded = Counter(said_in(home)), Counter(said_in(other))
    return Compared(
        same=(here & embedded).total(),
        only_here=Counter(json.loads(line)["type"] for line in (here - embedded).elements()),
        only_embedded=Counter(json.loads(line)["type"] for line in (embedded - here).elements()),
    )


def said_in(home: Home) -> Iterator[str]:
    """What services decided, with whatever they carry; what was laid aside is the bus's own."""
    with (home.path / "events.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            try:
                event = json.loads(line)
            except json.JSONDecodeError:  # a message that broke off, as it came
                continue
            if event["source"] in NAMES and not event["type"].endswith(".parked"):
                yield json.dumps(event, sort_keys=True)
