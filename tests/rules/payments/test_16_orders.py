"""16. Orders and what the bank answers: the first outcome stands, nothing is paid twice, overdue is told once."""

from services.payments.service import PAYMENTS
from shared.kernel.order_ref import end_to_end_id
from tests.engine.story import Story
from tests.given import bill, budget, cash, credit, day, invoice, of_vlk, parked, report, said, shares, story


def ordered_today(amount: int = 40, money: int = 100) -> Story:
    """A of 40 was ordered on Tuesday 3 March 2026."""
    return of_vlk(1_000, since="2026-03-02").given(
        cash(money),
        invoice("A", amount, due_on="2026-03-03"),
        day("2026-03-03"),
    )


def test_16_an_order_names_all_that_the_bank_needs() -> None:
    of_vlk(1_000, since="2026-03-02").given(cash(100), invoice("A", 40, due_on="2026-03-03")).when(
        day("2026-03-03")
    ).then(
        said(
            "payment.ordered",
            order_id=f"{bill('A')}#1",
            payment_id=f"{bill('A')}@2026",
            invoice_id=bill("A"),
            year=2026,
            payer="VLK",
            article="04",
            source="PSDF",
            iban="LT121000011101001000",
            amount_cents=40,
            on="2026-03-03",
            partial=False,
            end_to_end_id=end_to_end_id(f"{bill('A')}#1"),
            rules=["16"],
        )
    )


def test_16_an_executed_order_is_transferred_on_the_banks_date() -> None:
    fund = ordered_today()
    fund.when(report("A#1", on="2026-03-03")).then(
        said("payment.executed", order_id=bill("A#1"), amount_cents=40, on="2026-03-03", rules=["16"])
    )
    assert bill("A") not in fund.state.invoices  # what is done is forgotten


def test_16_a_rejected_order_waits_at_its_old_place_and_is_ordered_anew() -> None:
    fund = ordered_today()
    fund.when(report("A#1", "rejected", reason="AC01")).then(
        said("payment.rejected", order_id=bill("A#1"), amount_cents=40, reason="AC01", rules=["16"])
    )
    fund.when(day("2026-03-04")).then(
        said("payment.overdue", invoice_id=bill("A"), rest_cents=40),
        said("payment.ordered", order_id=bill("A#2"), payment_id=f"{bill('A')}@2026", amount_cents=40),
    )


def test_16_the_same_report_again_changes_nothing_and_another_outcome_is_laid_aside() -> None:
    fund = ordered_today()
    fund.given(report("A#1"))
    fund.when(report("A#1")).then()
    fund.when(report("A#1", "rejected")).then(parked("payment.reported"))
    fund = ordered_today()
    fund.given(report("A#1", "rejected"))
    fund.when(report("A#1", "rejected")).then()
    fund.when(report("A#1", "executed")).then(parked("payment.reported"))
    fund.when(day("2026-03-04")).then_of("payment.ordered", said("payment.ordered", order_id=bill("A#2")))


def test_16_a_report_of_an_unknown_order_is_laid_aside() -> None:
    ordered_today().when(report("A#2")).then(parked("payment.reported"))
    ordered_today().when(report("Z#1", "rejected")).then(parked("payment.reported"))


def test_16_an_outcome_is_remembered_when_the_order_is_of_last_year() -> None:
    fund = ordered_today().given(report("A#1"), day("2027-01-04"))
    fund.when(report("A#1")).then()
    fund.when(report("A#1", "rejected")).then(parked("payment.reported"))


def test_16_what_is_ordered_stays_committed_and_so_it_does_when_rejected() -> None:
    fund = story(PAYMENTS, since="2026-03-02").given(
        budget({"04": 40}, total=100),
        shares("04", TLK_KAUNAS=40),
        cash(100, payer="TLK-KAUNAS"),
        invoice("A", 40, payer="TLK-KAUNAS", due_on="2026-03-03"),
        day("2026-03-03"),
    )
    fund.given(report("A#1", "rejected"))
    fund.when(invoice("B", 1, payer="TLK-KAUNAS")).then(said("payment.deferred", reason="payer_share"))


def test_16_numbers_of_orders_count_up_by_invoice() -> None:
    fund = ordered_today(amount=40, money=10)
    fund.given(cash(10))
    fund.when(day("2026-03-04")).then_of("payment.ordered", said("payment.ordered", order_id=bill("A#2")))
    fund.given(report("A#2", "rejected"), cash(20))
    fund.when(day("2026-03-05")).then_of(
        "payment.ordered", said("payment.ordered", order_id=bill("A#3"), amount_cents=30, partial=False)
    )


def test_16_orders_of_an_invoice_may_be_answered_in_any_order() -> None:
    fund = ordered_today(amount=40, money=10).given(cash(30), day("2026-03-04"))
    fund.when(report("A#2", "rejected"), report("A#1")).then(
        said("payment.rejected", order_id=bill("A#2"), amount_cents=30),
        said("payment.executed", order_id=bill("A#1"), amount_cents=10),
    )
    fund.when(day("2026-03-05")).then(said("payment.ordered", order_id=bill("A#3"), amount_cents=30, partial=False))


# -------------------------------------------------------------------------------------------------------------- overdue


def test_16_overdue_is_told_once_on_the_first_day_after_the_due_date() -> None:
    fund = ordered_today(amount=40, money=10)
    fund.when(day("2026-03-04")).then_of(
        "payment.overdue",
        said("payment.overdue", invoice_id=bill("A"), due_on="2026-03-03", rest_cents=30, rules=["16"]),
    )
    fund.when(day("2026-03-20")).then_of("payment.overdue")


def test_16_what_is_ordered_in_time_is_not_overdue_though_the_bank_has_not_answered() -> None:
    ordered_today().when(day("2026-03-20")).then()


def test_16_an_order_rejected_after_the_due_date_makes_it_overdue_on_the_next_day() -> None:
    fund = ordered_today().given(day("2026-03-06"))
    fund.when(report("A#1", "rejected")).then_of("payment.overdue")
    fund.when(day("2026-03-07")).then(said("payment.overdue", invoice_id=bill("A"), rest_cents=40))
    fund.given(day("2026-03-10"))
    fund.when(report("A#2", "rejected"), day("2026-03-11")).then_of("payment.overdue")


def test_16_overdue_is_told_as_things_stood_at_the_end_of_yesterday() -> None:
    """Step 3 comes before the run: what is ordered today was overdue today."""
    fund = ordered_today(amount=40, money=0).given(cash(100))
    fund.when(day("2026-03-04")).then(
        said("payment.overdue", rest_cents=40), said("payment.ordered", amount_cents=40, partial=False)
    )


def test_16_what_was_lowered_to_nothing_is_not_overdue() -> None:
    fund = ordered_today(amount=40, money=0).given(credit("R", 40, "A"))
    fund.when(day("2026-03-04")).then()


def test_16_what_is_deferred_is_overdue_too() -> None:
    fund = story(PAYMENTS, since="2026-03-02").given(
        budget({"04": 10}), invoice("A", 11, payer="TLK-KAUNAS", due_on="2026-03-03")
    )
    fund.when(day("2026-03-04")).then(said("payment.overdue", invoice_id=bill("A"), rest_cents=11))


def test_16_overdue_payments_are_told_in_order_of_acceptance() -> None:
    fund = of_vlk(100, since="2026-03-02").given(
        invoice("Z", 1, due_on="2026-03-03"),
        invoice("A", 1, due_on="2026-03-03"),
    )
    fund.when(day("2026-03-04")).then_of(
        "payment.overdue",
        said("payment.overdue", invoice_id=bill("Z")),
        said("payment.overdue", invoice_id=bill("A")),
    )
