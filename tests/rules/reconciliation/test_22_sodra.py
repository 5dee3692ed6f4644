"""22. Sodra's quarterly statement: approved where it matches to the cent, else returned; never approved by silence."""

from dataclasses import replace

import pytest

from services.reconciliation.service import RECONCILIATION
from tests.engine.story import Happening, Json, Said, Story
from tests.given import FUND, because, budget, day, event, parked, said, story

KEY = {"year": 2025, "quarter": 4}


def statement(
    submission: int = 1, *, transferred: int = 100, offset: int = 0, asked: int = 0, **fields: object
) -> Happening:
    data = {
        **KEY,
        "submission": submission,
        "transferred_cents": transferred,
        "offset_cents": offset,
        "related_cents": 3,
        "compensation_cents": asked,
    }
    on = fields.pop("on", None)
    return event("sodra.statement.submitted", "/sodra", on=on, **{**data, **fields})  # type: ignore[arg-type]


def revenue(cents: int, on: str = "2025-11-10", *, code: str = "01.01", **fields: object) -> Happening:
    data = {
        "year": int(on[:4]),
        "code": code,
        "amount_cents": cents,
        "received_on": on,
        "offset": False,
        "reference": f"{code}-{on}-{cents}",
    }
    return event("revenue.received", "/treasury", **{**data, **fields})


def approved(submission: int = 1, **fields: object) -> Said:
    return said("sodra.statement.approved", **KEY, submission=submission, rules=["22"], **fields)


def returned(submission: int, *reasons: Json, **fields: object) -> Said:
    return said("sodra.statement.returned", submission=submission, reasons=reasons, rules=["22"], **fields)


def compensation(cents: int, **fields: object) -> Said:
    return said("compensation.due", **KEY, amount_cents=cents, payer="VLK", article="07", rules=["22"], **fields)


def fourth_quarter(recorded: int = 100, on: str = "2026-01-15", article: int = 50, **fund: str) -> Story:
    """100 of Sodra's revenue in the last quarter of 2025; its article of 2026 has 50; it is 15 January."""
    return story(RECONCILIATION, replace(FUND, **fund), since="2025-10-01").given(
        budget({"04": 1_000, "07": 50}, year=2025),
        revenue(recorded),
        budget({"04": 1_000, "07": article}, on="2025-12-30"),
        day(on),
    )


# --------------------------------------------------------------------------------------------------- the worked example


def test_22_three_cents_off_is_returned_and_the_corrected_one_approved_by_the_earlier_term() -> None:
    fund = fourth_quarter()
    fund.when(statement(transferred=97)).then(
        returned(1, because("sum_mismatch", "22", stated_cents=97, recorded_cents=100), approve_by="2026-01-26")
    )
    fund.when(statement(2, asked=10, on="2026-01-27")).then(
        approved(2, approve_by="2026-01-30", approved_on="2026-01-27", pay_by="2026-02-26"),
        compensation(10, invoice_id="SODRA/2025-Q4", accepted_on="2026-01-27", due_on="2026-02-26"),
    )


# ------------------------------------------------------------------------------------------------------------ the match


def test_22_transferred_and_set_off_together_are_our_record_of_the_quarter_to_the_cent() -> None:
    fourth_quarter().when(statement(transferred=60, offset=40)).then(approved(1))
    fourth_quarter().when(statement(transferred=60, offset=41)).then(
        returned(1, because("sum_mismatch", "22", stated_cents=101, recorded_cents=100))
    )


def test_22_our_record_is_sodras_lines_of_the_quarters_days_set_offs_included() -> None:
    fund = fourth_quarter().given(
        revenue(1, "2025-10-01"),
        revenue(2, "2025-12-31", offset=True),
        revenue(4, "2025-09-30"),
        revenue(8, "2026-01-01"),
        revenue(16, code="04"),
    )
    fund.when(statement(transferred=103)).then(approved(1))


def test_22_related_sums_are_shown_only() -> None:
    fourth_quarter().when(statement(related_cents=10**9)).then(approved(1))


def test_22_revenue_told_twice_counts_once() -> None:
    fund = fourth_quarter()
    money = revenue(5)
    fund.given(money, money.again())
    fund.when(statement(transferred=105)).then(approved(1))


def test_22_a_quarter_without_revenue_is_matched_by_nothing() -> None:
    fund = story(RECONCILIATION, since="2025-10-01").given(budget({"07": 1}, year=2025), day("2026-01-15"))
    fund.when(statement(transferred=0)).then(approved(1))


# ----------------------------------------------------------------------------------------------------- the compensation


def test_22_the_compensation_is_within_what_is_left_of_sodras_article_equality_passes() -> None:
    fourth_quarter().when(statement(asked=51)).then(
        returned(1, because("compensation_over_article", "22", left_cents=50, asked_cents=51))
    )
    fourth_quarter().when(statement(asked=50)).then(approved(1), compensation(50))


def test_22_left_is_the_articles_sum_less_what_is_committed_of_it_in_the_year_of_the_pay_day() -> None:
    fund = fourth_quarter().given(scheduled("SODRA/2025-Q3", 30), scheduled("300111222/A", 7, article="04"))
    fund.when(statement(asked=21)).then(
        returned(1, because("compensation_over_article", "22", left_cents=20, asked_cents=21))
    )
    fund.given(lowered("SODRA/2025-Q3", 1))
    fund.when(statement(2, asked=21)).then(approved(2), compensation(21))


def test_22_what_waits_gives_the_article_back_once_for_whatever_reasons_it_waits() -> None:
    """Of 30 that were scheduled 10 are ordered; 20 wait for the month, then for the share."""
    fund = fourth_quarter().given(scheduled("SODRA/2025-Q3", 30), deferred("SODRA/2025-Q3", 20, "one_twelfth"))
    fund.given(deferred("SODRA/2025-Q3", 20, "payer_share"))
    fund.when(statement(asked=41)).then(
        returned(1, because("compensation_over_article", "22", left_cents=40, asked_cents=41))
    )
    fund.given(scheduled("SODRA/2025-Q3", 30), deferred("SODRA/2025-Q3", 15, "one_twelfth"))
    fund.when(statement(2, asked=36)).then(
        returned(2, because("compensation_over_article", "22", left_cents=35, asked_cents=36))
    )


def test_22_what_was_committed_last_year_leaves_this_years_article_whole() -> None:
    fund = fourth_quarter().given(scheduled("SODRA/2025-Q3", 50, year=2025))
    fund.when(statement(asked=50)).then(approved(1), compensation(50))


def test_22_both_reasons_are_named() -> None:
    fourth_quarter().when(statement(transferred=99, asked=51)).then(
        returned(
            1,
            because("sum_mismatch", "22", stated_cents=99, recorded_cents=100),
            because("compensation_over_article", "22", left_cents=50, asked_cents=51),
        )
    )


def test_22_without_a_compensation_no_test_and_nothing_is_due() -> None:
    fourth_quarter(article=0).when(statement(asked=0)).then(approved(1))


def test_22_while_the_year_of_the_pay_day_has_no_budget_the_article_is_not_tested() -> None:
    fund = story(RECONCILIATION, since="2025-10-01").given(
        budget({"04": 1_000, "07": 50}, year=2025), revenue(100), day("2026-01-15")
    )
    fund.when(statement(asked=10_000)).then(approved(1), compensation(10_000))


def scheduled(invoice_id: str, cents: int, article: str = "07", year: int = 2026) -> Happening:
    return event(
        "payment.scheduled",
        "/payments",
        payment_id=f"{invoice_id}@{year}",
        invoice_id=invoice_id,
        year=year,
        payer="VLK",
        article=article,
        source="PSDF",
        amount_cents=cents,
        over_appropriation_cents=0,
        accepted_on="2026-01-02",
        pay_on="2026-02-02",
        due_on="2026-02-02",
        terms={},
        rules=["16"],
    )


def deferred(invoice_id: str, cents: int, reason: str) -> Happening:
    return event(
        "payment.deferred",
        "/payments",
        invoice_id=invoice_id,
        year=2026,
        payer="VLK",
        article="07",
        source="PSDF",
        amount_cents=cents,
        accepted_on="2026-01-02",
        due_on="2026-02-02",
        reason=reason,
        terms={},
        rules=["16"],
    )


def lowered(invoice_id: str, cents: int) -> Happening:
    return event(
        "payment.lowered",
        "/payments",
        invoice_id=invoice_id,
        payment_id=f"{invoice_id}@2026",
        by="claim-1",
        lowered_cents=cents,
        amount_cents=0,
        open_cents=0,
        rules=["14", "21"],
    )


# ---------------------------------------------------------------------------------------------------------- submissions


def test_22_a_statement_of_a_quarter_that_is_not_over_is_returned_and_is_no_submission() -> None:
    fund = fourth_quarter(on="2025-12-31")
    fund.when(statement(transferred=5, asked=99)).then(returned(1, because("quarter_not_over", "22")))
    fund.when(day("2026-01-16")).then(said("sodra.statement.overdue", what="submission"))
    fund.when(statement(on="2026-01-16")).then(approved(1, approve_by="2026-01-26"))


def test_22_after_an_approval_another_submission_changes_nothing() -> None:
    fund = fourth_quarter().given(statement(asked=10))
    fund.when(statement(2, transferred=1, asked=20)).then(
        returned(2, because("already_submitted", "22"), approve_by="2026-01-26")
    )
    fund.when(day("2026-02-28")).then()


def test_22_a_corrected_one_is_approved_by_the_earlier_of_its_10_days_and_15_of_the_first() -> None:
    fund = fourth_quarter().given(statement(transferred=1))
    fund.when(statement(2, on="2026-01-19")).then(approved(2, approve_by="2026-01-29"))


def test_22_never_approved_by_silence() -> None:
    fund = fourth_quarter(sodra_review="clerk").given(statement())
    fund.when(day("2026-01-30")).then()
    fund.when(day("2026-01-31")).then(
        said("sodra.statement.overdue", **KEY, what="approval", by="2026-01-30", rules=["22"])
    )
    fund.when(day("2026-03-15")).then()


# -------------------------------------------------------------------------------------------------------------- overdue


def test_22_without_a_first_submission_by_the_15th_it_is_told_once() -> None:
    fund = fourth_quarter(on="2026-01-14")
    fund.when(day("2026-01-15")).then()
    fund.when(day("2026-01-16")).then(
        said("sodra.statement.overdue", **KEY, what="submission", by="2026-01-15", rules=["22"])
    )
    fund.when(day("2026-04-14")).then()


def test_22_where_the_15th_is_no_working_day_the_term_ends_on_the_next() -> None:
    """15 July 2028 is a Saturday: the term ends on Monday the 17th."""
    fund = story(RECONCILIATION).given(day("2028-06-30"), day("2028-07-17"))
    fund.when(day("2028-07-18")).then(said("sodra.statement.overdue", year=2028, quarter=2, by="2028-07-17"))


def test_22_a_returned_statement_not_corrected_is_overdue_15_days_after_the_first_submission() -> None:
    fund = fourth_quarter().given(statement(transferred=1), day("2026-01-30"))
    fund.when(day("2026-01-31")).then(said("sodra.statement.overdue", what="approval", by="2026-01-30"))


def test_22_quarters_that_ended_before_the_fund_started_here_are_not_missed() -> None:
    fund = story(RECONCILIATION).given(day("2026-01-01"), day("2026-01-15"))
    fund.when(day("2026-01-16")).then()
    fund = story(RECONCILIATION).given(day("2025-12-31"), day("2026-01-15"))
    fund.when(day("2026-01-16")).then(said("sodra.statement.overdue", what="submission"))


# ------------------------------------------------------------------------------------------------------------ the clerk


def reviewed(verdict: str, *words: str, submission: int = 1) -> Happening:
    reasons = [because("review", "22", text=text) for text in words]
    return event("sodra.statement.reviewed", "/vlk", **KEY, submission=submission, verdict=verdict, reasons=reasons)


def test_22_with_a_clerk_the_statement_waits_and_all_checks_are_made_at_the_approval() -> None:
    fund = fourth_quarter(sodra_review="clerk")
    fund.when(statement(transferred=90, asked=10)).then()
    fund.when(reviewed("approve")).then(returned(1, because("sum_mismatch", "22", stated_cents=90, recorded_cents=100)))
    fund.when(statement(2, asked=10, on="2026-01-20")).then()
    fund.when(day("2026-01-22"), reviewed("approve", submission=2)).then(
        approved(2, approved_on="2026-01-22", pay_by="2026-02-23", approve_by="2026-01-30"), compensation(10)
    )


def test_22_a_clerk_returns_it_with_reasons() -> None:
    fund = fourth_quarter(sodra_review="clerk").given(statement())
    fund.when(reviewed("return", "which refunds?")).then(returned(1, because("review", "22", text="which refunds?")))


def test_22_a_second_submission_while_the_first_waits_is_returned() -> None:
    fund = fourth_quarter(sodra_review="clerk").given(statement())
    fund.when(statement(2)).then(returned(2, because("already_submitted", "22")))
    fund.when(reviewed("approve")).then(approved(1))


@pytest.mark.parametrize("submission", [1, 2])
def test_22_a_review_of_what_waits_for_none_is_laid_aside(submission: int) -> None:
    fund = fourth_quarter()
    fund.when(reviewed("approve", submission=submission)).then(parked("sodra.statement.reviewed"))
    fund.given(statement())
    fund.when(reviewed("return", submission=submission)).then(parked("sodra.statement.reviewed"))
