"""A small real bank for trials and tests: takes files of orders, answers them later, refuses a seeded share (point 16).

``POST /files`` takes a pain.001.001.09, valid against its schema; the same file again changes nothing, another file
under a used message id is refused (409). ``GET /answers?since=N`` lists what it has answered after number N: a
pain.002.001.10 with the orders it rejects, a camt.054.001.08 with those it booked, dated on the requested day. Whether
an order is rejected follows from the seed and its end-to-end id alone. It keeps all in memory.

What is played to it: ``POST /check`` gives what it would find against a file, ``POST /credits`` brings money to an
account, and ``POST /close`` closes a day: a camt.053.001.08 of each account that had an entry since the last one.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from http import HTTPStatus
from xml.sax.saxutils import escape

import uvicorn
from lxml import etree
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
from shared.adapters.bank.orders import ORDERS, orders_schema

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


@dataclass(slots=True)
class Account:
    """An account's books: its balance in cents at the last statement, that one's number, and what was booked since."""

    closing_cents: int = 0
    statements: int = 0
    entries: list[tuple[int, str]] = field(default_factory=list)

    def closed(self, on: object) -> dict[str, object] | None:
        """What the statement of a day says; None where nothing was booked since the last one."""
        if not self.entries:
            return None
        before, self.statements = self.closing_cents, self.statements + 1
        self.closing_cents += sum(cents for cents, _ in self.entries)
        balances = "".join(
            BALANCE_XML.format(kind=kind, amount=amount_of(abs(cents)), side="CRDT" if cents >= 0 else "DBIT", on=on)
            for kind, cents in (("OPBD", before), ("CLBD", self.closing_cents))
        )
        entries = "".join(xml for _, xml in self.entries)
        self.entries.clear()
        return {"on": on, "sequence": self.statements, "balances": balances, "entries": entries}


class SmallBank:
    """The bank's books: the files taken, and its answers, each with the time from which it can be fetched."""

    def __init__(self, *, rejected_share: float, seed: int, delay_s: float, clock: Callable[[], float]) -> None:
        self._share, self._seed, self._delay_s, self._clock = rejected_share, seed, delay_s, clock
        self._files: dict[str, bytes] = {}
        self._answers: list[tuple[float, str]] = []
        self._accounts: dict[str, Account] = {}
        self._credits = 0

    def take(self, content: bytes) -> tuple[HTTPStatus, str]:
        """Take a file: 202 with its message id, 200 the second time, 409 for another one under that id, 400."""
        if found := self.findings(content):
            return HTTPStatus.BAD_REQUEST, found[0]
        root = read_xml(content)
        message_id = str(root.findtext(".//{*}MsgId"))
        if message_id in self._files:
            same = self._files[message_id] == content
            return (HTTPStatus.OK if same else HTTPStatus.CONFLICT), message_id
        self._files[message_id] = content
        self._answer(root, message_id)
        return HTTPStatus.ACCEPTED, message_id

    def findings(self, content: bytes) -> list[str]:
        """What is wrong with a file; nothing where it would be taken."""
        try:
            root = read_xml(content)
        except BankFileError as error:
            return [str(error)]
        return [] if orders_schema().validate(root) else [str(orders_schema().error_log.last_error)]

    def credit(self, iban: str, cents: int, on: str) -> None:
        """Book money from elsewhere, in cents, on a day (YYYY-MM-DD), and tell of it."""
        self._credits += 1
        entry = CREDITED_XML.format(reference=f"C{self._credits}", amount=amount_of(cents), on=on)
        self._account(iban).entries.append((cents, entry))
        self._tell(NOTIFICATION_XML, NOTIFICATION, iban=escape(iban), on=on, at="08:00:00", entries=entry)

    def close(self, on: str) -> None:
        """Close a day: a statement of each account on which something was booked since its last one."""
        for iban, account in self._accounts.items():
            if said := account.closed(on):
                self._tell(STATEMENT_XML, STATEMENT, iban=escape(iban), **said)

    def answers(self, since: int) -> list[dict[str, object]]:
        """List the answers after a number that are ready by now."""
        ready = [(number, xml) for number, (at, xml) in enumerate(self._answers, start=1) if at <= self._clock()]
        return [{"number": number, "xml": xml} for number, xml in ready if number > since]

    def _answer(self, root: etree.Element, message_id: str) -> None:
        on, iban = root.findtext(".//{*}ReqdExctnDt/{*}Dt"), root.findtext(".//{*}DbtrAcct//{*}IBAN")
        orders = [
            {"id": escape(order.findtext(".//{*}EndToEndId")), "amount": order.findtext(".//{*}InstdAmt")}
            for order in root.iterfind(".//{*}CdtTrfTxInf")
        ]
        rejected = [order for order in orders if self._rejects(order["id"])]
        booked = [order for order in orders if not self._rejects(order["id"])]
        about = {"on": on, "iban": iban, "message_id": escape(message_id)}
        refusals = "".join(REJECTED_XML.format(**order) for order in rejected)
        debits = [(order, BOOKED_XML.format(**about, **order)) for order in booked]
        self._account(str(iban)).entries += [(-cents_of(order["amount"]), xml) for order, xml in debits]
        if rejected:
            self._tell(STATUS_REPORT_XML, STATUS_REPORT, **about, orders=ORDERS, entries=refusals)
        if booked:
            entries = "".join(xml for _, xml in debits)
            self._tell(NOTIFICATION_XML, NOTIFICATION, **about, at="18:00:00", entries=entries)

    def _account(self, iban: str) -> Account:
        return self._accounts.setdefault(iban, Account())

    def _tell(self, whole: str, kind: str, **said: object) -> None:
        """Add an answer, to be fetched when its time has come."""
        xml = whole.format(namespace=NAMESPACE + kind, number=len(self._answers) + 1, **said)
        self._answers.append((self._clock() + self._delay_s, xml))

    def _rejects(self, end_to_end_id: str) -> bool:
        drawn = hashlib.sha256(f"{self._seed}:{end_to_end_id}".encode()).digest()[:4]
        return int.from_bytes(drawn) < self._share * 2**32


def amount_of(cents: int) -> str:
    """An amount in euro as the bank writes it."""
    return f"{cents // 100}.{cents % 100:02}"


def cents_of(amount: str) -> int:
    """The whole cents of an amount in euro, which the schema has checked."""
    return int(Decimal(amount).scaleb(2))


def bank_app(
    *, rejected_share: float = 0.0, seed: int = 0, delay_s: float = 0.0, clock: Callable[[], float] = time.monotonic
) -> Starlette:
    """Build the bank's HTTP interface: ``rejected_share`` 0 to 1 by ``seed``, answers ``delay_s`` after the file."""
    bank = SmallBank(rejected_share=rejected_share, seed=seed, delay_s=delay_s, clock=clock)

    async def take(request: Request) -> Response:
        status, told = bank.take(await request.body())
        return JSONResponse({"message_id" if status < HTTPStatus.BAD_REQUEST else "error": told}, status)

    async def answers(request: Request) -> Response:
        since = request.query_params.get("since", "0")
        if not since.isdecimal():
            return JSONResponse({"error": f"since is a number, not {since!r}"}, HTTPStatus.BAD_REQUEST)
        return JSONResponse({"answers": bank.answers(int(since))})

    async def check(request: Request) -> Response:
        return JSONResponse({"findings": bank.findings(await request.body())})

    async def credit(request: Request) -> Response:
        said = await request.json()
        bank.credit(said["iban"], said["amount_cents"], said["on"])
        return JSONResponse({}, HTTPStatus.CREATED)

    async def close(request: Request) -> Response:
        bank.close((await request.json())["on"])
        return JSONResponse({}, HTTPStatus.CREATED)

    async def livez(_: Request) -> Response:
        return PlainTextResponse("ok")

    return Starlette(
        routes=[
            Route("/files", take, methods=["POST"]),
            Route("/answers", answers, methods=["GET"]),
            Route("/check", check, methods=["POST"]),
            Route("/credits", credit, methods=["POST"]),
            Route("/close", close, methods=["POST"]),
            Route("/livez", livez, methods=["GET"]),
        ]
    )


def serve(port: int, *, rejected_share: float = 0.0, seed: int = 0, host: str = "127.0.0.1") -> None:
    """Serve the bank until the process is told to stop."""
    uvicorn.run(bank_app(rejected_share=rejected_share, seed=seed), host=host, port=port, log_level="warning")
