"""Cents are divided exactly (points 12 and 17)."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.language import LANGUAGES
from shared.kernel.money import equal_parts, euro, share_out

# Whole billions of euro, so that products of a sum and a weight pass 4e20, and small sums, so that remainders tie.
CENTS = st.one_of(st.integers(0, 12), st.integers(0, 4 * 10**11))
WEIGHTS = st.lists(CENTS, min_size=1, max_size=30).filter(any)


@given(total=CENTS, weights=WEIGHTS)
def test_17_shares_add_up_to_the_sum_exactly(total: int, weights: list[int]) -> None:
    assert sum(share_out(total, weights)) == total


@given(data=st.data(), weights=WEIGHTS)
def test_17_a_share_is_neither_negative_nor_more_than_is_owed(data: st.DataObject, weights: list[int]) -> None:
    total = data.draw(st.integers(0, sum(weights)))
    assert all(0 <= share <= owed for share, owed in zip(share_out(total, weights), weights, strict=True))


@given(total=CENTS, weights=WEIGHTS)
def test_17_left_over_cents_go_one_each_to_the_largest_remainders_ties_by_place(total: int, weights: list[int]) -> None:
    exact = [Fraction(total * weight, sum(weights)) for weight in weights]
    shares = share_out(total, weights)
    extra = [share - part.__floor__() for share, part in zip(shares, exact, strict=True)]
    assert set(extra) <= {0, 1}
    order = sorted(range(len(weights)), key=lambda i: (-(exact[i] % 1), i))
    assert [extra[i] for i in order] == sorted(extra, reverse=True)


@given(total=CENTS, weights=WEIGHTS.flatmap(lambda w: st.tuples(st.just(w), st.permutations(range(len(w))))))
def test_17_the_order_of_input_decides_between_equal_remainders_only(
    total: int, weights: tuple[list[int], list[int]]
) -> None:
    listed, places = weights
    whole = sum(listed)
    shares, moved = share_out(total, listed), share_out(total, [listed[i] for i in places])
    remainders = [total * weight % whole for weight in listed]
    for now, before in enumerate(places):
        if remainders.count(remainders[before]) == 1:
            assert moved[now] == shares[before]


def test_17_worked_example_then_the_rests_of_the_next_day() -> None:
    assert share_out(2_000, [3_333, 3_333, 3_334]) == [667, 666, 667]
    assert share_out(5_000, [2_666, 2_667, 2_667]) == [1_666, 1_667, 1_667]


@pytest.mark.parametrize(
    ("total", "weights", "shares"),
    [
        (1, [1, 1], [1, 0]),
        (2, [1, 1, 1], [1, 1, 0]),
        (1, [1, 2], [0, 1]),
        (0, [5, 5], [0, 0]),
        (10, [5, 5], [5, 5]),
        (7, [0, 7, 0], [0, 7, 0]),
        (0, [0, 0], [0, 0]),
        (0, [], []),
    ],
)
def test_17_small_sums(total: int, weights: list[int], shares: list[int]) -> None:
    assert share_out(total, weights) == shares


def test_17_a_product_of_6e20_keeps_its_last_cent() -> None:
    # The remainders differ by one 60-billionth of a cent: in floats all three are equal, and the first would get it.
    total, owed = 30_000_000_002, [20_000_000_003, 20_000_000_001, 20_000_000_001]
    assert share_out(total, owed) == [10_000_000_001, 10_000_000_001, 10_000_000_000]


@pytest.mark.parametrize(("total", "weights"), [(-1, [1]), (1, [1, -1]), (0, [-1]), (1, [0, 0]), (1, [])])
def test_17_what_cannot_be_divided_is_an_error(total: int, weights: list[int]) -> None:
    with pytest.raises(ValueError, match="share_out"):
        share_out(total, weights)


def test_12_equal_quarters_the_remainder_to_the_last() -> None:
    assert equal_parts(100_003, 4) == [25_000, 25_000, 25_000, 25_003]


@given(total=CENTS, parts=st.integers(1, 12))
def test_12_parts_add_up_and_only_the_last_differs(total: int, parts: int) -> None:
    split = equal_parts(total, parts)
    assert sum(split) == total
    assert len(split) == parts
    assert set(split[:-1]) <= {total // parts}
    assert 0 <= split[-1] - total // parts < parts


@pytest.mark.parametrize(
    ("cents", "en", "lt"),
    [
        (0, "0.00", "0,00"),
        (5, "0.05", "0,05"),
        (-5, "-0.05", "-0,05"),
        (100_000, "1 000.00", "1 000,00"),
        (-123_456_789, "-1 234 567.89", "-1 234 567,89"),
        (248_949_600_000, "2 489 496 000.00", "2 489 496 000,00"),
    ],
)
def test_cents_as_a_person_reads_them(cents: int, en: str, lt: str) -> None:
    spaced = [
        euro(cents).replace("\N{NO-BREAK SPACE}", " "),
        LANGUAGES["lt"].sum_of(cents).replace("\N{NO-BREAK SPACE}", " "),
    ]
    assert spaced == [en, lt]
