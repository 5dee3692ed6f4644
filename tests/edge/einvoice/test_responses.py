"""Every state and every reason as an Invoice Response: 23 rows for 380 and 381, valid by all who judge them."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import mockeinvoice
import pytest

from services.invoicing import decide, law
from shared.edge.einvoice.checker import Checker
from shared.edge.einvoice.conditions import VALUES
from shared.edge.einvoice.into_response import response_xml
from shared.edge.einvoice.responses import Known, Response, payer_of, responses_of, table
from shared.edge.einvoice.story import WAITS, Round
from shared.edge.einvoice.xml import nodes, read_tree, text
from shared.events.contracts import ContractConcluded
from shared.events.providers import InvoiceSubmitted
from shared.events.vlk import Provider, ServicePrice
from shared.journal.events import RecordedEvent
from shared.kernel.calendar import midnight
from shared.kernel.reason import REGISTER, Reason, reason
from tests.edge.einvoice.made import FUND, IBAN, NAME, PROVIDER, credit, invoice, line

DAY, DUE = date(2022, 2, 7), date(2022, 3, 9)
CONTRACT = ContractConcluded(
    contract_id="C-1",
    year=2022,
    payer="TLK-KAUNAS",
    article="04",
    source="PSDF",
    provider=Provider(code=PROVIDER, name=NAME, iban=IBAN),
    ceiling_cents=100_000,
    valid_from=date(2022, 1, 1),
    valid_to=date(2022, 12, 31),
    services=(ServicePrice(code="ORT-2", unit_price_cents=1_234),),
    payment_days=30,
    rules=("13",),
)
LINES = (line("ORT-1", 3, 100_000, 299_999), line("ORT-2", 2, 1_235))
TWO = (invoice(lines=LINES), credit(lines=LINES))
KNOWN = Known(fund=FUND, contract=CONTRACT, payer="TLK-KAUNAS", named_due_on=DUE)


def recorded(type_: str, day: date = DAY, **data: Any) -> RecordedEvent:  # noqa: ANN401 - any field
    return RecordedEvent(
        service="invoicing",
        stream=f"provider:{PROVIDER}",
        decision=("invoicing", 1),
        number=1,
        event_id=f"{type_}-{day}",
        moment=midnight(day),
        day=day,
        cause="i-1",
        type=type_,
        data=data,
    )


def presented(submitted: InvoiceSubmitted, *followed: RecordedEvent) -> Round:
    return Round(document="i-1", submitted=submitted, presented=recorded("invoice.submitted"), followed=list(followed))


def waits(for_: str) -> RecordedEvent:
    return recorded(WAITS, waits_for=for_)


def accepted(due_on: date = DUE) -> RecordedEvent:
    return recorded("invoice.accepted", due_on=due_on.isoformat())


def executed(cents: int, day: date = DUE) -> RecordedEvent:
    return recorded("payment.executed", day, invoice_id="A1", amount_cents=cents, on=day.isoformat())


def lowered(cents: int, day: date = DUE) -> RecordedEvent:
    return recorded("payment.lowered", day, invoice_id="A0", by="K1", lowered_cents=cents)


def returned(cents: int, day: date = DUE) -> RecordedEvent:
    return recorded("payment.returned", day, invoice_id="A1", amount_cents=cents, on=day.isoformat())


def answered(type_: str, *reasons: Reason) -> RecordedEvent:
    return recorded(type_, reasons=[{"code": r.code, "rule": r.rule, "terms": r.terms} for r in reasons])


RETURNED: dict[str, Reason] = {
    "unknown_contract": reason("unknown_contract", "15"),
    "month_not_over": next(law.month_not_over("2022-02", DAY)),
    "line_arithmetic": next(law.lines_that_fail(LINES, {}, 302_469)),
    "sum_mismatch": next(law.lines_that_fail(LINES[1:], {}, 1)),
    "unknown_service": next(law.lines_that_fail((line("ORT-9"),), {"ORT-2": 1_234}, 300_000)),
    "price_mismatch": reason("price_mismatch", lines=[2]),
    "ceiling_exceeded": next(law.ceiling_exceeded(100_000, 90_000, 302_469)),
    "credit_too_large": next(law.credit_too_large(100_000, 90_000, 302_469)),
    "review": reason("review", text="Trūksta siuntimo."),
}
REFUSED: dict[str, Reason] = {
    "wrong_payer": next(law.differs("wrong_payer", "VLK", "TLK-KAUNAS")),
    "wrong_article": next(law.differs("wrong_article", "05", "04")),
    "wrong_source": next(law.differs("wrong_source", "STATE", "PSDF")),
    "outside_contract": next(law.outside_contract("2021-12", date(2022, 1, 1), date(2022, 12, 31))),
    "duplicate_month": next(law.duplicate_month("2022-01", f"{PROVIDER}/A0")),
    "number_reused": reason("number_reused"),
    "unknown_correction": reason("unknown_correction", corrects=f"{PROVIDER}/A0"),
}
Made = Callable[[InvoiceSubmitted], list[Response]]


def last_of(*followed: RecordedEvent, known: Known = KNOWN) -> Made:
    return lambda submitted: responses_of(presented(submitted, *followed), known)


def paid(part: int) -> Made:
    def made(submitted: InvoiceSubmitted) -> list[Response]:
        moved = executed if submitted.kind == "invoice" else lowered
        return last_of(accepted(), moved(submitted.amount_cents // part))(submitted)

    return made


def conditional(submitted: InvoiceSubmitted) -> list[Response]:
    return last_of(accepted(date(2022, 3, 14)))(submitted)[:-1]


ROWS: dict[str, Made] = {
    "received": last_of(),
    "waits_for_contract": last_of(waits("contract")),
    "waits_for_review": last_of(waits("review")),
    "accepted": last_of(accepted()),
    "due_another_day": conditional,
    "paid_in_part": paid(2),
    "paid": paid(1),
    **{code: last_of(answered("invoice.returned", each)) for code, each in RETURNED.items()},
    **{code: last_of(answered("invoice.refused", each)) for code, each in REFUSED.items()},
}


def test_the_table_has_these_rows_and_no_other() -> None:
    assert {*table().state, *table().reason} == ROWS.keys()
    assert len(ROWS) == 23


@pytest.mark.parametrize("submitted", TWO, ids=["380", "381"])
@pytest.mark.parametrize("row", ROWS)
def test_each_row_is_a_valid_response_by_the_schema_by_peppol_and_by_mock_einvoice(
    row: str, submitted: InvoiceSubmitted, checker: Checker
) -> None:
    response = ROWS[row](submitted)[-1]
    xml = response_xml(response, submitted, payer_of(presented(submitted), FUND), NAME)
    assert checker.check(xml.decode(), "ApplicationResponse") == ()
    read, report = mockeinvoice.validate_response(xml)
    assert (report.verdict, report.findings) == ("valid", [])
    expected = table().state.get(row) or table().reason[row]
    assert (read.code, response.status) == (expected.status, expected.status)
    codes = [each.reason_code for each in read.statuses]
    assert codes == [code for code in (expected.reason, expected.action) if code]
    named = {term for each in read.statuses for term, _ in each.conditions}
    assert named == expected.conditions.keys()
    assert (read.document.id, read.document.type_code) == (
        submitted.number,
        "380" if submitted.kind == "invoice" else "381",
    )


def codes_of_invoicing() -> set[str]:
    """Each code that invoicing's rules and decisions give, as their sources write it."""
    sources = "".join(Path(module.__file__ or "").read_text(encoding="utf-8") for module in (law, decide))
    return set(re.findall(r'\b(?:reason|differs)\(\s*"([a-z_]+)"', sources))


def test_every_reason_of_invoicing_has_its_row_and_every_row_a_reason() -> None:
    assert codes_of_invoicing() == table().reason.keys()
    assert len(codes_of_invoicing()) == 16


def test_what_can_be_mended_asks_for_a_new_invoice_and_every_value_is_used() -> None:
    for code, row in table().reason.items():
        assert row.status == "RE"
        if REGISTER[code].mends:
            assert row.action == "NIN", code
    rows = [*table().state.values(), *table().reason.values()]
    assert {name for row in rows for name in row.conditions.values()} == VALUES.keys()


PROPOSED = {
    "unknown_contract": [("BT-12", "C-1")],
    "month_not_over": [("BT-73", "2022-01-01"), ("BT-74", "2022-01-31")],
    "line_arithmetic": [("BT-131", "line 1: 3000.00")],
    "sum_mismatch": [("BT-106", "24.70"), ("BT-112", "24.70")],
    "unknown_service": [("BT-156", "line 1: ORT-1")],
    "price_mismatch": [("BT-146", "line 2: 12.34")],
    "ceiling_exceeded": [("BT-115", "100.00")],
    "credit_too_large": [("BT-115", "100.00")],
    "review": [],
    "wrong_payer": [("BT-47", "191351679"), ("BT-10", "TLK-KAUNAS")],
    "wrong_article": [("BT-19", "PSDF:04")],
    "wrong_source": [("BT-19", "PSDF:04")],
    "outside_contract": [("BT-73", "2022-01-01"), ("BT-74", "2022-12-31")],
    "duplicate_month": [("BT-1", "A0")],
    "number_reused": [("BT-1", "A1")],
    "unknown_correction": [("BT-25", "A0")],
    "due_another_day": [("BT-9", "2022-03-14")],
    "waits_for_contract": [("BT-12", "C-1")],
}


@pytest.mark.parametrize("row", PROPOSED)
def test_what_is_proposed(row: str) -> None:
    explained = ROWS[row](TWO[0])[-1].clarifications
    assert [each for clarification in explained for each in clarification.conditions] == PROPOSED[row]


def test_words_are_those_of_the_register_in_both_languages_and_a_clerk_s_own_once() -> None:
    (why, _) = ROWS["ceiling_exceeded"](TWO[0])[-1].clarifications
    assert why.text is not None
    assert why.text.startswith("viršijama sutarties suma 1 000,00 Eur")
    assert "/ the contract's ceiling is 1 000.00 EUR" in why.text
    own = Reason(code="missing_referral", rule="15", terms={"text": "Trūksta siuntimo."})
    (said, action) = last_of(answered("invoice.returned", own))(TWO[0])[-1].clarifications
    assert (said.code, said.text, action.code) == ("OTH", "Trūksta siuntimo.", "NIN")


@pytest.mark.parametrize("code", [*RETURNED, *REFUSED, "share_exceeded", "missing_referral"])
@pytest.mark.parametrize("terms", [{}, {"lines": [99], "free_cents": "daug", "contract": 7, "corrects": 1}])
def test_a_clerk_s_own_terms_under_a_code_of_the_register_propose_nothing_wrong(
    code: str, terms: dict[str, Any], checker: Checker
) -> None:
    response = last_of(answered("invoice.returned", Reason(code=code, rule="15", terms=terms)))(TWO[0])[-1]
    xml = response_xml(response, TWO[0], payer_of(presented(TWO[0]), FUND), NAME)
    assert checker.check(xml.decode(), "ApplicationResponse") == ()


def test_several_reasons_are_a_status_each_and_one_thing_to_do() -> None:
    both = answered("invoice.refused", REFUSED["outside_contract"], REFUSED["wrong_article"])
    explained = last_of(both)(TWO[0])[-1].clarifications
    assert [each.code for each in explained] == ["UNR", "REF", "NIN"]
    alone = last_of(answered("invoice.refused", REFUSED["duplicate_month"], REFUSED["outside_contract"]))(TWO[0])
    assert [each.code for each in alone[-1].clarifications] == ["LEG", "UNR", "NOA"]


@pytest.mark.parametrize(
    ("followed", "statuses"),
    [
        ([], "AB"),
        ([waits("contract"), waits("review"), accepted()], "AB IP AP"),
        ([waits("review"), accepted(date(2022, 3, 14))], "AB IP CA AP"),
        ([accepted(), executed(100_000), executed(50_000), executed(152_469)], "AB AP PD PD PD"),
        ([accepted(), executed(302_469)], "AB AP PD"),
        ([accepted(), executed(302_469), returned(302_469), executed(302_469)], "AB AP PD"),
        ([accepted(), executed(200_000), returned(200_000), executed(200_000)], "AB AP PD PD"),
        ([accepted(), lowered(302_469)], "AB AP"),
        ([accepted(), lowered(2_469), executed(300_000)], "AB AP PD"),
        ([accepted(), executed(300_000), lowered(2_469)], "AB AP PD PD"),
        ([waits("contract"), answered("invoice.returned", RETURNED["unknown_contract"])], "AB IP RE"),
    ],
)
def test_the_order_is_peppol_s_whatever_happens(followed: list[RecordedEvent], statuses: str) -> None:
    said = responses_of(presented(TWO[0], *followed), KNOWN)
    assert " ".join(each.status for each in said) == statuses
    order = ["AB", "IP", "CA", "RE", "AP", "PD"]
    places = [order.index(each.status) for each in said]
    assert places == sorted(places)


def test_a_part_payment_says_how_much_and_when_and_only_the_last_is_in_full() -> None:
    said = responses_of(presented(TWO[0], accepted(), executed(100_000, DAY), executed(202_469)), KNOWN)
    (part,) = said[2].clarifications
    assert part.text == "1000.00 iš 3024.69 EUR, 2022-02-07 / 1000.00 of 3024.69 EUR, 2022-02-07"
    assert (said[2].on, said[3].on, said[3].clarifications) == (DAY, DUE, ())


def test_what_came_back_from_the_bank_is_not_counted_as_paid() -> None:
    said = responses_of(presented(TWO[0], accepted(), executed(200_000), returned(200_000), executed(200_000)), KNOWN)
    assert [each.clarifications[0].code for each in said[2:]] == ["PPD", "PPD"]
    assert (said[3].clarifications[0].text or "").startswith("2000.00 iš 3024.69 EUR")


def test_nothing_is_proposed_of_a_contract_that_is_not_known_and_the_response_is_valid(checker: Checker) -> None:
    known = Known(fund=FUND)
    for code, each in (RETURNED | REFUSED).items():
        response = responses_of(presented(TWO[0], answered("invoice.refused", each)), known)[-1]
        xml = response_xml(response, TWO[0], payer_of(presented(TWO[0]), FUND), PROVIDER)
        assert checker.check(xml.decode(), "ApplicationResponse") == (), code


def test_sender_receiver_document_and_days_of_a_response() -> None:
    submitted = replace(TWO[1], payer="TLK-KAUNAS")
    response = last_of(accepted())(submitted)[-1]
    xml = response_xml(response, submitted, payer_of(presented(submitted), FUND), NAME)
    root = read_tree(xml)
    assert text(root, "cac:SenderParty/cac:PartyLegalEntity/cbc:RegistrationName") == "Kauno teritorinė ligonių kasa"
    assert text(root, "cac:ReceiverParty/cbc:EndpointID") == PROVIDER
    assert text(root, "cac:DocumentResponse/cac:DocumentReference/cbc:IssueDate") == "2022-02-07"
    assert [each.text for each in nodes(root, "cac:DocumentResponse/cac:Response/cbc:EffectiveDate")] == ["2022-02-07"]
    assert xml == response_xml(response, submitted, payer_of(presented(submitted), FUND), NAME)
