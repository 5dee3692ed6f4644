"""The judge of memory sees a leak, and takes no warm-up for one."""

import pytest

from tests.cluster.memory import Memory, slope, warm


def of(*held_mb: float) -> Memory:
    """A minute apart."""
    return Memory(seen={"payments-3": [(60.0 * minute, held) for minute, held in enumerate(held_mb)]})


def test_a_slope_is_that_of_the_line() -> None:
    assert slope([(0, 1), (1, 3), (2, 5)]) == pytest.approx(2)
    assert slope([(7, 4)]) == 0


def test_the_beginning_does_not_count() -> None:
    assert warm([(0, 10), (1, 90), (2, 100), (3, 100)]) == [(1, 90), (2, 100), (3, 100)]
    assert list(of(50, 90, 100, 100.1, 100, 100.1, 100).growing()) == []


def test_half_a_megabyte_more_each_minute_is_a_leak() -> None:
    grows = [100 + minute / 2 for minute in range(10)]
    assert list(of(*grows).growing()) == ["memory: payments-3 grows by 30.0 MB an hour, and may by 12"]
    assert list(of(*grows).told()) == ["payments-3: 100.0 MB, at the end 104.5 MB; +30.0 MB an hour when warm"]
