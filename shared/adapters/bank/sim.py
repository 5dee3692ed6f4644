"""A small real bank for trials and tests: takes files of orders, answers them later, refuses a seeded share (point 16).

``POST /files`` takes a pain.001.001.09, valid against its schema; the same file again changes nothing, another file
under a used message id is refused (409). ``GET /answers?since=N`` lists what it has answered after number N: a
pain.002.001.10 with the orders it rejects, a camt.054.001.08 with those it booked, dated on the requested day. Whether
an order is rejected follows from the seed and its end-to-end id alone.

What is played to it: ``POST /check`` gives what it would find against a file, ``POST /credits`` brings money to an
account, once under its ``id``, and ``POST /close`` closes a day: a camt.053.001.08 of each account with an entry of it,
or of a day before it, that no statement has.

With a folder it keeps a diary there, and gives the same answers under the same numbers after a restart; and it lives by
the clock: a day that has ended in Vilnius is closed, be it asked to or not. Only one bank lives in a folder. Without
one it keeps all in memory.
"""

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from http import HTTPStatus
from json import JSONDecodeError
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import uvicorn
from lxml import etree
from schwifty import IBAN
from schwifty.exceptions import SchwiftyException
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from shared.adapters.bank.answers import (
    NAMESPACE,
    NOTIFICATION,
    STATEMENT,
    STATUS_REPORT,
    BankFileError,
    read_xml,
)
from shared.adapters.bank.diary import Diary, alone
from shared.adapters.bank.orders import ORDERS, orders_schema
from shared.kernel.calendar import VILNIUS

STATUS_REPORT_XML = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="{namespace}"><CstmrPmtStsRpt>
<GrpHdr><MsgId>S{number}</MsgId><CreDtTm>{on}T12:00:00</CreDtTm></GrpHdr>
<OrgnlGrpInfAndSts><OrgnlMsgId>{message_id}</OrgnlMsgId><OrgnlMsgNmId>{orders}</OrgnlMsgNmId></OrgnlGrpInfAndSts>
<OrgnlPmtInfAndSts><OrgnlPmtInfId>{message_id}</OrgnlPmtInfId>{entries}</OrgnlPmtInfAndSts>
</CstmrPmtStsRpt></Document>"""
REJECTED_XML = """
<TxInfAndSts><OrgnlEndToEndId>{id}</OrgnlEndToEndId><TxSts>RJCT</TxSts>
<StsRsnInf><Rsn><Cd>AC04</Cd></Rsn><AddtlInf>Account closed</AddtlInf></StsRsnInf>
<OrgnlTxRef><Amt><InstdAmt Ccy="EUR">{amount}</InstdAmt></Amt></OrgnlTxRef></TxInfAndSts>"""
NOTIFICATION_XML = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="{namespace}"><BkToCstmrDbtCdtNtfctn>
<GrpHdr><MsgId>N{number}</MsgId><CreDtTm>{on}T{at}</CreDtTm></GrpHdr>
<Ntfctn><Id>N{number}</Id><Acct><Id><IBAN>{iban}</IBAN></Id></Acct>{entries}</Ntfctn>
</BkToCstmrDbtCdtNtfctn></Document>"""
BOOKED_XML = """
<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<BookgDt><Dt>{on}</Dt></BookgDt>
<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>ICDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>
<NtryDtls><TxDtls><Refs><MsgId>{message_id}</MsgId><EndToEndId>{id}</EndToEndId></Refs>
<Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>DBIT</CdtDbtInd></TxDtls></NtryDtls></Ntry>"""
CREDITED_XML = """
<Ntry><NtryRef>{reference}</NtryRef><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<BookgDt><Dt>{on}</Dt></BookgDt><ValDt><Dt>{on}</Dt></ValDt><AcctSvcrRef>{reference}</AcctSvcrRef></Ntry>"""
STATEMENT_XML = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="{namespace}"><BkToCstmrStmt>
<GrpHdr><MsgId>D{number}</MsgId><CreDtTm>{on}T23:30:00</CreDtTm></GrpHdr>
<Stmt><Id>D{number}</Id><ElctrncSeqNb>{sequence}</ElctrncSeqNb><Acct><Id><IBAN>{iban}</IBAN></Id></Acct>
{balances}{entries}</Stmt></BkToCstmrStmt></Document>"""
BALANCE_XML = """
<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>
<Dt><Dt>{on}</Dt></Dt></Bal>"""


DIARY = "diary.jsonl"
LONGEST_ID = 35


@dataclass(slots=True)
class Account:
    """An account's books: its balance in cents at the last statement, that one's number, and what was booked since.

    An entry is the day that it is dated on (YYYY-MM-DD), its cents, and how it is written in a statement.
    """

    closing_cents: int = 0
    statements: int = 0
    entries: list[tuple[str, int, str]] = field(default_factory=list)

    def closed(self, on: object) -> dict[str, object] | None:
        """What the statement of a day says; None where it has no entry of that day or of one before."""
        stated = [entry for entry in self.entries if entry[0] <= str(on)]
        if not stated:
            return None
        before, self.statements = self.closing_cents, self.statements + 1
        self.closing_cents += sum(cents for _, cents, _ in stated)
        balances = "".join(
            BALANCE_XML.format(kind=kind, amount=amount_of(abs(cents)), side="CRDT" if cents >= 0 else "DBIT", on=on)
            for kind, cents in (("OPBD", before), ("CLBD", self.closing_cents))
        )
        self.entries = [entry for entry in self.entries if entry[0] > str(on)]
        entries = "".join(xml for _, _, xml in stated)
        return {"on": on, "sequence": self.statements, "balances": balances, "entries": entries}


class SmallBank:
    """The bank's books: the files taken, and its answers, each with the time from which it can be fetched.

    All of it follows from what it was told, the share and the seed; what it was told is in the diary before it acts.
    """

    def __init__(
        self, *, rejected_share: float, seed: int, delay_s: float, clock: Callable[[], float], folder: Path | None
    ) -> None:
        self._share, self._seed, self._delay_s, self._clock = rejected_share, seed, delay_s, clock
        self._files: dict[str, bytes] = {}
        self._answers: list[tuple[float, str]] = []
        self._accounts: dict[str, Account] = {}
        self._credits: dict[str, tuple[str, int, str]] = {}
        self._diary = Diary(folder / DIARY) if folder else None
        for said in self._diary.read() if self._diary else ():
            self._act(said)

    def take(self, content: bytes) -> tuple[HTTPStatus, str]:
        """Take a file: 202 with its message id, 200 the second time, 409 for another one under that id, 400."""
        if found := self.findings(content):
            return HTTPStatus.BAD_REQUEST, found[0]
        message_id = _message_id(read_xml(content))
        if message_id in self._files:
            same = self._files[message_id] == content
            return (HTTPStatus.OK if same else HTTPStatus.CONFLICT), message_id
        self._hear(file=content.decode(errors="surrogateescape"))
        return HTTPStatus.ACCEPTED, message_id

    def findings(self, content: bytes) -> list[str]:
        """What is wrong with a file; nothing where it would be taken."""
        try:
            root = read_xml(content)
        except BankFileError as error:
            return [str(error)]
        if not orders_schema().validate(root):
            return [str(orders_schema().error_log.last_error)]
        return list(_not_done_here(root))

    def credit(self, id_: str, iban: str, cents: int, on: str) -> HTTPStatus:
        """Book money from elsewhere, in cents, on a day (YYYY-MM-DD), and tell of it: 201; as ``take`` 200 and 409."""
        if known := self._credits.get(id_):
            return HTTPStatus.OK if known == (iban, cents, on) else HTTPStatus.CONFLICT
        self._hear(id=id_, iban=iban, cents=cents, on=on)
        return HTTPStatus.CREATED

    def close(self, on: str) -> None:
        """Close a day: a statement of each account with an entry of it or before it that no statement has."""
        self._hear(close=on)

    def answers(self, since: int) -> list[dict[str, object]]:
        """List the answers after a number that are ready by now."""
        self._close_what_ended()
        ready = [(number, xml) for number, (at, xml) in enumerate(self._answers, start=1) if at <= self._clock()]
        return [{"number": number, "xml": xml} for number, xml in ready if number > since]

    def _hear(self, **said: object) -> None:
        """Write down what is said, with the time from which its answers can be fetched, then do it."""
        if "close" not in said:
            self._close_what_ended()
        said["at"] = self._clock() + self._delay_s
        if self._diary:
            self._diary.add(said)
        self._act(said)

    def _act(self, said: dict[str, Any]) -> None:
        """Do what was said, now or in a life before."""
        at = said["at"]
        if "file" in said:
            content = said["file"].encode(errors="surrogateescape")
            root = read_xml(content)
            self._files[_message_id(root)] = content
            self._carry_out(root, at)
        elif "iban" in said:
            iban, cents, on = said["iban"], said["cents"], said["on"]
            reference = f"C{len(self._credits) + 1}"
            self._credits[said.get("id", reference)] = iban, cents, on  # diaries of before name none
            entry = CREDITED_XML.format(reference=reference, amount=amount_of(cents), on=on)
            self._account(iban).entries.append((on, cents, entry))
            self._tell(at, NOTIFICATION_XML, NOTIFICATION, iban=escape(iban), on=on, at="08:00:00", entries=entry)
        else:
            for iban, account in self._accounts.items():
                if stated := account.closed(said["close"]):
                    self._tell(at, STATEMENT_XML, STATEMENT, iban=escape(iban), **stated)

    def _close_what_ended(self) -> None:
        """Close each day that is over and has an entry: a bank with a diary lives by the clock."""
        if self._diary:
            today = f"{datetime.fromtimestamp(self._clock(), VILNIUS):%Y-%m-%d}"
            open_days = {on for account in self._accounts.values() for on, _, _ in account.entries}
            for on in sorted(on for on in open_days if on < today):
                self.close(on)

    def _carry_out(self, root: etree.Element, ready_at: float) -> None:
        on, iban = root.findtext(".//{*}ReqdExctnDt/{*}Dt"), root.findtext(".//{*}DbtrAcct//{*}IBAN")
        orders = [
            {"id": escape(order.findtext(".//{*}EndToEndId")), "amount": order.findtext(".//{*}InstdAmt")}
            for order in root.iterfind(".//{*}CdtTrfTxInf")
        ]
        rejected = [order for order in orders if self._rejects(order["id"])]
        booked = [order for order in orders if not self._rejects(order["id"])]
        about = {"on": on, "iban": iban, "message_id": escape(_message_id(root))}
        refusals = "".join(REJECTED_XML.format(**order) for order in rejected)
        debits = [(order, BOOKED_XML.format(**about, **order)) for order in booked]
        self._account(str(iban)).entries += [(str(on), -cents_of(order["amount"]), xml) for order, xml in debits]
        if rejected:
            self._tell(ready_at, STATUS_REPORT_XML, STATUS_REPORT, **about, orders=ORDERS, entries=refusals)
        if booked:
            entries = "".join(xml for _, xml in debits)
            self._tell(ready_at, NOTIFICATION_XML, NOTIFICATION, **about, at="18:00:00", entries=entries)

    def _account(self, iban: str) -> Account:
        return self._accounts.setdefault(iban, Account())

    def _tell(self, ready_at: float, whole: str, kind: str, **said: object) -> None:
        """Add an answer, to be fetched when its time has come."""
        xml = whole.format(namespace=NAMESPACE + kind, number=len(self._answers) + 1, **said)
        self._answers.append((ready_at, xml))

    def _rejects(self, end_to_end_id: str) -> bool:
        drawn = hashlib.sha256(f"{self._seed}:{end_to_end_id}".encode()).digest()[:4]
        return int.from_bytes(drawn) < self._share * 2**32


def _message_id(root: etree.Element) -> str:
    return str(root.findtext(".//{*}MsgId"))


def _not_done_here(root: etree.Element) -> Iterator[str]:
    """What the schema takes and this bank does not carry out."""
    if len(root.findall(".//{*}PmtInf")) > 1:
        yield "a file here is of one account and one day: one PmtInf"
    if root.find(".//{*}ReqdExctnDt/{*}Dt") is None or root.find(".//{*}DbtrAcct//{*}IBAN") is None:
        yield "a file here names its day (ReqdExctnDt/Dt) and the debtor's IBAN"
    if root.find(".//{*}EqvtAmt") is not None or set(root.xpath("//@Ccy")) - {"EUR"}:
        yield "amounts here are InstdAmt in EUR"


def amount_of(cents: int) -> str:
    """An amount in euro as the bank writes it."""
    return f"{cents // 100}.{cents % 100:02}"


def cents_of(amount: str) -> int:
    """The whole cents of an amount in euro, which the schema has checked."""
    return int(Decimal(amount).scaleb(2))


class _Desk:
    """What answers the requests."""

    def __init__(self, bank: SmallBank) -> None:
        self._bank = bank

    async def take(self, request: Request) -> Response:
        status, told = self._bank.take(await request.body())
        return JSONResponse({"message_id" if status < HTTPStatus.BAD_REQUEST else "error": told}, status)

    async def answers(self, request: Request) -> Response:
        since = request.query_params.get("since", "0")
        if not since.isdecimal():
            return _refused(f"since is a number, not {since!r}")
        return JSONResponse({"answers": self._bank.answers(int(since))})

    async def check(self, request: Request) -> Response:
        return JSONResponse({"findings": self._bank.findings(await request.body())})

    async def credit(self, request: Request) -> Response:
        said = await _said(request)
        try:
            id_, iban = _name(said["id"]), IBAN(said["iban"]).compact
            cents, on = _cents(said["amount_cents"]), _day(said["on"])
        except (KeyError, TypeError, ValueError, SchwiftyException):
            return _refused("a credit has an id of its own, an iban, amount_cents (whole, above 0), on (YYYY-MM-DD)")
        status = self._bank.credit(id_, iban, cents, on)
        told = {"error": f"another credit has the id {id_}"} if status == HTTPStatus.CONFLICT else {}
        return JSONResponse(told, status)

    async def close(self, request: Request) -> Response:
        try:
            on = _day((await _said(request))["on"])
        except (KeyError, TypeError, ValueError):
            return _refused("which day is closed is said by on (YYYY-MM-DD)")
        self._bank.close(on)
        return JSONResponse({}, HTTPStatus.CREATED)

    async def livez(self, _: Request) -> Response:
        return PlainTextResponse("ok")


def bank_app(
    *,
    rejected_share: float = 0.0,
    seed: int = 0,
    delay_s: float = 0.0,
    clock: Callable[[], float] = time.time,
    folder: Path | None = None,
) -> Starlette:
    """Build the bank's HTTP interface: ``rejected_share`` 0 to 1 by ``seed``, answers ``delay_s`` after the file.

    ``clock`` gives seconds since 1970; a bank that has a ``folder`` lives by it.
    """
    desk = _Desk(SmallBank(rejected_share=rejected_share, seed=seed, delay_s=delay_s, clock=clock, folder=folder))
    return Starlette(
        routes=[
            Route("/files", desk.take, methods=["POST"]),
            Route("/answers", desk.answers, methods=["GET"]),
            Route("/check", desk.check, methods=["POST"]),
            Route("/credits", desk.credit, methods=["POST"]),
            Route("/close", desk.close, methods=["POST"]),
            Route("/livez", desk.livez, methods=["GET"]),
        ]
    )


def serve(port: int, folder: Path, *, host: str = "127.0.0.1") -> None:
    """Serve the bank that keeps its diary in a folder until the process is told to stop. Raises Stop for a second."""
    with alone(folder):
        uvicorn.run(bank_app(folder=folder), host=host, port=port, log_level="warning")


def _refused(why: str) -> Response:
    return JSONResponse({"error": why}, HTTPStatus.BAD_REQUEST)


async def _said(request: Request) -> dict[str, Any]:
    """The JSON object that came; one without anything where none did."""
    try:
        said = await request.json()
    except (JSONDecodeError, UnicodeDecodeError, RecursionError):
        said = None
    return said if isinstance(said, dict) else {}


def _name(text: object) -> str:
    """An id that a sender gives, of at most 35 characters. Raises ValueError."""
    if not isinstance(text, str) or not 0 < len(text) <= LONGEST_ID:
        raise ValueError(text)
    return text


def _cents(count: object) -> int:
    """A sum of money. Raises ValueError."""
    if type(count) is not int or count <= 0:
        raise ValueError(count)
    return count


def _day(text: str) -> str:
    """A day, written YYYY-MM-DD. Raises ValueError, TypeError."""
    return date.fromisoformat(text).isoformat()
