"""The cluster behind the gate's door for e-invoices: its topics, the book of answers, the gates' store.

What the book has of an invoice is what came and what its provider was told: that an invoice waits (IP) is not told to
anybody, so there is no such response here, as Peppol allows.
"""

import asyncio
from datetime import date, datetime
from typing import Any, Literal

import msgspec

from shared.edge.answers import Library
from shared.edge.book import Book
from shared.edge.einvoice.into_event import Terms
from shared.edge.einvoice.kept import Documents
from shared.edge.einvoice.story import Standing, last_of, rounds
from shared.edge.gate import Gate
from shared.events.contracts import ContractConcluded
from shared.events.providers import InvoiceSubmitted
from shared.kernel.calendar import day_of
from shared.kernel.fund import Fund
from shared.kernel.value import value

DECIDED_S = 5.0
"""How long a decision is waited for, in seconds, so that who sends hears of what is laid aside at once."""


@value
class FromBook:
    """An event as the book has it; ``moment`` is when it came, or was decided on."""

    event_id: str
    moment: datetime
    type: str
    data: dict[str, Any]

    @property
    def day(self) -> date:
        """Its legal day."""
        return day_of(self.moment)


class OfTopics:
    """A fund that this process brings events to, and reads the answers of."""

    def __init__(self, fund: Fund, gate: Gate, library: Library, documents: Documents, *, arrival: bool) -> None:
        """``arrival`` takes the broker's time as the moment of what came."""
        self.fund, self.documents = fund, documents
        self.moment: Literal["arrival", "event"] = "arrival" if arrival else "event"
        self._gate, self._library = gate, library

    async def terms(self, seller: str, contract_id: str) -> Terms | None:
        """What the book has of a contract. Raises sqlite3.Error."""
        contract = await asyncio.to_thread(_contract, self._library.book, seller, contract_id)
        if contract is None:
            return None
        iban = contract.provider.iban
        return Terms(article=contract.article, source=contract.source, iban=iban, payment_days=contract.payment_days)

    async def bring(self, event: bytes, *, own: bool) -> str | None:
        """Put an event on its topic; why it was laid aside, where that is known soon. Raises HTTPException 503."""
        (answer,) = await self._gate.take([event], DECIDED_S, own=own)
        return answer.error if answer.outcome == "parked" else None

    async def standing(self, invoice_id: str, document: str | None) -> Standing | None:
        """How an invoice stands, by the book. Raises sqlite3.Error."""
        return await asyncio.to_thread(self._standing, invoice_id, document)

    def _standing(self, invoice_id: str, document: str | None) -> Standing | None:
        provider, _, _ = invoice_id.partition("/")
        book = self._library.book
        last = last_of(rounds(self._told(book, f"/providers/{provider}", invoice_id), invoice_id), document)
        if last is None:
            return None
        contract = _contract(book, provider, last.submitted.contract_id)
        return Standing(last=last, contract=contract, payer=contract.payer if contract else None)

    def _told(self, book: Book, source: str, invoice_id: str) -> list[FromBook]:
        """What came and what was said of an invoice, in the order of its moments; what came before what was said."""
        came = [_read(raw, came_at if self.moment == "arrival" else None) for raw, came_at in book.came(invoice_id)]
        said = [_read(raw, None) for raw in book.said(source, invoice_id)]
        return sorted([*came, *said], key=lambda each: (each.moment, each.type != InvoiceSubmitted.type))


def _read(raw: bytes, came_at: str | None) -> FromBook:
    event: dict[str, Any] = msgspec.json.decode(raw)
    moment = datetime.fromisoformat(came_at or event["time"])
    return FromBook(event_id=event["id"], moment=moment, type=event["type"], data=event["data"])


def _contract(book: Book, provider: str, contract_id: str) -> ContractConcluded | None:
    found = book.contract(contract_id, f"/providers/{provider}")
    return msgspec.convert(found, ContractConcluded) if found else None
