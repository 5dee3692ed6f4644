"""11. Without a budget a month may cost a twelfth of last year's budget and no more."""

from services.payments.months import without_budget
from services.payments.service import PAYMENTS
from tests.engine.story import Said, Story
from tests.given import FUND, bill, budget, cash, cents, day, delivered, invoice, report, said, shares, story


def scheduled(number: str, amount: int, **fields: object) -> Said:
    return said("payment.scheduled", invoice_id=bill(number), amount_cents=amount, **fields)


def one_twelfth(number: str, month: str, cap: int, committed: int, asked: int) -> Said:
    return said(
        "payment.deferred",
        invoice_id=bill(number),
        reason="one_twelfth",
        rules=["11"],
        terms={"month": month, **cents(cap=cap, committed=committed, asked=asked)},
    )


def without_a_budget(total: int = 100_001, **last_year: int) -> Story:
    return story(PAYMENTS).given(budget({"04": total}, year=2025, **last_year), day("2026-01-05"))


def test_11_the_cap_of_2022_is_a_twelfth_of_the_total_of_2021() -> None:
    fund = story(PAYMENTS, since="2022-01-03").given(budget({"01": 248_949_600_000}, year=2021))
    fund.when(invoice("A", 20_745_800_000, due_on="2022-01-31")).then(
        scheduled(
            "A",
            20_745_800_000,
            rules=["11"],
            terms={"month": "2022-01", **cents(cap=20_745_800_000, committed=0, asked=20_745_800_000)},
        )
    )
    fund.when(invoice("B", 1, due_on="2022-01-31")).then(one_twelfth("B", "2022-01", 20_745_800_000, 20_745_800_000, 1))


def test_11_of_100_001_the_cap_is_8_333_and_40_more_than_8_300_wait_but_33_pass() -> None:
    fund = without_a_budget().given(invoice("A", 8_300, due_on="2026-01-30"))
    fund.when(invoice("B", 40, due_on="2026-01-30")).then(one_twelfth("B", "2026-01", 8_333, 8_300, 40))
    fund = without_a_budget().given(invoice("A", 8_300, due_on="2026-01-30"))
    fund.when(invoice("B", 33, due_on="2026-01-30")).then(scheduled("B", 33, pay_on="2026-01-30"))


def test_11_the_cap_is_of_the_latest_edition_of_last_year_not_of_the_one_in_force() -> None:
    fund = without_a_budget(1_200).given(
        budget({"04": 120}, year=2025, edition=2, in_force_from="2025-12-31"),
        budget({"04": 2_400}, year=2025, edition=3, in_force_from="2025-02-01"),
    )
    fund.when(invoice("A", 201, due_on="2026-01-30")).then(one_twelfth("A", "2026-01", 200, 0, 201))


def test_11_without_last_year_nothing_is_paid() -> None:
    story(PAYMENTS).when(invoice("A", 1)).then(
        said("payment.deferred", reason="no_budget", rules=["11"], terms={"year": 2026})
    )


def test_11_the_month_is_that_of_the_pay_day() -> None:
    """A term that ends on Sunday 1 February: the planned pay day is Friday 30 January."""
    fund = without_a_budget(1_200).given(invoice("A", 100, due_on="2026-01-30"))
    fund.when(invoice("B", 1, due_on="2026-02-01")).then(one_twelfth("B", "2026-01", 100, 100, 1))
    fund = without_a_budget(1_200).given(invoice("A", 100, due_on="2026-01-30"))
    fund.when(invoice("B", 100, due_on="2026-02-02")).then(scheduled("B", 100, pay_on="2026-02-02"))


def test_11_an_unused_cap_does_not_carry_over() -> None:
    without_a_budget(1_200).given(day("2026-02-05")).when(invoice("A", 101, due_on="2026-02-27")).then(
        one_twelfth("A", "2026-02", 100, 0, 101)
    )


def test_11_shares_and_articles_are_not_tested_while_there_is_no_budget() -> None:
    without_a_budget(1_200).when(invoice("A", 100, payer="TLK-KAUNAS", due_on="2026-01-30")).then(scheduled("A", 100))


def test_11_19_state_money_has_a_cap_of_its_own() -> None:
    fund = without_a_budget(1_200, state=25).given(invoice("A", 100, due_on="2026-01-30"))
    fund.when(invoice("S", 3, source="STATE", due_on="2026-01-30")).then(one_twelfth("S", "2026-01", 2, 0, 3))
    fund = without_a_budget(1_200, state=25).given(invoice("A", 100, due_on="2026-01-30"))
    fund.when(invoice("S", 2, source="STATE", due_on="2026-01-30")).then(scheduled("S", 2, rules=["11"]))
    fund.when(invoice("T", 1, source="STATE", due_on="2026-01-30")).then(one_twelfth("T", "2026-01", 2, 2, 1))


def test_11_the_whole_queue_waits_behind_what_the_month_does_not_fit() -> None:
    without_a_budget(1_200).when(invoice("A", 101, due_on="2026-01-30"), invoice("B", 1, due_on="2026-02-05")).then(
        one_twelfth("A", "2026-01", 100, 0, 101),
        said("payment.deferred", invoice_id=bill("B"), reason="earlier_unpaid", terms={"behind": bill("A")}),
    )


# ------------------------------------------------------------------------------------------------ the turn of the month


def test_11_when_a_month_starts_what_was_deferred_is_tested_for_it_and_joins_the_run_of_the_day() -> None:
    """1 April is a bank day: overdue (step 3), scheduled (4) and ordered (6) stand in the order of the day."""
    fund = without_a_budget(1_200).given(
        cash(1_000),
        day("2026-03-10"),
        invoice("A", 90, due_on="2026-03-31"),
        invoice("B", 20, due_on="2026-03-31"),
        day("2026-03-31"),
    )
    fund.when(day("2026-04-01")).then(
        said("payment.overdue", invoice_id=bill("B"), due_on="2026-03-31", rest_cents=20, rules=["16"]),
        scheduled("B", 20, pay_on="2026-04-01", terms={"month": "2026-04", **cents(cap=100, committed=0, asked=20)}),
        said("payment.ordered", invoice_id=bill("B"), amount_cents=20, on="2026-04-01"),
    )


def test_11_when_a_month_starts_what_is_not_ordered_for_want_of_cash_counts_in_the_new_month() -> None:
    """Its pay day is past: what was committed in January and not ordered is tested for its old day's month."""
    fund = without_a_budget(1_200).given(
        cash(30), invoice("A", 90, due_on="2026-01-30"), day("2026-01-31"), report("A#1")
    )
    fund.when(day("2026-02-01")).then(scheduled("A", 90, pay_on="2026-02-02", payment_id=f"{bill('A')}@2026"))
    fund.when(invoice("B", 40, due_on="2026-02-27")).then(scheduled("B", 40))
    fund.when(invoice("D", 1, due_on="2026-02-27")).then(one_twelfth("D", "2026-02", 100, 100, 1))


def test_11_what_is_scheduled_for_a_later_month_is_as_before_when_a_month_starts() -> None:
    fund = without_a_budget(1_200).given(invoice("A", 90, due_on="2026-03-04"))
    fund.when(day("2026-02-01")).then()
    fund.when(invoice("B", 11, due_on="2026-03-04")).then(one_twelfth("B", "2026-03", 100, 90, 11))


def test_11_the_turn_of_a_month_may_defer_what_was_scheduled() -> None:
    """January left 90 unordered: in February they are tested before what was accepted for February."""
    fund = without_a_budget(1_200).given(
        invoice("A", 90, due_on="2026-01-30"), invoice("B", 20, due_on="2026-02-10"), day("2026-01-31")
    )
    fund.when(day("2026-02-01")).then(
        scheduled("A", 90, pay_on="2026-02-02"),
        one_twelfth("B", "2026-02", 100, 90, 20),
    )


def test_11_what_has_a_budget_on_its_pay_day_stays_when_a_month_starts() -> None:
    fund = without_a_budget(1_200).given(
        budget({"04": 500}, in_force_from="2026-02-10"),
        shares("04", VLK=500),
        invoice("A", 400, due_on="2026-02-12"),
    )
    fund.when(day("2026-02-01")).then()
    fund.when(day("2026-02-10")).then()


def test_11_when_a_budget_comes_into_force_all_committed_counts_against_its_articles() -> None:
    fund = without_a_budget(1_200).given(invoice("A", 100, due_on="2026-01-30"), invoice("B", 50, due_on="2026-01-30"))
    fund.when(budget({"04": 140}, total=200), shares("04", VLK=140)).then_of(
        "payment",
        said("payment.deferred", invoice_id=bill("B"), reason="appropriation"),
    )
    fund.when(shares("04", VLK=140), budget({"04": 150}, total=200, edition=2), shares("04", VLK=150, edition=2)).then(
        said("payment.deferred", invoice_id=bill("B"), reason="payer_share"),
        scheduled("B", 50, rules=["16", "HIL 14(3)"]),
    )


def test_11_a_payment_under_a_delivered_notice_stays_through_a_turn_of_the_month() -> None:
    fund = without_a_budget(1_200).given(
        budget({"04": 100}, total=300, in_force_from="2026-02-10"),
        shares("04", VLK=100),
        invoice("A", 150, due_on="2026-02-10"),
        day("2026-01-06"),
    )
    fund.when(delivered("2026-04-1")).then_of("payment", scheduled("A", 150, notice_no="2026-04-1"))
    fund.when(day("2026-02-01")).then()


def test_11_what_goes_back_and_fails_is_told_though_a_part_of_the_invoice_waited_before() -> None:
    """70 of A are scheduled in January; 60 more come back from December's bank, and wait. In February all 130 wait."""
    kaunas = "TLK-KAUNAS"
    fund = story(PAYMENTS, since="2026-12-28").given(
        budget({"04": 1_200}),
        shares("04", TLK_KAUNAS=1_200),
        cash(60, kaunas),
        invoice("A", 130, due_on="2026-12-30", payer=kaunas),
        day("2027-01-04"),
    )
    fund.when(report("A#1", "rejected")).then_of(
        "payment.deferred", said("payment.deferred", amount_cents=60, reason="one_twelfth")
    )
    fund.given(day("2027-01-31"))
    fund.when(day("2027-02-01")).then_of("payment.deferred", said("payment.deferred", amount_cents=130))


# ------------------------------------------------------------------------------------------------- what people are told


def test_11_each_month_says_its_cap_what_is_committed_and_what_is_left_and_together_they_are_all_that_is() -> None:
    fund = without_a_budget(100_001, state=25).given(
        invoice("A", 8_300, due_on="2026-01-30"),
        invoice("B", 5, due_on="2026-03-02"),
        invoice("S", 2, source="STATE", due_on="2026-01-30"),
        cash(10_000),
        day("2026-01-30"),
        report("A#1"),
    )
    found = without_budget(fund.state, FUND)
    assert found is not None
    assert [
        (m.month, m.source, found.plan_cents[m.source], m.cap_cents, m.committed_cents, m.left_cents)
        for m in found.months
    ] == [
        ("2026-01", "PSDF", 100_001, 8_333, 8_300, 33),
        ("2026-01", "STATE", 25, 2, 2, 0),
        ("2026-02", "PSDF", 100_001, 8_333, 0, 8_333),
        ("2026-02", "STATE", 25, 2, 0, 2),
        ("2026-03", "PSDF", 100_001, 8_333, 5, 8_328),
        ("2026-03", "STATE", 25, 2, 0, 2),
    ]
    assert (found.base, found.committed_cents, found.transferred_cents) == ("2025-1 (law 2025-1)", 8_305, 8_300)
    assert [(each.article, each.base_cents, each.twelfth_cents) for each in found.articles] == [("04", 100_001, 8_333)]


def test_11_no_month_is_without_a_budget_where_there_is_one_or_where_there_is_no_cap() -> None:
    fund = without_a_budget()
    assert without_budget(fund.state, FUND) is not None
    fund.given(budget({"04": 1}, in_force_from="2026-01-06"))
    assert without_budget(fund.state, FUND) is not None
    fund.given(day("2026-01-06"))
    assert without_budget(fund.state, FUND) is None
    assert without_budget(story(PAYMENTS).given(day("2026-01-05")).state, FUND) is None
