"""Identifiers of e-invoices, and who is called how in them: the fund's payers, and providers by their legal codes."""

from stdnum.lt.pvm import calc_check_digit

from shared.kernel.fund import Fund
from shared.kernel.value import value

BILLING = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
BILLING_PROFILE = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
RESPONSE = "urn:fdc:peppol.eu:poacc:trns:invoice_response:3"
RESPONSE_PROFILE = "urn:fdc:peppol.eu:poacc:bis:invoice_response:3"

LEGAL_CODE = "0200"
"""The scheme of Lithuanian codes of legal persons (ISO 6523, and Peppol's EAS)."""
TYPE_CODES = {"invoice": "380", "credit": "381"}
UNITS = ("C62", "DAY", "EA", "H87", "HUR", "NAR", "XPK", "XPP", "XUN")
"""Units of quantities (UN/ECE 20, 21) that count one by one: pieces, units, packages, hours, days."""
ONE = "H87"
"""The unit that is written: a piece."""


def is_legal_code(code: str) -> bool:
    """Whether it is the code of a Lithuanian legal person: nine digits, the last one checks the others."""
    return len(code) == 9 and code.isascii() and code.isdigit() and calc_check_digit(code[:8]) == code[8]  # noqa: PLR2004


@value
class Buyer:
    """A payer as an e-invoice names it: by a legal code and, where several have that one, by its own code (BT-10)."""

    code: str
    name: str
    legal_code: str


def buyers(fund: Fund) -> list[Buyer]:
    """The payers of a fund; one without a legal code of its own is of the legal person that administers the fund."""
    return [
        Buyer(code=payer.code, name=payer.name_lt, legal_code=payer.legal_code or fund.legal_code)
        for payer in fund.payers
    ]


def buyer_of(fund: Fund, code: str) -> Buyer | None:
    """The payer of a code; None for one that the fund does not have."""
    return next((buyer for buyer in buyers(fund) if buyer.code == code), None)


def payer_called(fund: Fund, legal_code: str | None, reference: str | None) -> str | None:
    """Which payer a legal code (BT-47) and a buyer reference (BT-10) name; None where they name none.

    Where several have the code, the reference says which; where it names none of them, it is the one that answers for
    whole articles, if that is among them.
    """
    called = [buyer.code for buyer in buyers(fund) if legal_code and buyer.legal_code == legal_code]
    if len(called) == 1 or reference in called:
        return reference if reference in called else called[0]
    return fund.state_payer if fund.state_payer in called else None
