"""What a valid document may say in other ways, what the contract adds, what is noticed, and all faults at once."""

from datetime import date

import pytest

from shared.edge.einvoice.into_event import Terms, submitted_of, warnings
from shared.edge.einvoice.names import is_legal_code, payer_called
from shared.edge.einvoice.records import Refused
from shared.edge.einvoice.xml import read_document
from shared.kernel.fund import Fund, Payer
from tests.edge.einvoice.made import FUND, IBAN, changed, credit, invoice, ubl
from tests.edge.einvoice.verdict import TERMS

STATE = Terms(article="11", source="STATE", iban=IBAN, payment_days=30)


def rules_of(content: bytes, terms: Terms | None = None) -> list[str]:
    with pytest.raises(Refused) as refused:
        submitted_of(read_document(content), FUND, terms)
    return [each.rule for each in refused.value.findings]


def test_source_and_article_are_the_contract_s_where_the_document_names_none() -> None:
    content = changed("<cbc:AccountingCost>PSDF:04</cbc:AccountingCost>", "")
    taken = submitted_of(read_document(content), FUND, STATE)
    assert (taken.source, taken.article) == ("STATE", "11")
    assert rules_of(content) == ["PSDF-R13"]


def test_source_and_article_of_the_document_are_left_to_invoicing() -> None:
    taken = submitted_of(read_document(ubl()), FUND, STATE)
    assert (taken.source, taken.article) == ("PSDF", "04")


def test_seller_and_buyer_may_be_named_by_their_addresses() -> None:
    entity = '<cbc:CompanyID schemeID="0200">{}</cbc:CompanyID>'
    content = changed(entity.format("300111224"), "")
    content = changed(entity.format("191351679"), "", of=content)
    assert submitted_of(read_document(content), FUND, None) == invoice()


def test_a_quantity_with_zeroes_is_whole_and_a_price_of_a_hundred_is_divided() -> None:
    content = changed(">3</cbc:InvoicedQuantity>", ">3.00</cbc:InvoicedQuantity>")
    content = changed(
        ">1000.00</cbc:PriceAmount>", ">100000</cbc:PriceAmount><cbc:BaseQuantity>100.0</cbc:BaseQuantity>", of=content
    )
    assert submitted_of(read_document(content), FUND, None) == invoice()


@pytest.mark.parametrize("said", ["1e3", "NaN", "Infinity", "1.2.3", ".", "", "9" * 40, "0x1", "１"])
def test_what_is_no_number_is_never_a_sum(said: str) -> None:
    content = changed('<cbc:PayableAmount currencyID="EUR">3000.00', f'<cbc:PayableAmount currencyID="EUR">{said}')
    assert rules_of(content) == ["PSDF-R11"]


@pytest.mark.parametrize("said", ["-3000.00", "0.00", "3000.001", "1000000000000.01"])
def test_a_sum_is_positive_whole_cents_within_the_contract_of_events(said: str) -> None:
    assert rules_of(changed(">3000.00<", f">{said}<")) == ["PSDF-R10", "PSDF-R11"]


def test_all_faults_are_told_at_once_with_their_lines() -> None:
    content = changed("PSDF:04", "Kitos:04")
    content = changed("2022-01-31", "2022-01-30", of=content)
    content = changed("<cbc:ID>C-1", "<cbc:ID>", of=content)
    content = changed('unitCode="H87"', 'unitCode="MON"', of=content)
    with pytest.raises(Refused) as refused:
        submitted_of(read_document(content), FUND, None)
    told = {each.rule: each for each in refused.value.findings}
    assert told.keys() == {"PSDF-R04", "PSDF-R13", "PSDF-R06", "PSDF-R08"}
    assert told["PSDF-R08"].path == "cac:InvoiceLine[1]/cbc:InvoicedQuantity"
    assert "3 MON" in told["PSDF-R08"].text_lt


def test_a_thousand_faults_are_told_as_a_hundred() -> None:
    inside = "<cac:InvoiceLine/>" * 1_000
    content = changed("<cac:InvoiceLine>", f"{inside}<cac:InvoiceLine>")
    assert len(rules_of(content)) == 100


def test_another_account_is_noticed_and_blanks_and_small_letters_are_not() -> None:
    def noticed(account: str) -> list[str]:
        document = read_document(changed(IBAN, account))
        return [each.rule for each in warnings(document, invoice(), TERMS, date(2022, 3, 9))]

    assert noticed("LT12 1000 0111 0100 1000") == []
    assert noticed(IBAN.lower()) == []
    assert noticed("LT601010012345678901") == ["PSDF-W01"]


def test_another_due_day_is_noticed_with_both_days() -> None:
    document = read_document(ubl())
    (warning,) = warnings(document, invoice(), TERMS, date(2022, 3, 14))
    assert (warning.rule, warning.fatal) == ("PSDF-W02", False)
    assert "2022-03-09" in warning.text
    assert "2022-03-14" in warning.text_lt


def test_a_credit_of_two_invoices_is_no_credit_of_one() -> None:
    reference = "<cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>A2</cbc:ID></cac:InvoiceDocumentReference></cac:BillingReference>"
    content = changed(
        "<cac:ContractDocumentReference>", f"{reference}<cac:ContractDocumentReference>", of=ubl(credit())
    )
    assert rules_of(content) == ["PSDF-R03"]


FUNDS = Fund(
    fund_id="two",
    name_lt="",
    name_en="",
    state_payer="A",
    payers=(
        Payer(code="A", name_lt="", name_en=""),
        Payer(code="B", name_lt="", name_en=""),
        Payer(code="C", name_lt="", name_en="", legal_code="300111224"),
    ),
    calendar=FUND.calendar,
    statute=FUND.statute,
    legal_code="191351679",
)


@pytest.mark.parametrize(
    ("legal_code", "reference", "payer"),
    [
        ("191351679", None, "A"),
        ("191351679", "an order", "A"),
        ("191351679", "B", "B"),
        ("191351679", "C", "A"),
        ("300111224", None, "C"),
        ("300111224", "B", "C"),
        ("305546534", "B", None),
        (None, "B", None),
    ],
)
def test_the_buyer_is_the_payer_of_its_legal_code_and_of_several_the_one_referred_to(
    legal_code: str | None, reference: str | None, payer: str | None
) -> None:
    assert payer_called(FUNDS, legal_code, reference) == payer


@pytest.mark.parametrize(
    ("code", "right"),
    [
        ("191351679", True),
        ("300111224", True),
        ("300111225", False),
        ("30011122", False),
        ("３00111224", False),
        ("", False),
    ],
)
def test_a_legal_code_has_nine_digits_of_which_the_last_checks(code: str, right: bool) -> None:
    assert is_legal_code(code) is right
