"""The bank of the simulation: its own books, and how it treats files; its answers come late, twice, or not in order.

It takes each file once by its id. What comes again it answers with DUPL, and what comes under a known id with other bytes
it writes down as wrong. It books on the requested day by its own clock, rejects some orders and some whole files, sends
some back days later, and closes each day of an account with a statement.
"""

import asyncio
import heapq
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from http import HTTPStatus
from typing import Any

from shared.adapters.bank.answers import (
    NAMESPACE,
    NOTIFICATION,
    RETURN,
    STATEMENT,
    STATUS_REPORT,
    BankFileError,
    read_xml,
)
from shared.adapters.bank.carrier import Incoming
from shared.adapters.bank.orders import ORDERS, BankUnavailable
from shared.adapters.bank.sim import (
    BOOKED_XML,
    CREDITED_XML,
    NOTIFICATION_XML,
    REJECTED_XML,
    STATEMENT_XML,
    STATUS_REPORT_XML,
    Account,
    amount_of,
    cents_of,
)
from shared.kernel.calendar import DAY, day_of
from tests.simulation.network import Network

REFUSED, SILENT, REJECTED, RETURNED, TWICE = 0.05, 0.1, 0.08, 0.08, 0.15
"""Shares: of files that are refused whole or not acknowledged, of orders rejected or sent back, of answers that come twice."""
LATE_S = (0.0, 0.0, 0.0, 3_600.0, 90_000.0)
"""How late an answer may be, by the clock on the wall."""

GROUP_XML = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="{namespace}"><CstmrPmtStsRpt>
<GrpHdr><MsgId>G{number}</MsgId><CreDtTm>{on}T12:00:00</CreDtTm></GrpHdr>
<OrgnlGrpInfAndSts><OrgnlMsgId>{message_id}</OrgnlMsgId><OrgnlMsgNmId>{orders}</OrgnlMsgNmId>
<GrpSts>{status}</GrpSts>{reason}</OrgnlGrpInfAndSts></CstmrPmtStsRpt></Document>"""
REASON_XML = "<StsRsnInf><Rsn><Cd>{code}</Cd></Rsn></StsRsnInf>"
BACK_XML = """
<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{on}</Dt></BookgDt>
<NtryDtls><TxDtls><Refs><EndToEndId>{id}</EndToEndId></Refs><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>
<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf></TxDtls></NtryDtls></Ntry>"""
RETURN_XML = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="{namespace}"><PmtRtr><GrpHdr><MsgId>R{number}</MsgId><CreDtTm>{on}T09:00:00</CreDtTm></GrpHdr>
<TxInf><RtrId>R{number}</RtrId><OrgnlEndToEndId>{id}</OrgnlEndToEndId>
<RtrdIntrBkSttlmAmt Ccy="EUR">{amount}</RtrdIntrBkSttlmAmt><IntrBkSttlmDt>{on}</IntrBkSttlmDt>
<RtrRsnInf><Rsn><Cd>AC04</Cd></Rsn></RtrRsnInf></TxInf></PmtRtr></Document>"""


@dataclass(kw_only=True)
class Payment:
    """An order as the bank has it, and what became of it: of an executed one its day, and the day it is sent back."""

    end_to_end_id: str
    iban: str
    cents: int
    outcome: str = ""
    back_on: date | None = None


@dataclass(kw_only=True)
class Taken:
    """A file that the bank has."""

    content: bytes
    iban: str
    on: date
    payments: list[Payment]
    refused: bool = False
    done: bool = False


@dataclass
class Books:
    """What the bank has, and what it says: ``answers`` are numbered from 1, ``coming`` are not told yet.

    ``wrong`` is what no customer may send: other bytes under a known id, an order in two files.
    """

    dice: random.Random
    now: Callable[[], datetime]
    files: dict[str, Taken] = field(default_factory=dict)
    came: list[tuple[str, bytes]] = field(default_factory=list)
    payments: dict[str, Payment] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=lambda: defaultdict(Account))
    credited: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    wrong: list[str] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)
    coming: list[tuple[datetime, int, bytes]] = field(default_factory=list)
    calm: bool = False
    day: date | None = None
    count: int = 0
    stated: datetime | None = None

    # --- what comes in

    def take(self, content: bytes) -> None:
        """Take a file of orders. Raises BankFileError for one whose id has other bytes here."""
        self.work()
        root = read_xml(content)
        file_id, on = str(root.findtext(".//{*}MsgId")), date.fromisoformat(root.findtext(".//{*}ReqdExctnDt/{*}Dt"))
        self.came.append((file_id, content))
        if file_id in self.files:
            if self.files[file_id].content != content:
                self.wrong.append(f"file {file_id} came again with other bytes")
                raise BankFileError(f"{HTTPStatus.CONFLICT} {file_id}")
            self._of_file(file_id, "RJCT", "DUPL")
            return
        found = [
            Payment(
                end_to_end_id=order.findtext(".//{*}EndToEndId"),
                iban=order.findtext(".//{*}CdtrAcct//{*}IBAN"),
                cents=cents_of(order.findtext(".//{*}InstdAmt")),
            )
            for order in root.iterfind(".//{*}CdtTrfTxInf")
        ]
        taken = Taken(content=content, iban=root.findtext(".//{*}DbtrAcct//{*}IBAN"), on=on, payments=found)
        self.files[file_id] = taken
        taken.refused = not self.calm and self.dice.random() < REFUSED
        if taken.refused:
            self._of_file(file_id, "RJCT", "FF01")
        elif self.calm or self.dice.random() >= SILENT:
            self._of_file(file_id, "ACTC")
        for payment in found:
            if payment.end_to_end_id in self.payments:
                self.wrong.append(f"order {payment.end_to_end_id} came in a second file, {file_id}")
            self.payments[payment.end_to_end_id] = payment
            payment.outcome = "rejected" if taken.refused else ""
        self.work()

    def credit(self, iban: str, cents: int) -> None:
        """Money comes from elsewhere."""
        self.work()
        on = self._today()
        self.credited[iban] += cents
        entry = CREDITED_XML.format(reference=f"C{self.count}", amount=amount_of(cents), on=on)
        self.accounts[iban].entries.append((f"{on}", cents, entry))
        self._tell(NOTIFICATION_XML, NOTIFICATION, iban=iban, on=on, at="08:00:00", entries=entry)

    def settle(self) -> None:
        """From now on all goes well: what was refused is told once more, and nothing is late."""
        self.calm = True
        for file_id, file in self.files.items():
            if file.refused:
                self._of_file(file_id, "RJCT", "FF01")

    # --- what it does by itself

    def work(self) -> None:
        """Close the days that are over, book what is to be booked by now, and tell what is to be told."""
        today = self._today()
        self.day = self.day or today
        while self.day < today:
            self._close(self.day)
            self.day += DAY
        for file in self.files.values():
            if file.on <= today and not file.done and not file.refused:
                file.done = True
                self._book(file, today)
        for payment in self.payments.values():
            if payment.outcome == "executed" and payment.back_on and payment.back_on <= today:
                self._send_back(payment, today)
        while self.coming and (self.calm or self.coming[0][0] <= self.now()):
            self.answers.append(heapq.heappop(self.coming)[2])

    @property
    def quiet(self) -> bool:
        """Whether all is booked and told."""
        waits = [file for file in self.files.values() if not file.done and not file.refused]
        return (
            not waits
            and not self.coming
            and not any(p.back_on and p.outcome == "executed" for p in self.payments.values())
        )

    def _today(self) -> date:
        """By its own clock, which is never set back."""
        return max(day_of(self.now()), self.day or date.min)

    def _book(self, file: Taken, on: date) -> None:
        message_id = next(name for name, each in self.files.items() if each is file)
        refusals, debits = [], []
        for payment in file.payments:
            about = {"id": payment.end_to_end_id, "amount": amount_of(payment.cents)}
            if not self.calm and self.dice.random() < REJECTED:
                payment.outcome = "rejected"
                refusals.append(REJECTED_XML.format(**about))
                continue
            payment.outcome = "executed"
            if not self.calm and self.dice.random() < RETURNED:
                payment.back_on = on + self.dice.choice((1, 2, 3)) * DAY
            debits.append(BOOKED_XML.format(**about, on=on, message_id=message_id))
            self.accounts[file.iban].entries.append((f"{on}", -payment.cents, debits[-1]))
        if refusals:
            entries = "".join(refusals)
            self._tell(STATUS_REPORT_XML, STATUS_REPORT, on=on, message_id=message_id, orders=ORDERS, entries=entries)
        if debits:
            entries = "".join(debits)
            self._tell(NOTIFICATION_XML, NOTIFICATION, iban=file.iban, on=on, at="18:00:00", entries=entries)

    def _send_back(self, payment: Payment, on: date) -> None:
        payment.outcome = "returned"
        iban = next(file.iban for file in self.files.values() if payment in file.payments)
        about: dict[str, Any] = {"id": payment.end_to_end_id, "amount": amount_of(payment.cents), "on": on}
        entry = BACK_XML.format(**about)
        self.accounts[iban].entries.append((f"{on}", payment.cents, entry))
        if self.dice.random() < 0.5:
            self._tell(RETURN_XML, RETURN, **about)
        else:
            self._tell(NOTIFICATION_XML, NOTIFICATION, iban=iban, on=on, at="09:00:00", entries=entry)

    def _close(self, on: date) -> None:
        """A statement of each account on which something was booked."""
        for iban, account in self.accounts.items():
            if said := account.closed(on):
                self._tell(STATEMENT_XML, STATEMENT, iban=iban, **said)

    # --- what it says

    def _of_file(self, file_id: str, status: str, code: str = "") -> None:
        reason = REASON_XML.format(code=code) if code else ""
        self._tell(
            GROUP_XML, STATUS_REPORT, on=self._today(), message_id=file_id, orders=ORDERS, status=status, reason=reason
        )

    def _tell(self, whole: str, kind: str, **said: Any) -> None:  # noqa: ANN401 - what stands in a template
        """Say something, by and by; statements come in the order of their numbers."""
        self.count += 1
        content = whole.format(namespace=NAMESPACE + kind, number=self.count, **said).encode()
        at = self.now() + timedelta(seconds=self.dice.random() * self.dice.choice(LATE_S))
        if kind == STATEMENT:
            self.stated = at = max(at, self.stated or at)
        heapq.heappush(self.coming, (at, self.count, content))
        if self.dice.random() < TWICE:
            again = at + timedelta(seconds=self.dice.random() * self.dice.choice(LATE_S))
            heapq.heappush(self.coming, (again, self.count + 10**9, content))


class OverTheNetwork:
    """The bank's file interface, as ``orders.Bank``."""

    def __init__(self, books: Books, network: Network) -> None:
        self._books, self._network = books, network

    async def send(self, content: bytes) -> None:
        """As ``Bank.send``."""
        await self._network.ask("bank", "file", lambda: self._books.take(content), BankUnavailable)

    async def answers(self, since: int) -> list[tuple[int, bytes]]:
        """As ``Bank.answers``."""
        return await self._network.ask("bank", f"answers after {since}", lambda: self._after(since), BankUnavailable)

    def _after(self, since: int) -> list[tuple[int, bytes]]:
        self._books.work()
        return list(enumerate(self._books.answers, start=1))[since:]


class InFolders:
    """Two folders, as ``carrier.Folders``: what was put away does not come again, and what is gone can't be put away."""

    def __init__(self, books: Books, network: Network, away: set[int]) -> None:
        self._books, self._network, self._away = books, network, away

    async def send(self, file_id: str, content: bytes) -> str:
        """As ``Folders.send``."""
        await self._network.ask("bank", f"file {file_id}", lambda: self._books.take(content), BankUnavailable)
        return file_id

    async def incoming(self) -> Sequence[Incoming]:
        """As ``Folders.incoming``."""
        await asyncio.sleep(self._network.way_s())
        self._books.work()
        lying = enumerate(self._books.answers)
        return [Incoming(name=f"{n}.xml", content=content) for n, content in lying if n not in self._away]

    async def put_away(self, incoming: Incoming, refusal: str | None) -> None:
        """As ``Folders.put_away``."""
        del refusal
        await asyncio.sleep(self._network.way_s())
        number = int(incoming.name.partition(".")[0])
        if number in self._away:
            raise FileNotFoundError(incoming.name)
        self._away.add(number)
