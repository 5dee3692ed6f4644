"""Garbage that was alive at a look is found soon after, not an hour later; what has grown old is left alone."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from shared.engine.gc import AGED_S, ALL_S, MOST, NEW_S, Looks, calmed


class Ring:
    """An object that holds itself, as a task does that keeps the error which it ended with."""

    def __init__(self) -> None:
        self.held = self


@pytest.fixture
def looks() -> Iterator[Looks]:
    with calmed():
        yield Looks(aged_s=0, all_s=0)


def test_a_ring_that_ends_between_two_looks_goes_with_the_next(looks: Looks) -> None:
    """Given a ring made and dropped, when what is new is looked at, then it is gone."""
    gone = weakref.ref(Ring())
    looks.look(NEW_S)
    assert gone() is None


def test_a_ring_alive_at_a_look_goes_when_it_has_grown_old(looks: Looks) -> None:
    """Given a ring that lives through looks at what is new and ends, when what has grown old is looked at, then it is gone."""
    ring = Ring()
    gone = weakref.ref(ring)
    looks.look(NEW_S)
    looks.look(2 * NEW_S)
    del ring
    assert gone() is not None
    looks.look(AGED_S)
    assert gone() is None


def test_what_has_grown_old_is_left_alone_for_an_hour(looks: Looks) -> None:
    """Given a ring that has grown old and ends then, then it goes with the look at all, and not before."""
    ring = Ring()
    gone = weakref.ref(ring)
    looks.look(AGED_S)
    assert gc.get_freeze_count() > 0
    del ring
    looks.look(2 * AGED_S)
    assert gone() is not None
    looks.look(ALL_S + AGED_S)
    assert gone() is None


def test_where_much_is_left_it_is_looked_at_and_left_alone_at_once(looks: Looks) -> None:
    """Given a state that grows by very many objects, when what is new is looked at, then none waits for half a minute."""
    frozen = gc.get_freeze_count()
    state = [Ring() for _ in range(MOST // 2)]
    looks.look(NEW_S)
    state += [Ring() for _ in range(MOST // 2)]
    assert gc.get_freeze_count() <= frozen  # what was left alone may end meanwhile
    looks.look(2 * NEW_S)
    assert gc.get_freeze_count() > frozen + MOST * 9 // 10
    assert len(state) == MOST
