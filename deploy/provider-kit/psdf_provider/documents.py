"""What the mapping of e-invoices (``mapping.py``) works with, by the standard library: a document, what is found."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from typing import Any, Literal, TypeAlias, TypeVar, dataclass_transform
from xml.etree.ElementTree import Element

from psdf_provider.days import last_day

__all__ = ["last_day"]
Node: TypeAlias = Element
Kind: TypeAlias = Literal["Invoice", "CreditNote"]
MoneySource: TypeAlias = Literal["PSDF", "STATE"]
NAMES = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
MOST_SHOWN = 80
T = TypeVar("T")


@dataclass_transform(frozen_default=True, kw_only_default=True)
def value(cls: type[T]) -> type[T]:
    """Make the class a record that never changes and is made by keyword only."""
    return dataclass(frozen=True, slots=True, kw_only=True)(cls)


@value
class Finding:
    """A rule of the fund's own that a document does not keep: its id, where, and why in both languages."""

    code: str
    path: str
    lt: str
    en: str


class Refused(Exception):  # noqa: N818 - what happened to the document
    """The document would not be taken: each finding says why."""

    def __init__(self, _status: HTTPStatus, findings: Sequence[Finding]) -> None:
        super().__init__("; ".join(f"{each.code} {each.path}: {each.en}" for each in findings))
        self.findings = tuple(findings)


@value
class Document:
    """An invoice or a credit note that was read: its tree, and its lines."""

    kind: Kind
    root: Node
    lines: list[Node]


@value
class InvoiceLine:
    """One line, in cents."""

    service_code: str
    quantity: int
    unit_price_cents: int
    amount_cents: int


@value
class InvoiceSubmitted:
    """What the door makes of a document."""

    invoice_id: str
    number: str
    kind: Literal["invoice", "credit"]
    corrects: str | None
    contract_id: str
    provider_code: str
    payer: str
    article: str
    source: MoneySource
    service_month: str
    issued_on: date
    lines: tuple[InvoiceLine, ...]
    amount_cents: int


@value
class Fund:
    """As much of the fund as is known here: whom the contract names as payer."""

    payer: str


def payer_called(fund: Fund, legal_code: str | None, _reference: str | None) -> str | None:
    """The contract's payer, where the document names a buyer at all; which one that is the door sees."""
    return fund.payer if legal_code else None


def buyers(_fund: Fund) -> list[Any]:
    """The fund's payers: not known here."""
    return []


def is_legal_code(code: str) -> bool:
    """Whether it is the code of a Lithuanian legal person: nine digits, the last one checks the others."""
    if len(code) != 9 or not (code.isascii() and code.isdigit()):  # noqa: PLR2004
        return False
    digits = [int(each) for each in code]
    check = sum((1 + at % 9) * digit for at, digit in enumerate(digits[:8])) % 11
    if check == 10:  # noqa: PLR2004 - then they are weighed anew
        check = sum((1 + (at + 2) % 9) * digit for at, digit in enumerate(digits[:8])) % 11
    return check % 10 == digits[8]


@cache
def own_rules() -> dict[str, dict[str, str]]:
    """The fund's own rules of e-invoices by their ids: where each looks, and what is so where it isn't kept."""
    found: dict[str, dict[str, str]] = json.loads((files("psdf_provider") / "rules.json").read_text(encoding="utf-8"))
    return found


def broken(rule: str, path: str | None = None, /, **told: object) -> Finding:
    """A rule that is not kept, here; ``told`` is what its sentences name."""
    row, said = own_rules()[rule], {name: _short(each) for name, each in told.items()}
    lt, en = row["lt"].format(**said), row["en"].format(**said)
    return Finding(code=rule, path=path or row["path"], lt=lt, en=en)


def _short(given: object) -> str:
    """Something of the document as a sentence may hold it: printable, and not long."""
    text = "".join(char if char.isprintable() else "?" for char in str(given)[: MOST_SHOWN + 1])
    return f"{text[:MOST_SHOWN]}..." if len(text) > MOST_SHOWN else text or "–"


def nodes(node: Node, path: str) -> list[Node]:
    """The elements at a path of UBL's names, such as ``cac:Price/cbc:PriceAmount``."""
    return node.findall(path, NAMES)


def text(node: Node, path: str) -> str | None:
    """The text of the first element at a path, as it stands there; None where there is none."""
    found = node.find(path, NAMES)
    return None if found is None else found.text or ""


def coded(node: Node, path: str, scheme: str) -> str | None:
    """The text of the first element at a path that has this ``schemeID``."""
    return next((each.text or "" for each in nodes(node, path) if each.get("schemeID") == scheme), None)


def first_day(month: str) -> date:
    """The first day of a month YYYY-MM."""
    return date(int(month[:4]), int(month[5:7]), 1)


def month_of(day: date) -> str:
    """The month of a day: YYYY-MM."""
    return f"{day.year:04d}-{day.month:02d}"
