"""The same days once more on the embedded stack: both stacks must say the same, with the same ids and causes.

Letters of a day are on their way side by side, and the ministry's answers come in any order: what is said to such an
answer is named by it, and not by its place in the stream.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from shared.demo.order import NAMES
from shared.demo.post import Event
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
    known, names, said = set[str](), dict[str, str](), Counter[str]()
    for event in events_in(home):
        cause = event.get("causationid", "")
        if event["source"] in NAMES and cause not in known:
            said[cause] += 1
            names[event["id"]] = f"{cause}, {said[cause]}"
        known.add(event["id"])
        if event["source"] in NAMES and not event["type"].endswith(".parked"):
            named = {name: names.get(event[name], event[name]) for name in ("id", "causationid")}
            yield json.dumps(event | named, sort_keys=True)


def events_in(home: Home) -> Iterator[Event]:
    """What came and was said in a home, in order."""
    with (home.path / "events.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            with suppress(json.JSONDecodeError):  # a message that broke off, as it came
                yield json.loads(line)
