"""``invoice.submitted`` becomes a UBL document of Peppol BIS 3, as a provider sends it; the way back is the identity.

Care is exempt from VAT: by category E and Article 132(1)(b) of the VAT directive where the seller has a VAT number,
else it is outside VAT's scope (O).
"""

from datetime import date

from shared.edge.einvoice.artefacts import Kind
from shared.edge.einvoice.names import (
    BILLING,
    BILLING_PROFILE,
    LEGAL_CODE,
    ONE,
    TYPE_CODES,
    Buyer,
    buyer_of,
    is_legal_code,
)
from shared.edge.einvoice.xml import LINE, Node, new, put, written
from shared.events.providers import InvoiceLine, InvoiceSubmitted
from shared.kernel.calendar import first_day, last_day
from shared.kernel.fund import Fund
from shared.kernel.money import Cents
from shared.kernel.value import value

EXEMPT = "VATEX-EU-132-1B"
OUT_OF_SCOPE = "VATEX-EU-O"
BY_TRANSFER = "30"


@value
class Seller:
    """What an e-invoice says of its provider that the event does not: name, VAT number, account, when it is due."""

    name: str
    vat_number: str | None = None
    iban: str | None = None
    due_on: date | None = None


class CannotBeWritten(ValueError):  # noqa: N818 - what is so of the event
    """The event has no UBL document: which field, and why."""


def ubl_of(submitted: InvoiceSubmitted, seller: Seller, fund: Fund) -> bytes:
    """The event's document. Raises CannotBeWritten for a provider without a legal code, or a payer not of the fund."""
    kind: Kind = "Invoice" if submitted.kind == "invoice" else "CreditNote"
    buyer = buyer_of(fund, submitted.payer)
    if not is_legal_code(submitted.provider_code):
        raise CannotBeWritten(f"provider_code {submitted.provider_code} is no code of a Lithuanian legal person")
    if buyer is None:
        raise CannotBeWritten(f"payer {submitted.payer} is no payer of {fund.fund_id}")
    corrects = _corrected(submitted)
    root = new(kind)
    _heading(root, submitted, seller, buyer)
    if corrects:
        put(root, "cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID", corrects)
    put(root, "cac:ContractDocumentReference/cbc:ID", submitted.contract_id)
    _seller(root, submitted.provider_code, seller)
    _buyer(root, buyer)
    _payment(root, kind, seller)
    _totals(root, submitted, seller)
    for number, line in enumerate(submitted.lines, 1):
        _line(root, kind, number, line, seller)
    return written(root)


def _corrected(submitted: InvoiceSubmitted) -> str | None:
    """The number of the invoice that a credit corrects: one of the same provider."""
    if (submitted.kind == "credit") != (submitted.corrects is not None):
        raise CannotBeWritten(f"corrects {submitted.corrects}: a credit corrects an invoice, an invoice none")
    if submitted.corrects is None:
        return None
    provider, _, number = submitted.corrects.partition("/")
    if provider != submitted.provider_code:
        raise CannotBeWritten(f"corrects {submitted.corrects} is no invoice of {submitted.provider_code}")
    return number


def _heading(root: Node, submitted: InvoiceSubmitted, seller: Seller, buyer: Buyer) -> None:
    put(root, "cbc:CustomizationID", BILLING)
    put(root, "cbc:ProfileID", BILLING_PROFILE)
    put(root, "cbc:ID", submitted.number)
    put(root, "cbc:IssueDate", submitted.issued_on)
    if submitted.kind == "invoice":
        put(root, "cbc:DueDate", seller.due_on or submitted.issued_on)  # BR-CO-25: what is to be paid names a day
        put(root, "cbc:InvoiceTypeCode", TYPE_CODES["invoice"])
    else:
        put(root, "cbc:CreditNoteTypeCode", TYPE_CODES["credit"])
    put(root, "cbc:DocumentCurrencyCode", "EUR")
    put(root, "cbc:AccountingCost", f"{submitted.source}:{submitted.article}")
    put(root, "cbc:BuyerReference", buyer.code)
    period = put(root, "cac:InvoicePeriod")
    put(period, "cbc:StartDate", first_day(submitted.service_month))
    put(period, "cbc:EndDate", last_day(submitted.service_month))


def _seller(root: Node, code: str, seller: Seller) -> None:
    party = _party(put(root, "cac:AccountingSupplierParty/cac:Party"), code, seller.name)
    if seller.vat_number:
        tax = put(party, "cac:PartyTaxScheme")
        put(tax, "cbc:CompanyID", seller.vat_number)
        put(tax, "cac:TaxScheme/cbc:ID", "VAT")
    _legal_entity(party, code, seller.name)


def _buyer(root: Node, buyer: Buyer) -> None:
    party = _party(put(root, "cac:AccountingCustomerParty/cac:Party"), buyer.legal_code, buyer.name)
    _legal_entity(party, buyer.legal_code, buyer.name)


def _party(party: Node, code: str, name: str) -> Node:
    put(party, "cbc:EndpointID", code, schemeID=LEGAL_CODE)
    put(party, "cac:PartyName/cbc:Name", name)
    put(party, "cac:PostalAddress/cac:Country/cbc:IdentificationCode", "LT")
    return party


def _legal_entity(party: Node, code: str, name: str) -> None:
    entity = put(party, "cac:PartyLegalEntity")
    put(entity, "cbc:RegistrationName", name)
    put(entity, "cbc:CompanyID", code, schemeID=LEGAL_CODE)


def _payment(root: Node, kind: Kind, seller: Seller) -> None:
    """Where the seller says it is to be paid to, and of a credit note until when."""
    if seller.iban is None and (kind == "Invoice" or seller.due_on is None):
        return
    means = put(root, "cac:PaymentMeans")
    put(means, "cbc:PaymentMeansCode", BY_TRANSFER if seller.iban else "1")
    if kind == "CreditNote" and seller.due_on:
        put(means, "cbc:PaymentDueDate", seller.due_on)
    if seller.iban:
        put(means, "cac:PayeeFinancialAccount/cbc:ID", seller.iban)


def _totals(root: Node, submitted: InvoiceSubmitted, seller: Seller) -> None:
    """The sums: of the lines as they are, and what is asked."""
    lines = sum(line.amount_cents for line in submitted.lines)
    tax = put(root, "cac:TaxTotal")
    put(tax, "cbc:TaxAmount", euros(0), currencyID="EUR")
    subtotal = put(tax, "cac:TaxSubtotal")
    put(subtotal, "cbc:TaxableAmount", euros(lines), currencyID="EUR")
    put(subtotal, "cbc:TaxAmount", euros(0), currencyID="EUR")
    category = _category(subtotal, "cac:TaxCategory", seller)
    put(category, "cbc:TaxExemptionReasonCode", EXEMPT if seller.vat_number else OUT_OF_SCOPE)
    put(category, "cac:TaxScheme/cbc:ID", "VAT")
    total = put(root, "cac:LegalMonetaryTotal")
    for name, cents in (
        ("LineExtensionAmount", lines),
        ("TaxExclusiveAmount", lines),
        ("TaxInclusiveAmount", submitted.amount_cents),
        ("PayableAmount", submitted.amount_cents),
    ):
        put(total, f"cbc:{name}", euros(cents), currencyID="EUR")


def _category(parent: Node, name: str, seller: Seller) -> Node:
    category = put(parent, name)
    put(category, "cbc:ID", "E" if seller.vat_number else "O")
    if seller.vat_number:
        put(category, "cbc:Percent", 0)
    return category


def _line(root: Node, kind: Kind, number: int, line: InvoiceLine, seller: Seller) -> None:
    node = put(root, LINE[kind])
    put(node, "cbc:ID", number)
    counted = "cbc:InvoicedQuantity" if kind == "Invoice" else "cbc:CreditedQuantity"
    put(node, counted, line.quantity, unitCode=ONE)
    put(node, "cbc:LineExtensionAmount", euros(line.amount_cents), currencyID="EUR")
    item = put(node, "cac:Item")
    put(item, "cbc:Name", line.service_code)
    put(item, "cac:BuyersItemIdentification/cbc:ID", line.service_code)
    category = _category(item, "cac:ClassifiedTaxCategory", seller)
    put(category, "cac:TaxScheme/cbc:ID", "VAT")
    put(node, "cac:Price/cbc:PriceAmount", euros(line.unit_price_cents), currencyID="EUR")


def euros(cents: Cents) -> str:
    """Cents as UBL writes them: ``1234.05``."""
    return f"{cents // 100}.{cents % 100:02d}"
