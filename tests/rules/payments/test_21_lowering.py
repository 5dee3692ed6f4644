"""14, 21. Credits and set-offs lower what is not ordered, at once; what is left stays open, and is then recovered."""

from services.payments.service import PAYMENTS
from tests.engine.story import Happening, Said, Story
from tests.given import bill, budget, cash, cents, credit, day, event, invoice, of_vlk, report, said, shares, story


def lowered(number: str, by: str, lowered_by: int, rest: int, left: int, *, committed: bool = True) -> Said:
    payment_id = f"{bill(number)}@2026" if committed else None
    sums = cents(lowered=lowered_by, amount=rest, open=left)
    return said("payment.lowered", invoice_id=bill(number), payment_id=payment_id, by=by, rules=["14", "21"], **sums)


def set_off(claim_id: str, amount: int, against: str, contract_id: str = "C", month: str = "2026-01") -> Happening:
    return event(
        "recovery.set_off",
        "/reconciliation",
        claim_id=claim_id,
        amount_cents=amount,
        rest_cents=0,
        invoice_id=bill(against),
        contract_id=contract_id,
        service_month=month,
        rules=["21"],
    )


def rich(*happened: Happening) -> Story:
    return story(PAYMENTS).given(
        budget({"04": 10_000, "03": 10_000}),
        shares("04", VLK=10_000),
        shares("03", VLK=10_000),
        cash(10_000),
        *happened,
    )


def test_14_a_credit_before_the_order_lowers_the_payment_to_what_is_ordered() -> None:
    fund = rich(invoice("A", 1_000, due_on="2026-01-07"))
    fund.when(credit("K", 400, "A")).then(lowered("A", bill("K"), 400, 600, 0))
    fund.when(day("2026-01-07")).then(said("payment.ordered", invoice_id=bill("A"), amount_cents=600, partial=False))


def test_14_a_lower_sum_gives_the_limits_back_at_once() -> None:
    fund = story(PAYMENTS).given(
        budget({"04": 100}),
        shares("04", TLK_KAUNAS=100),
        invoice("A", 100, payer="TLK-KAUNAS"),
        invoice("B", 40, payer="TLK-KAUNAS", contract_id="OTHER"),
    )
    fund.when(credit("K", 40, "A", payer="TLK-KAUNAS")).then(
        lowered("A", bill("K"), 40, 60, 0), said("payment.scheduled", invoice_id=bill("B"), amount_cents=40)
    )


def test_14_what_waits_is_lowered_too_and_may_then_fit() -> None:
    fund = story(PAYMENTS).given(
        budget({"04": 100}), shares("04", TLK_KAUNAS=100), invoice("A", 140, payer="TLK-KAUNAS")
    )
    fund.when(credit("K", 40, "A")).then(
        lowered("A", bill("K"), 40, 100, 0, committed=False),
        said("payment.scheduled", invoice_id=bill("A"), amount_cents=100),
    )


def test_14_an_invoice_credited_in_full_is_gone_and_who_stood_behind_is_tested() -> None:
    fund = story(PAYMENTS).given(
        budget({"04": 100}),
        shares("04", TLK_KAUNAS=100),
        invoice("A", 101, payer="TLK-KAUNAS"),
        invoice("B", 100, payer="TLK-KAUNAS", contract_id="OTHER"),
    )
    fund.when(credit("K", 101, "A")).then(
        lowered("A", bill("K"), 101, 0, 0, committed=False),
        said("payment.scheduled", invoice_id=bill("B"), amount_cents=100),
    )


def test_21_the_named_invoice_first_then_the_contracts_others_by_acceptance_whatever_their_article() -> None:
    fund = rich(
        invoice("A", 10),
        day("2026-01-05"),
        invoice("B", 10),
        day("2026-01-06"),
        invoice("D", 10, article="03"),
        invoice("E", 10, contract_id="OTHER"),
    )
    fund.when(credit("K", 25, "B")).then(
        lowered("B", bill("K"), 10, 0, 15), lowered("A", bill("K"), 10, 0, 5), lowered("D", bill("K"), 5, 5, 0)
    )


def test_21_of_an_invoice_what_waits_is_lowered_before_what_is_scheduled() -> None:
    """A December order was rejected in January while the rest of the payment is scheduled in the new year."""
    fund = story(PAYMENTS, since="2026-12-28").given(
        budget({"04": 130}),
        shares("04", TLK_KAUNAS=130),
        budget({"04": 70}, year=2027),
        shares("04", year=2027, TLK_KAUNAS=70),
        cash(60, payer="TLK-KAUNAS"),
        invoice("A", 130, payer="TLK-KAUNAS", due_on="2026-12-30"),
        day("2027-01-01"),
        report("A#1", "rejected"),
    )
    fund.when(credit("K", 65, "A", payer="TLK-KAUNAS")).then(
        said("payment.lowered", payment_id=None, **cents(lowered=60, amount=70, open=5)),
        said("payment.lowered", payment_id=f"{bill('A')}@2027", **cents(lowered=5, amount=65, open=0)),
    )


def test_21_what_is_ordered_is_not_lowered_and_the_rest_of_the_credit_stays_open() -> None:
    fund = rich(invoice("A", 100, due_on="2026-01-05"), day("2026-01-05"))
    fund.when(credit("K", 30, "A")).then()
    fund.when(invoice("B", 100, service_month="2026-02")).then(
        lowered("B", bill("K"), 30, 70, 0, committed=False),
        said("payment.scheduled", invoice_id=bill("B"), amount_cents=70),
    )


def test_21_open_credits_lower_what_enters_oldest_first_and_of_its_contract_only() -> None:
    fund = rich(invoice("A", 100, due_on="2026-01-05"), day("2026-01-05"), credit("K1", 30, "A"), credit("K2", 30, "A"))
    fund.when(invoice("O", 5, contract_id="OTHER")).then(said("payment.scheduled", amount_cents=5))
    fund.when(invoice("B", 40)).then(
        lowered("B", bill("K1"), 30, 10, 0, committed=False), lowered("B", bill("K2"), 10, 0, 20, committed=False)
    )
    fund.when(invoice("D", 40)).then(
        lowered("D", bill("K2"), 20, 20, 0, committed=False), said("payment.scheduled", amount_cents=20)
    )


def test_21_a_sum_back_from_a_rejected_order_is_lowered_by_open_credits_first() -> None:
    fund = rich(invoice("A", 100, due_on="2026-01-05"), day("2026-01-05"), credit("K", 30, "A"))
    fund.when(report("A#1", "rejected")).then(
        said("payment.rejected", invoice_id=bill("A")), lowered("A", bill("K"), 30, 70, 0)
    )
    fund.when(day("2026-01-07")).then_of(
        "payment.ordered", said("payment.ordered", order_id=bill("A#2"), amount_cents=70)
    )


def test_21_a_set_off_acts_as_a_credit() -> None:
    fund = rich(invoice("A", 100))
    fund.when(set_off("claim-1", 30, "A")).then(lowered("A", "claim-1", 30, 70, 0))


def test_21_payments_and_lowerings_of_an_invoice_are_its_accepted_sum() -> None:
    """I1. 100 accepted: 40 ordered in a shortage, 25 credited, the rest of 35 ordered."""
    fund = of_vlk(100).given(cash(40), invoice("A", 100, due_on="2026-01-05"), day("2026-01-05"))
    fund.when(credit("K", 25, "A")).then(lowered("A", bill("K"), 25, 35, 0))
    fund.given(cash(100))
    fund.when(day("2026-01-07")).then_of("payment.ordered", said("payment.ordered", amount_cents=35, partial=False))


def test_21_a_lowered_payment_that_is_put_back_is_scheduled_with_its_lower_sum() -> None:
    """11. ``payment.lowered`` stands for the announcement of the lower sum: nothing more is told."""
    fund = story(PAYMENTS).given(
        budget({"04": 12_000}, year=2025), invoice("A", 900, due_on="2026-02-10"), credit("K", 100, "A")
    )
    fund.when(day("2026-02-01")).then()
    fund.when(invoice("B", 201, due_on="2026-02-10", contract_id="OTHER")).then(
        said("payment.deferred", terms={"month": "2026-02", **cents(cap=1_000, committed=800, asked=201)})
    )


# ---------------------------------------------------------------------------------------------------------- handed over


def test_21_what_is_open_on_1_february_after_its_service_year_is_handed_over() -> None:
    fund = rich(invoice("A", 100, due_on="2026-01-05"), day("2026-01-05"), credit("K", 30, "A"), day("2027-01-31"))
    fund.when(day("2027-02-01")).then(
        said(
            "payment.credit.unused",
            by=bill("K"),
            contract_id="C",
            provider_code="300111222",
            open_cents=30,
            rules=["21"],
        )
    )
    fund.when(invoice("B", 40)).then_of("payment.lowered")  # it is a claim now, and lowers no more
    fund.when(day("2027-02-02")).then_of("payment.credit")


def test_21_a_credit_accepted_after_that_day_is_handed_over_on_the_next() -> None:
    fund = rich(invoice("A", 100, due_on="2026-01-05"), day("2027-03-01"))
    fund.when(credit("K", 30, "A")).then()
    fund.when(day("2027-03-02")).then(said("payment.credit.unused", by=bill("K"), open_cents=30))


def test_21_on_1_february_itself_a_credit_accepted_that_day_waits_for_the_next() -> None:
    fund = rich(invoice("A", 100, due_on="2026-01-05"), day("2027-02-01"))
    fund.when(credit("K", 30, "A")).then()
    fund.when(day("2027-02-02")).then(said("payment.credit.unused", by=bill("K"), open_cents=30))


def test_21_a_set_off_not_used_is_handed_over_by_its_claim() -> None:
    fund = rich(invoice("A", 100, due_on="2026-01-05"), day("2026-01-05"), set_off("claim-1", 30, "A"))
    fund.when(day("2027-02-01")).then(said("payment.credit.unused", by="claim-1", open_cents=30))


def test_21_an_open_credit_crosses_the_year_and_lowers_in_the_new_one() -> None:
    fund = of_vlk(100, since="2026-12-01").given(
        budget({"04": 100}, year=2027),
        shares("04", year=2027, VLK=100),
        cash(100),
        invoice("A", 100, due_on="2026-12-02"),
        day("2026-12-02"),
        credit("K", 30, "A"),
        day("2027-01-04"),
    )
    fund.when(invoice("B", 40)).then(
        said("payment.lowered", invoice_id=bill("B"), by=bill("K"), **cents(lowered=30, amount=10, open=0)),
        said("payment.scheduled", invoice_id=bill("B"), amount_cents=10, year=2027),
    )
