"""A shelf is a dictionary: whatever is done to both, both say the same, and in the same order."""

from contextlib import closing
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.console.index.shelf import Shelf, cellar


@dataclass
class Count:
    sum: int


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["put", "add", "delete", "pop", "away", "look"]), st.sampled_from("abcd"), st.integers(0, 9)
    )
)


@given(STEPS)
def test_whatever_is_done_to_a_shelf_it_says_what_a_dictionary_says(steps: list[tuple[str, str, int]]) -> None:
    with closing(cellar()) as connection:
        shelf, plain = Shelf[Count](connection, 1, Count), dict[str, Count]()
        for what, name, number in steps:
            assert (name in shelf) == (name in plain)
            if what == "put":
                shelf[name], plain[name] = Count(number), Count(number)
            elif what == "add" and name in plain:
                shelf[name].sum += number
                plain[name].sum += number
            elif what == "delete" and name in plain:
                del shelf[name], plain[name]
            elif what == "pop":
                assert shelf.pop(name, None) == plain.pop(name, None)
            elif what == "away":
                shelf.put_away()
            assert list(shelf.items()) == list(plain.items())
            assert len(shelf) == len(plain)
        shelf.put_away()
        assert list(shelf.each()) == list(plain.items())


def test_who_is_not_there_is_no_ones_record() -> None:
    with closing(cellar()) as connection:
        shelf = Shelf[Count](connection, 1, Count)
        for asks in (shelf.__getitem__, shelf.__delitem__):
            with pytest.raises(KeyError):
                asks("a")


def test_what_is_put_away_is_not_held_and_shelves_of_one_cellar_do_not_meet() -> None:
    with closing(cellar()) as connection:
        one, other = Shelf[Count](connection, 1, Count), Shelf[Count](connection, 2, Count)
        record = one["a"] = Count(1)
        one.put_away()
        assert one["a"] is not record
        assert one["a"] is one["a"]
        assert "a" not in other
