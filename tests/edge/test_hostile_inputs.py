"""Hostile inputs over every way into the fund: no fault of its own, no stop, nothing changed, and no memory kept.

A few of them here; ``make hostile ARGS="--inputs 100000 --seed 7"`` plays as many as are asked for.
"""

from pathlib import Path

import pytest

from tests.hostile.ways import campaign

WAYS = {"json", "lines", "batch", "binary", "ubl", "bank", "statement", "desk"}
MOST_MB, MOST_MS = 200, 5_000


@pytest.mark.parametrize("seed", [7])
async def test_hostile_inputs_are_refused_on_every_way_and_change_nothing(tmp_path: Path, seed: int) -> None:
    """The campaign itself fails on a 5xx, an exception that nobody declared, a stop, and a changed state."""
    tallies, grown = await campaign(tmp_path, 1_500, seed)
    assert tallies.keys() == WAYS
    assert min(tally.inputs for tally in tallies.values()) >= 50
    assert grown < MOST_MB
    assert max(tally.slowest_ms for tally in tallies.values()) < MOST_MS
    assert {"refused", "aside"} <= tallies["bank"].outcomes.keys()
    assert {"422"} <= tallies["ubl"].outcomes.keys()
