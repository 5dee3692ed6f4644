"""What was decided on an invoice, read from the journal: one round for each time that it was presented and answered."""

import sqlite3
from dataclasses import dataclass, field

import msgspec

from shared.events.contracts import ContractChanged, ContractConcluded
from shared.events.invoicing import InvoiceAccepted, InvoiceRefused, InvoiceReturned
from shared.events.payments import PaymentExecuted, PaymentLowered, PaymentReturned
from shared.events.providers import InvoiceSubmitted
from shared.journal.events import RecordedEvent, facts, spellings
from shared.messages.read import content_digest

WAITS = "invoicing.invoice_waits"
ANSWERED = (WAITS, InvoiceAccepted.type, InvoiceReturned.type, InvoiceRefused.type)

PAID = (PaymentExecuted.type, PaymentLowered.type, PaymentReturned.type)


@dataclass(slots=True, kw_only=True)
class Round:
    """An invoice as it was presented, and what followed: all in the journal's order.

    ``document`` is the id of the event that presented it: of an e-invoice ``sha256:`` and the digest of its bytes.
    """

    document: str
    submitted: InvoiceSubmitted
    presented: RecordedEvent
    followed: list[RecordedEvent] = field(default_factory=list)

    @property
    def ended(self) -> bool:
        """Whether it went back or was refused: what comes later is another round."""
        return any(fact.type in (InvoiceReturned.type, InvoiceRefused.type) for fact in self.followed)

    @property
    def accepted(self) -> bool:
        """Whether it was accepted."""
        return any(fact.type == InvoiceAccepted.type for fact in self.followed)


def rounds(connection: sqlite3.Connection, invoice_id: str) -> list[Round]:
    """All rounds of an invoice, in their order; none where the journal knows no such invoice. Raises sqlite3.Error."""
    telling = _Telling(invoice_id)
    for fact in facts(connection, spellings(invoice_id)):
        telling.take(fact)
    return telling.rounds


def contract_of(connection: sqlite3.Connection, contract_id: str) -> ContractConcluded | None:
    """The contract as it was concluded; None where the journal knows none. Raises sqlite3.Error."""
    told = facts(connection, spellings(contract_id), service="contracts")
    concluded = (
        fact for fact in told if fact.type == ContractConcluded.type and fact.data["contract_id"] == contract_id
    )
    found = next(concluded, None)
    return msgspec.convert(found.data, ContractConcluded) if found else None


def payer_now(connection: sqlite3.Connection, contract: ContractConcluded) -> str:
    """Whose the contract is: another's than at first, where payers were merged. Raises sqlite3.Error."""
    payer = contract.payer
    for fact in facts(connection, spellings(contract.contract_id), service="contracts"):
        if fact.type == ContractChanged.type and fact.data["contract_id"] == contract.contract_id:
            payer = fact.data.get("payer") or payer
    return payer


class _Telling:
    """The rounds of an invoice, fact by fact."""

    def __init__(self, invoice_id: str) -> None:
        self.rounds: list[Round] = []
        self._invoice_id = invoice_id
        self._presented: dict[str, RecordedEvent] = {}
        self._last: dict[str, Round] = {}

    def take(self, fact: RecordedEvent) -> None:
        """Add what is about the invoice to the round that it belongs to."""
        data = fact.data
        if fact.type in PAID:
            if self._invoice_id in (data["invoice_id"], data.get("by")):
                self._pay(fact)
        elif data.get("invoice_id") != self._invoice_id:
            return
        elif fact.type == InvoiceSubmitted.type:
            content = content_digest(msgspec.convert(data, InvoiceSubmitted)).hex()
            self._presented[content] = fact
            if content not in self._last:
                self._begin(content)
        elif fact.type in ANSWERED and (content := data.get("content") or "") in self._last:
            if self._last[content].ended:
                self._begin(content)
            self._last[content].followed.append(fact)

    def _begin(self, content: str) -> None:
        fact = self._presented[content]
        self._last[content] = Round(
            document=fact.event_id, submitted=msgspec.convert(fact.data, InvoiceSubmitted), presented=fact
        )
        self.rounds.append(self._last[content])

    def _pay(self, fact: RecordedEvent) -> None:
        for each in self.rounds:
            if each.accepted:
                each.followed.append(fact)
