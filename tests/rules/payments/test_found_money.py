"""What an adversary and a lawyer found in payments, each with its number; none of it may come back."""

import pytest

from services.payments.service import PAYMENTS
from tests.engine.story import Happening, Story
from tests.given import budget, cash, cents, day, event, invoice, of_vlk, parked, report, said, shares, story


def posted_again(credit: Happening, on: str) -> Happening:
    """The very same event, posted on another day: what is known of it is its id, and its reference."""
    return Happening(forms=credit.forms, id=credit.id, on=on)


@pytest.mark.parametrize("again", ["the same id", "another id"])
def test_M1_A9_a_credit_counts_once_however_late_it_comes_again(again: str) -> None:
    credit = cash(100_000, value_on="2024-02-01", reference="T-1", on="2024-02-01")
    fund = story(PAYMENTS, since="2024-02-01").given(credit, day("2025-01-02"), day("2026-01-02"), day("2027-01-04"))
    late = credit if again == "the same id" else credit.again().late("2027-01-04")
    fund.when(late).then()
    assert list(fund.state.cash.values()) == [100_000]


def test_M1_an_order_answered_years_ago_is_answered_once() -> None:
    fund = story(PAYMENTS, since="2024-01-02").given(
        budget({"04": 100}, year=2024),
        shares("04", year=2024, VLK=100),
        cash(40, value_on="2024-01-02"),
        invoice("A", 40, due_on="2024-01-05"),
        day("2024-01-05"),
        report("A#1"),
        day("2025-01-02"),
        day("2026-01-02"),
        day("2027-01-04"),
    )
    fund.when(report("A#1")).then()
    fund.when(report("A#1", "rejected")).then(parked("payment.reported"))
    assert "was reported executed before" in fund.came[0]["data"]["error"]


def test_M2_a_value_day_far_from_the_funds_own_is_laid_aside() -> None:
    fund = story(PAYMENTS).given(day("2026-01-05"))
    for value_on in ("2028-01-05", "2024-12-31"):
        fund.when(cash(7, value_on=value_on)).then(parked("account.credited"))
        error = f"value_on: {value_on} is not of the years 2025 to 2027; the last started day is 2026-01-05"
        assert fund.came[0]["data"]["error"] == error
    fund.when(cash(7, value_on="2027-12-31")).then()


def test_M2_A6_an_acceptance_of_a_day_far_from_the_funds_own_is_laid_aside() -> None:
    fund = story(PAYMENTS).given(day("2026-01-05"))
    fund.when(invoice("A", 7, accepted_on="2024-12-31")).then(said("invoice.accepted.parked"))
    assert fund.came[0]["data"]["error"].startswith("accepted_on: 2024-12-31 is not of the years 2025 to 2027")
    assert fund.state.invoices == {}


def three_payers(reference: str) -> Story:
    return story(PAYMENTS).given(cash(100, "TLK-KAUNAS", value_on="2026-01-02", reference=reference))


def test_R3_a_reference_stands_for_its_payer_and_source_too() -> None:
    fund = three_payers("BATCH-7")
    fund.when(cash(100, "TLK-VILNIUS", value_on="2026-01-02", reference="BATCH-7")).then(parked("account.credited"))
    told = "reference: BATCH-7 is that of another credit"
    assert fund.came[0]["data"]["error"].startswith(f"{told} (TLK-KAUNAS PSDF 100 cents of 2026-01-02, now TLK-VILNIUS")
    fund.when(cash(100, "TLK-KAUNAS", value_on="2026-01-02", reference="BATCH-7")).then()
    fund.when(cash(100, "TLK-KAUNAS", "STATE", value_on="2026-01-02", reference="BATCH-7")).then(
        parked("account.credited")
    )


def test_R3_a_credit_of_a_merged_payer_come_again_is_the_same_credit() -> None:
    fund = three_payers("K-1").given(event("payer.merged", "/vlk", payer="TLK-KAUNAS", into="VLK", on_="2026-01-02"))
    fund.when(cash(100, "TLK-KAUNAS", value_on="2026-01-02", reference="K-1")).then()
    assert sum(fund.state.cash.values()) == 100


def december_order_comes_back(*, room: int) -> Story:
    """January: 40 of the year's total committed, 5 of A still unordered; A's December order of 50 comes back later."""
    return story(PAYMENTS, since="2025-12-01").given(
        budget({"04": 1_000}, year=2025),
        shares("04", year=2025, VLK=1_000),
        cash(50, value_on="2025-12-01"),
        invoice("A", 90, due_on="2025-12-30"),
        day("2025-12-30"),
        budget({"04": room}, year=2026, in_force_from="2026-02-01", on="2026-01-02"),
        shares("04", year=2026, VLK=room),
        day("2026-02-10"),
    )


def test_R1_what_joins_an_unpaid_rest_is_tested_for_its_own_pay_day() -> None:
    """HIL 14(3): the year's total is a hard cap, also for what comes back and joins a payment of an earlier day."""
    fund = december_order_comes_back(room=45)
    assert fund.state.invoices["300111222/A"].unordered_cents == 40
    fund.when(report("A#1", "rejected", on="2026-02-10"))
    fund.then(
        said("payment.rejected"),
        said("payment.deferred", reason="year_total", terms=cents(total_limit=45, total_committed=40, asked=50)),
    )


def test_R1_what_fits_joins_the_payment_and_the_payments_day_stays() -> None:
    fund = december_order_comes_back(room=90)
    pay_on = fund.state.invoices["300111222/A"].pay_on.isoformat()
    fund.when(report("A#1", "rejected", on="2026-02-10"))
    fund.then(said("payment.rejected"), said("payment.scheduled", amount_cents=90, pay_on=pay_on))


def test_R2_L7_an_article_named_by_its_quarters_only_has_no_share() -> None:
    fund = story(PAYMENTS).given(budget({"04": 100, "05": 100}), shares("04", VLK=40, TLK_KAUNAS=60))
    rows = {"article": "04", "q1_cents": 0, "q2_cents": 0, "q3_cents": 0, "q4_cents": 0}
    named = {"year": 2026, "edition": 1, "quarters": [rows], "shares": [], "rules": ["12"]}
    fund.given(event("distribution.adopted", "/contracts", **named))
    assert fund.state.book.share("TLK-KAUNAS", "04") == 0
    fund.when(invoice("A", 10, payer="TLK-KAUNAS")).then(said("payment.deferred", reason="payer_share"))
    assert fund.came[0]["data"]["terms"]["share_cents"] == 0


def test_R4_no_letter_of_sums_that_exceed_nothing() -> None:
    """The head fails for today's run; tomorrow, on its pay day, an edition with room for it is in force."""
    fund = story(PAYMENTS, since="2026-01-05").given(
        budget({"04": 100}, total=1_000),
        budget({"04": 500}, total=1_000, edition=2, in_force_from="2026-01-08"),
        shares("04", VLK=500, edition=2),
        cash(1_000, value_on="2026-01-05"),
        invoice("A", 150, due_on="2026-01-07", on="2026-01-06"),
    )
    fund.when(day("2026-01-07"))
    assert fund.letters == []
    fund.when(day("2026-01-08")).then_of(
        "payment.s payment.o", said("payment.overdue"), said("payment.scheduled"), said("payment.ordered")
    )


@pytest.mark.parametrize("outcome", ["executed", "rejected"])
def test_L1_the_bank_answers_no_order_before_its_day(outcome: str) -> None:
    fund = of_vlk(100).given(cash(40), invoice("A", 40, due_on="2026-01-05"), day("2026-01-05"))
    answer = {"order_id": "300111222/A#1", "outcome": outcome, "on_": "2026-01-04", "reason": None}
    fund.when(event("payment.reported", "/treasury", **answer)).then(parked("payment.reported"))
    assert fund.came[0]["data"]["error"] == "on: 2026-01-04 is before the day of the order 300111222/A#1, 2026-01-05"
    fund.when(report("A#1", outcome)).then_of("payment.exe payment.rej", said(f"payment.{outcome}"))
