"""An e-invoice on its way into the journal: read, judged, mapped, kept, published, and answered with a receipt.

Each step has its own answer (``Refused`` with its status, ``CannotSay``). The same bytes get the same answer: once the
document is in the journal its receipt is kept beside it.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import date, datetime, time
from hashlib import sha256
from http import HTTPStatus
from threading import Lock
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar
from urllib.parse import quote

import msgspec

from shared.edge.einvoice.artefacts import NotHere, artefacts, need_engine
from shared.edge.einvoice.checker import Checker
from shared.edge.einvoice.into_event import Terms, contract_of, seller_of, submitted_of, warnings
from shared.edge.einvoice.kept import PREFIX, Kept
from shared.edge.einvoice.names import is_legal_code
from shared.edge.einvoice.records import CannotSay, Finding, Refused
from shared.edge.einvoice.rules import broken
from shared.edge.einvoice.xml import Document, read_document
from shared.engine.engine import Engine
from shared.engine.outbox import Message
from shared.events.providers import InvoiceSubmitted
from shared.explain.results import Answers
from shared.journal.home import Home
from shared.kernel.calendar import VILNIUS
from shared.kernel.fund import Fund
from shared.kernel.value import value
from shared.messages.read import Malformed, parse
from shared.messages.write import cloud_event

if TYPE_CHECKING:
    from services.invoicing.state import State

log = logging.getLogger(__name__)

T = TypeVar("T")
THREADS, MOST_WAITING = 2, 8
"""Documents that are read at once beside the loop, and documents that may be under way."""
NOON = time(12)


class FundHere(Protocol):
    """The running fund, as far as it is needed here."""

    home: Home
    fund: Fund
    moment: Literal["arrival", "event"]

    async def publish(self, raws: Sequence[bytes], *, own: bool = False) -> list[Message]:
        """Take messages from outside; all that was told because of them. ``own``: their sender is known already."""

    def engine(self, service: str) -> Engine:
        """One service's streams, to look at."""


@value
class Checked:
    """A document that may be taken: its event, and what is noticed of it."""

    document: Document
    submitted: InvoiceSubmitted
    moment: datetime
    event: bytes
    warnings: tuple[Finding, ...]


class Reception:
    """Takes e-invoices for a fund. Closed or not, its process ends with this one."""

    def __init__(self, fund: FundHere, judges: "Judges | None" = None) -> None:
        self.fund, self._kept = fund, Kept(fund.home)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="ubl")
        self._judges = judges or Judges()
        self._under_way = 0

    async def take(self, content: bytes, sender: str | None) -> bytes:
        """Take a document, and give its receipt as JSON.

        ``sender`` is the source that was authenticated (``/providers/{code}``); None where nobody is: then anyone may
        send for anyone, as over ``/events``. Raises Refused, CannotSay, and what ``publish`` raises.
        """
        async with self._place():
            document = await self._beside(lambda: read_document(content))
            _is_senders_own(document, sender)
            if receipt := await self._beside(lambda: self._kept.receipt(document.sha256)):
                return receipt
            findings = await self._beside(lambda: self._judged(document))
            terms, now = self._terms(document), datetime.now(VILNIUS)
            checked = await self._beside(lambda: self._checked(document, findings, terms, now))
            await self._beside(lambda: _kept(lambda: self._kept.keep(document.sha256, content)))
            told = await self.fund.publish([checked.event], own=sender is not None)
            self._was_taken(checked, told)
            receipt = receipt_of(checked)
            return await self._beside(lambda: _kept(lambda: self._kept.answered(document.sha256, receipt)))

    async def close(self) -> None:
        """Let what is under way end, then the process that judges."""
        await asyncio.to_thread(self._threads.shutdown)
        await asyncio.to_thread(self._judges.close)

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        if self._under_way == MOST_WAITING:
            raise CannotSay(f"{MOST_WAITING} others are being checked")
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1

    async def _beside(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _terms(self, document: Document) -> Terms | None:
        """What invoicing knows of the contract of a valid document; read on the loop, where it is changed."""
        seller, contract_id = seller_of(document), contract_of(document)
        if not seller or not is_legal_code(seller):
            return None
        state: State = self.fund.engine("invoicing").state(f"provider:{seller}")
        contract = state.contracts.get(contract_id or "")
        if contract is None:
            return None
        terms = contract.terms
        return Terms(article=terms.article, source=terms.source, iban=terms.iban, payment_days=terms.payment_days)

    def _judged(self, document: Document) -> tuple[Finding, ...]:
        """The warnings of the official rules. Raises Refused where they are not kept."""
        findings = self._judges.check(document)
        if fatal := [each for each in findings if each.fatal]:
            raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, fatal)
        return findings

    def _checked(self, document: Document, findings: Sequence[Finding], terms: Terms | None, now: datetime) -> Checked:
        """The document's event, and what is noticed. Raises Refused for what breaks the fund's own rules."""
        fund = self.fund.fund
        submitted = submitted_of(document, fund, terms)
        moment = now if self.fund.moment == "arrival" else noon(submitted.issued_on)
        noticed = list(findings)
        if terms:
            noticed += warnings(document, submitted, terms, fund.calendar.term(moment.date(), terms.payment_days))
        _alarm(noticed, submitted)
        event = event_of(document, submitted, moment)
        return Checked(document=document, submitted=submitted, moment=moment, event=event, warnings=tuple(noticed))

    def _was_taken(self, checked: Checked, told: Sequence[Message]) -> None:
        """Raise Refused where the door laid the event aside: of a year that is closed, for one."""
        answers = Answers(told, self.fund.engine("invoicing"))
        answers.add(checked.event)
        (answer,) = answers.given
        if answer.outcome == "parked":
            raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, [broken("PSDF-R14", why=answer.error)])


class Judges:
    """The checker, made when it is first needed; where there is nothing to make it of, that is said each time."""

    def __init__(self, checker: Checker | None = None) -> None:
        self._checker = checker
        self._making = Lock()

    def check(self, document: Document) -> tuple[Finding, ...]:
        """What the document breaks of the schema, EN 16931 and Peppol. Raises CannotSay."""
        try:
            return self.checker().check(document.xml, document.kind)
        except NotHere as error:
            raise CannotSay(str(error), again=False) from error

    def checker(self) -> Checker:
        """The checker. Raises NotHere where the engine or the rules are not here."""
        with self._making:
            if self._checker is None:
                need_engine()
                self._checker = Checker(artefacts(log.info))
            return self._checker

    def close(self) -> None:
        """End its process."""
        if self._checker:
            self._checker.close()


def _kept(keep: Callable[[], T]) -> T:
    """Raise CannotSay where the disk takes nothing."""
    try:
        return keep()
    except OSError as error:
        raise CannotSay(f"it can't be kept ({error.strerror})") from error


def _is_senders_own(document: Document, sender: str | None) -> None:
    """Raise Refused (403) where the sender is known and not the seller."""
    if sender is not None and sender != f"/providers/{seller_of(document)}":
        raise Refused(HTTPStatus.FORBIDDEN, [broken("PSDF-R16", seller=seller_of(document), sender=sender)])


def _alarm(noticed: Sequence[Finding], submitted: InvoiceSubmitted) -> None:
    """Another account than the contract's may be somebody's attempt to be paid instead: whoever is on duty looks."""
    if any(each.rule == "PSDF-W01" for each in noticed):
        log.warning("iban_differs: invoice %s names another account than its contract's", submitted.invoice_id)


def noon(day: date) -> datetime:
    """Noon in Vilnius: the moment of a document whose day is all that is known."""
    return datetime.combine(day, NOON, VILNIUS)


def event_of(document: Document, submitted: InvoiceSubmitted, moment: datetime) -> bytes:
    """The CloudEvent of a document: its id is the digest of the bytes, and so is where they are kept (``dataref``).

    Raises Refused (422) for what the event contract does not take.
    """
    raw = cloud_event(
        id_=f"{PREFIX}{document.sha256}",
        source=f"/providers/{submitted.provider_code}",
        type_=InvoiceSubmitted.type,
        subject=submitted.invoice_id,
        time=moment.isoformat(timespec="seconds"),
        data=submitted,
        original=(f"ubl/{document.sha256}.xml", document.sha256),
    )
    try:
        parse(raw, outside=True)
    except Malformed as error:
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, [broken("PSDF-R14", why=error.error)]) from None
    return raw


def receipt_of(checked: Checked) -> bytes:
    """What the sender gets: what was taken, when, what is noticed, where the answers are, and the digest of it."""
    submitted = checked.submitted
    said = {
        "document": f"{PREFIX}{checked.document.sha256}",
        "invoice_id": submitted.invoice_id,
        "source": f"/providers/{submitted.provider_code}",
        "received_at": checked.moment.isoformat(timespec="seconds"),
        "responses": f"/invoices/{submitted.provider_code}/{quote(submitted.number, safe='')}/response",
        "warnings": [finding_json(each) for each in checked.warnings],
    }
    digest = sha256(msgspec.json.encode(said, order="sorted")).hexdigest()
    return msgspec.json.encode({**said, "receipt": f"{PREFIX}{digest}"})


def finding_json(finding: Finding) -> dict[str, str]:
    """A finding as JSON: the rule, where, in Lithuanian where its publisher has it, in English."""
    lt = {"text_lt": finding.text_lt} if finding.text_lt else {}
    return {"rule": finding.rule, "path": finding.path, **lt, "text": finding.text}
