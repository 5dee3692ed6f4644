"""24. The turn of the year: what is accepted and not ordered is carried, and tested against the new year's money."""

from services.payments.service import PAYMENTS
from tests.engine.story import Said, Story
from tests.given import bill, budget, cash, cents, day, invoice, limits, of_vlk, report, said, shares, story


def carried(number: str, amount: int, **fields: object) -> Said:
    return said(
        "payment.carried",
        invoice_id=bill(number),
        amount_cents=amount,
        from_year=2026,
        to_year=2027,
        rules=["24"],
        **fields,
    )


def two_years(old: int, new: int, total: int = 1_000) -> Story:
    """December 2026; article 04 of both years is the VLK's."""
    return story(PAYMENTS, since="2026-12-01").given(
        budget({"04": old}, total=total),
        shares("04", VLK=old),
        budget({"04": new}, total=total, year=2027),
        shares("04", year=2027, VLK=new),
    )


def test_24_scheduled_deferred_and_aside_are_all_carried_with_their_dates_and_tested_in_queue_order() -> None:
    fund = two_years(old=100, new=150).given(
        invoice("SCHEDULED", 60, due_on="2026-12-30"),
        invoice("ASIDE", 70, due_on="2027-01-11"),
        day("2026-12-02"),
        invoice("BEHIND", 50, due_on="2026-12-30"),
        budget({"04": 100}, total=105, edition=2),
        day("2026-12-31"),
    )
    fund.when(day("2027-01-01")).then(
        carried("SCHEDULED", 60, accepted_on="2026-12-01", due_on="2026-12-30"),
        carried("ASIDE", 70, accepted_on="2026-12-01", due_on="2027-01-11"),
        carried("BEHIND", 50, accepted_on="2026-12-02", due_on="2026-12-30"),
        said(
            "payment.scheduled", invoice_id=bill("SCHEDULED"), payment_id=f"{bill('SCHEDULED')}@2027", amount_cents=60
        ),
        said("payment.scheduled", invoice_id=bill("ASIDE"), amount_cents=70, pay_on="2027-01-11"),
        said("payment.deferred", invoice_id=bill("BEHIND"), reason="appropriation", year=2027),
    )


def test_24_the_rest_of_a_part_payment_is_carried_and_paid_first_out_of_new_money() -> None:
    fund = two_years(old=100, new=100).given(cash(60), invoice("A", 100, due_on="2026-12-30"), day("2026-12-31"))
    fund.when(day("2027-01-01")).then(
        carried("A", 40),
        said("payment.scheduled", invoice_id=bill("A"), amount_cents=40, year=2027, pay_on="2027-01-04"),
    )
    fund.given(cash(40))
    fund.when(day("2027-01-04")).then_of(
        "payment.ordered",
        said("payment.ordered", order_id=bill("A#2"), payment_id=f"{bill('A')}@2027", amount_cents=40),
    )


def test_24_what_is_ordered_is_of_its_year_though_executed_in_the_next() -> None:
    fund = two_years(old=100, new=100).given(cash(100), invoice("A", 100, due_on="2026-12-31"), day("2026-12-31"))
    fund.when(day("2027-01-01")).then()
    fund.when(report("A#1")).then(said("payment.executed", payment_id=f"{bill('A')}@2026"))
    assert fund.state.books[2026].executed == {("VLK", "04", "PSDF"): 100}
    assert fund.state.book.committed_of_source.get("PSDF", 0) == 0


def test_24_nothing_of_a_year_is_committed_before_it_starts() -> None:
    fund = two_years(old=100, new=100)
    fund.when(invoice("A", 50, due_on="2027-01-11")).then(said("payment.deferred", reason="next_year"))
    fund.when(day("2026-12-31")).then()
    assert fund.state.book_of(2027).committed == {}


def test_24_an_order_of_december_rejected_in_january_enters_the_new_years_queue_at_its_old_place() -> None:
    """1 000 for 2026, 399 for 2027: the 400 of A no longer fit."""
    fund = two_years(old=1_000, new=399).given(
        cash(400), invoice("A", 400, due_on="2026-12-30"), invoice("B", 10, due_on="2027-01-11"), day("2027-01-04")
    )
    fund.when(report("A#1", "rejected")).then(
        said("payment.rejected", invoice_id=bill("A"), payment_id=f"{bill('A')}@2026", amount_cents=400),
        said("payment.deferred", invoice_id=bill("A"), reason="appropriation", year=2027, accepted_on="2026-12-01"),
    )
    assert fund.state.books[2026].committed_of_source["PSDF"] == 0
    fund.when(invoice("D", 1)).then(said("payment.deferred", reason="earlier_unpaid", terms={"behind": bill("A")}))


def test_24_once_it_passes_it_joins_the_payment_of_the_new_year_whose_day_stays() -> None:
    fund = two_years(old=130, new=130).given(cash(60), invoice("A", 130, due_on="2026-12-30"), day("2027-01-01"))
    fund.when(report("A#1", "rejected")).then(
        said("payment.rejected", invoice_id=bill("A")),
        said(
            "payment.scheduled",
            payment_id=f"{bill('A')}@2027",
            amount_cents=130,
            pay_on="2027-01-04",
            terms=limits(60, share=(130, 70), article=(130, 70), total=(1_000, 70)),
        ),
    )


def test_24_overdue_was_told_in_the_old_year_and_is_not_told_again() -> None:
    fund = two_years(old=100, new=100).given(invoice("A", 50, due_on="2026-12-28"), day("2026-12-31"))
    fund.when(day("2027-01-10")).then_of("payment.overdue")


def test_24_11_without_a_budget_of_the_new_year_what_is_carried_is_tested_by_the_month() -> None:
    """A twelfth of 1 200 is 100."""
    fund = of_vlk(1_200, since="2026-12-28").given(
        invoice("A", 90, due_on="2026-12-30"),
        invoice("B", 20, due_on="2026-12-30"),
        day("2026-12-31"),
    )
    fund.when(day("2027-01-01")).then_of(
        "payment.scheduled payment.deferred",
        said("payment.scheduled", invoice_id=bill("A"), rules=["11"], pay_on="2027-01-04"),
        said(
            "payment.deferred",
            invoice_id=bill("B"),
            reason="one_twelfth",
            terms={"month": "2027-01", **cents(cap=100, committed=90, asked=20)},
        ),
    )


def test_24_a_year_that_started_while_nothing_came_is_started_day_by_day() -> None:
    """The first event of the new year starts all days up to its own: the turn is a decision of 1 January."""
    fund = two_years(old=100, new=100).given(invoice("A", 60, due_on="2027-01-11"))
    fund.when(cash(100, on="2027-01-12")).then(
        carried("A", 60),
        said("payment.scheduled", invoice_id=bill("A"), year=2027, pay_on="2027-01-11"),
        said("shortage.declared", on="2027-01-11", due_cents=60, cash_cents=0),
        said("payment.overdue", invoice_id=bill("A"), rest_cents=60),
        said("shortage.declared", on="2027-01-12", due_cents=60, cash_cents=0),
    )
    assert [came["time"][:10] for came in fund.came] == [
        "2027-01-01",
        "2027-01-01",
        "2027-01-11",
        "2027-01-12",
        "2027-01-12",
    ]


# ---------------------------------------------------------------------------------------------- 25: what a TLK has left


KAUNAS = "TLK-KAUNAS"


def test_25_what_stands_on_a_territorial_funds_account_is_set_aside_and_its_cash_begins_at_nothing() -> None:
    fund = two_years(old=100, new=100).given(
        shares("04", year=2027, VLK=50, TLK_KAUNAS=50), cash(30, KAUNAS), cash(7, KAUNAS, "STATE"), cash(70)
    )
    fund.given(day("2027-01-04"), invoice("T", 10, payer=KAUNAS, due_on="2027-01-05"))
    fund.given(invoice("V", 50, due_on="2027-01-05"))
    fund.when(day("2027-01-05")).then(
        said("shortage.declared", payer=KAUNAS, due_cents=10, cash_cents=0),
        said("payment.ordered", invoice_id=bill("V"), amount_cents=50),  # the VLK's cash runs on
    )
    assert fund.state.set_aside == {(KAUNAS, "PSDF"): {2026: 30}, (KAUNAS, "STATE"): {2026: 7}}


def test_25_a_december_order_rejected_later_is_set_aside_for_the_return() -> None:
    fund = two_years(old=100, new=100).given(
        shares("04", VLK=50, TLK_KAUNAS=50),
        shares("04", year=2027, VLK=50, TLK_KAUNAS=50),
        cash(30, KAUNAS),
        invoice("T", 30, payer=KAUNAS, due_on="2026-12-30"),
        day("2027-01-04"),
    )
    fund.given(report("T#1", "rejected"))
    assert fund.state.set_aside == {(KAUNAS, "PSDF"): {2026: 30}}
    fund.when(day("2027-01-05")).then_of(
        "shortage", said("shortage.declared", payer=KAUNAS, due_cents=30, cash_cents=0)
    )


def test_25_a_credit_of_a_past_year_is_set_aside_for_a_territorial_fund_but_not_for_the_vlk() -> None:
    fund = two_years(old=100, new=100).given(day("2027-01-04"))
    fund.given(cash(5, KAUNAS, value_on="2026-12-31"), cash(6, value_on="2026-12-31"))
    assert fund.state.set_aside == {(KAUNAS, "PSDF"): {2026: 5}}
    assert fund.state.cash.get((KAUNAS, "PSDF"), 0) == 0
    assert fund.state.cash["VLK", "PSDF"] == 6
