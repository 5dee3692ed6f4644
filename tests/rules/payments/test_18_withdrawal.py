"""18. What touches the article before the delivery withdraws the notice; a new one follows on the next day."""

from itertools import count

import pytest

from services.payments.service import PAYMENTS
from tests.engine.story import Happening, Said, Story
from tests.given import (
    bill,
    budget,
    cash,
    cents,
    credit,
    day,
    delivered,
    event,
    invoice,
    merged,
    report,
    said,
    shares,
    story,
)

_numbers = count(1)


def withdrawn(because: str, notice_no: str = "2026-04-1", year: int = 2026) -> Said:
    return said("overrun.withdrawn", notice_no=notice_no, year=year, article="04", because=because, rules=["18"])


def allotment(amount: int, article: str = "04") -> Happening:
    return event(
        "surplus.allotted",
        "/reserve",
        year=2026,
        article=article,
        amount_cents=amount,
        document="V-1",
        rules=["23", "HIL 15(4)"],
    )


def set_off(amount: int, against: str) -> Happening:
    return event(
        "recovery.set_off",
        "/reconciliation",
        claim_id=f"claim-{next(_numbers)}",
        amount_cents=amount,
        rest_cents=0,
        invoice_id=bill(against),
        contract_id="C",
        service_month="2026-01",
        rules=["21"],
    )


def under_way() -> Story:
    """Article 04 has 100, all committed; a notice of 30 for A is under way since 3 January, no letter delivered."""
    fund = story(PAYMENTS).given(
        budget({"04": 100, "03": 100}, total=500),
        shares("04", VLK=100),
        shares("03", VLK=100),
        invoice("K", 100),
        invoice("A", 30),
    )
    fund.when(day("2026-01-03")).then()
    assert [letter["notice_no"] for letter in fund.letters] == ["2026-04-1"]
    return fund


TOUCHES = {
    "budget.adopted": (lambda: budget({"04": 101, "03": 99}, total=500, edition=2), 29),
    "surplus.allotted": (lambda: allotment(10), 20),
    "distribution.adopted": (lambda: shares("04", VLK=90, TLK_KAUNAS=10), 30),
    "invoice.accepted": (lambda: credit("R", 5, "A"), 25),
    "recovery.set_off": (lambda: set_off(7, "K"), 23),
}


@pytest.mark.parametrize("because", TOUCHES)
def test_18_what_touches_the_article_before_the_delivery_withdraws_the_notice(because: str) -> None:
    touch, planned = TOUCHES[because]
    fund = under_way()
    fund.when(touch()).then_of("overrun", withdrawn(because))
    fund.when(delivered("2026-04-1")).then()  # the letter comes too late: it counts no more
    fund.when(day("2026-01-04")).then()
    (letter,) = fund.letters
    assert (letter["notice_no"], letter["planned_cents"], letter["prepared_on"]) == ("2026-04-2", planned, "2026-01-04")
    fund.when(delivered("2026-04-2")).then_of("overrun", said("overrun.notified", notice_no="2026-04-2"))


@pytest.mark.parametrize(
    "elsewhere",
    [
        lambda: allotment(10, article="03"),
        lambda: shares("03", VLK=90),
        lambda: budget({"04": 1}, year=2027),
        lambda: shares("04", year=2027, VLK=1),
        lambda: credit("R", 5, "Z", contract_id="OTHER"),
        lambda: cash(1_000),
        lambda: invoice("D", 5),
    ],
)
def test_18_what_happens_elsewhere_leaves_the_notice(elsewhere: object) -> None:
    fund = under_way()
    fund.when(elsewhere()).then_of("overrun")  # type: ignore[operator]
    fund.when(delivered("2026-04-1")).then_of("overrun", said("overrun.notified", notice_no="2026-04-1"))


def test_18_one_edition_withdraws_the_notices_of_all_articles() -> None:
    fund = under_way().given(invoice("B", 101, article="03", contract_id="C3"), day("2026-01-04"))
    fund.when(budget({"04": 100, "03": 100}, total=500, edition=2)).then_of(
        "overrun",
        said("overrun.withdrawn", notice_no="2026-03-1"),
        withdrawn("budget.adopted"),
    )


def test_18_an_edition_that_makes_room_withdraws_and_schedules_in_the_same_decision() -> None:
    fund = under_way()
    fund.when(budget({"04": 130, "03": 100}, total=500, edition=2), shares("04", VLK=130)).then(
        withdrawn("budget.adopted"),
        said("payment.deferred", invoice_id=bill("A"), reason="payer_share"),
        said("payment.scheduled", invoice_id=bill("A"), amount_cents=30, over_appropriation_cents=0, notice_no=None),
    )


def test_18_a_withdrawn_notice_frees_what_it_held() -> None:
    fund = under_way()
    fund.when(invoice("D", 371, article="03", contract_id="C3")).then(
        said(
            "payment.deferred",
            invoice_id=bill("D"),
            reason="year_total",
            terms=cents(total_limit=500, total_committed=130, asked=371),
        )
    )
    fund.when(allotment(0)).then(
        withdrawn("surplus.allotted"), said("payment.deferred", invoice_id=bill("D"), reason="appropriation")
    )


def test_18_a_credit_may_make_the_notice_needless() -> None:
    fund = under_way()
    fund.when(credit("R", 30, "A")).then(
        withdrawn("invoice.accepted"),
        said("payment.lowered", invoice_id=bill("A"), lowered_cents=30, amount_cents=0, open_cents=0, payment_id=None),
    )
    fund.when(day("2026-01-04")).then()
    assert fund.letters == []


def test_18_a_rejected_order_lowered_by_an_open_credit_is_a_credit_that_touches_the_article() -> None:
    fund = story(PAYMENTS).given(
        budget({"04": 100}, total=500),
        shares("04", VLK=100),
        cash(100),
        invoice("K", 100, due_on="2026-01-05"),
        day("2026-01-05"),
        credit("R", 40, "K"),
        invoice("A", 30, contract_id="OTHER"),
        day("2026-01-06"),
    )
    fund.when(report("K#1", "rejected")).then_of("overrun", withdrawn("payment.reported"))


def test_18_a_notice_not_delivered_when_the_year_turns_is_withdrawn() -> None:
    fund = story(PAYMENTS, since="2026-12-28").given(
        budget({"04": 100}, total=500),
        shares("04", VLK=100),
        budget({"04": 100}, total=500, year=2027),
        shares("04", year=2027, VLK=100),
        invoice("A", 130),
        invoice("B", 130, due_on="2026-12-31"),
        day("2026-12-31"),
    )
    fund.when(day("2027-01-01")).then(
        said("overrun.withdrawn", notice_no="2026-04-1", year=2026, because="day.started"),
        said("payment.carried", invoice_id=bill("A")),
        said("payment.carried", invoice_id=bill("B")),
        said("payment.overdue", invoice_id=bill("B")),
        said("payment.deferred", invoice_id=bill("A"), reason="appropriation", year=2027),
        said("payment.deferred", invoice_id=bill("B"), reason="earlier_unpaid", year=2027),
    )
    (letter,) = fund.letters
    assert (letter["notice_no"], letter["year"]) == ("2027-04-1", 2027)
    fund.when(delivered("2026-04-1")).then()


def test_18_a_merger_touches_every_notice_under_way() -> None:
    fund = under_way()
    fund.when(merged("TLK-KAUNAS", "VLK", "2026-01-03")).then_of("overrun", withdrawn("payer.merged"))


def test_18_several_notices_on_one_payment_add_up_and_the_last_is_named() -> None:
    """The rest of a part payment is paid under one notice of the new year, what the bank rejected under another."""
    fund = story(PAYMENTS, since="2026-12-28").given(
        budget({"04": 130}, total=500),
        shares("04", VLK=130),
        budget({"04": 10}, total=500, year=2027),
        shares("04", year=2027, VLK=10),
        cash(60),
        invoice("A", 130, due_on="2026-12-30"),
        day("2027-01-01"),
    )
    fund.when(delivered("2027-04-1")).then_of(
        "payment",
        said("payment.scheduled", amount_cents=70, over_appropriation_cents=60, notice_no="2027-04-1"),
    )
    fund.when(report("A#1", "rejected")).then_of(
        "payment.deferred", said("payment.deferred", reason="appropriation", amount_cents=60)
    )
    fund.when(day("2027-01-02"), delivered("2027-04-2")).then_of(
        "payment.scheduled",
        said(
            "payment.scheduled",
            payment_id=f"{bill('A')}@2027",
            amount_cents=130,
            over_appropriation_cents=120,
            notice_no="2027-04-2",
            pay_on="2027-01-04",
        ),
    )


def december_order_and_a_notice(*, total: int) -> Story:
    """A of 100: 60 ordered in December, 40 carried; article 04 has 30 in 2027, and a notice of A's 40 is under way."""
    fund = story(PAYMENTS, since="2026-12-28").given(
        budget({"04": 1_000}),
        shares("04", VLK=1_000),
        budget({"04": 30}, total=total, year=2027),
        shares("04", year=2027, VLK=30),
        cash(60),
        invoice("A", 100, due_on="2026-12-30"),
        day("2026-12-31"),
    )
    fund.when(day("2027-01-01"))
    assert [(letter["notice_no"], letter["planned_cents"]) for letter in fund.letters] == [("2027-04-1", 10)]
    return fund


@pytest.mark.parametrize("outcome", ["rejected", "returned"])
def test_18_what_comes_back_of_a_past_year_withdraws_the_notice_that_covers_its_invoice(outcome: str) -> None:
    """The ministry was told of 40 of A, and 100 wait: it is told of all of them."""
    fund = december_order_and_a_notice(total=100)
    if outcome == "returned":
        fund.given(report("A#1"))
    fund.when(report("A#1", outcome)).then_of("overrun", withdrawn("payment.reported", "2027-04-1", 2027))
    fund.when(delivered("2027-04-1")).then()
    fund.when(day("2027-01-02"))
    assert [(letter["notice_no"], letter["planned_cents"]) for letter in fund.letters] == [("2027-04-2", 70)]


def test_14_3_what_comes_back_under_a_notice_never_passes_the_years_total() -> None:
    fund = december_order_and_a_notice(total=75)
    fund.when(report("A#1", "rejected"), delivered("2027-04-1")).then_of("payment.scheduled")
    fund.when(day("2027-01-02")).then_of("payment.scheduled")
    assert fund.state.invoices[bill("A")].standing.reason == "year_total"


def test_18_what_comes_back_of_an_invoice_that_no_notice_covers_leaves_the_notice() -> None:
    fund = story(PAYMENTS, since="2026-12-28").given(
        budget({"04": 1_000}),
        shares("04", VLK=1_000),
        budget({"04": 30}, total=500, year=2027),
        shares("04", year=2027, VLK=30),
        cash(60),
        invoice("A", 60, due_on="2026-12-30"),
        invoice("B", 40, due_on="2026-12-30"),
        day("2027-01-01"),
    )
    fund.when(report("A#1", "rejected"), delivered("2027-04-1")).then_of(
        "overrun", said("overrun.notified", notice_no="2027-04-1")
    )


def under_way_into_july(*, article: int, total: int) -> Story:
    """As ``under_way``, since June; in July another edition is in force, of which all knew before the notice."""
    fund = story(PAYMENTS, since="2026-06-01").given(
        budget({"04": 100}, total=500),
        budget({"04": article}, total=total, edition=2, in_force_from="2026-07-01"),
        shares("04", edition=2, VLK=article),
        invoice("K", min(article, 100), due_on="2026-06-10"),
        invoice("A", 30, due_on="2026-06-12"),
    )
    fund.when(day("2026-06-02"))
    assert [letter["notice_no"] for letter in fund.letters] == ["2026-04-1"]
    fund.when(day("2026-06-29")).then_of("overrun")
    return fund


def test_14_3_a_letter_that_comes_after_an_edition_is_in_force_never_passes_its_total() -> None:
    fund = under_way_into_july(article=100, total=110)
    fund.when(day("2026-06-30")).then(
        withdrawn("day.started"),
        said(
            "payment.deferred",
            invoice_id=bill("A"),
            reason="year_total",
            terms=cents(total_limit=110, total_committed=100, asked=30),
        ),
        said("shortage.declared"),
    )
    fund.when(delivered("2026-04-1")).then()


def test_18_the_ministry_is_told_the_limits_of_the_edition_under_which_it_is_paid() -> None:
    fund = under_way_into_july(article=80, total=500)
    fund.when(day("2026-06-30")).then_of("overrun", withdrawn("day.started"))
    (letter,) = fund.letters
    assert (letter["notice_no"], letter["allotted_cents"], letter["exceeding_cents"]) == ("2026-04-2", 80, 30)


def test_18_no_letter_where_the_edition_that_comes_into_force_has_room() -> None:
    fund = under_way_into_july(article=130, total=500)
    fund.when(day("2026-06-30")).then_of(
        "overrun payment.scheduled", withdrawn("day.started"), said("payment.scheduled")
    )
    assert fund.letters == []


def test_18_a_letter_for_a_notice_that_never_was_changes_nothing() -> None:
    under_way().when(delivered("2026-04-9")).then()


def test_18_the_over_sum_and_what_was_notified_stay_as_told_when_a_credit_comes_later() -> None:
    fund = under_way().given(delivered("2026-04-1"))
    fund.when(credit("R", 30, "A")).then(
        said("payment.lowered", invoice_id=bill("A"), payment_id=f"{bill('A')}@2026", lowered_cents=30, amount_cents=0)
    )
    assert fund.state.book.notified == {"04": 30}
    fund.when(invoice("D", 30)).then(
        said(
            "payment.deferred",
            reason="appropriation",
            terms=cents(
                share=100,
                payer_committed=100,
                article_limit=100,
                article_committed=100,
                notified=30,
                asked=30,
                kept_for_tlk=0,
            ),
        )
    )
