"""14, 15. Numbers of a provider: what was answered stands, what was returned may come again, changed or not."""

import pytest

from services.invoicing.service import INVOICING
from tests.engine.story import Json, Said, Story
from tests.given import because, bill, contract, credit, day, invoice, said, story

REUSED = because("number_reused", "14")


def with_contract(ceiling: int | None = 100, **changed: object) -> Story:
    return story(INVOICING, since="2026-02-02").given(contract("C", ceiling, **changed))


def refused(number: str, *reasons: Json, **fields: object) -> Said:
    return said("invoice.refused", invoice_id=bill(number), reasons=reasons, **fields)


def accepted(number: str, **fields: object) -> Said:
    return said("invoice.accepted", invoice_id=bill(number), **fields)


# ---------------------------------------------------------------------------------------------- the first answer stands


def test_14_content_accepted_come_again_is_answered_silently() -> None:
    fund = with_contract().given(invoice("A", 10))
    fund.when(invoice("A", 10)).then()


def test_14_content_refused_come_again_is_answered_silently() -> None:
    fund = with_contract()
    fund.when(invoice("A", 10, payer="TLK-KAUNAS")).then(
        refused("A", because("wrong_payer", "15", got="TLK-KAUNAS", contract="VLK"))
    )
    fund.when(invoice("A", 10, payer="TLK-KAUNAS")).then()


def test_14_a_number_accepted_cannot_be_used_again_with_other_content() -> None:
    fund = with_contract().given(invoice("A", 10))
    fund.when(invoice("A", 10, service_month="2025-12", article="05")).then(
        refused(
            "A",
            REUSED,
            because("wrong_article", "15", got="05", contract="04"),
            because("outside_contract", "15", month="2025-12", valid_from="2026-01-01", valid_to="2026-12-31"),
            rules=["14", "15"],
        )
    )
    fund.when(credit("K", 10, "A")).then(accepted("K"))  # the first answer of A stands


def test_14_a_number_refused_cannot_be_used_again_with_other_content() -> None:
    fund = with_contract().given(invoice("A", 10, payer="TLK-KAUNAS"))
    fund.when(invoice("A", 10)).then(refused("A", REUSED))
    fund.when(invoice("A", 10)).then()  # answered already
    fund.when(invoice("B", 10)).then(accepted("B"))


def test_14_a_number_is_used_whatever_its_contract_and_kind() -> None:
    fund = with_contract().given(contract("D"), invoice("A", 10))
    fund.when(invoice("A", 10, contract_id="D")).then(refused("A", REUSED, contract_id="D"))
    fund.when(credit("A", 10, "A")).then(refused("A", REUSED))
    fund.when(invoice("A", 10, contract_id="NONE")).then(refused("A", REUSED, because("unknown_contract", "15")))


def test_14_numbers_of_two_providers_have_nothing_to_do_with_each_other() -> None:
    fund = with_contract().given(contract("D", provider="302223334"), invoice("A", 10))
    fund.when(invoice("302223334/A", 10, contract_id="D")).then(accepted("302223334/A"))


def test_15_a_contract_of_another_provider_is_unknown() -> None:
    fund = with_contract()
    fund.when(invoice("302223334/A", 10)).then()
    fund.when(day("2026-02-03")).then(
        said("invoice.returned", invoice_id="302223334/A", reasons=[because("unknown_contract", "15")])
    )


# --------------------------------------------------------------------------------------------------------- resubmission


def test_15_what_was_returned_may_come_again_changed() -> None:
    """Received Fri 9 January, returned; again on Mon 12 January: the clock of 15 days starts anew, to 27 January."""
    fund = story(INVOICING, since="2026-01-09").given(contract("C", 100, year=2025))
    fund.when(invoice("A", 101, service_month="2025-12")).then(said("invoice.returned", received_on="2026-01-09"))
    fund.when(invoice("A", 100, service_month="2025-12", on="2026-01-12")).then(
        accepted(
            "A",
            received_on="2026-01-09",
            resubmitted_on="2026-01-12",
            check_by="2026-01-27",
            accepted_on="2026-01-12",
            due_on="2026-02-11",
        )
    )


def test_15_what_was_returned_may_come_again_unchanged_and_is_checked_anew() -> None:
    fund = story(INVOICING, since="2026-01-09").given(contract("C", 100, year=2025))
    fund.when(invoice("A", 101, service_month="2025-12")).then(said("invoice.returned"))
    fund.when(invoice("A", 101, service_month="2025-12")).then(said("invoice.returned"))
    fund.when(invoice("A", 101, service_month="2025-12", on="2026-01-15")).then(
        said("invoice.returned", received_on="2026-01-09")
    )


def test_15_of_several_submissions_the_last_is_named_and_the_first_day_stays() -> None:
    fund = story(INVOICING, since="2026-01-09").given(contract("C", 100, year=2025))
    for on in ("2026-01-09", "2026-01-12", "2026-01-20"):
        fund.given(invoice("A", 101, service_month="2025-12", on=on))
    fund.when(invoice("A", 99, service_month="2025-12", on="2026-01-21")).then(
        accepted("A", received_on="2026-01-09", resubmitted_on="2026-01-21", check_by="2026-02-05")
    )


def test_15_a_returned_contract_month_sent_again_under_a_new_number_is_a_resubmission_too() -> None:
    fund = story(INVOICING, since="2026-01-09").given(contract("C", 100, year=2025))
    fund.given(invoice("A", 101, service_month="2025-12"))
    fund.when(invoice("B", 100, service_month="2025-12", on="2026-01-12")).then(
        accepted("B", received_on="2026-01-09", resubmitted_on="2026-01-12")
    )


def test_15_a_first_submission_is_no_resubmission() -> None:
    fund = with_contract().given(invoice("A", 101))
    fund.when(invoice("B", 10, service_month="2026-02", on="2026-03-02")).then(
        accepted("B", received_on="2026-03-02", resubmitted_on=None)
    )


def test_15_a_returned_credit_sent_again_keeps_its_first_day() -> None:
    fund = with_contract().given(invoice("A", 10), credit("K", 11, "A"))
    fund.when(credit("K", 10, "A", on="2026-02-05")).then(
        accepted("K", received_on="2026-02-02", resubmitted_on="2026-02-05")
    )


def test_15_a_credit_is_no_resubmission_of_a_returned_month() -> None:
    fund = with_contract().given(contract("D", 5), invoice("A", 10))
    fund.given(invoice("R", 6, contract_id="D"), invoice("S", 5, contract_id="D", on="2026-02-03"))
    fund.when(credit("K", 1, "S", contract_id="D", on="2026-02-05")).then(
        accepted("K", received_on="2026-02-05", resubmitted_on=None)
    )


# ------------------------------------------------------------------------------------------------------------ the dates


@pytest.mark.parametrize(
    ("on", "check_by"),
    [("2026-01-09", "2026-01-26"), ("2026-03-20", "2026-04-07"), ("2026-12-10", "2026-12-28")],
)
def test_16_the_check_ends_15_days_after_the_receipt_on_a_working_day(on: str, check_by: str) -> None:
    fund = story(INVOICING, since=on).given(contract("C", year=2025))
    fund.when(invoice("A", 1, service_month="2025-12")).then(accepted("A", received_on=on, check_by=check_by))


@pytest.mark.parametrize(
    ("on", "days", "due_on"),
    [
        ("2026-01-26", 30, "2026-02-25"),
        ("2026-01-26", 14, "2026-02-09"),
        ("2026-01-26", 0, "2026-01-26"),
        ("2026-03-06", 30, "2026-04-07"),
    ],
)
def test_16_payment_is_due_by_the_days_of_the_contract_from_the_acceptance(on: str, days: int, due_on: str) -> None:
    fund = story(INVOICING, since=on).given(contract("C", year=2025, payment_days=days))
    fund.when(invoice("A", 1, service_month="2025-12")).then(
        accepted("A", accepted_on=on, due_on=due_on, rules=["15", "16"])
    )


def test_16_an_accepted_invoice_says_what_payments_needs() -> None:
    fund = with_contract()
    fund.when(invoice("A", 10, at="12:34")).then(
        accepted(
            "A",
            contract_id="C",
            provider_code="300111222",
            iban="LT121000011101001000",
            payer="VLK",
            article="04",
            source="PSDF",
            kind="invoice",
            corrects=None,
            service_month="2026-01",
            amount_cents=10,
            arrived_at="2026-02-02T12:34:00+02:00",
        )
    )
