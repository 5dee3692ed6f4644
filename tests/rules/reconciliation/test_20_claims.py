"""20, 21. Claims followed to their end: demanded, set off, repaid, written off; never more than the claim's rest."""

from services.reconciliation.service import RECONCILIATION
from tests.engine.story import Happening, Json, Said, Story
from tests.given import PROVIDER, because, bill, credit, event, invoice, parked, said, story


def claim(amount: int, claim_id: str = "claim-1", number: str | None = "A", **fields: object) -> Happening:
    data = {
        "claim_id": claim_id,
        "provider_code": PROVIDER,
        "invoice_id": bill(number) if number else None,
        "amount_cents": amount,
        "basis": "20",
        "reason": "services not provided",
    }
    return event("recovery.claimed", "/vlk", **{**data, **fields})


def settle(
    amount: int, how: str, number: str | None = None, document: str = "D-1", claim_id: str = "claim-1"
) -> Happening:
    return event(
        "recovery.settled",
        "/vlk",
        claim_id=claim_id,
        amount_cents=amount,
        how=how,
        invoice_id=bill(number) if number else None,
        document=document,
    )


def step(kind: str, amount: int, rest: int, number: str | None = None, **fields: object) -> Said:
    return said(
        f"recovery.{kind}",
        **{
            "claim_id": "claim-1",
            "amount_cents": amount,
            "rest_cents": rest,
            "invoice_id": number and bill(number),
            **fields,
        },
    )


def refused(amount: int, rest: int, *reasons: Json, **fields: object) -> Said:
    return said("recovery.refused", amount_cents=amount, rest_cents=rest, reasons=reasons, rules=["20", "21"], **fields)


def with_invoice(*happened: Happening) -> Story:
    return story(RECONCILIATION).given(invoice("A", 100), *happened)


def unused(by: str, amount: int) -> Happening:
    return event(
        "payment.credit.unused",
        "/payments",
        by=by,
        contract_id="C",
        provider_code=PROVIDER,
        open_cents=amount,
        rules=["21"],
    )


# ------------------------------------------------------------------------------------------------------------ the claim


def test_20_a_claim_is_demanded_by_its_point() -> None:
    with_invoice().when(claim(60)).then(step("demanded", 60, 60, "A", rules=["20"]))
    with_invoice().when(claim(60, basis="21")).then(step("demanded", 60, 60, "A", rules=["21"]))


def test_20_a_claim_may_name_no_invoice() -> None:
    story(RECONCILIATION).when(claim(10**6, number=None)).then(step("demanded", 10**6, 10**6))


def test_20_a_claim_is_never_larger_than_the_invoice_that_it_names() -> None:
    fund = with_invoice()
    fund.when(claim(101)).then(
        refused(101, 0, because("more_than_claim", "21", rest_cents=100, asked_cents=101), claim_id="claim-1")
    )
    fund.when(claim(100)).then(step("demanded", 100, 100, "A"))


def test_20_an_invoice_never_accepted_or_of_another_provider_is_unknown() -> None:
    fund = with_invoice(invoice("302223334/B", 100))
    for number in ("Z", "302223334/B"):
        fund.when(claim(1, number=number)).then(refused(1, 0, because("unknown_invoice", "20")))


def test_20_a_claim_told_again_changes_nothing_and_another_under_its_id_is_laid_aside() -> None:
    fund = with_invoice(claim(60))
    fund.when(claim(60)).then()
    fund.when(claim(61)).then(parked("recovery.claimed"))


# -------------------------------------------------------------------------------------------------------------- its end


def test_21_a_claim_is_repaid_set_off_and_written_off_to_its_end() -> None:
    fund = with_invoice(claim(60))
    fund.when(settle(20, "repaid")).then(step("repaid", 20, 40, rules=["20"]))
    fund.when(settle(30, "set_off", "A")).then(
        step("set_off", 30, 10, "A", contract_id="C", service_month="2026-01", rules=["20"])
    )
    fund.when(settle(10, "written_off")).then(step("written_off", 10, 0))
    fund.when(settle(1, "repaid")).then(refused(1, 0, because("more_than_claim", "21", rest_cents=0, asked_cents=1)))


def test_21_more_than_the_rest_is_refused_equality_passes() -> None:
    fund = with_invoice(claim(60), settle(20, "repaid"))
    fund.when(settle(41, "repaid")).then(
        refused(41, 40, because("more_than_claim", "21", rest_cents=40, asked_cents=41))
    )
    fund.when(settle(40, "repaid")).then(step("repaid", 40, 0))


def test_21_a_set_off_names_an_invoice_of_the_same_provider() -> None:
    fund = with_invoice(invoice("302223334/B", 100), claim(60))
    for number in (None, "Z", "302223334/B"):
        fund.when(settle(1, "set_off", number)).then(refused(1, 60, because("unknown_invoice", "21")))


def test_21_a_write_off_names_its_document() -> None:
    fund = with_invoice(claim(60))
    fund.when(settle(1, "written_off", document=" ")).then(refused(1, 60, because("no_document", "21")))
    fund.when(settle(1, "repaid", document="")).then(step("repaid", 1, 59))


def test_21_all_that_fails_is_named() -> None:
    with_invoice(claim(60)).when(settle(61, "set_off", "Z")).then(
        refused(
            61, 60, because("more_than_claim", "21", rest_cents=60, asked_cents=61), because("unknown_invoice", "21")
        )
    )


def test_21_a_claim_never_made_or_refused_is_unknown() -> None:
    fund = with_invoice(claim(101))
    fund.when(settle(1, "repaid")).then(refused(1, 0, because("unknown_claim", "21"), claim_id="claim-1"))


# ------------------------------------------------------------------------------------------------------- unused credits


def test_21_what_is_left_of_a_credit_is_a_claim_of_its_own() -> None:
    fund = with_invoice(credit("K", 40, "A"))
    fund.when(unused(bill("K"), 15)).then(
        said("recovery.demanded", claim_id=bill("K"), amount_cents=15, rest_cents=15, rules=["21"])
    )
    fund.when(settle(15, "repaid", claim_id=bill("K"))).then(said("recovery.repaid", claim_id=bill("K"), rest_cents=0))


def test_21_what_is_left_of_a_set_off_is_the_rest_of_the_claim_that_it_came_from() -> None:
    fund = with_invoice(claim(60), settle(30, "set_off", "A"))
    fund.when(unused("claim-1", 12)).then(step("demanded", 12, 42, "A", rules=["20"]))
    fund.when(settle(43, "repaid")).then(
        refused(43, 42, because("more_than_claim", "21", rest_cents=42, asked_cents=43))
    )
    fund.when(settle(42, "repaid")).then(step("repaid", 42, 0))


def test_20_a_credit_is_no_invoice_that_a_claim_may_name() -> None:
    fund = with_invoice(credit("K", 40, "A"))
    fund.when(claim(1, number="K")).then(refused(1, 0, because("unknown_invoice", "20")))
