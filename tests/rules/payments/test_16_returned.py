"""16. What the bank executed may come back: it is still due, and held until the contract's account is confirmed."""

import pytest

from services.payments.service import PAYMENTS
from services.payments.state import RETURN_DAYS
from shared.engine.codec import Codec, decode_decisions
from shared.journal.audit import Audit
from tests.engine.story import Said, Story, at_once
from tests.given import (
    account,
    bill,
    budget,
    cash,
    credit,
    day,
    event,
    invoice,
    merged,
    of_vlk,
    parked,
    report,
    said,
    shares,
    story,
)

OTHER = "LT601010012345678901"


def paid(amount: int = 40, money: int = 100, payer: str = "VLK") -> Story:
    """A of 40 was ordered on Tuesday 3 March 2026, and executed the same day."""
    return story(PAYMENTS, since="2026-03-02").given(
        budget({"04": 1_000}),
        shares("04", **{payer.replace("-", "_"): 1_000}),
        cash(money, payer),
        invoice("A", amount, payer=payer, due_on="2026-03-03"),
        day("2026-03-03"),
        report("A#1"),
    )


def came_back(order: str = "A#1", **fields: object) -> Said:
    return said("payment.returned", order_id=bill(order), rules=["16"], **fields)


def test_16_what_came_back_is_due_again_and_held_until_the_account_is_confirmed() -> None:
    fund = paid().given(day("2026-03-06"))
    fund.when(report("A#1", "returned", reason="AC04")).then(
        came_back(payment_id=f"{bill('A')}@2026", invoice_id=bill("A"), amount_cents=40, on="2026-03-06", reason="AC04")
    )
    fund.when(day("2026-03-09")).then(said("payment.overdue", invoice_id=bill("A"), rest_cents=40))
    fund.when(account("C-A", OTHER)).then()
    fund.when(day("2026-03-10")).then()  # another contract's account says nothing of this one
    fund.when(account("C", OTHER)).then()
    fund.when(day("2026-03-12")).then(
        said("payment.ordered", order_id=bill("A#2"), amount_cents=40, iban=OTHER, partial=False)
    )


def test_16_the_sums_are_as_if_nothing_had_been_paid() -> None:
    fund = paid()
    before = {name: getattr(fund.state.book, name).copy() for name in ("committed", "committed_of_month")}
    fund.given(report("A#1", "returned"))
    book, pot = fund.state.book, fund.state.invoices[bill("A")].pot
    assert (book.ordered[pot], book.executed[pot]) == (0, 0)
    assert fund.state.cash[fund.state.invoices[bill("A")].account] == 100
    assert {name: getattr(book, name) for name in before} == before
    assert fund.state.done == {}


def test_16_others_are_paid_while_one_is_held() -> None:
    fund = paid().given(report("A#1", "returned"), invoice("B", 30, contract_id="D", due_on="2026-03-04"))
    fund.when(day("2026-03-04")).then_of("payment.ordered", said("payment.ordered", order_id=bill("B#1")))


def test_16_one_order_of_several_may_come_back_and_its_number_is_not_given_again() -> None:
    fund = paid(amount=40, money=10).given(cash(30), day("2026-03-04"), report("A#2"))
    fund.when(report("A#1", "returned")).then(came_back(amount_cents=10))
    fund.when(account("C"), day("2026-03-05")).then_of(
        "payment.ordered", said("payment.ordered", order_id=bill("A#3"), amount_cents=10, partial=False)
    )


def test_16_it_may_come_back_while_the_rest_waits() -> None:
    fund = paid(amount=40, money=10).given(report("A#1", "returned"), cash(30))
    fund.when(day("2026-03-04")).then_of("payment.ordered")
    fund.when(account("C"), day("2026-03-05")).then_of(
        "payment.ordered", said("payment.ordered", order_id=bill("A#2"), amount_cents=40)
    )


def test_16_what_comes_back_again_is_held_again() -> None:
    fund = paid().given(report("A#1", "returned"), account("C", OTHER), day("2026-03-04"), report("A#2"))
    fund.when(report("A#2", "returned")).then(came_back("A#2", amount_cents=40))
    fund.when(day("2026-03-05")).then_of("payment.ordered")


def test_16_the_same_return_again_changes_nothing_and_so_does_the_execution_before_it() -> None:
    fund = paid().given(report("A#1", "returned"))
    fund.when(report("A#1", "returned")).then()
    fund.when(report("A#1", "executed")).then()
    fund.when(report("A#1", "rejected")).then(parked("payment.reported"))


def test_16_only_what_was_executed_can_come_back() -> None:
    fund = of_vlk(1_000, since="2026-03-02").given(cash(100), invoice("A", 40, due_on="2026-03-03"))
    fund.given(day("2026-03-03"))
    fund.when(report("A#1", "returned")).then(parked("payment.reported"))
    fund.when(report("A#2", "returned")).then(parked("payment.reported"))
    fund.given(report("A#1", "rejected"))
    fund.when(report("A#1", "returned")).then(parked("payment.reported"))


def test_16_a_day_before_the_order_is_not_the_banks() -> None:
    early = event("payment.reported", "/treasury", order_id=bill("A#1"), outcome="returned", on_="2026-03-02")
    paid().when(early).then(parked("payment.reported"))


@pytest.mark.parametrize(("days", "kept"), [(RETURN_DAYS, True), (RETURN_DAYS + 1, False)])
def test_16_an_executed_order_is_remembered_as_long_as_banks_return(days: int, kept: bool) -> None:
    last = {RETURN_DAYS: "2026-05-02", RETURN_DAYS + 1: "2026-05-03"}[days]
    fund = paid().given(day(last))
    assert (bill("A") in fund.state.done) is kept
    fund.when(report("A#1", "returned")).then(came_back() if kept else parked("payment.reported"))


def test_16_a_credit_lowers_what_came_back_while_it_is_held() -> None:
    fund = paid().given(report("A#1", "returned"))
    fund.when(credit("R", 15, "A")).then_of("payment.lowered", said("payment.lowered", lowered_cents=15))
    fund.when(account("C"), day("2026-03-04")).then_of("payment.ordered", said("payment.ordered", amount_cents=25))


def test_24_what_comes_back_of_last_year_leaves_its_sums_and_waits_in_this_year() -> None:
    fund = story(PAYMENTS, since="2026-12-01").given(
        budget({"04": 100}),
        shares("04", TLK_KAUNAS=100),
        budget({"04": 100}, year=2027),
        shares("04", year=2027, TLK_KAUNAS=100),
        cash(60, "TLK-KAUNAS"),
        invoice("A", 60, payer="TLK-KAUNAS", due_on="2026-12-30"),
        day("2026-12-31"),
        report("A#1"),
        day("2027-01-04"),
    )
    fund.when(report("A#1", "returned")).then(
        came_back(amount_cents=60, payment_id=f"{bill('A')}@2026"),
        said("payment.scheduled", invoice_id=bill("A"), payment_id=f"{bill('A')}@2027", amount_cents=60),
    )
    account_of = fund.state.invoices[bill("A")].account
    assert (fund.state.cash[account_of], fund.state.set_aside[account_of]) == (0, {2026: 60})
    fund.given(cash(60, "TLK-KAUNAS"))
    fund.when(day("2027-01-05")).then_of("payment.ordered")
    fund.when(account("C"), day("2027-01-06")).then_of("payment.ordered", said("payment.ordered", year=2027))


def test_26_what_comes_back_of_a_merged_payer_is_the_others() -> None:
    fund = paid(payer="TLK-KAUNAS").given(merged("TLK-KAUNAS", "VLK", "2026-03-04"), day("2026-03-04"))
    fund.when(report("A#1", "returned")).then(came_back())
    assert fund.state.cash[fund.state.invoices[bill("A")].account] == 100
    fund.when(account("C"), day("2026-03-05")).then_of("payment.ordered", said("payment.ordered", payer="VLK"))


def test_16_the_second_book_agrees_with_every_balance() -> None:
    fund = paid(amount=40, money=10).given(report("A#1", "returned"), account("C", OTHER), cash(30), day("2026-03-05"))
    audit, codec = Audit(), Codec(PAYMENTS.domain("fund").events)

    async def enter() -> None:
        async for commit in fund.engine.store.read():
            for decision in decode_decisions(commit.body):
                for entry in decision.events:
                    audit.take(codec.decode(entry))

    at_once(enter())
    assert list(audit.differences(fund.state)) == []
