"""The functions of invoicing's law, each at its boundary, with all its numbers."""

from datetime import date

import pytest

from services.invoicing import law
from shared.events.providers import InvoiceLine
from shared.kernel.reason import REGISTER, Reason

RETURNING = (
    "unknown_contract",
    "month_not_over",
    "line_arithmetic",
    "sum_mismatch",
    "unknown_service",
    "price_mismatch",
    "ceiling_exceeded",
    "credit_too_large",
    "review",
)
REFUSING = (
    "wrong_payer",
    "wrong_article",
    "wrong_source",
    "outside_contract",
    "duplicate_month",
    "number_reused",
    "unknown_correction",
)


def reasons(*codes: str) -> list[Reason]:
    return [Reason(code=code, rule="15", terms={}) for code in codes]


def line(service: str, quantity: int, price: int, amount: int) -> InvoiceLine:
    return InvoiceLine(service_code=service, quantity=quantity, unit_price_cents=price, amount_cents=amount)


def test_15_what_can_be_mended_is_returned_what_cannot_is_refused_both_are_refused() -> None:
    assert all(law.mends_by_resending(reasons(code)) for code in RETURNING)
    assert law.mends_by_resending(reasons(*RETURNING))
    for code in REFUSING:
        assert not law.mends_by_resending(reasons(code))
        assert not law.mends_by_resending(reasons("sum_mismatch", code))
    of_an_invoice = {row.code for row in REGISTER.values() if set(row.points) & {"14", "15"} and not row.mends}
    assert of_an_invoice == {*REFUSING, "not_yours"}


@pytest.mark.parametrize(
    ("month", "received_on", "over"),
    [
        ("2026-01", date(2026, 1, 31), False),
        ("2026-01", date(2026, 2, 1), True),
        ("2028-02", date(2028, 2, 29), False),
        ("2026-12", date(2026, 12, 31), False),
        ("2026-12", date(2027, 1, 1), True),
        ("2026-02", date(2026, 1, 15), False),
    ],
)
def test_14_a_month_is_over_on_the_first_day_of_the_next(month: str, received_on: date, over: bool) -> None:
    terms = {"month": month, "received_on": received_on.isoformat()}
    expected = [] if over else [Reason(code="month_not_over", rule="14", terms=terms)]
    assert list(law.month_not_over(month, received_on)) == expected


def test_15_lines_that_fail_are_numbered_from_1_in_order_of_the_checks() -> None:
    lines = [line("S", 2, 10, 20), line("S", 2, 10, 21), line("X", 1, 5, 5), line("T", 1, 8, 8)]
    assert list(law.lines_that_fail(lines, {"S": 10, "T": 7}, 53)) == [
        Reason(code="line_arithmetic", rule="15", terms={"lines": [2]}),
        Reason(code="sum_mismatch", rule="15", terms={"lines_sum_cents": 54, "asked_cents": 53}),
        Reason(code="unknown_service", rule="15", terms={"lines": [3]}),
        Reason(code="price_mismatch", rule="15", terms={"lines": [4]}),
    ]


def test_15_lines_that_agree_fail_nothing_with_prices_or_without() -> None:
    lines = [line("S", 2, 10, 20)]
    assert list(law.lines_that_fail(lines, {"S": 10}, 20)) == []
    assert list(law.lines_that_fail(lines, {}, 20)) == []


def test_15_what_differs_names_both() -> None:
    assert list(law.differs("wrong_payer", "VLK", "VLK")) == []
    assert list(law.differs("wrong_payer", "VLK", "TLK-KAUNAS")) == [
        Reason(code="wrong_payer", rule="15", terms={"got": "VLK", "contract": "TLK-KAUNAS"})
    ]


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "inside"),
    [
        (date(2026, 2, 28), date(2026, 12, 31), True),
        (date(2026, 3, 1), date(2026, 12, 31), False),
        (date(2026, 1, 1), date(2026, 2, 1), True),
        (date(2026, 1, 1), date(2026, 1, 31), False),
        (date(2026, 2, 20), date(2026, 2, 10), False),  # ended before it began
    ],
)
def test_15_outside_the_contract_by_a_day(valid_from: date, valid_to: date, inside: bool) -> None:
    terms = {"month": "2026-02", "valid_from": valid_from.isoformat(), "valid_to": valid_to.isoformat()}
    expected = [] if inside else [Reason(code="outside_contract", rule="15", terms=terms)]
    assert list(law.outside_contract("2026-02", valid_from, valid_to)) == expected


def test_14_a_duplicate_month_names_the_accepted_invoice() -> None:
    assert list(law.duplicate_month("2026-01", None)) == []
    assert list(law.duplicate_month("2026-01", "p/A")) == [
        Reason(code="duplicate_month", rule="14", terms={"month": "2026-01", "accepted": "p/A"})
    ]


def test_13_the_ceiling_is_exceeded_by_a_cent_but_not_at_equality() -> None:
    assert list(law.ceiling_exceeded(100, 60, 40)) == []
    assert list(law.ceiling_exceeded(None, 60, 10**20)) == []
    terms = {"ceiling_cents": 100, "accepted_cents": 60, "asked_cents": 41, "free_cents": 40}
    assert list(law.ceiling_exceeded(100, 60, 41)) == [Reason(code="ceiling_exceeded", rule="15", terms=terms)]


def test_15_a_credit_is_too_large_by_a_cent_but_not_at_equality() -> None:
    assert list(law.credit_too_large(10, 7, 3)) == []
    terms = {"invoice_cents": 10, "credited_cents": 7, "asked_cents": 4}
    assert list(law.credit_too_large(10, 7, 4)) == [Reason(code="credit_too_large", rule="15", terms=terms)]
