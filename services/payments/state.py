"""What payments remembers: what is open, and sums; not the past. Only ``evolve`` in ``fold.py`` changes it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Literal, NamedTuple, TypeAlias

from services.payments.events import Account, Pot
from shared.events.internal import CoveredInvoice
from shared.events.payments import AdministrationCounted
from shared.kernel.budget import Editions
from shared.kernel.calendar import month_of
from shared.kernel.compact import KEY_BYTES, Records, key_of
from shared.kernel.money import Cents
from shared.kernel.payers import Payers

PSDF: Final = "PSDF"
STATE: Final = "STATE"
OUTCOMES = ("executed", "rejected", "returned")
RETURN_DAYS = 60
"""How long an executed order is remembered as one that may come back; the SEPA rules give a bank three bank days."""

Place: TypeAlias = tuple[date, datetime, str]
"""An invoice's place in every queue: (accepted_on, arrived_at, invoice_id)."""


@dataclass(slots=True, kw_only=True)
class Standing:
    """How an invoice stands by the last thing that was announced of it."""

    kind: Literal["scheduled", "deferred", "carried", "none"] = "none"
    year: int = 0
    reason: str = ""
    amount_cents: Cents = 0
    pay_on: date | None = None
    notice_no: str | None = None


@dataclass(slots=True, kw_only=True)
class Invoice:
    """An accepted invoice of which something waits, is scheduled and not ordered, or is ordered and not yet reported.

    ``waiting_cents`` stands in the queue; ``amount_cents`` is committed in the fund year, ``unordered_cents`` of it is
    not ordered; the payment of the year has ``pay_on``, the sum over the appropriation, and the last notice. ``paid``
    of its orders may still come back. While it is ``held`` nothing of it is ordered: its account is to be confirmed.
    """

    invoice_id: str
    contract_id: str
    provider_code: str
    iban: str | None
    pot: Pot
    service_month: str
    accepted_on: date
    due_on: date
    arrived_at: datetime
    compensation: bool
    waiting_cents: Cents
    aside: bool = False
    amount_cents: Cents = 0
    unordered_cents: Cents = 0
    pay_on: date | None = None
    over_cents: Cents = 0
    notice_no: str | None = None
    orders: int = 0
    in_flight: int = 0
    paid: int = 0
    held: bool = False
    overdue_told: bool = False
    standing: Standing = field(default_factory=Standing)

    @property
    def place(self) -> Place:
        """Its place in every queue; the earliest is first."""
        return (self.accepted_on, self.arrived_at, self.invoice_id)

    @property
    def account(self) -> Account:
        """The account that pays it."""
        return Account(self.pot.payer, self.pot.source)

    @property
    def rest_cents(self) -> Cents:
        """What is neither ordered nor lowered."""
        return self.waiting_cents + self.unordered_cents

    @property
    def how(self) -> str:
        """How it stands in a word: why it waits, or that it is scheduled."""
        return self.standing.reason if self.waiting_cents else "scheduled"


@dataclass(slots=True, kw_only=True)
class Queue:
    """The waiting invoices of a pot by place, and those of them that were not told to stand behind an earlier one."""

    places: list[Place] = field(default_factory=list)
    not_told_behind: dict[str, None] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Order:
    """An order that the bank has not answered."""

    order_id: str
    invoice_id: str
    payment_id: str
    pot: Pot
    year: int
    month: str
    on: date
    amount_cents: Cents


@dataclass(slots=True, kw_only=True)
class Notice:
    """A notice under way: prepared, and neither delivered nor withdrawn."""

    notice_no: str
    year: int
    article: str
    article_name: str
    allotted_cents: Cents
    transferred_cents: Cents
    exceeding_cents: Cents
    planned_cents: Cents
    invoices: tuple[CoveredInvoice, ...]
    prepared_on: date
    surplus_cents: Cents = 0
    office: str = ""
    signed_by: str = ""
    address: str = ""
    prepared_by: str = ""
    contacts: str = ""


@dataclass(slots=True, kw_only=True)
class OpenCredit:
    """What is left of a credit or a set-off."""

    by: str
    contract_id: str
    provider_code: str
    open_cents: Cents
    hand_over_on: date


class Credit(NamedTuple):
    """What a credit's reference stands for."""

    payer: str
    source: str
    amount_cents: Cents
    value_on: date

    def __str__(self) -> str:
        """As it is told to a person."""
        return f"{self.payer} {self.source} {self.amount_cents} cents of {self.value_on}"


class PaidApart(NamedTuple):
    """What the reference of a payment outside the queues stands for."""

    payer: str
    article: str
    amount_cents: Cents
    paid_on: date

    def __str__(self) -> str:
        """As it is told to a person."""
        return f"{self.payer} article {self.article} {self.amount_cents} cents of {self.paid_on}"


@dataclass(slots=True, kw_only=True)
class Book:
    """The sums of one fund year. ``committed`` is K, ``executed`` is P, ``allotted`` is V, ``notified`` is O.

    ``administration`` was paid outside the queues: it is in K and in P, and no order is of it.
    """

    committed: dict[Pot, Cents] = field(default_factory=dict)
    committed_of_article: dict[str, Cents] = field(default_factory=dict)
    committed_of_source: dict[str, Cents] = field(default_factory=dict)
    committed_of_month: dict[str, dict[str, Cents]] = field(default_factory=dict)
    ordered: dict[Pot, Cents] = field(default_factory=dict)
    executed: dict[Pot, Cents] = field(default_factory=dict)
    carried: dict[Pot, Cents] = field(default_factory=dict)
    administration: dict[Pot, Cents] = field(default_factory=dict)
    shares: dict[str, dict[str, Cents]] = field(default_factory=dict)
    allotted: dict[str, Cents] = field(default_factory=dict)
    notified: dict[str, Cents] = field(default_factory=dict)
    notices: dict[str, int] = field(default_factory=dict)

    def commit(self, pot: Pot, month: str, cents: Cents) -> None:
        """Add a sum (or take it away where it is negative) to all that is committed, by pot, article, source, month."""
        self.committed[pot] = self.committed.get(pot, 0) + cents
        if pot.source == PSDF:
            self.committed_of_article[pot.article] = self.committed_of_article.get(pot.article, 0) + cents
        self.committed_of_source[pot.source] = self.committed_of_source.get(pot.source, 0) + cents
        of_month = self.committed_of_month.setdefault(pot.source, {})
        of_month[month] = of_month.get(month, 0) + cents

    def join(self, payer: str, into: str) -> None:
        """Let the sums that are a payer's be another's."""
        for sums in (self.committed, self.ordered, self.executed, self.carried, self.administration):
            for pot in [pot for pot in sums if pot.payer == payer]:
                other = pot._replace(payer=into)
                sums[other] = sums.get(other, 0) + sums.pop(pot)
        for of_article in self.shares.values():
            if payer in of_article:
                of_article[into] = of_article.get(into, 0) + of_article.pop(payer)

    def share(self, payer: str, article: str) -> Cents:
        """S(p, a): the payer's share of the article."""
        return self.shares.get(article, {}).get(payer, 0)


@dataclass(slots=True, kw_only=True)
class State:
    """The fund's payments. Dates and years are of the last started day."""

    today: date | None = None
    year: int = 0
    run_from: date = date.min
    editions: Editions = field(default_factory=Editions)
    books: dict[int, Book] = field(default_factory=dict)
    payers: Payers = field(default_factory=Payers)
    invoices: dict[str, Invoice] = field(default_factory=dict)
    done: dict[str, Invoice] = field(default_factory=dict)  # nothing of them is open, and an order may come back
    of_contract: dict[str, dict[str, None]] = field(default_factory=dict)
    queues: dict[Pot, Queue] = field(default_factory=dict)
    due: dict[date, dict[str, None]] = field(default_factory=dict)
    past_due: dict[str, None] = field(default_factory=dict)
    scheduled: dict[Account, dict[date, dict[str, None]]] = field(default_factory=dict)
    notices: dict[str, Notice] = field(default_factory=dict)  # under way, by article: one each
    held_cents: Cents = 0
    credits: dict[str, OpenCredit] = field(default_factory=dict)  # oldest first, named ``{by}#{n}``
    cash: dict[Account, Cents] = field(default_factory=dict)
    cash_to_come: dict[Account, dict[date, Cents]] = field(default_factory=dict)
    set_aside: dict[Account, dict[int, Cents]] = field(default_factory=dict)
    references: dict[str, Credit] = field(default_factory=dict)
    paid_apart: dict[str, PaidApart] = field(default_factory=dict)  # administration, by its reference
    orders: dict[str, Order] = field(default_factory=dict)
    paid: dict[date, dict[str, Order]] = field(default_factory=dict)  # executed, by the day on which it was told
    answered: Records = field(default_factory=lambda: Records(KEY_BYTES + 1))  # for ever: nothing is paid twice

    @property
    def book(self) -> Book:
        """The book of the fund year."""
        return self.book_of(self.year)

    def book_of(self, year: int) -> Book:
        """The book of a year; an empty one where nothing of the year is known."""
        return self.books.get(year) or Book()

    def count_administration(self, event: AdministrationCounted) -> None:
        """What was paid outside the queues is committed and paid at once; no account of the queues pays it."""
        book, pot = self.books.setdefault(event.year, Book()), Pot(event.payer, event.article, PSDF)
        book.commit(pot, month_of(event.paid_on), event.amount_cents)
        book.administration[pot] = book.administration.get(pot, 0) + event.amount_cents
        self.paid_apart[event.reference] = PaidApart(event.payer, event.article, event.amount_cents, event.paid_on)

    def outcome(self, order_id: str) -> str | None:
        """What the bank answered to an order, however long ago; None where it has not."""
        record = self.answered.find(key_of(order_id))
        return OUTCOMES[record[-1]] if record else None

    def answer(self, order_id: str, outcome: str) -> None:
        """Remember the bank's first answer to an order; what was executed may be returned after it."""
        key, said = key_of(order_id), bytes([OUTCOMES.index(outcome)])
        if self.answered.keep(key, said):
            self.answered.change(key, said)

    def paid_order(self, order_id: str) -> Order | None:
        """An executed order that may still come back; None where it was executed long ago, or not at all."""
        return next((orders[order_id] for orders in self.paid.values() if order_id in orders), None)

    def queue(self, pot: Pot) -> Iterator[Invoice]:
        """The waiting invoices of a pot, earliest first."""
        return (self.invoices[invoice_id] for _, _, invoice_id in self.queues[pot].places)

    def head(self, pot: Pot) -> Invoice:
        """The earliest waiting invoice of a pot."""
        return self.invoices[self.queues[pot].places[0][2]]

    def notice_of(self, pot: Pot) -> Notice | None:
        """The notice under way that the pot waits for."""
        notice = self.notices.get(pot.article)
        return notice if notice and self.invoices[notice.invoices[0].invoice_id].pot == pot else None

    def of(self, contract_id: str) -> list[Invoice]:
        """The open invoices of a contract, earliest first."""
        found = (self.invoices[invoice_id] for invoice_id in self.of_contract.get(contract_id, ()))
        return sorted(found, key=lambda invoice: invoice.place)
