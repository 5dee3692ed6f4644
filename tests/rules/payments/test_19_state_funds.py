"""19. State money is its own limit, never mixed with the fund's, and has no overrun."""

from services.payments.service import PAYMENTS
from tests.engine.story import Said, Story
from tests.given import bill, budget, cash, cents, day, invoice, said, shares, story


def scheduled(number: str, amount: int, **fields: object) -> Said:
    return said("payment.scheduled", invoice_id=bill(number), amount_cents=amount, **fields)


def fund_with_state_money() -> Story:
    return story(PAYMENTS).given(budget({"04": 1_000}, state=100), shares("04", VLK=1_000))


def test_19_state_money_is_paid_up_to_the_state_funds_and_not_a_cent_more() -> None:
    fund = fund_with_state_money()
    fund.when(invoice("A", 100, source="STATE")).then(
        scheduled("A", 100, source="STATE", rules=["19", "16"], terms=cents(funds=100, committed=0, asked=100))
    )
    fund.when(invoice("B", 1, source="STATE")).then(
        said(
            "payment.deferred",
            invoice_id=bill("B"),
            reason="state_funds",
            source="STATE",
            rules=["19"],
            terms=cents(funds=100, committed=100, asked=1),
        )
    )


def test_19_state_funds_are_one_sum_over_all_payers_and_articles() -> None:
    fund = fund_with_state_money().given(invoice("A", 60, source="STATE", payer="TLK-KAUNAS", article="05"))
    fund.when(invoice("B", 41, source="STATE")).then(
        said("payment.deferred", reason="state_funds", terms=cents(funds=100, committed=60, asked=41))
    )


def test_19_neither_share_nor_article_nor_the_years_total_is_tested_for_state_money() -> None:
    fund = story(PAYMENTS).given(budget({"04": 10}, state=100))
    fund.when(invoice("A", 100, source="STATE", payer="TLK-KAUNAS")).then(scheduled("A", 100))


def test_19_state_money_uses_nothing_of_the_funds_own_and_the_other_way_round() -> None:
    fund = fund_with_state_money().given(invoice("A", 100, source="STATE"))
    fund.when(invoice("B", 1_000)).then(scheduled("B", 1_000))


def test_19_there_is_no_overrun_of_state_money() -> None:
    fund = fund_with_state_money().given(invoice("A", 101, source="STATE"))
    fund.when(day("2026-01-20")).then()
    assert fund.letters == []


def test_19_the_queues_of_state_and_own_money_do_not_block_each_other() -> None:
    fund = fund_with_state_money().given(invoice("A", 101, source="STATE"))
    fund.when(invoice("B", 1)).then(scheduled("B", 1))
    fund.when(invoice("D", 1, source="STATE")).then(
        said("payment.deferred", reason="earlier_unpaid", terms={"behind": bill("A")})
    )


def test_19_state_cash_pays_state_invoices_only() -> None:
    fund = fund_with_state_money().given(
        cash(50, source="STATE"),
        cash(500),
        invoice("A", 100, source="STATE", due_on="2026-01-09"),
        invoice("B", 100, due_on="2026-01-09"),
        day("2026-01-08"),
    )
    fund.when(day("2026-01-09")).then(
        said("payment.ordered", invoice_id=bill("B"), amount_cents=100, source="PSDF", rules=["16"]),
        said("shortage.declared", payer="VLK", source="STATE", due_cents=100, cash_cents=50),
        said("payment.ordered", invoice_id=bill("A"), amount_cents=50, source="STATE", partial=True, rules=["17"]),
    )
