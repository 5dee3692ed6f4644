"""An e-invoice (UBL 2.1) before it is sent: what the fund needs of it, by the door's own mapping, and its arithmetic.

The XSD and the official rules of EN 16931 and Peppol are not here (they take Saxon): the door judges by them. Nor is it
known here whose legal code the buyer's is.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from http import HTTPStatus
from typing import Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

from psdf_provider import documents
from psdf_provider.checking import Finding, check
from psdf_provider.documents import Document, Fund, Kind, Refused, broken, nodes, value
from psdf_provider.invoices import invoice
from psdf_provider.mapping import (
    LINE,
    MOST_BYTES,
    MOST_DEPTH,
    MOST_ELEMENTS,
    MOST_LINES,
    UBL,
    Terms,
    due_date,
    submitted_of,
    warnings,
)

NOT_KNOWN = "NOT-KNOWN"
"""In place of what the contract says, where none was given: nothing is compared with it then."""
_ENCODING = re.compile(rb"""(?:\xef\xbb\xbf)?<\?xml[^>]*?\sencoding\s*=\s*["']([^"']*)""")


@value
class Checked:
    """What is seen of an e-invoice: its id (empty where there is none), what is wrong with it, what only differs."""

    invoice_id: str
    faults: Sequence[documents.Finding | Finding]
    warnings: Sequence[documents.Finding] = ()


def check_ubl(content: bytes, contract: Mapping[str, Any] | None = None, on: date | None = None) -> Checked:
    """What the door would find, but for the official rules; ``contract`` and ``on`` are those of ``check``."""
    fund, terms = Fund(payer=contract["payer"] if contract else NOT_KNOWN), _terms(contract)
    try:
        document = read_document(content)
        submitted = submitted_of(document, fund, terms)
    except Refused as refused:
        return Checked(invoice_id="", faults=refused.findings)
    made = invoice(asdict(submitted) | {"issued_on": submitted.issued_on.isoformat()})
    due = due_date(document) or date.max  # when it is due only the fund says
    return Checked(
        invoice_id=made.invoice_id,
        faults=check(made, contract, on),
        warnings=list(warnings(document, submitted, terms, due)) if contract else (),
    )


def read_document(content: bytes) -> Document:
    """Read an Invoice or a CreditNote, within the door's limits. Raises Refused."""
    root = _tree(content)
    kinds: dict[str, Kind] = {
        f"{{{UBL}:Invoice-2}}Invoice": "Invoice",
        f"{{{UBL}:CreditNote-2}}CreditNote": "CreditNote",
    }
    kind = kinds.get(root.tag)
    if kind is None:
        raise _refused("PSDF-X07", root=root.tag)
    lines = nodes(root, LINE[kind])
    if len(lines) > MOST_LINES:
        raise _refused("PSDF-X08", lines=len(lines), most=MOST_LINES)
    return Document(kind=kind, root=root, lines=lines)


def _terms(contract: Mapping[str, Any] | None) -> Terms:
    if contract is None:
        return Terms(article=NOT_KNOWN, source="PSDF", iban="", payment_days=0)
    return Terms(
        article=contract["article"],
        source=contract["source"],
        iban=contract["provider"]["iban"],
        payment_days=contract["payment_days"],
    )


def _tree(content: bytes) -> Element:
    if len(content) > MOST_BYTES:
        raise _refused("PSDF-X01", size=len(content), most=MOST_BYTES)
    if said := _other_encoding(content):
        raise _refused("PSDF-X02", said=said)
    parser = XMLParser(target=_Within())  # noqa: S314 - no document type is read, so there are no entities
    try:
        parser.feed(content)
        root: Element = parser.close()
    except (ParseError, ValueError) as error:
        raise _refused("PSDF-X04", why=error) from None
    return root


class _Within(TreeBuilder):
    """A tree within the limits, of a document without a type."""

    _depth = _elements = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self._depth += 1
        self._elements += 1
        if self._depth > MOST_DEPTH:
            raise _refused("PSDF-X05", most=MOST_DEPTH)
        if self._elements > MOST_ELEMENTS:
            raise _refused("PSDF-X06", most=MOST_ELEMENTS)
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        self._depth -= 1
        return super().end(tag)

    def doctype(self, *_: object) -> None:
        raise _refused("PSDF-X03")


def _other_encoding(content: bytes) -> str | None:
    """Which encoding it says, or seems to be in, where that is not UTF-8."""
    if (declared := _ENCODING.match(content)) and declared[1].upper() != b"UTF-8":
        return declared[1].decode("ascii", "replace")
    try:
        content.decode()
    except UnicodeDecodeError as error:
        return f"byte {error.start}"
    return None


def _refused(rule: str, **told: object) -> Refused:
    return Refused(HTTPStatus.UNPROCESSABLE_ENTITY, [broken(rule, None, **told)])
