"""What the bank answers, read into records: pain.002.001.10, camt.054.001.08, camt.053.001.08 and pacs.004.001.09.

XML from outside is read without entities, document types and network, and up to a size. Every order and entry of an
answer becomes a record, whatever its status: what decides nothing is ``other``, and nothing is left out. Money is whole
euro cents; dates are legal days in Vilnius (point 16 counts to the day).

"I have this file already" (DUPL, AM05) rejects nothing: the first copy may be carried out tomorrow, and an order that
counts as rejected is ordered anew.
"""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from typing import Any, Literal, TypeAlias

from lxml import etree

from shared.kernel.calendar import VILNIUS, day_of, in_vilnius
from shared.kernel.value import value

Node: TypeAlias = Any  # lxml ships no types
Outcome: TypeAlias = Literal["executed", "rejected", "returned", "credited", "other"]

STATUS_REPORT, NOTIFICATION = "pain.002.001.10", "camt.054.001.08"
STATEMENT, RETURN = "camt.053.001.08", "pacs.004.001.09"
KINDS = (STATUS_REPORT, NOTIFICATION, RETURN, STATEMENT)
"""What can be read, in the order in which files of one moment are read: a statement closes what others told."""
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
LARGEST_FILE = 64 * 1024 * 1024
REPEATED = frozenset({"DUPL", "AM05"})
"""Reasons that say that the bank has the file, or the order, already."""


class BankFileError(ValueError):
    """A file that can't be written, read or taken: what, where."""


@value
class BankRecord:
    """What the bank says of one order, or of a whole file (``end_to_end_id`` empty, ``message_id`` that of the file).

    ``executed`` is a booked debit on its booking date, ``rejected`` a refusal on the day of the report, ``returned``
    a debit that came back, ``credited`` money from elsewhere, usable from ``value_on``; ``other`` is all else
    (accepted, pending, repeated, reversals): it decides nothing, and a person may want to see it. ``reason`` is the
    bank's code and words, ``status`` its status of a file or an order; ``amount_cents`` is None where it names no sum
    in euro. ``iban`` is our account and ``reference`` the bank's own name of an entry.
    """

    end_to_end_id: str
    outcome: Outcome
    on: date
    reason: str = ""
    amount_cents: int | None = None
    message_id: str = ""
    status: str = ""
    iban: str = ""
    reference: str = ""
    value_on: date | None = None


@value
class Statement:
    """An account's day as its bank closed it: numbered without gaps, ``opening`` and the entries make ``closing``.

    Sums in cents, below 0 for an overdraft; ``entries_cents`` is credits less debits of all booked entries.
    """

    iban: str
    number: int
    on: date
    opening_cents: int
    closing_cents: int
    entries_cents: int
    records: tuple[BankRecord, ...]


@value
class Answer:
    """A file of the bank: its kind, the moment at which it was made, and what it says."""

    kind: str
    created_at: datetime
    records: tuple[BankRecord, ...]
    statements: tuple[Statement, ...] = ()


def read_answer(content: bytes) -> Answer:
    """Read an answer of the bank, whichever of the four it is.

    Raises BankFileError for what is no such XML, declares a document type or entities, or exceeds 64 MiB.
    """
    root = read_xml(content)
    kind = str(etree.QName(root).namespace).removeprefix(NAMESPACE)
    if kind == STATUS_REPORT:
        report = _one(root, "CstmrPmtStsRpt")
        return Answer(kind=kind, created_at=_created(report), records=tuple(_status_report(report)))
    if kind == NOTIFICATION:
        told = _one(root, "BkToCstmrDbtCdtNtfctn")
        records = [record for each in _all(told, "Ntfctn") for record in _entries(each, _created(told))]
        return Answer(kind=kind, created_at=_created(told), records=tuple(records))
    if kind == RETURN:
        back = _one(root, "PmtRtr")
        return Answer(kind=kind, created_at=_created(back), records=tuple(_returns(back)))
    if kind == STATEMENT:
        told = _one(root, "BkToCstmrStmt")
        days = tuple(_statement(each, _created(told)) for each in _all(told, "Stmt"))
        return Answer(kind=kind, created_at=_created(told), records=(), statements=days)
    raise BankFileError(f"an answer of the bank is one of {', '.join(KINDS)}, not {kind}")


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


def _status_report(report: Node) -> Iterator[BankRecord]:
    """pain.002: each order that it names; the whole file where it was refused, or where no order is named."""
    on = day_of(_created(report))
    group = _one(report, "OrgnlGrpInfAndSts")
    message_id, group_status = _text(group, "OrgnlMsgId"), _text(group, "GrpSts")
    blocks = _all(report, "OrgnlPmtInfAndSts")
    for block in blocks:
        for order in _all(block, "TxInfAndSts"):
            status = _text(order, "TxSts") or _text(block, "PmtInfSts") or group_status
            reason = _reason(order) or _reason(block) or _reason(group) or status
            yield BankRecord(
                end_to_end_id=_text(order, "OrgnlEndToEndId"),
                outcome="rejected" if status == "RJCT" and not _is_repeat(reason) else "other",
                on=on,
                reason=reason,
                amount_cents=_cents(order, "OrgnlTxRef/Amt/InstdAmt"),
                message_id=message_id,
                status=status,
            )
    statuses = [(group_status, group), *((_text(block, "PmtInfSts"), block) for block in blocks)]
    refused = next((node for status, node in statuses if status == "RJCT"), None)
    if refused is not None or not any(_all(block, "TxInfAndSts") for block in blocks):
        reason = (_reason(group) or group_status) if refused is None else (_reason(refused) or "RJCT")
        yield BankRecord(
            end_to_end_id="",
            outcome="other" if refused is None or _is_repeat(reason) else "rejected",
            on=on,
            reason=reason,
            message_id=message_id,
            status=group_status or ("RJCT" if refused is not None else ""),
        )


def _is_repeat(reason: str) -> bool:
    """Whether a reason says that the bank has this already."""
    return reason.partition(" ")[0] in REPEATED


def _entries(account: Node, created: datetime) -> Iterator[BankRecord]:
    """camt: each order of each entry of an account; an entry without orders is a record without an id."""
    iban = _text(account, "Acct/Id/IBAN")
    for entry in _all(account, "Ntry"):
        booked = _text(entry, "BookgDt/Dt") or _text(entry, "BookgDt/DtTm")
        status = _text(entry, "Sts/Cd") or _text(entry, "Sts/Prtry")
        reversal = "reversal" if _text(entry, "RvslInd") in ("true", "1") else ""
        valued = _text(entry, "ValDt/Dt") or _text(entry, "ValDt/DtTm")
        orders = _all(entry, "NtryDtls/TxDtls")
        for number, order in enumerate(orders or [entry]):
            side = _text(order, "CdtDbtInd") or _text(entry, "CdtDbtInd")
            back = _text(order, "RtrInf/Rsn/Cd") or _text(order, "RtrInf/Rsn/Prtry")
            back = back or ("RtrInf" if _all(order, "RtrInf") else "")
            outcome = _outcome(side, status, reversal, back)
            cents = [_cents(order, path) for path in ("Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/InstdAmt/Amt")]
            whole = _cents(entry, "Amt") if len(orders) <= 1 else None
            known = " ".join(filter(None, (side, status, reversal, back)))
            yield BankRecord(
                end_to_end_id=_text(order, "Refs/EndToEndId"),
                outcome=outcome,
                on=_day(booked) if booked else day_of(created),
                reason={"executed": "", "credited": "", "returned": back}.get(outcome, known),
                amount_cents=next((sum_ for sum_ in [*cents, whole] if sum_ is not None), None),
                message_id=_text(order, "Refs/MsgId"),
                iban=iban,
                reference=_reference(entry, order, number if len(orders) > 1 else None),
                value_on=_day(valued) if valued else None,
            )


def _outcome(side: str, status: str, reversal: str, back: str) -> Outcome:
    """Only what is booked decides: a debit, a debit that came back, or money from elsewhere."""
    if status != "BOOK" or reversal:
        return "other"
    if side == "DBIT":
        return "other" if back else "executed"
    return "other" if side != "CRDT" else "returned" if back else "credited"


def _reference(entry: Node, order: Node, number: int | None) -> str:
    """Find the bank's own name of an entry, the same in a notification and in a statement.

    Without one it is a digest of what the entry says, as a notification spells it, so that the same entry told twice,
    by a notification and by the statement of its day, is one.
    """
    own = _text(order, "Refs/AcctSvcrRef") if order is not entry else ""
    if own:
        return own
    shared = _text(entry, "AcctSvcrRef") or _text(entry, "NtryRef")
    if shared:
        return shared if number is None else f"{shared}.{number + 1}"
    told = etree.tostring(order, method="c14n").replace(STATEMENT.encode(), NOTIFICATION.encode())
    return "sha256." + sha256(told).hexdigest()[:32]


def _returns(back: Node) -> Iterator[BankRecord]:
    """pacs.004: each payment that came back."""
    group = _text(back, "OrgnlGrpInf/OrgnlMsgId")
    for order in _all(back, "TxInf"):
        settled = _text(order, "IntrBkSttlmDt") or _text(back, "GrpHdr/IntrBkSttlmDt")
        yield BankRecord(
            end_to_end_id=_text(order, "OrgnlEndToEndId"),
            outcome="returned",
            on=_day(settled) if settled else day_of(_created(back)),
            reason=_text(order, "RtrRsnInf/Rsn/Cd") or _text(order, "RtrRsnInf/Rsn/Prtry"),
            amount_cents=_cents(order, "RtrdIntrBkSttlmAmt"),
            message_id=_text(order, "OrgnlGrpInf/OrgnlMsgId") or group,
            iban=_text(order, "OrgnlTxRef/DbtrAcct/Id/IBAN"),
            reference=_text(order, "RtrId"),
        )


def _statement(day: Node, created: datetime) -> Statement:
    """camt.053: an account's day with its balances."""
    number, iban = _text(day, "ElctrncSeqNb") or _text(day, "LglSeqNb"), _text(day, "Acct/Id/IBAN")
    if not number.isdecimal():
        raise BankFileError(f"line {day.sourceline}: the statement of {iban or 'no account'} has no number")
    balances = {_text(each, "Tp/CdOrPrtry/Cd"): each for each in _all(day, "Bal")}
    missing = {"OPBD", "CLBD"} - balances.keys()
    if missing:
        raise BankFileError(f"line {day.sourceline}: statement {number} of {iban} has no {', '.join(sorted(missing))}")
    return Statement(
        iban=iban,
        number=int(number),
        on=_day(_text(balances["CLBD"], "Dt/Dt") or _text(balances["CLBD"], "Dt/DtTm")),
        opening_cents=_signed(balances["OPBD"]),
        closing_cents=_signed(balances["CLBD"]),
        entries_cents=sum(_signed(each) for each in _all(day, "Ntry") if _booked(each)),
        records=tuple(_entries(day, created)),
    )


def _booked(entry: Node) -> bool:
    return (_text(entry, "Sts/Cd") or _text(entry, "Sts/Prtry")) == "BOOK"


def _signed(node: Node) -> int:
    """Read an amount in euro with its side: credits above 0, debits below."""
    cents = _cents(node, "Amt")
    if cents is None:
        raise BankFileError(f"line {node.sourceline}: {etree.QName(node).localname} has no amount in euro")
    side = _text(node, "CdtDbtInd")
    if side not in ("CRDT", "DBIT"):
        raise BankFileError(f"line {node.sourceline}: {etree.QName(node).localname} is neither CRDT nor DBIT: {side!r}")
    return cents if side == "CRDT" else -cents


def _created(message: Node) -> datetime:
    """Read the moment at which the bank made a message, in Vilnius; without an offset it is meant there."""
    text = _text(message, "GrpHdr/CreDtTm")
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise BankFileError(f"GrpHdr/CreDtTm is not a moment: {text!r}") from None
    return read.replace(tzinfo=VILNIUS) if read.tzinfo is None else in_vilnius(read)


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
    if not cents.is_finite() or cents != cents.to_integral_value() or cents < 0:
        raise BankFileError(f"line {found.sourceline}: not whole cents, 0 or more: {found.text!r}")
    return int(cents)


def _day(moment: str) -> date:
    """Read a date, or the Vilnius day of a date and time; without an offset it is meant in Vilnius."""
    try:
        read = datetime.fromisoformat(moment)
    except ValueError:
        raise BankFileError(f"not a date: {moment!r}") from None
    return read.date() if read.tzinfo is None else day_of(read)
