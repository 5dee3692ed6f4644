"""Whether a desk's journal says what may be: two persons for each word, and sent was what they read."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from shared.desk.desk import Desk, event_id, raw_of
from shared.desk.matters import Matter
from shared.desk.person import is_one
from shared.kernel.calendar import VILNIUS

_LAST_DAY = datetime(2199, 12, 31, tzinfo=VILNIUS)
"""Any moment: it is the one thing that is not compared."""


def contradictions(desk: Desk) -> Iterator[str]:
    """What does not hold in a desk that was loaded, a line each."""
    for first, second in desk.state.agreed:
        if is_one(first.by, first.identity, second.by, second.identity):
            yield f"{first.deed} {first.sha256}: {first.by} asked for it, and agreed to it too"
    for matter in desk.state.matters.values():
        if matter.decided_by and is_one(matter.decided_by, matter.decided_identity, matter.by, matter.identity):
            yield f"{matter.id}: {matter.by} drafted it, and decided on it too"
        if matter.decided_by and bool(matter.decided_identity) != bool(matter.identity):
            yield f"{matter.id}: {matter.by} and {matter.decided_by} are not known by one means: are they two?"
        if matter.raw and _without_time(matter.raw.encode()) != _without_time(raw_of(matter, _LAST_DAY)):
            yield f"{matter.id}: what was sent as {event_id(matter)} is not what was drafted"
        if matter.stage in ("confirmed", "answered") and not _was(matter, "proposed"):
            yield f"{matter.id}: it was confirmed, and nobody proposed it"


def _was(matter: Matter, stage: str) -> bool:
    return any(done == stage for _, done, _ in matter.history)


def _without_time(raw: bytes) -> dict[str, Any]:
    said: dict[str, Any] = msgspec.json.decode(raw)
    return {name: told for name, told in said.items() if name != "time"}
