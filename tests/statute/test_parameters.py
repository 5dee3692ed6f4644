"""The numbers of the Rules, each with the sentence that it comes from."""

import tomllib
from datetime import date
from importlib.resources import files

import pytest

from shared.statute import load_fund

STATUTE = load_fund().statute
TABLES = tomllib.loads((files("shared.statute") / "parameters.toml").read_text(encoding="utf-8"))["parameters"]
EXPECTED = {
    "one_twelfth": (12, "11"),
    "check_days": (15, "16"),
    "payment_days": (30, "16"),
    "credit_handover_month": (2, "21"),
    "statement_due_day": (15, "22"),
    "statement_approval_days": (10, "22"),
    "statement_total_days": (15, "22"),
    "compensation_days": (30, "22"),
    "payer_report_day": (5, "24"),
    "balance_return_day": (10, "25"),
    "reserve_main_permille": (15, "HIL 22(2)"),
    "reserve_rounding_cents": (100_000, "HIL 22(2)"),
    "reserve_warning_month": (12, "9"),
    "surplus_reserve_percent": (5, "23"),
}
# How the sentences say the numbers: 1.5 percent is 15 permille.
IN_WORDS = {"one_twelfth": "1/12", "reserve_main_permille": "1,5 procento"}


@pytest.mark.parametrize("name", EXPECTED)
@pytest.mark.parametrize("day", [date(1900, 1, 1), date(2020, 10, 27), date(2020, 10, 28), date(2099, 12, 31)])
def test_1_to_26_a_number_has_its_value_on_every_day(name: str, day: date) -> None:
    assert STATUTE.amount(name, day) == EXPECTED[name][0]


def test_1_to_26_every_number_names_its_point_and_no_other_number_is_there() -> None:
    assert {p.name: (p.amount, p.point) for p in STATUTE.parameters} == EXPECTED


@pytest.mark.parametrize("table", TABLES, ids=[table["name"] for table in TABLES])
def test_1_to_26_the_sentence_of_a_number_stands_in_its_point(table: dict[str, str]) -> None:
    point = STATUTE.point(table["point"], date(2020, 10, 28))
    assert point is not None
    assert table["source_lt"] in point.wording_lt


@pytest.mark.parametrize("table", TABLES, ids=[table["name"] for table in TABLES])
def test_1_to_26_the_sentence_holds_the_number_or_the_interpretation_is_written_down(table: dict[str, str]) -> None:
    said = IN_WORDS.get(table["name"], f" {table['value']} ")
    assert (said in table["source_lt"]) is not ("interpretation" in table)
    assert ("interpretation" in table) is ("interpretation_lt" in table), "in both languages"
