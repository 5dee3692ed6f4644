"""A payer is merged into another: from that day its shares, queues, sums and cash are the other's, with their dates."""

from services.payments.service import PAYMENTS
from tests.engine.story import Happening, Story
from tests.given import bill, budget, cash, day, event, invoice, limits, merged, report, said, shares, story

KAUNAS, VILNIUS = "TLK-KAUNAS", "TLK-VILNIUS"


def two_payers(**of_payer: int) -> Story:
    return story(PAYMENTS).given(
        budget({"04": 100}, total=300), shares("04", **(of_payer or {"VLK": 50, "TLK_KAUNAS": 50}))
    )


def test_26_a_merger_acts_at_the_start_of_its_day_before_everything_else() -> None:
    fund = two_payers().given(invoice("A", 60), merged(KAUNAS, "VLK", "2026-01-05"))
    fund.when(day("2026-01-04")).then()
    fund.when(day("2026-01-05")).then(said("payment.scheduled", invoice_id=bill("A"), payer="VLK", amount_cents=60))


def test_26_a_merger_whose_day_has_begun_acts_at_once() -> None:
    fund = two_payers().given(invoice("A", 60))
    fund.when(merged(KAUNAS, "VLK", "2026-01-02")).then(said("payment.scheduled", invoice_id=bill("A")))


def test_26_shares_and_committed_sums_are_the_others() -> None:
    fund = two_payers().given(invoice("T", 30, payer=KAUNAS), merged(KAUNAS, "VLK", "2026-01-02"))
    fund.when(invoice("A", 70)).then(
        said("payment.scheduled", terms=limits(70, share=(100, 30), article=(100, 30), total=(300, 30)))
    )


def test_26_what_is_scheduled_is_not_announced_again_and_is_ordered_by_the_other() -> None:
    fund = two_payers().given(cash(100, KAUNAS), invoice("T", 30, payer=KAUNAS, due_on="2026-01-05"))
    fund.when(merged(KAUNAS, "VLK", "2026-01-02")).then()
    fund.when(day("2026-01-05")).then(
        said("payment.ordered", invoice_id=bill("T"), payer="VLK", payment_id=f"{bill('T')}@2026", amount_cents=30)
    )


def test_26_cash_and_cash_to_come_are_the_others() -> None:
    fund = two_payers().given(
        cash(10, KAUNAS),
        cash(20, KAUNAS, value_on="2026-01-05"),
        cash(30),
        merged(KAUNAS, "VLK", "2026-01-02"),
        invoice("A", 60, due_on="2026-01-05"),
    )
    fund.when(day("2026-01-05")).then(said("payment.ordered", amount_cents=60))


def test_26_queues_join_in_order_of_acceptance() -> None:
    fund = two_payers(TLK_VILNIUS=0, TLK_KAUNAS=0).given(
        invoice("T1", 5, payer=KAUNAS),
        day("2026-01-05"),
        invoice("V1", 5, payer=VILNIUS),
        day("2026-01-06"),
        invoice("T2", 5, payer=KAUNAS),
    )
    fund.given(merged(KAUNAS, VILNIUS, "2026-01-06"))
    fund.when(shares("04", TLK_VILNIUS=15)).then(
        said("payment.scheduled", invoice_id=bill("T1"), payer=VILNIUS),
        said("payment.scheduled", invoice_id=bill("V1")),
        said("payment.scheduled", invoice_id=bill("T2")),
    )


def test_26_events_that_still_name_the_merged_payer_are_read_as_naming_the_other() -> None:
    fund = two_payers().given(merged(KAUNAS, "VLK", "2026-01-02"), cash(40, KAUNAS))
    fund.when(invoice("A", 40, payer=KAUNAS, due_on="2026-01-05")).then(
        said("payment.scheduled", invoice_id=bill("A"), payer="VLK")
    )
    fund.when(shares("04", VLK=60, TLK_KAUNAS=40)).then()
    assert fund.state.book.shares == {"04": {"VLK": 100}}
    fund.when(day("2026-01-05")).then(said("payment.ordered", payer="VLK", amount_cents=40))


def test_26_an_order_of_the_merged_payer_is_answered_for_the_other() -> None:
    fund = two_payers().given(cash(30, KAUNAS), invoice("T", 30, payer=KAUNAS, due_on="2026-01-05"), day("2026-01-05"))
    fund.given(merged(KAUNAS, "VLK", "2026-01-05"))
    fund.when(report("T#1", "rejected")).then(said("payment.rejected", order_id=bill("T#1")))
    fund.when(day("2026-01-07")).then_of(
        "payment.ordered shortage", said("payment.ordered", order_id=bill("T#2"), payer="VLK", amount_cents=30)
    )


def test_26_mergers_may_follow_one_another() -> None:
    fund = two_payers().given(merged(KAUNAS, VILNIUS, "2026-01-02"), merged(VILNIUS, "VLK", "2026-01-02"))
    fund.when(invoice("A", 100, payer=KAUNAS)).then(said("payment.scheduled", payer="VLK"))


def test_26_a_merger_told_twice_acts_once() -> None:
    fund = two_payers().given(merged(KAUNAS, "VLK", "2026-01-05"), merged(KAUNAS, "VLK", "2026-01-05"))
    fund.when(day("2026-01-05")).then()
    fund.when(merged(KAUNAS, "VLK", "2026-01-05")).then_of("payment overrun shortage")
    assert fund.state.book.shares == {"04": {"VLK": 100}}


def test_25_26_what_the_merged_payer_had_set_aside_is_the_vlks_cash() -> None:
    fund = two_payers().given(cash(30, KAUNAS), budget({"04": 100}, year=2027), day("2027-01-04"))
    fund.given(merged(KAUNAS, "VLK", "2027-01-04"))
    assert fund.state.cash["VLK", "PSDF"] == 30
    assert not any(fund.state.set_aside[account].get(2026) for account in fund.state.set_aside)


def returned(amount: int) -> Happening:
    said = {"payer": KAUNAS, "year": 2026, "source": "PSDF", "amount_cents": amount, "by": "2027-01-11"}
    return event("balance.return.ordered", "/reconciliation", **said, rules=["25"])


def test_25_what_is_returned_is_no_longer_set_aside() -> None:
    fund = two_payers().given(cash(30, KAUNAS), day("2027-01-04"))
    fund.when(returned(30)).then()
    assert fund.state.set_aside == {(KAUNAS, "PSDF"): {2026: 0}}


def test_25_26_a_return_that_is_heard_after_the_merger_is_counted_once() -> None:
    """It was ordered just before: the treasury moves the 30 and credits them, the VLK has no other 30."""
    fund = two_payers().given(cash(30, KAUNAS), day("2027-01-04"), merged(KAUNAS, "VLK", "2027-01-04"))
    fund.given(returned(30), cash(30))
    assert fund.state.cash["VLK", "PSDF"] == 30
    assert fund.state.set_aside["VLK", "PSDF"] == {2026: 0}


def test_25_26_what_was_ordered_out_of_it_meanwhile_is_made_good_by_the_credit() -> None:
    fund = two_payers().given(
        budget({"04": 100}, year=2027),
        shares("04", year=2027, VLK=100),
        cash(30, KAUNAS),
        invoice("A", 20, due_on="2027-01-05", on="2026-12-30"),
        invoice("B", 10, due_on="2027-01-06", on="2026-12-30"),
        merged(KAUNAS, "VLK", "2027-01-05", on="2027-01-04"),
        day("2027-01-05"),
        returned(30),
    )
    assert fund.state.cash["VLK", "PSDF"] == -20
    fund.when(day("2027-01-06")).then_of("shortage payment.ordered", said("shortage.declared", cash_cents=0))
    fund.when(cash(30), day("2027-01-07")).then_of("payment.ordered", said("payment.ordered", amount_cents=10))
