"""What the bank answers, read into records: pain.002.001.10 (status of orders) and camt.054.001.08 (booked debits).

XML from outside is read without entities, document types and network, and up to a size. Every order and entry of an
answer becomes a record, whatever its status: what decides nothing is ``other``, and nothing is left out. Money is whole
euro cents; dates are legal days in Vilnius (point 16 counts to the day).
"""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, TypeAlias

from lxml import etree

from shared.kernel.calendar import day_of
from shared.kernel.value import value

Node: TypeAlias = Any  # lxml ships no types
Outcome: TypeAlias = Literal["executed", "rejected", "other"]

STATUS_REPORT, NOTIFICATION = "pain.002.001.10", "camt.054.001.08"
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
LARGEST_FILE = 64 * 1024 * 1024


class BankFileError(ValueError):
    """A file that can't be written, read or taken: what, where."""


@value
class BankRecord:
    """What the bank says of one order, or of a whole file (``end_to_end_id`` empty, ``message_id`` that of the file).

    ``executed`` is a booked debit on its booking date, ``rejected`` a refusal on the day of the report; ``other`` is
    all else (accepted, pending, credits, returns, reversals): it decides nothing, and a person may want to see it.
    ``reason`` is the bank's code and words, ``amount_cents`` None where the bank names no sum in euro.
    """

    end_to_end_id: str
    outcome: Outcome
    on: date
    reason: str = ""
    amount_cents: int | None = None
    message_id: str = ""


def bank_answers(content: bytes) -> list[BankRecord]:
    """Read an answer of the bank, whichever of the two it is, into records.

    Raises BankFileError for what is no such XML, declares a document type or entities, or exceeds 64 MiB.
    """
    root = read_xml(content)
    kind = str(etree.QName(root).namespace).removeprefix(NAMESPACE)
    if kind == STATUS_REPORT:
        return list(_status_report(root))
    if kind == NOTIFICATION:
        return list(_notification(root))
    raise BankFileError(f"an answer of the bank is {STATUS_REPORT} or {NOTIFICATION}, not {kind}")


def read_xml(content: bytes) -> Node:
    """Parse XML from outside: no document type, no entities, no network, at most 64 MiB. Raises BankFileError."""
    if len(content) > LARGEST_FILE:
        raise BankFileError(f"a file of the bank has at most {LARGEST_FILE} bytes, not {len(content)}")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise BankFileError(f"not XML: {error}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise BankFileError("a file of the bank declares no document type")
    return root


def _status_report(root: Node) -> Iterator[BankRecord]:
    """pain.002: each order that it names; the whole file where it was refused, or where no order is named."""
    report = _one(root, "CstmrPmtStsRpt")
    on = _day(_text(report, "GrpHdr/CreDtTm"))
    group = _one(report, "OrgnlGrpInfAndSts")
    message_id, group_status = _text(group, "OrgnlMsgId"), _text(group, "GrpSts")
    blocks = _all(report, "OrgnlPmtInfAndSts")
    for block in blocks:
        for order in _all(block, "TxInfAndSts"):
            status = _text(order, "TxSts") or _text(block, "PmtInfSts") or group_status
            yield BankRecord(
                end_to_end_id=_text(order, "OrgnlEndToEndId"),
                outcome="rejected" if status == "RJCT" else "other",
                on=on,
                reason=_reason(order) or _reason(block) or _reason(group) or status,
                amount_cents=_cents(order, "OrgnlTxRef/Amt/InstdAmt"),
                message_id=message_id,
            )
    statuses = [(group_status, group), *((_text(block, "PmtInfSts"), block) for block in blocks)]
    refused = next((node for status, node in statuses if status == "RJCT"), None)
    if refused is not None or not any(_all(block, "TxInfAndSts") for block in blocks):
        yield BankRecord(
            end_to_end_id="",
            outcome="other" if refused is None else "rejected",
            on=on,
            reason=_reason(group if refused is None else refused) or (group_status if refused is None else "RJCT"),
            message_id=message_id,
        )


def _notification(root: Node) -> Iterator[BankRecord]:
    """camt.054: each order of each entry; an entry without orders is a record without an id."""
    notification = _one(root, "BkToCstmrDbtCdtNtfctn")
    created = _text(notification, "GrpHdr/CreDtTm")
    for entry in _all(notification, "Ntfctn/Ntry"):
        booked = _text(entry, "BookgDt/Dt") or _text(entry, "BookgDt/DtTm") or created
        status = _text(entry, "Sts/Cd") or _text(entry, "Sts/Prtry")
        reversal = "reversal" if _text(entry, "RvslInd") in ("true", "1") else ""
        orders = _all(entry, "NtryDtls/TxDtls")
        for order in orders or [entry]:
            side = _text(order, "CdtDbtInd") or _text(entry, "CdtDbtInd")
            returned = _text(order, "RtrInf/Rsn/Cd") or _text(order, "RtrInf/Rsn/Prtry")
            executed = (side, status, reversal, returned) == ("DBIT", "BOOK", "", "")
            cents = [_cents(order, path) for path in ("Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/InstdAmt/Amt")]
            whole = _cents(entry, "Amt") if len(orders) == 1 else None
            yield BankRecord(
                end_to_end_id=_text(order, "Refs/EndToEndId"),
                outcome="executed" if executed else "other",
                on=_day(booked),
                reason="" if executed else " ".join(filter(None, (side, status, reversal, returned))),
                amount_cents=next((sum_ for sum_ in [*cents, whole] if sum_ is not None), None),
                message_id=_text(order, "Refs/MsgId"),
            )


def _path(node: Node, path: str) -> str:
    """Spell a path in the namespace of the node."""
    space = etree.QName(node).namespace
    return "/".join(f"{{{space}}}{name}" for name in path.split("/"))


def _all(node: Node, path: str) -> list[Node]:
    return list(node.iterfind(_path(node, path)))


def _one(node: Node, path: str) -> Node:
    found = node.find(_path(node, path))
    if found is None:
        raise BankFileError(f"line {node.sourceline}: {etree.QName(node).localname} has no {path}")
    return found


def _text(node: Node, path: str) -> str:
    return (node.findtext(_path(node, path)) or "").strip()


def _reason(node: Node) -> str:
    """Read the bank's code and words for a status; empty where it gives none."""
    told = [_text(node, f"StsRsnInf/{path}") for path in ("Rsn/Cd", "Rsn/Prtry", "AddtlInf")]
    return " ".join(filter(None, told))


def _cents(node: Node, path: str) -> int | None:
    """Read an amount as whole cents; None where there is none, or it is not in euro."""
    found = node.find(_path(node, path))
    if found is None or found.get("Ccy") != "EUR":
        return None
    try:
        cents = Decimal(found.text or "").scaleb(2)
    except InvalidOperation:
        raise BankFileError(f"line {found.sourceline}: not an amount: {found.text!r}") from None
    if cents != cents.to_integral_value():
        raise BankFileError(f"line {found.sourceline}: not whole cents: {found.text!r}")
    return int(cents)


def _day(moment: str) -> date:
    """Read a date, or the Vilnius day of a date and time; without an offset it is meant in Vilnius."""
    try:
        read = datetime.fromisoformat(moment)
    except ValueError:
        raise BankFileError(f"not a date: {moment!r}") from None
    return read.date() if read.tzinfo is None else day_of(read)
