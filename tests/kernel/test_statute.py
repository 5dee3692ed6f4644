"""What was law on a day: a decision keeps its version, another version can be asked for (``as_of``)."""

from datetime import date

import pytest

from shared.kernel.statute import Parameter, Point, Statute

OLD_ACT, NEW_ACT = "Nr. 1181 redakcija", "Nr. 2000 redakcija"
CHANGE = date(2024, 1, 1)
BEFORE = date(2023, 12, 31)
FIRST = date(2020, 10, 28)


def point(number: str, act: str, from_day: date, to_day: date | None = None) -> Point:
    wording = f"{number} punktas, {act}"
    return Point(number=number, wording_lt=wording, summary_en="", act=act, from_day=from_day, to_day=to_day)


def parameter(amount: int, from_day: date, to_day: date | None = None) -> Parameter:
    return Parameter(name="payment_days", amount=amount, point="16", from_day=from_day, to_day=to_day)


def statute(as_of: date | None = None) -> Statute:
    return Statute(
        points=(point("16", OLD_ACT, FIRST, BEFORE), point("16", NEW_ACT, CHANGE), point("27", NEW_ACT, CHANGE)),
        parameters=(parameter(30, FIRST, BEFORE), parameter(45, CHANGE)),
        as_of=as_of,
    )


def test_16_a_number_is_what_it_was_on_the_day() -> None:
    law = statute()
    assert [law.amount("payment_days", day) for day in (FIRST, BEFORE, CHANGE, date(2999, 1, 1))] == [30, 30, 45, 45]
    assert law.amount("payment_days", BEFORE) == 30  # asked again, in another order


def test_16_a_point_is_quoted_as_it_was_on_the_day() -> None:
    law = statute()
    assert law.point("16", BEFORE) == point("16", OLD_ACT, FIRST, BEFORE)
    assert law.point("16", CHANGE) == point("16", NEW_ACT, CHANGE)


def test_16_a_point_that_is_not_yet_or_nowhere_law_is_not_quoted() -> None:
    law = statute()
    assert law.point("16", date(2020, 10, 27)) is None
    assert law.point("27", BEFORE) is None
    assert law.point("28", CHANGE) is None


def test_16_a_decision_records_the_act_of_its_day() -> None:
    law = statute()
    assert (law.version(BEFORE), law.version(CHANGE)) == (OLD_ACT, NEW_ACT)
    assert law.version(date(2020, 10, 27)) == ""


def test_16_as_of_answers_every_question_as_on_one_day() -> None:
    law = statute(as_of=CHANGE)
    assert law.amount("payment_days", FIRST) == 45
    assert law.point("16", FIRST) == point("16", NEW_ACT, CHANGE)
    assert law.version(FIRST) == NEW_ACT
    assert statute(as_of=BEFORE).amount("payment_days", date(2030, 1, 1)) == 30


@pytest.mark.parametrize(
    ("versions", "found"),
    [((), 0), ((parameter(30, CHANGE),), 0), ((parameter(30, FIRST), parameter(45, FIRST)), 2)],
)
def test_16_a_number_without_exactly_one_version_is_an_error(versions: tuple[Parameter, ...], found: int) -> None:
    with pytest.raises(KeyError, match=f"payment_days has {found} versions in force on {BEFORE}"):
        Statute((), versions).amount("payment_days", BEFORE)
