"""The door's own mapping of e-invoices. Made by ``psdf schema --write``: change nothing here."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from http import HTTPStatus
from typing import Literal, get_args

from psdf_provider.documents import (
    Document,
    Finding,
    Fund,
    InvoiceLine,
    InvoiceSubmitted,
    MoneySource,
    Node,
    Refused,
    broken,
    buyers,
    coded,
    first_day,
    is_legal_code,
    last_day,
    month_of,
    nodes,
    payer_called,
    text,
    value,
)

LEGAL_CODE = "0200"
TYPE_CODES = {"invoice": "380", "credit": "381"}
UNITS = ("C62", "DAY", "EA", "H87", "HUR", "NAR", "XPK", "XPP", "XUN")
IDENTIFIER = "[!-~À-ÏÑ-ÖØ-Ýß-ïñ-öø-ýÿ-įĴ-ķĹ-ľŁ-ňŊ-ŝŠ-šŤ-žȘ-ț]+( [!-~À-ÏÑ-ÖØ-Ýß-ïñ-öø-ýÿ-įĴ-ķĹ-ľŁ-ňŊ-ŝŠ-šŤ-žȘ-ț]+)*"
MAX_CENTS = 100_000_000_000_000
MAX_QUANTITY = 1_000_000_000
UBL = "urn:oasis:names:specification:ubl:schema:xsd"
MOST_BYTES = 5_000_000
MOST_ELEMENTS = 200_000
MOST_DEPTH = 100
MOST_LINES = 10_000
LINE = {"Invoice": "cac:InvoiceLine", "CreditNote": "cac:CreditNoteLine"}
MOST_FAULTS = 100
MOST_ATTACHMENTS, MOST_ATTACHED_BYTES = 10, 1_000_000
_IDENTIFIER = re.compile(IDENTIFIER)
_CODE = re.compile("[0-9A-Za-z][0-9A-Za-z._-]{0,39}")
_DAY = re.compile("2[01][0-9]{2}-[0-9]{2}-[0-9]{2}")
_DECIMAL = re.compile(r"\s*[+-]?[0-9.]{1,26}\s*")
SELLER, BUYER = "cac:AccountingSupplierParty/cac:Party", "cac:AccountingCustomerParty/cac:Party"
LEGAL_ID = "cac:PartyLegalEntity/cbc:CompanyID"
NUMBER, NAME = 100, 200


@value
class Terms:
    """What a contract says that an e-invoice may leave out, or say otherwise: article, source, account, days to pay."""

    article: str
    source: MoneySource
    iban: str
    payment_days: int


def seller_of(document: Document) -> str | None:
    """The seller's legal code: BT-30, else BT-34. None where neither is there."""
    found = coded(document.root, f"{SELLER}/{LEGAL_ID}", LEGAL_CODE)
    return found or coded(document.root, f"{SELLER}/cbc:EndpointID", LEGAL_CODE)


def contract_of(document: Document) -> str | None:
    """The contract that it names, BT-12."""
    return text(document.root, "cac:ContractDocumentReference/cbc:ID")


def submitted_of(document: Document, fund: Fund, terms: Terms | None) -> InvoiceSubmitted:
    """The invoice as the event contract has it; ``terms`` are the contract's, None where it isn't known (yet).

    Raises Refused (422) with every rule of ours that it breaks.
    """
    return _Reading(document, fund, terms).submitted()


class _Reading:
    """One document on its way: what is wrong is gathered, so that all of it is told at once."""

    def __init__(self, document: Document, fund: Fund, terms: Terms | None) -> None:
        self._document, self._root, self._fund, self._terms = document, document.root, fund, terms
        self._faults: list[Finding] = []

    def submitted(self) -> InvoiceSubmitted:
        number, kind = self._number(), self._kind()
        contract, provider, payer = self._contract(), self._provider(), self._payer()
        corrects = self._corrects(kind)
        source, article = self._source(contract)
        month, issued_on = self._month(), self._issued_on()
        lines = tuple(self._lines())
        amount = self._amount()
        self._attachments()
        if self._faults:
            raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, self._faults[:MOST_FAULTS])
        assert issued_on
        return InvoiceSubmitted(
            invoice_id=f"{provider}/{number}",
            number=number,
            kind=kind,
            corrects=f"{provider}/{corrects}" if corrects else None,
            contract_id=contract,
            provider_code=provider,
            payer=payer,
            article=article,
            source=source,
            service_month=month,
            issued_on=issued_on,
            lines=lines,
            amount_cents=amount,
        )

    def _break(self, rule: str, path: str | None = None, /, **told: object) -> None:
        if len(self._faults) < MOST_FAULTS:
            self._faults.append(broken(rule, path, **told))

    def _number(self) -> str:
        found = text(self._root, "cbc:ID") or ""
        if not _identifies(found, NUMBER):
            self._break("PSDF-R01", got=found)
        return found

    def _kind(self) -> Literal["invoice", "credit"]:
        kind: Literal["invoice", "credit"] = "invoice" if self._document.kind == "Invoice" else "credit"
        path = f"cbc:{self._document.kind}TypeCode"
        if (found := text(self._root, path)) != TYPE_CODES[kind]:
            self._break("PSDF-R02", path, got=found)
        return kind

    def _corrects(self, kind: str) -> str | None:
        """BT-25, the preceding invoice: of a credit one, of an invoice none."""
        found = nodes(self._root, "cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID")
        if len(found) != (kind == "credit"):
            self._break("PSDF-R03", count=len(found))
            return None
        corrects = (found[0].text or "") if found else None
        if corrects is not None and not _identifies(corrects, NUMBER):
            self._break("PSDF-R01", "cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID", got=corrects)
        return corrects

    def _contract(self) -> str:
        found = contract_of(self._document) or ""
        if not _identifies(found, NAME):
            self._break("PSDF-R04", got=found)
        return found

    def _provider(self) -> str:
        found = seller_of(self._document) or ""
        if not is_legal_code(found):
            self._break("PSDF-R15", got=found)
        return found

    def _payer(self) -> str:
        legal = coded(self._root, f"{BUYER}/{LEGAL_ID}", LEGAL_CODE)
        legal = legal or coded(self._root, f"{BUYER}/cbc:EndpointID", LEGAL_CODE)
        payer = payer_called(self._fund, legal, text(self._root, "cbc:BuyerReference"))
        if payer is None:
            known = ", ".join(sorted({buyer.legal_code for buyer in buyers(self._fund)}))
            self._break("PSDF-R05", got=legal or "", known=known)
        return payer or ""

    def _source(self, contract: str) -> tuple[MoneySource, str]:
        """BT-19, ``PSDF:04``; where it isn't there, what the contract says."""
        said = text(self._root, "cbc:AccountingCost")
        if said is None:
            if self._terms:
                return self._terms.source, self._terms.article
            self._break("PSDF-R13", why=f"the contract {contract} is not known here")
            return "PSDF", ""
        source, _, article = said.partition(":")
        for known in get_args(MoneySource):
            if source == known and _CODE.fullmatch(article):
                return known, article
        self._break("PSDF-R13", why=f"it is {said}")
        return "PSDF", ""

    def _month(self) -> str:
        """BT-73 and BT-74: the first and the last day of one month."""
        start = text(self._root, "cac:InvoicePeriod/cbc:StartDate") or ""
        end = text(self._root, "cac:InvoicePeriod/cbc:EndDate") or ""
        first, last = _day(start), _day(end)
        if first and last:
            month = month_of(first)
            if (first, last) == (first_day(month), last_day(month)):
                return month
        self._break("PSDF-R06", got=f"{start} – {end}")
        return ""

    def _issued_on(self) -> date | None:
        found = text(self._root, "cbc:IssueDate") or ""
        day = _day(found)
        if day is None:
            self._break("PSDF-R17", got=found)
        return day

    def _lines(self) -> Iterator[InvoiceLine]:
        name = LINE[self._document.kind]
        for number, line in enumerate(self._document.lines, 1):
            yield self._line(line, number, f"{name}[{number}]")

    def _line(self, line: Node, number: int, place: str) -> InvoiceLine:
        service = text(line, "cac:Item/cac:BuyersItemIdentification/cbc:ID") or ""
        if not _identifies(service, NUMBER):
            self._break("PSDF-R07", f"{place}/cac:Item/cac:BuyersItemIdentification/cbc:ID", line=number)
        counted = "cbc:InvoicedQuantity" if self._document.kind == "Invoice" else "cbc:CreditedQuantity"
        said = text(line, counted) or ""
        unit = next((each.get("unitCode", "") for each in nodes(line, counted)), "")
        quantity = _whole(_decimal(said))
        if quantity is None or not 0 < quantity <= MAX_QUANTITY or unit not in UNITS:
            units, quantity = ", ".join(UNITS), 1
            got = f"{said} {unit}"
            self._break("PSDF-R08", f"{place}/{counted}", line=number, got=got, most=MAX_QUANTITY, units=units)
        return InvoiceLine(
            service_code=service,
            quantity=quantity,
            unit_price_cents=self._price(line, number, place),
            amount_cents=self._line_amount(line, number, place),
        )

    def _price(self, line: Node, number: int, place: str) -> int:
        """BT-146 for BT-149 units: whole cents for one."""
        said, base = text(line, "cac:Price/cbc:PriceAmount") or "", text(line, "cac:Price/cbc:BaseQuantity")
        cents, units = _cents(said), 1 if base is None else _whole(_decimal(base))
        discounted = bool(nodes(line, "cac:Price/cac:AllowanceCharge"))
        if cents is None or not 0 <= cents <= MAX_CENTS or not units or units < 0 or cents % units or discounted:
            got = f"{said} / {base or 1}" + (" (discounted)" if discounted else "")
            self._break("PSDF-R09", f"{place}/cac:Price", line=number, got=got)
            return 0
        return cents // units

    def _line_amount(self, line: Node, number: int, place: str) -> int:
        said, changed = text(line, "cbc:LineExtensionAmount") or "", bool(nodes(line, "cac:AllowanceCharge"))
        cents = _cents(said)
        if cents is None or not 0 < cents <= MAX_CENTS or changed:
            got = said + (" with allowances or charges" if changed else "")
            self._break("PSDF-R10", f"{place}/cbc:LineExtensionAmount", line=number, got=got)
            return 1
        return cents

    def _amount(self) -> int:
        """BT-115, where nothing stands between it and the lines."""
        total = "cac:LegalMonetaryTotal/cbc:"
        payable = _cents(text(self._root, f"{total}PayableAmount") or "")
        because = []
        if (currency := text(self._root, "cbc:DocumentCurrencyCode")) != "EUR":
            because.append(f"BT-5 {currency}")
        if payable is None or not 0 < payable <= MAX_CENTS:
            because.append(f"BT-115 {text(self._root, f'{total}PayableAmount')}")
        if (with_vat := text(self._root, f"{total}TaxInclusiveAmount")) is None or _cents(with_vat) != payable:
            because.append(f"BT-112 {with_vat}")
        none = {"BT-113": f"{total}PrepaidAmount", "BT-114": f"{total}PayableRoundingAmount"}
        for term, path in {**none, "BT-110": "cac:TaxTotal/cbc:TaxAmount"}.items():
            if any(_cents(each.text or "") != 0 for each in nodes(self._root, path)):
                because.append(f"{term} {text(self._root, path)}")
        if nodes(self._root, "cac:AllowanceCharge"):
            because.append("BG-20, BG-21")
        if because:
            self._break("PSDF-R11", why="; ".join(because))
        return payable or 0

    def _attachments(self) -> None:
        """BG-24: kept with the document, never opened; few, and not large."""
        attached = nodes(self._root, "cac:AdditionalDocumentReference")
        embedded = [
            len(each.text or "") * 3 // 4
            for each in nodes(
                self._root, "cac:AdditionalDocumentReference/cac:Attachment/cbc:EmbeddedDocumentBinaryObject"
            )
        ]
        largest = max(embedded, default=0)
        if len(attached) > MOST_ATTACHMENTS or largest > MOST_ATTACHED_BYTES:
            why = f"{len(attached)}, {largest}"
            self._break("PSDF-R12", most=MOST_ATTACHMENTS, most_bytes=MOST_ATTACHED_BYTES, why=why)


def _identifies(found: str, most: int) -> bool:
    return len(found) <= most and _IDENTIFIER.fullmatch(found) is not None


def _day(said: str) -> date | None:
    """A day of 2000 to 2199, without an offset."""
    if not _DAY.fullmatch(said.strip()):
        return None
    try:
        return date.fromisoformat(said.strip())
    except ValueError:
        return None


def _decimal(said: str) -> Decimal | None:
    """A number of at most 26 digits, so that no arithmetic rounds it."""
    try:
        return Decimal(said.strip()) if _DECIMAL.fullmatch(said) else None
    except InvalidOperation:
        return None


def _whole(number: Decimal | None) -> int | None:
    return int(number) if number is not None and number == number.to_integral_value() else None


def _cents(said: str) -> int | None:
    """Whole cents; None for what is no amount, or has parts of a cent."""
    euros = _decimal(said)
    return None if euros is None else _whole(euros * 100)


# ------------------------------------------------------------------------------------------- what is noticed, and taken


def warnings(document: Document, submitted: InvoiceSubmitted, terms: Terms, due_on: date) -> Iterator[Finding]:
    """What differs from the contract and decides nothing: another account (BT-84), another due day (BT-9).

    ``due_on`` is when it would be due if it were accepted today. The invoice's account is never paid to.
    """
    for each in nodes(document.root, "cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID"):
        if (each.text or "").replace(" ", "").upper() != terms.iban.upper():
            yield broken("PSDF-W01", got=each.text, contract=submitted.contract_id)
    named = due_date(document)
    if named and named != due_on:
        yield broken("PSDF-W02", got=named, due=due_on)


def due_date(document: Document) -> date | None:
    """BT-9: until when the document asks to be paid."""
    path = "cbc:DueDate" if document.kind == "Invoice" else "cac:PaymentMeans/cbc:PaymentDueDate"
    return _day(text(document.root, path) or "")
