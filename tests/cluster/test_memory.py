"""The judge of memory sees a leak, and takes no warm-up for one."""

import pytest

from tests.cluster.memory import MB, Memory, slope, warm


def of(*held_mb: float) -> Memory:
    """A minute and ten thousand events apart."""
    samples = [(10_000.0 * minute, 60.0 * minute, held * MB) for minute, held in enumerate(held_mb)]
    return Memory(seen={"payments-3": samples})


def test_a_slope_is_that_of_the_line() -> None:
    assert slope([(0, 1), (1, 3), (2, 5)]) == pytest.approx(2)
    assert slope([(7, 4)]) == 0


def test_the_beginning_does_not_count() -> None:
    assert warm([(0, 0, 10), (5, 1, 90), (9, 2, 100), (9, 3, 100)]) == [(5, 1, 90), (9, 2, 100), (9, 3, 100)]
    assert list(of(50, 90, 100, 100.1, 100, 100.1, 100).growing()) == []


def test_a_small_object_kept_of_each_event_is_a_leak() -> None:
    leaks = of(*(100 + minute * 10_000 * 28 / MB for minute in range(10)))
    assert list(leaks.growing()) == ["memory: payments-3 grows by 28.0 bytes an event, and may by fewer than 16"]
    assert list(leaks.told()) == [
        "payments-3: 100.0 MB, after 90000 events 102.5 MB; when warm +28.0 bytes an event, +16.8 MB an hour"
    ]
