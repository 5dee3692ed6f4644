"""18, HIL 14(3). Over the appropriation: the ministry is told four sums first, and only then is it paid."""

from datetime import date

import msgspec
import pytest

from services.payments.overrun import MOST_COVERED
from services.payments.service import PAYMENTS
from shared.adapters.kafka.broker import MESSAGE_BYTES
from shared.events.internal import CoveredInvoice
from tests.engine.story import Happening, Said, Story
from tests.given import (
    bill,
    budget,
    cash,
    cents,
    day,
    delivered,
    event,
    invoice,
    limits,
    report,
    said,
    shares,
    story,
    used_up,
)


def scheduled(number: str, amount: int, over: int, **fields: object) -> Said:
    return said(
        "payment.scheduled", invoice_id=bill(number), amount_cents=amount, over_appropriation_cents=over, **fields
    )


def notified(notice_no: str, allotted: int, transferred: int, exceeding: int, planned: int, *bills: str) -> Said:
    return said(
        "overrun.notified",
        notice_no=notice_no,
        invoices=[bill(number) for number in bills],
        rules=["18", "HIL 14(3)"],
        **cents(allotted=allotted, transferred=transferred, exceeding=exceeding, planned=planned),
    )


def deferred(number: str, reason: str, **fields: object) -> Said:
    return said("payment.deferred", invoice_id=bill(number), reason=reason, **fields)


def nine_and_six(room: int) -> Story:
    return used_up(room, invoice("A", 9_000), invoice("B", 6_000))


# -------------------------------------------------------------------------------------------------- the worked examples


def test_18_the_notice_tells_100_000_100_000_15_000_15_000() -> None:
    fund = nine_and_six(20_000)
    fund.when(day("2026-01-06")).then()
    assert [letter["notice_no"] for letter in fund.letters] == ["2026-04-1"]
    fund.when(delivered("2026-04-1")).then(
        notified("2026-04-1", 100_000, 100_000, 15_000, 15_000, "A", "B"),
        scheduled(
            "A",
            9_000,
            9_000,
            notice_no="2026-04-1",
            rules=["18", "HIL 14(3)"],
            terms=cents(total_limit=120_000, total_committed=100_000, asked=9_000),
        ),
        scheduled("B", 6_000, 6_000, notice_no="2026-04-1"),
    )


def test_18_with_10_000_of_room_9_000_are_planned_and_the_6_000_wait_for_the_year() -> None:
    fund = nine_and_six(10_000).given(day("2026-01-06"))
    fund.when(delivered("2026-04-1")).then(
        notified("2026-04-1", 100_000, 100_000, 15_000, 9_000, "A"),
        scheduled("A", 9_000, 9_000),
        deferred("B", "year_total", terms=cents(total_limit=110_000, total_committed=109_000, asked=6_000)),
    )


def test_18_what_the_territorial_funds_have_not_used_stays_theirs() -> None:
    """L 100, shares 50 and 50, K(VLK) 50, K(TLK) 20, a VLK invoice of 40: exceeding 40, over 40."""
    fund = story(PAYMENTS).given(
        budget({"04": 100}, total=200),
        shares("04", VLK=50, TLK_KAUNAS=50),
        invoice("V", 50),
        invoice("T", 20, payer="TLK-KAUNAS"),
        invoice("A", 40),
        day("2026-01-03"),
    )
    fund.when(delivered("2026-04-1")).then(notified("2026-04-1", 100, 0, 40, 40, "A"), scheduled("A", 40, 40))
    fund.when(invoice("U", 30, payer="TLK-KAUNAS")).then(scheduled("U", 30, 0))


def test_A16_of_more_than_one_letter_can_name_the_ministry_is_told_on_the_next_day(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("services.payments.overrun.MOST_COVERED", 1)
    fund = nine_and_six(20_000).given(day("2026-01-06"))
    fund.when(delivered("2026-04-1")).then(
        notified("2026-04-1", 100_000, 100_000, 15_000, 9_000, "A"),
        scheduled("A", 9_000, 9_000),
        deferred("B", "appropriation"),
    )
    fund.when(day("2026-01-07")).then()
    fund.when(delivered("2026-04-2")).then(
        notified("2026-04-2", 100_000, 100_000, 15_000, 6_000, "B"), scheduled("B", 6_000, 6_000)
    )


def test_A16_a_letter_that_names_as_many_as_it_may_is_a_message_that_the_bus_takes() -> None:
    longest = CoveredInvoice(
        invoice_id=f"{'9' * 40}/{'Ž' * 100}",
        provider_code="9" * 40,
        amount_cents=10**15,
        over_cents=10**15,
        accepted_on=date(2026, 1, 5),
        due_on=date(2026, 2, 5),
        service_month="2026-01",
    )
    assert MOST_COVERED * (len(msgspec.json.encode(longest)) + 1) < MESSAGE_BYTES - 10_000


# --------------------------------------------------------------------------------------------------- what a notice says


def test_18_the_letter_names_each_covered_invoice_with_its_sum_over_the_appropriation() -> None:
    fund = story(PAYMENTS).given(
        budget({"04": 100}, total=200), shares("04", VLK=100), invoice("K", 70), invoice("A", 50), invoice("B", 5)
    )
    fund.when(day("2026-01-03")).then()
    (letter,) = fund.letters
    assert [(one["invoice_id"], one["amount_cents"], one["over_cents"]) for one in letter["invoices"]] == [
        (bill("A"), 50, 20),
        (bill("B"), 5, 5),
    ]
    assert (letter["article_name"], letter["prepared_on"], letter["planned_cents"]) == ("article 04", "2026-01-03", 25)


def test_a12_18_a_notice_of_an_article_that_the_budget_does_not_name_has_its_code_for_a_name() -> None:
    """A contract may be for an article that an amendment drops: the ministry is told of it as of any other."""
    fund = story(PAYMENTS).given(budget({"05": 100}, total=200), shares("04", VLK=0), invoice("A", 50))
    fund.when(day("2026-01-03")).then()
    (letter,) = fund.letters
    assert (letter["article"], letter["article_name"], letter["planned_cents"]) == ("04", "04", 50)


def test_18_exceeding_counts_what_waits_of_every_payer_and_reason_but_not_next_year() -> None:
    fund = story(PAYMENTS, since="2026-12-10").given(
        budget({"04": 100}, total=1_000),
        shares("04", VLK=60, TLK_KAUNAS=40),
        invoice("T", 45, payer="TLK-KAUNAS", due_on="2026-12-30"),  # over its share: waits
        invoice("N", 400, due_on="2027-01-11"),  # next year
        invoice("S", 400, source="STATE", due_on="2026-12-30"),  # not the fund's money
        invoice("A", 101, due_on="2026-12-30"),
    )
    fund.given(day("2026-12-11"))
    fund.when(delivered("2026-04-1")).then(
        notified("2026-04-1", 100, 0, 46, 41, "A"),  # 101 + 45 waiting - 100; over: 101 - (100 - 40 kept)
        scheduled("A", 101, 41),
    )


def test_18_transferred_is_what_the_bank_executed_not_what_is_ordered() -> None:
    fund = story(PAYMENTS).given(
        budget({"04": 100}, total=200),
        shares("04", VLK=100),
        cash(100),
        invoice("P", 30, due_on="2026-01-05"),
        invoice("Q", 70, due_on="2026-01-05"),
        day("2026-01-05"),
        report("P#1"),
        invoice("A", 1),
        day("2026-01-06"),
    )
    fund.when(delivered("2026-04-1")).then(notified("2026-04-1", 100, 30, 1, 1, "A"), scheduled("A", 1, 1))


def test_18_each_invoice_is_covered_whole_up_to_the_first_that_does_not_fit_the_year() -> None:
    fund = used_up(10, invoice("A", 6), invoice("B", 5), invoice("D", 1)).given(day("2026-01-06"))
    fund.when(delivered("2026-04-1")).then(
        notified("2026-04-1", 100_000, 100_000, 12, 6, "A"),
        scheduled("A", 6, 6),
        deferred("B", "year_total"),
    )


def test_18_articles_are_told_in_order_of_code_and_hold_the_years_room() -> None:
    fund = story(PAYMENTS).given(
        budget({"03": 10, "04": 10}, total=35),
        shares("03", VLK=10),
        shares("04", VLK=10),
        invoice("B", 20, article="04"),
        invoice("A", 16, article="03", contract_id="C3"),
    )
    fund.when(day("2026-01-03")).then()
    assert [letter["notice_no"] for letter in fund.letters] == ["2026-03-1"]
    fund.when(day("2026-01-04")).then(
        deferred("B", "year_total", terms=cents(total_limit=35, total_committed=16, asked=20))
    )
    assert fund.letters == []


def test_18_a_territorial_fund_cannot_overrun() -> None:
    fund = story(PAYMENTS).given(
        budget({"04": 100}, total=200), shares("04", TLK_KAUNAS=100), invoice("A", 101, payer="TLK-KAUNAS")
    )
    fund.when(day("2026-01-20")).then()
    assert fund.letters == []


def test_18_the_vlk_within_the_article_needs_no_notice_but_a_distribution() -> None:
    fund = story(PAYMENTS).given(budget({"04": 100}, total=200), shares("04", VLK=50, TLK_KAUNAS=50), invoice("A", 51))
    fund.when(day("2026-01-20")).then()
    assert fund.letters == []


def test_18_no_notice_for_what_is_to_be_paid_next_year() -> None:
    fund = story(PAYMENTS, since="2026-12-20").given(
        budget({"04": 100}, total=300),
        shares("04", VLK=100),
        invoice("A", 101, due_on="2026-12-30"),
        invoice("B", 101, due_on="2027-01-11"),
    )
    fund.when(day("2026-12-21")).then()
    assert [one["invoice_id"] for one in fund.letters[0]["invoices"]] == [bill("A")]


def test_18_22_sodras_compensation_is_no_providers_invoice_and_waits() -> None:
    fund = story(PAYMENTS).given(budget({"07": 100}, total=300), shares("07", VLK=100))
    compensation = compensation_due(101)
    fund.when(compensation).then(said("payment.deferred", invoice_id="SODRA/2025-Q4", reason="appropriation"))
    fund.when(day("2026-01-20")).then()
    assert fund.letters == []


def compensation_due(amount: int) -> Happening:
    return event(
        "compensation.due",
        "/reconciliation",
        invoice_id="SODRA/2025-Q4",
        year=2025,
        quarter=4,
        payer="VLK",
        article="07",
        amount_cents=amount,
        accepted_on="2026-01-02",
        due_on="2026-02-02",
        rules=["22"],
    )


# ------------------------------------------------------------------------------------------------ while it is under way


def test_18_no_delivery_no_payment_and_the_due_date_runs_on() -> None:
    fund = used_up(20_000, cash(50_000), invoice("A", 9_000, due_on="2026-01-12")).given(day("2026-01-12"))
    fund.when(day("2026-01-13")).then(said("payment.overdue", invoice_id=bill("A"), rest_cents=9_000))


def test_18_what_a_notice_covers_is_held_in_the_years_total() -> None:
    fund = nine_and_six(20_000).given(shares("05", VLK=20_000), day("2026-01-06"))
    fund.when(invoice("D", 5_001, article="05", contract_id="C5")).then(
        deferred("D", "year_total", terms=cents(total_limit=120_000, total_committed=115_000, asked=5_001))
    )


def test_18_the_pot_waits_for_the_delivery_and_who_comes_stands_behind() -> None:
    fund = nine_and_six(20_000).given(day("2026-01-06"))
    fund.when(invoice("D", 1)).then(deferred("D", "earlier_unpaid", terms={"behind": bill("A")}))
    fund.when(day("2026-01-07")).then()
    assert fund.letters == []  # not covered again


def test_18_after_the_delivery_the_next_in_the_pot_is_tested_and_gets_a_notice_of_its_own() -> None:
    fund = nine_and_six(20_000).given(day("2026-01-06"), invoice("D", 1))
    fund.when(delivered("2026-04-1")).then(
        notified("2026-04-1", 100_000, 100_000, 15_000, 15_000, "A", "B"),
        scheduled("A", 9_000, 9_000),
        scheduled("B", 6_000, 6_000),
        deferred("D", "appropriation"),
    )
    fund.when(day("2026-01-07")).then()
    fund.when(delivered("2026-04-2")).then(
        notified("2026-04-2", 100_000, 100_000, 15_001, 1, "D"), scheduled("D", 1, 1, notice_no="2026-04-2")
    )


def test_18_a_delivery_told_twice_changes_nothing_the_second_time() -> None:
    fund = nine_and_six(20_000).given(day("2026-01-06"))
    letter = delivered("2026-04-1")
    fund.given(letter)
    fund.when(letter).then()
    fund.when(letter.again()).then()


def test_18_delivered_on_a_later_day_it_is_scheduled_for_a_run_still_to_come() -> None:
    """Due on Monday 12 January: the run of that day is over when the letter arrives on it."""
    fund = used_up(20_000, cash(50_000), invoice("A", 9_000, due_on="2026-01-12")).given(day("2026-01-12"))
    fund.when(delivered("2026-04-1")).then(
        said("overrun.notified", prepared_on="2026-01-06", delivered_on="2026-01-12"),
        scheduled("A", 9_000, 9_000, pay_on="2026-01-13", due_on="2026-01-12"),
    )
    fund.when(day("2026-01-13")).then(
        said("payment.overdue", invoice_id=bill("A")), said("payment.ordered", order_id=bill("A#1"), on="2026-01-13")
    )


def test_18_delivered_after_the_last_run_of_the_year_it_stands_aside_for_the_next() -> None:
    fund = story(PAYMENTS, since="2026-12-28").given(
        budget({"04": 100}, total=300), shares("04", VLK=100), invoice("A", 101, due_on="2026-12-31")
    )
    fund.given(day("2026-12-31"))
    fund.when(delivered("2026-04-1")).then(
        notified("2026-04-1", 100, 0, 1, 1, "A"),
        deferred("A", "next_year", terms={"year": 2027, "pay_on": "2027-01-04"}),
    )


def test_18_the_delivered_notice_raises_what_a_territorial_fund_finds_notified() -> None:
    """O(a) is in the article's test of every payer: the share of a TLK can be used after the VLK overran."""
    fund = story(PAYMENTS).given(
        budget({"04": 100}, total=300), shares("04", VLK=60, TLK_KAUNAS=40), invoice("A", 101), day("2026-01-03")
    )
    fund.given(delivered("2026-04-1"))
    fund.when(invoice("T", 40, payer="TLK-KAUNAS")).then(
        scheduled("T", 40, 0, terms=limits(40, share=(40, 0), article=(100, 101), notified=41, total=(300, 101)))
    )
