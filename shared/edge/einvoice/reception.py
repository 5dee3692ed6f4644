"""An e-invoice on its way into the journal: read, judged, mapped, kept, published, and answered with a receipt.

Each step has its own answer (``Refused`` with its status, ``CannotSay``). The same bytes get the same answer: once the
document is in the journal its receipt is kept beside it.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from datetime import date, datetime, time
from hashlib import sha256
from http import HTTPStatus
from threading import Lock
from typing import Literal, Protocol, TypeVar
from urllib.parse import quote

import msgspec

from shared.edge.einvoice.artefacts import NotHere, artefacts, need_engine
from shared.edge.einvoice.checker import Checker
from shared.edge.einvoice.into_event import Terms, contract_of, seller_of, submitted_of, warnings
from shared.edge.einvoice.kept import PREFIX, Documents
from shared.edge.einvoice.names import is_legal_code
from shared.edge.einvoice.records import CannotSay, Finding, Refused
from shared.edge.einvoice.rules import broken
from shared.edge.einvoice.story import Standing
from shared.edge.einvoice.xml import Document, read_document
from shared.engine.faults import Unavailable
from shared.events.providers import InvoiceSubmitted
from shared.kernel.calendar import VILNIUS
from shared.kernel.fund import Fund
from shared.kernel.value import value
from shared.messages.read import Malformed, parse
from shared.messages.write import cloud_event

log = logging.getLogger(__name__)

T = TypeVar("T")
THREADS, MOST_WAITING = 2, 8
"""Documents that are read at once beside the loop, and documents that may be under way."""
NOON = time(12)


class Behind(Protocol):
    """What stands behind the door for e-invoices: a stack, as far as it is needed here."""

    fund: Fund
    moment: Literal["arrival", "event"]

    @property
    def documents(self) -> Documents:
        """Where originals and receipts are kept."""

    async def terms(self, seller: str, contract_id: str) -> Terms | None:
        """What is known of a contract of the seller's; None where nothing is."""

    async def bring(self, event: bytes, *, own: bool) -> str | None:
        """Make an event durable; why it was laid aside, None where it was not. ``own``: its sender is known already."""

    async def standing(self, invoice_id: str, document: str | None) -> Standing | None:
        """How an invoice stands, or one of several documents of its number. Raises HomeError, sqlite3.Error."""


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

    def __init__(self, behind: Behind, judges: "Judges | None" = None) -> None:
        self.behind, self._documents = behind, behind.documents
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="ubl")
        self._judges = judges or Judges()
        self._under_way = 0

    async def take(self, content: bytes, sender: str | None) -> bytes:
        """Take a document, and give its receipt as JSON.

        ``sender`` is the source that was authenticated (``/providers/{code}``); None where nobody is: then anyone may
        send for anyone, as over ``/events``. Raises Refused, CannotSay, and what ``bring`` raises.
        """
        async with self._place():
            document = await self._beside(lambda: read_document(content))
            _is_senders_own(document, sender)
            with _kept():
                if receipt := await self._documents.receipt(document.sha256):
                    return receipt
            findings = await self._beside(lambda: self._judged(document))
            terms, now = await self._terms(document), datetime.now(VILNIUS)
            checked = await self._beside(lambda: self._checked(document, findings, terms, now))
            with _kept():
                await self._documents.keep(document.sha256, content)
            if why := await self.behind.bring(checked.event, own=sender is not None):
                raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, [broken("PSDF-R14", why=why)])
            with _kept():
                return await self._documents.answered(document.sha256, receipt_of(checked))

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

    async def _terms(self, document: Document) -> Terms | None:
        """What is known of the contract of a valid document."""
        seller, contract_id = seller_of(document), contract_of(document)
        if not seller or not contract_id or not is_legal_code(seller):
            return None
        return await self.behind.terms(seller, contract_id)

    def _judged(self, document: Document) -> tuple[Finding, ...]:
        """The warnings of the official rules. Raises Refused where they are not kept."""
        findings = self._judges.check(document)
        if fatal := [each for each in findings if each.fatal]:
            raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, fatal)
        return findings

    def _checked(self, document: Document, findings: Sequence[Finding], terms: Terms | None, now: datetime) -> Checked:
        """The document's event, and what is noticed. Raises Refused for what breaks the fund's own rules."""
        fund = self.behind.fund
        submitted = submitted_of(document, fund, terms)
        moment = now if self.behind.moment == "arrival" else noon(submitted.issued_on)
        noticed = list(findings)
        if terms:
            noticed += warnings(document, submitted, terms, fund.calendar.term(moment.date(), terms.payment_days))
        _alarm(noticed, submitted)
        event = event_of(document, submitted, moment)
        return Checked(document=document, submitted=submitted, moment=moment, event=event, warnings=tuple(noticed))


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


@contextmanager
def _kept() -> Iterator[None]:
    """Raise CannotSay where disk or store take nothing."""
    try:
        yield
    except OSError as error:
        raise CannotSay(f"it can't be kept ({error.strerror})") from error
    except Unavailable as error:
        raise CannotSay(f"it can't be kept ({error})") from error


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
