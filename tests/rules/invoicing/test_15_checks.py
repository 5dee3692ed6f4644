"""14, 15. The checks of an invoice: every fault is named with its numbers; what resending mends is returned."""

import pytest

from services.invoicing.service import INVOICING
from tests.engine.story import Happening, Json, Said, Story
from tests.given import because, bill, contract, credit, day, event, invoice, said, story


def with_contract(ceiling: int | None = None, **changed: object) -> Story:
    """Contract C of article 04, January's invoices may come: it is Monday 2 February 2026."""
    return story(INVOICING, since="2026-02-02").given(contract("C", ceiling, **changed))


def returned(number: str, *reasons: Json, **fields: object) -> Said:
    return said("invoice.returned", invoice_id=bill(number), contract_id="C", reasons=reasons, **fields)


def refused(number: str, *reasons: Json, **fields: object) -> Said:
    return said("invoice.refused", invoice_id=bill(number), reasons=reasons, **fields)


def accepted(number: str, **fields: object) -> Said:
    return said("invoice.accepted", invoice_id=bill(number), **fields)


def line(service: str, quantity: int, price: int, amount: int) -> Json:
    return {"service_code": service, "quantity": quantity, "unit_price_cents": price, "amount_cents": amount}


def changed(**fields: object) -> Happening:
    return event(
        "contract.changed",
        "/contracts",
        **{
            "contract_id": "C",
            "provider_code": "300111222",
            "ceiling_cents": None,
            "ended_on": None,
            "payer": None,
            "formerly": [],
            "rules": ["13"],
            **fields,
        },
    )


# ------------------------------------------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    ("code", "field", "got", "of_contract"),
    [
        ("wrong_payer", "payer", "TLK-KAUNAS", "VLK"),
        ("wrong_article", "article", "05", "04"),
        ("wrong_source", "source", "STATE", "PSDF"),
    ],
)
def test_15_another_payer_article_or_source_than_the_contracts(
    code: str, field: str, got: str, of_contract: str
) -> None:
    with_contract().when(invoice("A", 1, **{field: got})).then(
        refused("A", because(code, "15", got=got, contract=of_contract), contract_id="C", received_on="2026-02-02")
    )


@pytest.mark.parametrize(
    ("month", "valid_from", "valid_to", "passes"),
    [
        ("2026-01", "2026-01-31", "2026-12-31", True),
        ("2026-01", "2026-02-01", "2026-12-31", False),
        ("2026-02", "2026-01-01", "2026-02-01", True),
        ("2026-02", "2026-01-01", "2026-01-31", False),
    ],
)
def test_15_the_month_has_a_day_within_the_contract(month: str, valid_from: str, valid_to: str, passes: bool) -> None:
    fund = with_contract(valid_from=valid_from, valid_to=valid_to)
    outside = because("outside_contract", "15", month=month, valid_from=valid_from, valid_to=valid_to)
    fund.when(invoice("A", 1, service_month=month, on="2026-03-02")).then(
        accepted("A") if passes else refused("A", outside)
    )


def test_13_15_of_an_ended_contract_the_months_up_to_its_end_may_be_invoiced() -> None:
    fund = with_contract(100).given(changed(ceiling_cents=0, ended_on="2026-01-31"))
    fund.when(invoice("A", 100, service_month="2026-01", on="2026-03-02")).then(accepted("A"))
    fund.when(invoice("B", 1, service_month="2026-02")).then(
        refused(
            "B",
            because("outside_contract", "15", month="2026-02", valid_from="2026-01-01", valid_to="2026-01-31"),
            because("ceiling_exceeded", "15", ceiling_cents=100, accepted_cents=100, asked_cents=1, free_cents=0),
        )
    )


def test_14_one_accepted_invoice_a_contract_and_month() -> None:
    fund = with_contract().given(invoice("A", 1))
    fund.when(invoice("B", 1)).then(
        refused("B", because("duplicate_month", "14", month="2026-01", accepted=bill("A")), rules=["14"])
    )


def test_14_an_invoice_credited_in_full_still_holds_its_month() -> None:
    fund = with_contract().given(invoice("A", 1), credit("K", 1, "A"))
    fund.when(invoice("B", 1)).then(refused("B", because("duplicate_month", "14", month="2026-01", accepted=bill("A"))))


def test_14_another_contract_or_month_may_be_invoiced() -> None:
    fund = with_contract().given(contract("D"), invoice("A", 1))
    fund.when(invoice("B", 1, contract_id="D"), invoice("E", 1, service_month="2026-02", on="2026-03-02")).then(
        accepted("B"), accepted("E")
    )


def test_15_a_plain_invoice_that_corrects_something_is_refused() -> None:
    with_contract().given(invoice("A", 1, service_month="2025-12"), contract("D", year=2025)).when(
        invoice("B", 1, corrects=bill("A"))
    ).then(refused("B", because("unknown_correction", "15", corrects=bill("A"))))


# ----------------------------------------------------------------------------------------------------- faults that return


@pytest.mark.parametrize(("on", "passes"), [("2026-01-31", False), ("2026-02-01", True), ("2026-01-05", False)])
def test_14_only_for_a_month_that_is_over(on: str, passes: bool) -> None:
    fund = story(INVOICING, since="2026-01-02").given(contract("C"))
    early = because("month_not_over", "14", month="2026-01", received_on=on)
    fund.when(invoice("A", 1, on=on)).then(accepted("A") if passes else returned("A", early, rules=["14"]))


def test_14_what_comes_at_23_59_counts_that_day_and_the_minute_after_midnight_the_next() -> None:
    fund = story(INVOICING, since="2026-01-02").given(contract("C"))
    fund.when(invoice("A", 1, on="2026-01-31", at="23:59")).then(said("invoice.returned", received_on="2026-01-31"))
    fund.when(invoice("A", 1, on="2026-02-01", at="00:00")).then(accepted("A", received_on="2026-01-31"))


def test_15_each_line_is_quantity_times_price_and_the_lines_are_the_sum() -> None:
    lines = [line("S", 2, 10, 20), line("S", 3, 10, 29), line("S", 1, 1, 2)]
    with_contract().when(invoice("A", 52, lines=lines)).then(
        returned(
            "A",
            because("line_arithmetic", "15", lines=[2, 3]),
            because("sum_mismatch", "15", lines_sum_cents=51, asked_cents=52),
        )
    )


def test_15_prices_are_those_of_the_contract_and_an_unknown_service_has_none() -> None:
    services = [{"code": "S", "unit_price_cents": 10}, {"code": "T", "unit_price_cents": 7}]
    lines = [line("S", 1, 10, 10), line("T", 2, 8, 16), line("X", 1, 5, 5)]
    fund = with_contract(services=services)
    fund.when(invoice("A", 31, lines=lines)).then(
        returned("A", because("unknown_service", "15", lines=[3]), because("price_mismatch", "15", lines=[2]))
    )
    fund.when(invoice("A", 10, lines=lines[:1])).then(accepted("A"))


def test_15_without_prices_in_the_contract_they_are_not_checked() -> None:
    with_contract().when(invoice("A", 16, lines=[line("T", 2, 8, 16)])).then(accepted("A"))


def test_13_15_all_accepted_stays_within_the_ceiling_equality_passes() -> None:
    fund = with_contract(100).given(invoice("A", 60))
    exceeded = because("ceiling_exceeded", "15", ceiling_cents=100, accepted_cents=60, asked_cents=41, free_cents=40)
    fund.when(invoice("B", 41, service_month="2026-02", on="2026-03-02")).then(returned("B", exceeded))
    fund.when(invoice("B", 40, service_month="2026-02")).then(accepted("B"))


def test_13_15_a_credit_gives_the_ceiling_back_and_so_does_a_raise() -> None:
    fund = with_contract(100).given(invoice("A", 100), credit("K", 30, "A"))
    fund.when(invoice("B", 31, service_month="2026-02", on="2026-03-02")).then(
        returned(
            "B",
            because("ceiling_exceeded", "15", ceiling_cents=100, accepted_cents=70, asked_cents=31, free_cents=30),
        )
    )
    fund.given(changed(ceiling_cents=101))
    fund.when(invoice("B", 31, service_month="2026-02")).then(accepted("B"))


# ----------------------------------------------------------------------------------------------------------- both kinds


def test_15_every_failed_check_is_listed_and_both_kinds_refuse() -> None:
    services = [{"code": "S", "unit_price_cents": 10}]
    fund = with_contract(10, services=services, valid_to="2026-01-31")
    lines = [line("S", 2, 9, 19), line("X", 1, 5, 5)]
    fund.when(
        invoice("A", 30, lines=lines, payer="TLK-KAUNAS", article="05", source="STATE", service_month="2026-02")
    ).then(
        refused(
            "A",
            because("month_not_over", "14", month="2026-02", received_on="2026-02-02"),
            because("wrong_payer", "15", got="TLK-KAUNAS", contract="VLK"),
            because("wrong_article", "15", got="05", contract="04"),
            because("wrong_source", "15", got="STATE", contract="PSDF"),
            because("outside_contract", "15", month="2026-02", valid_from="2026-01-01", valid_to="2026-01-31"),
            because("line_arithmetic", "15", lines=[1]),
            because("sum_mismatch", "15", lines_sum_cents=24, asked_cents=30),
            because("unknown_service", "15", lines=[2]),
            because("price_mismatch", "15", lines=[1]),
            because("ceiling_exceeded", "15", ceiling_cents=10, accepted_cents=0, asked_cents=30, free_cents=10),
            rules=["14", "15"],
        )
    )


# -------------------------------------------------------------------------------------------------------------- credits


@pytest.mark.parametrize(
    ("corrects", "changed_fields"),
    [("Z", {}), ("A", {"service_month": "2025-12"}), ("A", {"contract_id": "D"}), ("RETURNED", {})],
)
def test_15_a_credit_corrects_an_accepted_invoice_of_the_same_contract_and_month(
    corrects: str, changed_fields: dict[str, str]
) -> None:
    fund = with_contract(100, valid_from="2025-01-01").given(
        contract("D"),
        invoice("A", 10),
        credit("K1", 1, "A"),
        invoice("RETURNED", 200, contract_id="D", service_month="2026-02"),
    )
    fund.when(credit("K", 1, corrects, **changed_fields)).then(
        refused("K", because("unknown_correction", "15", corrects=bill(corrects)))
    )


def test_15_a_credit_cannot_correct_a_credit() -> None:
    fund = with_contract(100).given(invoice("A", 10), credit("K1", 10, "A"))
    fund.when(credit("K2", 10, "K1")).then(refused("K2", because("unknown_correction", "15", corrects=bill("K1"))))


def test_15_a_credit_that_corrects_nothing_is_refused_with_null() -> None:
    with_contract().when(invoice("K", 1, kind="credit")).then(
        refused("K", because("unknown_correction", "15", corrects=None))
    )


def test_15_credits_never_exceed_their_invoice_any_number_a_month() -> None:
    fund = with_contract().given(invoice("A", 10), credit("K1", 4, "A"), credit("K2", 3, "A"))
    fund.when(credit("K3", 4, "A")).then(
        returned("K3", because("credit_too_large", "15", invoice_cents=10, credited_cents=7, asked_cents=4))
    )
    fund.when(credit("K3", 3, "A")).then(accepted("K3", kind="credit", corrects=bill("A"), amount_cents=3))


def test_13_a_credit_is_not_tested_against_the_ceiling() -> None:
    fund = with_contract(10).given(invoice("A", 10))
    fund.when(credit("K", 10, "A")).then(accepted("K"))


def test_15_a_credit_may_come_after_the_contracts_end_for_a_month_within_it() -> None:
    fund = with_contract(10).given(
        invoice("A", 10), day("2026-03-02"), changed(ceiling_cents=10, ended_on="2026-02-28")
    )
    fund.when(credit("K", 10, "A")).then(accepted("K"))
