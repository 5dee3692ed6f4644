"""The judge of memory sees a leak, and takes no warm-up for one."""

import math
import random
from collections.abc import Callable

import pytest

from tests.cluster.memory import MB, Memory, an_hour, slope, warm


def of(*held_mb: float) -> Memory:
    """A minute and ten thousand events apart."""
    samples = [(10_000.0 * minute, 60.0 * minute, held * MB) for minute, held in enumerate(held_mb)]
    return Memory(seen={"payments-3": samples})


def looked(held_mb: Callable[[float], float], *, minutes: float = 30, events_s: float = 1_000, seed: int = 1) -> Memory:
    """Every ten seconds, as ``make soak`` looks; ``held_mb`` of a time in minutes, and what a busy process varies by."""
    dice = random.Random(seed)
    samples = [
        (events_s * 60 * at, 60 * at, (held_mb(at) + dice.gauss(0, 0.3) + 4 * (dice.random() < 0.1)) * MB)
        for at in [step / 6 for step in range(round(minutes * 6) + 1)]
    ]
    return Memory(seen={"payments-3": samples})


def levels_off(at: float) -> float:
    """As caches that fill: 40 MB, half of them in three minutes."""
    return 100 + 40 * (1 - math.exp2(-at / 3))


def test_a_slope_is_that_of_the_line() -> None:
    assert slope([(0, 1), (1, 3), (2, 5)]) == pytest.approx(2)
    assert slope([(7, 4)]) == 0
    assert an_hour([(0, 7, 4)]) == 0


def test_the_first_half_does_not_count() -> None:
    assert warm([(0, 0, 10), (5, 1, 90), (9, 2, 100), (9, 4, 100)]) == [(9, 2, 100), (9, 4, 100)]
    assert list(of(50, 90, 95, 100, 100.1, 100, 100.1, 100).growing()) == []


def test_a_small_object_kept_of_each_event_is_a_leak() -> None:
    leaks = of(*(100 + minute * 10_000 * 28 / MB for minute in range(10)))
    assert list(leaks.growing()) == ["memory: payments-3 grows by 28.0 bytes an event, and may by fewer than 16"]
    [told] = leaks.told()
    assert told.startswith("payments-3: 100.0 MB, when warm 101.4 MB, after 90000 events 102.5 MB; ")
    assert told.endswith("when warm +28.0 bytes an event, +16.8 MB an hour")


@pytest.mark.parametrize("seed", range(20))
def test_a_leak_of_20_mb_an_hour_is_found_in_half_an_hour(seed: int) -> None:
    [fault] = looked(lambda at: levels_off(at) + 20 * at / 60, seed=seed).growing()
    assert fault.startswith("memory: payments-3 grows by ")
    assert fault.endswith(" MB an hour, and may by fewer than 12")


@pytest.mark.parametrize("seed", range(20))
def test_a_plateau_is_none(seed: int) -> None:
    assert list(looked(levels_off, seed=seed).growing()) == []


@pytest.mark.parametrize("seed", range(20))
def test_a_step_of_the_allocator_is_none(seed: int) -> None:
    assert list(looked(lambda at: levels_off(at) + (at > 22.5), seed=seed).growing()) == []


def test_a_short_time_is_judged_by_events_alone() -> None:
    assert list(looked(lambda at: 100 + 20 * at / 60, minutes=10).growing()) == []
    assert list(looked(lambda at: 100 + 120 * at / 60, minutes=10).growing()) != []
