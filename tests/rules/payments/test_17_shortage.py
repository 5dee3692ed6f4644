"""17. Cash does not suffice: the earliest accepted first, one acceptance day split pro rata, to the cent."""

from services.payments.ahead import pay_days
from services.payments.service import PAYMENTS
from tests.engine.story import Said, Story
from tests.given import bill, budget, cash, cents, day, invoice, of_vlk, report, said, shares, story


def ordered(number: str, amount: int, *, partial: bool = False, n: int = 1) -> Said:
    return said("payment.ordered", order_id=bill(f"{number}#{n}"), amount_cents=amount, partial=partial, rules=["17"])


def shortage(due: int, money: int, group_on: str, group_due: int, group_paid: int, **fields: object) -> Said:
    sums = cents(due=due, cash=money, group_due=group_due, group_paid=group_paid)
    return said("shortage.declared", group_accepted_on=group_on, rules=["17"], **sums, **fields)


def two_groups(money: int) -> Story:
    """2 March: A 10 000 and B 5 000; 3 March: C 3 333, D 3 333, E 3 334; all due on 1 April, a bank day."""
    fund = of_vlk(100_000, since="2026-03-02").given(
        invoice("A", 10_000, due_on="2026-04-01"),
        invoice("B", 5_000, due_on="2026-04-01"),
        day("2026-03-03"),
        invoice("C", 3_333, due_on="2026-04-01"),
        invoice("D", 3_333, due_on="2026-04-01"),
        invoice("E", 3_334, due_on="2026-04-01"),
        day("2026-03-31"),
    )
    return fund.given(cash(money)) if money else fund


def test_17_the_first_group_that_does_not_fit_is_split_pro_rata_then_its_rests() -> None:
    fund = two_groups(17_000)
    fund.when(day("2026-04-01")).then(
        shortage(25_000, 17_000, "2026-03-03", 10_000, 2_000, payer="VLK", source="PSDF", on="2026-04-01"),
        ordered("A", 10_000),
        ordered("B", 5_000),
        ordered("C", 667, partial=True),
        ordered("D", 666, partial=True),
        ordered("E", 667, partial=True),
    )
    fund.given(cash(5_000))
    fund.when(day("2026-04-02")).then_of(
        "shortage payment.ordered",
        shortage(8_000, 5_000, "2026-03-03", 8_000, 5_000),
        ordered("C", 1_666, partial=True, n=2),
        ordered("D", 1_667, partial=True, n=2),
        ordered("E", 1_667, partial=True, n=2),
    )


def test_17_with_just_enough_cash_all_is_ordered_and_no_shortage_declared() -> None:
    two_groups(25_000).when(day("2026-04-01")).then(
        *(
            said("payment.ordered", invoice_id=bill(number), amount_cents=amount, partial=False, rules=["16"])
            for number, amount in {"A": 10_000, "B": 5_000, "C": 3_333, "D": 3_333, "E": 3_334}.items()
        )
    )


def test_17_a_cent_less_than_due_is_a_shortage_of_the_last_group() -> None:
    two_groups(24_999).when(day("2026-04-01")).then(
        shortage(25_000, 24_999, "2026-03-03", 10_000, 9_999),
        ordered("A", 10_000),
        ordered("B", 5_000),
        ordered("C", 3_333),
        ordered("D", 3_333),
        ordered("E", 3_333, partial=True),
    )


def test_17_when_a_group_ends_exactly_with_the_cash_the_next_is_the_split_group_with_nothing() -> None:
    two_groups(15_000).when(day("2026-04-01")).then(
        shortage(25_000, 15_000, "2026-03-03", 10_000, 0), ordered("A", 10_000), ordered("B", 5_000)
    )


def test_17_a_shortage_is_declared_also_when_there_is_no_cash_at_all_and_every_bank_day() -> None:
    fund = two_groups(0)
    fund.when(day("2026-04-01")).then(shortage(25_000, 0, "2026-03-02", 15_000, 0))
    fund.when(day("2026-04-02")).then_of("shortage", shortage(25_000, 0, "2026-03-02", 15_000, 0, on="2026-04-02"))
    fund.when(day("2026-04-03")).then()  # Good Friday: the bank is closed


def test_17_a_share_of_nothing_gives_no_order() -> None:
    """1 cent among 3: to the largest remainder, of equal ones to the earlier arrival."""
    of_vlk(100, since="2026-03-02").given(
        cash(1),
        invoice("A", 10, due_on="2026-03-03"),
        invoice("B", 10, due_on="2026-03-03"),
        invoice("C", 11, due_on="2026-03-03"),
    ).when(day("2026-03-03")).then(shortage(31, 1, "2026-03-02", 31, 1), ordered("C", 1, partial=True))


def test_17_cents_left_over_go_to_the_earlier_arrival_among_equal_remainders() -> None:
    of_vlk(100, since="2026-03-02").given(
        cash(1),
        invoice("Z", 10, due_on="2026-03-03"),
        invoice("A", 10, due_on="2026-03-03"),
    ).when(day("2026-03-03")).then(shortage(20, 1, "2026-03-02", 20, 1), ordered("Z", 1, partial=True))


def test_17_the_rest_keeps_its_acceptance_date_and_is_first_next_time() -> None:
    """E was accepted later and falls due today; C's rest of yesterday goes before it."""
    fund = of_vlk(100, since="2026-03-02").given(
        cash(4),
        invoice("C", 10, due_on="2026-03-03"),
        day("2026-03-03"),
        invoice("E", 5, due_on="2026-03-04"),
        cash(7),
    )
    fund.when(day("2026-03-04")).then_of(
        "shortage payment.ordered",
        shortage(11, 7, "2026-03-03", 5, 1),
        ordered("C", 6, n=2),
        ordered("E", 1, partial=True),
    )


def test_17_only_what_is_due_today_shares_the_cash() -> None:
    of_vlk(100, since="2026-03-02").given(
        cash(5),
        invoice("EARLY", 5, due_on="2026-03-10"),
        invoice("TODAY", 5, due_on="2026-03-03"),
    ).when(day("2026-03-03")).then(said("payment.ordered", invoice_id=bill("TODAY"), amount_cents=5, rules=["16"]))


def test_17_articles_of_a_payer_share_its_cash() -> None:
    story(PAYMENTS, since="2026-03-02").given(
        budget({"03": 100, "04": 100}),
        shares("03", VLK=100),
        shares("04", VLK=100),
        cash(10),
        invoice("A", 10, due_on="2026-03-03", article="03", contract_id="C3"),
        invoice("B", 10, due_on="2026-03-03"),
    ).when(day("2026-03-03")).then(
        shortage(20, 10, "2026-03-02", 20, 10), ordered("A", 5, partial=True), ordered("B", 5, partial=True)
    )


def test_17_each_payer_has_its_own_cash() -> None:
    story(PAYMENTS, since="2026-03-02").given(
        budget({"04": 100}),
        shares("04", VLK=50, TLK_KAUNAS=50),
        cash(10, payer="TLK-KAUNAS"),
        cash(9),
        invoice("A", 10, due_on="2026-03-03"),
        invoice("B", 10, due_on="2026-03-03", payer="TLK-KAUNAS"),
    ).when(day("2026-03-03")).then(
        said("payment.ordered", invoice_id=bill("B"), payer="TLK-KAUNAS", amount_cents=10, rules=["16"]),
        shortage(10, 9, "2026-03-02", 10, 9, payer="VLK"),
        ordered("A", 9, partial=True),
    )


def test_17_cash_is_usable_from_its_value_day() -> None:
    fund = of_vlk(100, since="2026-03-02").given(
        cash(10, value_on="2026-03-04"),
        invoice("A", 10, due_on="2026-03-03"),
    )
    fund.when(day("2026-03-03")).then(shortage(10, 0, "2026-03-02", 10, 0))
    fund.when(day("2026-03-04")).then_of(
        "payment.ordered shortage", said("payment.ordered", amount_cents=10, rules=["16"])
    )


def test_17_a_credit_told_twice_is_cash_once_and_another_under_its_reference_is_laid_aside() -> None:
    fund = of_vlk(100, since="2026-03-02").given(invoice("A", 30, due_on="2026-03-03"))
    money = cash(10, reference="T-1")
    fund.when(money, money, money.again()).then()
    fund.when(cash(11, reference="T-1")).then(said("account.credited.parked", topic="account.credited"))
    fund.when(day("2026-03-03")).then(shortage(30, 10, "2026-03-02", 30, 10), ordered("A", 10, partial=True))


def test_17_a_rejected_order_gives_its_cash_back_for_the_next_run() -> None:
    fund = of_vlk(100, since="2026-03-02").given(
        cash(10),
        invoice("A", 10, due_on="2026-03-03"),
        invoice("B", 10, due_on="2026-03-03"),
        day("2026-03-03"),
    )
    fund.given(report("A#1", "rejected"))
    fund.when(day("2026-03-04")).then_of(
        "shortage payment.ordered",
        shortage(15, 5, "2026-03-02", 15, 5),
        ordered("A", 3, partial=True, n=2),
        ordered("B", 2, partial=True, n=2),
    )


def test_17_what_an_account_will_lack_counts_the_cash_that_comes_by_then() -> None:
    fund = two_groups(10_000)
    fund.given(cash(9_000, value_on="2026-04-01"), cash(50_000, value_on="2026-04-02"))
    (day_of_all,) = pay_days(fund.state)
    assert (day_of_all.unordered_cents, day_of_all.short_cents) == (25_000, 25_000 - 10_000 - 9_000)
