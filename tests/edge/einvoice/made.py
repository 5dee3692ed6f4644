"""E-invoices of the worked start's provider, valid by all rules, and one number of them changed."""

from datetime import date
from typing import Any

from shared.edge.einvoice.into_ubl import Seller, ubl_of
from shared.events.providers import InvoiceLine, InvoiceSubmitted
from shared.statute.load import load_fund

FUND = load_fund()
PROVIDER = "300111224"
IBAN = "LT121000011101001000"
NAME = "UAB Ortopedijos centras"
SELLER = Seller(name=NAME, vat_number="LT123456715", iban=IBAN, due_on=date(2022, 3, 9))
WITHOUT_VAT = Seller(name=NAME)


def line(code: str = "ORT-1", quantity: int = 3, price: int = 100_000, amount: int | None = None) -> InvoiceLine:
    cents = quantity * price if amount is None else amount
    return InvoiceLine(service_code=code, quantity=quantity, unit_price_cents=price, amount_cents=cents)


def invoice(number: str = "A1", **other: Any) -> InvoiceSubmitted:  # noqa: ANN401 - any field
    lines = other.pop("lines", (line(),))
    fields: dict[str, Any] = {
        "invoice_id": f"{PROVIDER}/{number}",
        "number": number,
        "kind": "invoice",
        "corrects": None,
        "contract_id": "C-1",
        "provider_code": PROVIDER,
        "payer": "VLK",
        "article": "04",
        "source": "PSDF",
        "service_month": "2022-01",
        "issued_on": date(2022, 2, 7),
        "lines": lines,
        "amount_cents": sum(each.amount_cents for each in lines),
    }
    return InvoiceSubmitted(**(fields | other))


def credit(number: str = "K1", corrects: str = "A1", **other: Any) -> InvoiceSubmitted:  # noqa: ANN401 - any field
    return invoice(number, kind="credit", corrects=f"{PROVIDER}/{corrects}", **other)


def ubl(submitted: InvoiceSubmitted | None = None, seller: Seller = SELLER) -> bytes:
    return ubl_of(submitted or invoice(), seller, FUND)


def changed(old: str, new: str, *, of: bytes | None = None, count: int = -1) -> bytes:
    """A document with a part replaced, which must be there."""
    text = (of or ubl()).decode()
    assert old in text, old
    return text.replace(old, new, count).encode()
