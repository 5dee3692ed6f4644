"""An answer of the fund, and what to do about it; what can be mended without asking anybody is proposed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from psdf_provider.invoices import Invoice
from psdf_provider.invoices import invoice as invoice_of

Reasons = Sequence[Mapping[str, Any]]


class Do(Enum):
    """What an answer asks of its provider."""

    NOTHING = "nothing"
    """It is done, or the fund goes on by itself."""
    MEND = "mend"
    """Mend the invoice, and send it again under the same number."""
    NEW_NUMBER = "new number"
    """It can't be mended under its number: a new invoice, or none."""
    REPAIR = "repair"
    """The event could not be read, or its signature did not hold: the sending program is at fault, not the invoice."""
    ACCOUNT = "account"
    """The bank gave the money back: have the contract's account confirmed or changed."""


WORDS = {
    Do.NOTHING: ("Nieko daryti nereikia.", "There is nothing to do."),
    Do.MEND: ("Ištaisykite ir pateikite tuo pačiu numeriu.", "Mend it, and send it again under the same number."),
    Do.NEW_NUMBER: (
        "Tuo pačiu numeriu nebeteikiama: jei reikia, pateikite naują sąskaitą nauju numeriu.",
        "Not again under this number: where one is due, send a new invoice under a new one.",
    ),
    Do.REPAIR: (
        "Įvykis neperskaitytas: taisykite siunčiančią programą, tada siųskite iš naujo.",
        "The event could not be read: repair the program that sends, then send again.",
    ),
    Do.ACCOUNT: (
        "Bankas pinigus grąžino: patvirtinkite arba pakeiskite sutarties sąskaitą.",
        "The bank gave the money back: confirm or change the contract's account.",
    ),
}
"""What is said of each to a person, in Lithuanian and English."""
BY_TYPE = {
    "invoice.returned": Do.MEND,
    "invoice.refused": Do.NEW_NUMBER,
    "payment.rejected": Do.ACCOUNT,
    "payment.returned": Do.ACCOUNT,
}


def what_to_do(type_: str) -> Do:
    """What an answer of this type asks of its provider."""
    return Do.REPAIR if type_.endswith(".parked") else BY_TYPE.get(type_, Do.NOTHING)


@dataclass(frozen=True)
class Mended:
    """A proposal: the invoice as it would be sent again, what was changed, and the codes that need a person."""

    invoice: Invoice
    changed: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def mend(invoice: Invoice, reasons: Reasons, contract: Mapping[str, Any] | None = None, number: str = "") -> Mended:
    """Mend what follows from the reasons and the contract: products, prices, the sum, payer, article and source.

    ``number`` is a new one, where the fund asks for it. A person reads the proposal before it is sent: where the
    quantity was wrong and not the product, only who gave the care can say so. Raises FileError where what results is
    no invoice.
    """
    data, changed, left = invoice.model_dump(mode="json"), list[str](), list[str]()
    prices = {each["code"]: each["unit_price_cents"] for each in (contract or {}).get("services", ())}
    for code in dict.fromkeys(str(each["code"]) for each in reasons):
        if code in ("line_arithmetic", "sum_mismatch") or (code == "price_mismatch" and prices):
            continue  # below, in this order: prices, products, the sum
        name = {"wrong_payer": "payer", "wrong_article": "article", "wrong_source": "source"}.get(code)
        if name and contract:
            _set(data, name, contract[name], changed)
        elif code != "number_reused" or not number:
            left.append(code)
    codes = {str(each["code"]) for each in reasons}
    for at, line in enumerate(data["lines"], 1):
        if "price_mismatch" in codes and line["service_code"] in prices:
            _set(line, "unit_price_cents", prices[line["service_code"]], changed, f"line {at}: ")
        if codes & {"line_arithmetic", "price_mismatch"}:
            _set(line, "amount_cents", line["quantity"] * line["unit_price_cents"], changed, f"line {at}: ")
    if codes & {"line_arithmetic", "price_mismatch", "sum_mismatch"}:
        _set(data, "amount_cents", sum(line["amount_cents"] for line in data["lines"]), changed)
    if number:
        _set(data, "number", number, changed)
        data["invoice_id"] = f"{invoice.provider_code}/{number}"
    return Mended(invoice_of(data), changed, left)


def _set(record: dict[str, Any], name: str, value: object, changed: list[str], where: str = "") -> None:
    if record[name] != value:
        changed.append(f"{where}{name} {record[name]} -> {value}")
        record[name] = value
