"""M1. Redelivering everything from the beginning, years later, in any order that Kafka allows, changes no sum.

Each topic keeps its order, topics overtake each other; what is redelivered has its old moment, what is posted again has
today's. ``PSDF_REDELIVERY_SEEDS=200`` plays that many histories of three more years each.
"""

import os
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime

import pytest

from shared.engine.engine import Engine
from shared.events.catalogue import OUTSIDE
from shared.kernel.calendar import VILNIUS
from shared.messages.read import Event
from tests.engine.story import at_once
from tests.given import day
from tests.invariants.test_replays import heard_by, states
from tests.invariants.whole import SqliteStore, States, Whole, loaded
from tests.model.generate import history

SEEDS = int(os.environ.get("PSDF_REDELIVERY_SEEDS", "40"))
BATCH = 50


def lived(seed: int) -> Whole:
    """A random history, and three years after it."""
    import json

    events = history(seed)
    last = max(datetime.fromisoformat(event["time"]).astimezone(VILNIUS).date() for event in events)
    whole = Whole(since=last)
    whole.receive(*(json.dumps(event).encode() for event in events))
    for year in (1, 2, 3):
        for on in (date(last.year + year, 1, 2), date(last.year + year, 1, 12)):
            whole.happens(day(on.isoformat()))
    return whole


def overtaking(events: list[Event], dice: random.Random) -> Iterator[Event]:
    """The events in another order: each topic's as they were, topics in any."""
    topics: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        topics[event.type].append(event)
    while topics:
        name = dice.choice(sorted(topics))
        yield topics[name].pop(0)
        if not topics[name]:
            del topics[name]


def sums(engine: Engine) -> States:
    """What a service remembers; which causes it knows, and what it laid aside, is no sum."""
    name = engine.service.name
    return states({(name, s): engine.snapshot(s).body for s in engine.streams()})


@pytest.mark.parametrize("seed", range(SEEDS))
def test_M1_everything_redelivered_after_three_years_changes_no_sum(seed: int) -> None:
    whole, dice = lived(seed), random.Random(seed)
    for name in whole.engines:
        engine = loaded(whole.engines[name].service, SqliteStore(whole.connection, name))  # knows what its journal says
        before, heard = sums(engine), heard_by(whole, name)
        redelivered = list(overtaking(heard, dice))
        today = max(event.time for event in heard)
        posted_again = [replace(e, time=today) for e in heard if e.type in OUTSIDE and e.type != "day.started"]
        for first in range(0, len(redelivered), BATCH):
            at_once(engine.handle(redelivered[first : first + BATCH]))
        at_once(engine.handle(posted_again))
        assert sums(engine) == before
