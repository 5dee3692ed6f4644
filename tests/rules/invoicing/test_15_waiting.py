"""15. What waits: for a contract that is not known yet, or for a clerk's review."""

from services.invoicing.service import INVOICING
from tests.engine.story import Happening, Said, Story
from tests.given import account, because, bill, contract, day, event, invoice, parked, refusal, said, story


def accepted(number: str, **fields: object) -> Said:
    return said("invoice.accepted", invoice_id=bill(number), **fields)


def returned(number: str, *reasons: object, **fields: object) -> Said:
    return said("invoice.returned", invoice_id=bill(number), reasons=reasons, **fields)


def reviewed(number: str, verdict: str, *words: str, contract_id: str = "C") -> Happening:
    reasons = [because("review", "15", text=text) for text in words]
    return event(
        "invoice.reviewed", "/vlk", invoice_id=bill(number), contract_id=contract_id, verdict=verdict, reasons=reasons
    )


def since_february() -> Story:
    return story(INVOICING, since="2026-02-02")


# ----------------------------------------------------------------------------------------------------------- a contract


def test_15_an_invoice_waits_for_its_contract_and_is_checked_the_moment_it_is_concluded() -> None:
    fund = since_february()
    fund.when(invoice("A", 10)).then()
    fund.when(contract("C")).then(accepted("A", received_on="2026-02-02", accepted_on="2026-02-02"))


def test_15_several_that_wait_are_checked_in_order_of_arrival() -> None:
    fund = since_february().given(
        invoice("Z", 60), invoice("A", 60, service_month="2025-12"), invoice("D", 1, contract_id="D")
    )
    fund.when(contract("C", 100, valid_from="2026-01-01")).then(
        accepted("Z"),
        said("invoice.refused", invoice_id=bill("A")),
    )


def test_15_an_invoice_whose_contract_never_came_is_returned_when_the_next_day_starts() -> None:
    fund = since_february().given(invoice("A", 10))
    fund.when(day("2026-02-03")).then(
        returned("A", because("unknown_contract", "15"), contract_id="C", received_on="2026-02-02", rules=["15"])
    )
    fund.when(contract("C")).then()
    fund.when(invoice("A", 10)).then(accepted("A", received_on="2026-02-02", resubmitted_on="2026-02-03"))


def test_15_with_all_faults_that_can_be_seen_without_a_contract() -> None:
    line = {"service_code": "S", "quantity": 2, "unit_price_cents": 5, "amount_cents": 9}
    fund = since_february().given(invoice("A", 8, service_month="2026-02", lines=[line]))
    fund.when(day("2026-02-03")).then(
        returned(
            "A",
            because("month_not_over", "14", month="2026-02", received_on="2026-02-02"),
            because("unknown_contract", "15"),
            because("line_arithmetic", "15", lines=[1]),
            because("sum_mismatch", "15", lines_sum_cents=9, asked_cents=8),
        )
    )


def test_15_the_next_day_may_start_with_an_event_of_the_provider() -> None:
    fund = since_february().given(invoice("A", 10))
    fund.when(contract("C", on="2026-02-03")).then(returned("A", because("unknown_contract", "15")))


def test_14_while_it_waits_the_same_again_is_silent_and_other_content_reuses_its_number() -> None:
    fund = since_february().given(invoice("A", 10))
    fund.when(invoice("A", 10)).then()
    fund.when(invoice("A", 11)).then(
        said("invoice.refused", reasons=[because("number_reused", "14"), because("unknown_contract", "15")])
    )
    fund.when(contract("C")).then(accepted("A", amount_cents=10))


# ----------------------------------------------------------------------------------------------------- a clerk's review


def with_a_clerk(ceiling: int | None = 100) -> Story:
    """Received on Friday 9 January 2026: the check ends on Monday 26 January."""
    return story(INVOICING, since="2026-01-09").given(contract("C", ceiling, year=2025, review="clerk"))


def december(number: str, amount: int, **changed: object) -> Happening:
    return invoice(number, amount, service_month="2025-12", **changed)


def test_15_what_passes_all_checks_waits_for_the_clerk_and_is_accepted_on_the_day_of_the_review() -> None:
    fund = with_a_clerk()
    fund.when(december("A", 10)).then()
    fund.given(day("2026-01-20"))
    fund.when(reviewed("A", "accept")).then(
        accepted(
            "A",
            received_on="2026-01-09",
            check_by="2026-01-26",
            accepted_on="2026-01-20",
            due_on="2026-02-19",
            arrived_at="2026-01-09T09:02:00+02:00",
            resubmitted_on=None,
        )
    )


def test_15_what_fails_a_check_never_reaches_the_clerk() -> None:
    fund = with_a_clerk()
    fund.when(december("A", 101)).then(said("invoice.returned", invoice_id=bill("A")))
    fund.when(reviewed("A", "accept")).then(parked("invoice.reviewed"))


def test_15_a_clerk_returns_it_with_reasons_of_their_own() -> None:
    fund = with_a_clerk().given(december("A", 10))
    fund.when(reviewed("A", "return", "report 7 is missing")).then(
        returned("A", because("review", "15", text="report 7 is missing"), rules=["15"])
    )
    fund.when(december("A", 10, on="2026-01-12")).then()
    fund.when(reviewed("A", "accept")).then(accepted("A", received_on="2026-01-09", resubmitted_on="2026-01-12"))


def test_15_at_accept_all_checks_are_made_again() -> None:
    """Two invoices of a contract of 100 wait; the first takes its ceiling."""
    fund = with_a_clerk().given(december("A", 60), invoice("B", 60, service_month="2025-11"))
    fund.given(reviewed("A", "accept"))
    fund.when(reviewed("B", "accept")).then(
        returned(
            "B", because("ceiling_exceeded", "15", ceiling_cents=100, accepted_cents=60, asked_cents=60, free_cents=40)
        )
    )


def test_14_at_accept_the_month_may_be_taken() -> None:
    fund = with_a_clerk().given(december("A", 10), december("B", 10), reviewed("A", "accept"))
    fund.when(reviewed("B", "accept")).then(
        said("invoice.refused", reasons=[because("duplicate_month", "14", month="2025-12", accepted=bill("A"))])
    )


def test_15_a_review_of_what_waits_for_none_is_laid_aside() -> None:
    fund = with_a_clerk().given(december("A", 10), invoice("W", 1, contract_id="D"))
    for wrong in (
        reviewed("Z", "accept"),
        reviewed("A", "accept", contract_id="D"),
        reviewed("W", "return", contract_id="D"),
    ):
        fund.when(wrong).then(parked("invoice.reviewed"))
    fund.given(reviewed("A", "accept"))
    fund.when(reviewed("A", "accept")).then(parked("invoice.reviewed"))
    fund.when(reviewed("A", "return", "too late")).then(parked("invoice.reviewed"))


def test_15_when_the_check_has_passed_undecided_it_is_told_once() -> None:
    fund = with_a_clerk().given(december("A", 10))
    fund.when(day("2026-01-26")).then()
    fund.when(day("2026-01-27")).then(
        said(
            "invoice.check.overdue",
            invoice_id=bill("A"),
            contract_id="C",
            received_on="2026-01-09",
            check_by="2026-01-26",
            rules=["15"],
        )
    )
    fund.when(day("2026-02-10")).then()
    fund.when(reviewed("A", "accept")).then(accepted("A", accepted_on="2026-02-10"))


def test_14_while_it_is_being_checked_the_number_cannot_be_used_with_other_content() -> None:
    fund = with_a_clerk().given(december("A", 10))
    fund.when(december("A", 10)).then()
    fund.when(december("A", 11)).then(said("invoice.refused", reasons=[because("number_reused", "14")]))
    fund.when(december("A", 11)).then()
    fund.when(reviewed("A", "accept")).then(accepted("A", amount_cents=10))


def test_14_what_was_refused_while_the_number_was_checked_may_come_again_when_that_is_returned() -> None:
    fund = since_february().given(contract("C", review="clerk")).given(invoice("A", 10))
    fund.when(invoice("A", 11)).then(
        said("invoice.refused", invoice_id=bill("A"), reasons=[because("number_reused", "14")])
    )
    fund.when(reviewed("A", "return", "no signature")).then(said("invoice.returned"))
    fund.given(invoice("A", 12))
    fund.when(invoice("A", 11)).then()  # refused while A is checked, and A is checked again
    fund.given(reviewed("A", "return", "no signature"), invoice("A", 11))
    fund.when(reviewed("A", "accept")).then(accepted("A", amount_cents=11))


# -------------------------------------------------------------------------------------------------------------- mergers


def test_26_invoices_may_name_the_merged_payer_still_and_are_accepted_for_the_other() -> None:
    fund = since_february().given(contract("C", payer="TLK-KAUNAS"))
    change = event(
        "contract.changed",
        "/contracts",
        contract_id="C",
        provider_code="300111222",
        ceiling_cents=None,
        ended_on=None,
        payer="VLK",
        formerly=["TLK-KAUNAS"],
        rules=["13"],
    )
    fund.given(change)
    fund.when(
        invoice("A", 1, payer="TLK-KAUNAS"), invoice("B", 1, payer="VLK", service_month="2026-02", on="2026-03-02")
    ).then(accepted("A", payer="VLK"), accepted("B", payer="VLK"))
    fund.when(invoice("D", 1, payer="TLK-VILNIUS", service_month="2026-02")).then(
        refusal(
            "invoice",
            because("wrong_payer", "15", got="TLK-VILNIUS", contract="VLK"),
            because("duplicate_month", "14", month="2026-02", accepted=bill("B")),
        )
    )


def test_26_a_contract_concluded_after_the_merger_takes_both_names() -> None:
    fund = since_february().given(contract("C", payer="VLK", formerly=["TLK-KAUNAS"]))
    fund.when(invoice("A", 1, payer="TLK-KAUNAS")).then(accepted("A", payer="VLK"))


def test_26_a_contract_that_was_always_the_others_takes_both_names_from_the_day_of_the_merger() -> None:
    known = event(
        "payer.merger.known", "/contracts", provider_code="300111222", payer="TLK-KAUNAS", into="VLK", on_="2026-03-02"
    )
    fund = since_february().given(contract("C", payer="VLK"), contract("D", payer="TLK-KAUNAS"), known)
    fund.when(invoice("A", 1, payer="TLK-KAUNAS")).then(said("invoice.refused"))
    fund.when(invoice("B", 1, payer="TLK-KAUNAS", service_month="2026-02", on="2026-03-02")).then(
        accepted("B", payer="VLK")
    )
    fund.when(invoice("E", 1, payer="VLK", contract_id="D")).then(accepted("E", payer="VLK"))


# ------------------------------------------------------------------------------------------- what overtakes its contract


def test_13_15_changes_and_accounts_that_are_heard_before_their_contract_are_its_own() -> None:
    """They come from other topics, which overtake each other where much has waited."""
    change = {"contract_id": "C", "provider_code": "300111222", "payer": None, "formerly": [], "rules": ["13"]}
    lower = event("contract.changed", "/contracts", **change, ceiling_cents=15, ended_on=None)
    ended = event("contract.changed", "/contracts", **change, ceiling_cents=0, ended_on="2026-01-31")
    fund = since_february().given(lower, ended, account("C", "LT601010012345678901"), contract("C", 100))
    fund.when(invoice("A", 16)).then(
        returned(
            "A", because("ceiling_exceeded", "15", ceiling_cents=15, accepted_cents=0, asked_cents=16, free_cents=15)
        )
    )
    fund.when(invoice("A", 15)).then(accepted("A", iban="LT601010012345678901"))
    fund.when(invoice("B", 1, service_month="2026-02", on="2026-03-02")).then(
        said("invoice.refused", invoice_id=bill("B"))
    )
