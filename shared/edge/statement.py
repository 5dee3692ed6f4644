"""Sodra's statement of a quarter (point 22) that comes as a file: CSV or XML, imported by two persons.

A CSV has the header ``year;quarter;submission;line;stated_eur`` (or commas), and a row for each of ``transferred``,
``offset``, ``related``, ``compensation`` and ``total``, their sum; XML is as ``statement.xsd`` says. What is imported
is the event that Sodra would have sent; its attributes ``importedby`` and ``approvedby`` stand in the journal, and the
same file is the same event.
"""

import csv
import io
import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

import msgspec
from lxml import etree

from shared.edge.einvoice.records import Refused
from shared.edge.einvoice.xml import read_tree
from shared.edge.signatures import IMPORTED
from shared.events.keys import same_person
from shared.events.sodra import SodraStatementSubmitted
from shared.messages.read import Event, Malformed, parse
from shared.messages.write import cloud_event

SOURCE = "/sodra"
HEADER = ("year", "quarter", "submission", "line", "stated_eur")
SUMS = ("transferred", "offset", "related", "compensation")
TOTAL = "total"
MOST_BYTES = 100_000
_EURO = re.compile(r"([0-9]{1,12})(?:[.,]([0-9]{1,2}))?")
_NUMBER = re.compile(r"[0-9]{1,6}")


class StatementError(ValueError):
    """A file that is no statement: the message says where, and what is expected."""


def read_statement(content: bytes) -> dict[str, int]:
    """The data of the event: year, quarter, submission, and four sums in cents. Raises StatementError."""
    if len(content) > MOST_BYTES:
        raise StatementError(f"{len(content)} bytes are more than the {MOST_BYTES} of a statement")
    is_xml = content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    head, sums = _of_xml(content) if is_xml else _of_csv(content)
    said = {name: _number(text, name) for name, text in head.items()}
    cents = {name: _cents(text, name) for name, text in sums.items()}
    total = sum(cents[name] for name in SUMS)
    if total != cents[TOTAL]:
        raise StatementError(f"total: {cents[TOTAL]} cents are stated, the other lines add up to {total}")
    return said | {f"{name}_cents": cents[name] for name in SUMS}


def imported(content: bytes, at: datetime, by: str, approved_by: str) -> bytes:
    """The event of a file, imported at a moment by one person and approved by another. Raises StatementError."""
    data = read_statement(content)
    event: dict[str, Any] = msgspec.json.decode(
        cloud_event(
            id_=f"sha256:{sha256(content).hexdigest()}",
            source=SOURCE,
            type_=SodraStatementSubmitted.type,
            subject=f"{data['year']}-Q{data['quarter']}",
            time=at.isoformat(timespec="seconds"),
            data=data,
        )
    )
    raw = msgspec.json.encode(event | {"importedby": by, "approvedby": approved_by})
    read_imported(raw)
    return raw


def read_imported(raw: bytes) -> Event:
    """The event of an import that two persons stand for. Raises StatementError."""
    try:
        event = parse(raw, outside=True)
    except Malformed as malformed:
        raise StatementError(malformed.error) from None
    attributes = msgspec.json.decode(raw)
    by, approved_by = (str(attributes.get(name) or "").strip() for name in IMPORTED)
    if event.type != SodraStatementSubmitted.type:
        raise StatementError(f"type: {event.type} is not {SodraStatementSubmitted.type}")
    if not by or not approved_by:
        raise StatementError("importedby or approvedby is missing: a statement is imported by two")
    if same_person(by, approved_by):
        raise StatementError(f"importedby and approvedby are one person, '{by}': a statement is imported by two")
    return event


def _of_csv(content: bytes) -> tuple[dict[str, str], dict[str, str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise StatementError(f"byte {error.start} is not UTF-8: save the file as CSV UTF-8") from None
    first = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in first else ",", strict=True)
    try:
        rows = list(reader)
    except csv.Error as error:
        raise StatementError(f"row {reader.line_num} is no CSV: {error}") from None
    if not rows or tuple(cell.strip() for cell in rows[0]) != HEADER:
        raise StatementError(f"row 1 is {first[:80].strip()!r}: expected {';'.join(HEADER)}")
    heads: set[tuple[str, ...]] = set()
    sums: dict[str, str] = {}
    for number, row in enumerate(rows[1:], 2):
        cells = tuple(cell.strip() for cell in row)
        if not any(cells):
            continue
        if len(cells) != len(HEADER):
            raise StatementError(f"row {number} has {len(cells)} cells, {len(HEADER)} are expected")
        *head, line, stated = cells
        if line not in (*SUMS, TOTAL) or line in sums:
            expected = ", ".join((*SUMS, TOTAL))
            raise StatementError(f"row {number}: line '{line[:40]}' is not expected here: {expected}, each once")
        heads.add(tuple(head))
        sums[line] = stated
    if missing := [name for name in (*SUMS, TOTAL) if name not in sums]:
        raise StatementError(f"missing: {', '.join(missing)}")
    if len(heads) > 1:
        raise StatementError("the rows are of more than one year, quarter or submission: one statement a file")
    return dict(zip(HEADER, *heads, strict=False)), sums


def _of_xml(content: bytes) -> tuple[Mapping[str, str], Mapping[str, str]]:
    try:
        root = read_tree(content)
    except Refused as refused:
        raise StatementError(str(refused)) from None
    schema = _schema()
    if not schema.validate(root):
        raise StatementError(f"line {schema.error_log[0].line}: {schema.error_log[0].message}")
    return {name: str(root.get(name)) for name in HEADER[:3]}, {str(each.tag): each.text or "" for each in root}


@cache
def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.fromstring((files("shared.edge") / "statement.xsd").read_bytes()))


def _number(text: str, name: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise StatementError(f"{name}: '{text[:40]}' is no whole number")
    return int(text)


def _cents(text: str, name: str) -> int:
    found = _EURO.fullmatch(text)
    if found is None:
        raise StatementError(
            f"{name}: '{text[:40]}' is no sum in euro, such as 442100000,00: digits, no blanks between"
        )
    return int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))
