"""event -> UBL -> event is the identity; and what has no UBL document says why."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.lt.pvm import calc_check_digit

from shared.edge.einvoice.checker import Checker
from shared.edge.einvoice.into_event import due_date, submitted_of
from shared.edge.einvoice.into_ubl import CannotBeWritten, Seller, ubl_of
from shared.edge.einvoice.xml import read_document
from shared.events.providers import InvoiceLine, InvoiceSubmitted
from shared.kernel.fields import MAX_CENTS, MAX_QUANTITY
from shared.kernel.written import LATIN
from tests.edge.einvoice.made import FUND, SELLER, WITHOUT_VAT, credit, invoice, line, ubl

CHARACTERS = st.one_of(
    st.characters(min_codepoint=0x21, max_codepoint=0x7E), st.sampled_from([char for char in LATIN if char != "-"])
)
WORDS = st.lists(st.text(CHARACTERS, min_size=1, max_size=8), min_size=1, max_size=4).map(" ".join)
CODES = st.from_regex("[0-9A-Za-z][0-9A-Za-z._-]{0,9}", fullmatch=True)
DAYS = st.dates(date(2000, 1, 1), date(2199, 12, 31))
PROVIDERS = st.from_regex("[1-9][0-9]{7}", fullmatch=True).map(lambda body: body + calc_check_digit(body))
LINES = st.builds(
    InvoiceLine,
    service_code=WORDS,
    quantity=st.integers(1, MAX_QUANTITY),
    unit_price_cents=st.integers(0, MAX_CENTS),
    amount_cents=st.integers(1, MAX_CENTS),
)
SELLERS = st.builds(
    Seller,
    name=WORDS,
    vat_number=st.none() | st.just("LT123456715"),
    iban=st.none() | st.just("LT121000011101001000"),
    due_on=st.none() | DAYS,
)


@st.composite
def events(draw: st.DrawFn) -> InvoiceSubmitted:
    provider, number, kind = draw(PROVIDERS), draw(WORDS), draw(st.sampled_from(["invoice", "credit"]))
    fields: dict[str, Any] = {
        "invoice_id": f"{provider}/{number}",
        "number": number,
        "kind": kind,
        "corrects": f"{provider}/{draw(WORDS)}" if kind == "credit" else None,
        "contract_id": draw(WORDS),
        "provider_code": provider,
        "payer": draw(st.sampled_from([payer.code for payer in FUND.payers])),
        "article": draw(CODES),
        "source": draw(st.sampled_from(["PSDF", "STATE"])),
        "service_month": draw(DAYS).strftime("%Y-%m"),
        "issued_on": draw(DAYS),
        "lines": tuple(draw(st.lists(LINES, min_size=1, max_size=4))),
        "amount_cents": draw(st.integers(1, MAX_CENTS)),
    }
    return InvoiceSubmitted(**fields)


@settings(max_examples=300, deadline=None)
@given(events(), SELLERS)
def test_an_event_that_becomes_ubl_and_an_event_again_is_the_same(event: InvoiceSubmitted, seller: Seller) -> None:
    document = read_document(ubl_of(event, seller, FUND))
    assert submitted_of(document, FUND, None) == event
    expected = seller.due_on or (event.issued_on if event.kind == "invoice" else None)
    assert due_date(document) == expected


@st.composite
def right_events(draw: st.DrawFn) -> InvoiceSubmitted:
    """Events whose sums are right: all other rules are kept by what is written."""
    event = draw(events())
    pairs = draw(st.lists(st.tuples(WORDS, st.integers(1, 10_000), st.integers(1, 10_000_000)), min_size=1, max_size=4))
    lines = tuple(line(code, quantity, price) for code, quantity, price in pairs)
    fields = {name: getattr(event, name) for name in InvoiceSubmitted.__dataclass_fields__}
    return InvoiceSubmitted(**fields | {"lines": lines, "amount_cents": sum(each.amount_cents for each in lines)})


@settings(max_examples=60, deadline=None)
@given(right_events(), SELLERS)
def test_what_is_written_is_valid_by_the_official_rules(
    checker: Checker, event: InvoiceSubmitted, seller: Seller
) -> None:
    document = read_document(ubl_of(event, seller, FUND))
    assert [each for each in checker.check(document.xml, document.kind) if each.fatal] == []


@pytest.mark.parametrize("seller", [SELLER, WITHOUT_VAT])
@pytest.mark.parametrize("event", [invoice(), credit()], ids=["380", "381"])
def test_the_four_forms_are_valid_without_a_warning(event: InvoiceSubmitted, seller: Seller, checker: Checker) -> None:
    document = read_document(ubl(event, seller))
    assert checker.check(document.xml, document.kind) == ()


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (invoice(provider_code="H-7", invoice_id="H-7/A1"), "provider_code H-7"),
        (invoice(provider_code="300111225", invoice_id="300111225/A1"), "provider_code 300111225"),
        (invoice(payer="TLK-ALYTUS"), "payer TLK-ALYTUS"),
        (invoice(corrects="300111224/A0"), "corrects 300111224/A0"),
        (credit(corrects="A0", provider_code="191351679", invoice_id="191351679/K1"), "corrects 300111224/A0"),
    ],
)
def test_what_has_no_document_says_why(event: InvoiceSubmitted, why: str) -> None:
    with pytest.raises(CannotBeWritten, match=why):
        ubl_of(event, SELLER, FUND)


@pytest.mark.parametrize("cents", [1, 99, 100, 10**14, 10**14 - 1])
def test_cents_are_written_and_read_exactly(cents: int) -> None:
    event = invoice(lines=(line("ORT-1", 1, cents),))
    document = read_document(ubl(event))
    assert submitted_of(document, FUND, None).amount_cents == cents
    payable = document.root.find("cac:LegalMonetaryTotal/cbc:PayableAmount", document.root.nsmap)
    assert Decimal(payable.text) * 100 == cents


def test_the_due_day_of_a_credit_note_stands_with_its_means_of_payment() -> None:
    seller = Seller(name="X", due_on=date(2022, 3, 9) + timedelta(days=1))
    assert due_date(read_document(ubl(credit(), seller))) == date(2022, 3, 10)
