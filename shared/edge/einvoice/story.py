"""What was decided on an invoice: one round for each time that it was presented and answered.

It is told by facts in their order: those of the journal, or on the cluster those of the book of answers.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

import msgspec

from shared.events.contracts import ContractChanged, ContractConcluded
from shared.events.invoicing import InvoiceAccepted, InvoiceRefused, InvoiceReturned
from shared.events.payments import PaymentExecuted, PaymentLowered, PaymentReturned
from shared.events.providers import InvoiceSubmitted
from shared.journal.events import Data, facts, spellings
from shared.journal.home import Home, reading
from shared.kernel.value import value
from shared.messages.content import content_digest

WAITS = "invoicing.invoice_waits"
ANSWERED = (WAITS, InvoiceAccepted.type, InvoiceReturned.type, InvoiceRefused.type)

PAID = (PaymentExecuted.type, PaymentLowered.type, PaymentReturned.type)


class Told(Protocol):
    """An event that came or was said: its id, on which legal day, its type and data."""

    @property
    def event_id(self) -> str:
        """Under which id it came, or was told."""

    @property
    def day(self) -> date:
        """The day that it was decided on."""

    @property
    def type(self) -> str:
        """Its type."""

    @property
    def data(self) -> Data:
        """What it says."""


@dataclass(slots=True, kw_only=True)
class Round:
    """An invoice as it was presented, and what followed: all in their order.

    ``document`` is the id of the event that presented it: of an e-invoice ``sha256:`` and the digest of its bytes.
    """

    document: str
    submitted: InvoiceSubmitted
    presented: Told
    followed: list[Told] = field(default_factory=list)

    @property
    def ended(self) -> bool:
        """Whether it went back or was refused: what comes later is another round."""
        return any(fact.type in (InvoiceReturned.type, InvoiceRefused.type) for fact in self.followed)

    @property
    def accepted(self) -> bool:
        """Whether it was accepted."""
        return any(fact.type == InvoiceAccepted.type for fact in self.followed)


def rounds(told: Iterable[Told], invoice_id: str) -> list[Round]:
    """All rounds of an invoice, in their order; none where nothing of it is told."""
    telling = _Telling(invoice_id)
    for fact in told:
        telling.take(fact)
    return telling.rounds


@value
class Standing:
    """The last round of an invoice, its contract as far as it is known, and whose that is now."""

    last: Round
    contract: ContractConcluded | None
    payer: str | None


def last_of(every: Iterable[Round], document: str | None) -> Round | None:
    """The last round, or the last of a ``document``: the id of the event that presented it."""
    found = [each for each in every if document in (None, each.document)]
    return found[-1] if found else None


def standing_in(home: Home, invoice_id: str, document: str | None = None) -> Standing | None:
    """How an invoice stands, by the journal of a home; None where it knows none. Raises HomeError, sqlite3.Error."""
    with reading(home) as connection:
        last = last_of(rounds(facts(connection, spellings(invoice_id)), invoice_id), document)
        if last is None:
            return None
        contract = contract_of(connection, last.submitted.contract_id)
        payer = payer_now(connection, contract) if contract else None
    return Standing(last=last, contract=contract, payer=payer)


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
        self._presented: dict[str, Told] = {}
        self._last: dict[str, Round] = {}

    def take(self, fact: Told) -> None:
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

    def _pay(self, fact: Told) -> None:
        for each in self.rounds:
            if each.accepted:
                each.followed.append(fact)
