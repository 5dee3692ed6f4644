"""An independent second book of payments: every balance again from the events alone, to be compared with the state.

It shares no code with the fold that it checks. Sums are in euro cents.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from services.payments import events as e
from services.payments.events import Account, Event, Pot
from services.payments.state import Book, State
from shared.events.payments import (
    AdministrationCounted,
    OverrunNotified,
    PaymentCarried,
    PaymentExecuted,
    PaymentLowered,
    PaymentOrdered,
    PaymentRejected,
    PaymentReturned,
    PaymentScheduled,
)
from shared.kernel.money import Cents, euro

Key = TypeVar("Key")


@dataclass(slots=True)
class Payment:
    """What is committed of an invoice in a year: what is ordered (and not rejected), and what is not ordered."""

    pot: Pot
    ordered: Cents = 0
    unordered: Cents = 0
    told: Cents = 0
    executed: Cents = 0


@dataclass(slots=True)
class Order:
    """An order as it was given."""

    payment: Payment
    account: Account
    year: int
    cents: Cents


@dataclass(slots=True)
class Audit:
    """The second book. Feed it every event of the stream in order, then ask for ``differences``."""

    year: int = 0
    joined: dict[str, str] = field(default_factory=dict)
    cash: defaultdict[Account, Cents] = field(default_factory=lambda: defaultdict(int))
    set_aside: defaultdict[tuple[Account, int], Cents] = field(default_factory=lambda: defaultdict(int))
    owed: defaultdict[str, Cents] = field(default_factory=lambda: defaultdict(int))
    payments: dict[tuple[str, int], Payment] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    apart: dict[int, defaultdict[Pot, Cents]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    notified: defaultdict[tuple[int, str], Cents] = field(default_factory=lambda: defaultdict(int))
    entered: dict[str, e.InvoiceEntered] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def take(self, event: Event) -> None:  # noqa: C901, PLR0912, PLR0915 - one case an event, each a line or two
        """Enter one event into the book."""
        match event:
            case e.DayBegun():
                self.year = self.year or event.on.year
            case e.YearTurned():
                self.year = event.year
            case e.PayerJoined():
                self.joined[event.payer] = event.into
            case e.CashCredited():
                self.cash[Account(event.payer, event.source)] += event.amount_cents
            case e.CashSetAside():
                self._set_aside(event, event.amount_cents)
                self.cash[Account(event.payer, event.source)] -= event.amount_cents
            case e.SetAsideReturned():
                self._set_aside(event, -event.amount_cents)
            case e.SetAsideReleased():
                self._set_aside(event, -event.amount_cents)
                self.cash[Account(event.payer, event.source)] += event.amount_cents
            case e.InvoiceEntered():
                self.owed[event.invoice_id] += event.amount_cents
                self.entered[event.invoice_id] = event
            case e.AccountConfirmed():
                self._confirmed(event)
            case PaymentScheduled():
                self._scheduled(event)
            case e.ScheduledAsBefore():
                payment = self.payments[event.invoice_id, self.year]
                payment.unordered = payment.told - payment.ordered
            case e.PutBack():
                self.payments[event.invoice_id, self.year].unordered = 0
            case PaymentCarried():
                self._carried(event)
            case PaymentLowered():
                self._lowered(event)
            case OverrunNotified():
                self.notified[event.year, event.article] += event.planned_cents
            case AdministrationCounted():
                self.apart[event.year][Pot(event.payer, event.article, "PSDF")] += event.amount_cents
            case PaymentOrdered():
                self._ordered(event)
            case PaymentExecuted():
                self._answered(event)
                self.orders[event.order_id].payment.executed += event.amount_cents
            case PaymentRejected():
                self._answered(event)
                self._given_back(self.orders[event.order_id])
            case PaymentReturned():
                self._answered(event)
                self.orders[event.order_id].payment.executed -= event.amount_cents
                self._given_back(self.orders[event.order_id])
            case _:
                pass

    def _set_aside(self, event: e.CashSetAside | e.SetAsideReturned | e.SetAsideReleased, cents: Cents) -> None:
        self.set_aside[Account(event.payer, event.source), event.year] += cents

    def _scheduled(self, event: PaymentScheduled) -> None:
        pot = Pot(event.payer, event.article, event.source)
        payment = self.payments.setdefault((event.invoice_id, event.year), Payment(pot))
        payment.told, payment.unordered = event.amount_cents, event.amount_cents - payment.ordered

    def _carried(self, event: PaymentCarried) -> None:
        payment = self.payments.get((event.invoice_id, event.from_year))
        if payment:
            payment.unordered = 0

    def _lowered(self, event: PaymentLowered) -> None:
        self.owed[event.invoice_id] -= event.lowered_cents
        if event.payment_id:
            payment = self.payments[event.invoice_id, self.year]
            payment.unordered -= event.lowered_cents
            payment.told = payment.ordered + payment.unordered

    def _ordered(self, event: PaymentOrdered) -> None:
        payment, account = self.payments[event.invoice_id, event.year], Account(event.payer, event.source)
        payment.ordered += event.amount_cents
        payment.unordered -= event.amount_cents
        self.cash[account] -= event.amount_cents
        self.orders[event.order_id] = Order(payment, account, event.year, event.amount_cents)

        entered = self.entered[event.invoice_id]
        for name in ("iban", "article", "source"):
            self._must_be(f"order {event.order_id}: {name}", getattr(entered, name), getattr(event, name))
        self._must_be(f"order {event.order_id}: payer", self._resolved(entered.payer), self._resolved(event.payer))
        if payment.ordered > self.owed[event.invoice_id]:
            owed, ordered = euro(self.owed[event.invoice_id]), euro(payment.ordered)
            self.wrong.append(f"order {event.order_id}: {ordered} are ordered of {event.invoice_id}, owed are {owed}")

    def _confirmed(self, event: e.AccountConfirmed) -> None:
        for invoice_id, entered in self.entered.items():
            if entered.contract_id == event.contract_id:
                self.entered[invoice_id] = replace(entered, iban=event.iban)

    def _answered(self, event: PaymentExecuted | PaymentRejected | PaymentReturned) -> None:
        ordered = self.orders[event.order_id].cents
        self._must_be(f"order {event.order_id}: its sum", euro(ordered), euro(event.amount_cents))

    def _must_be(self, what: str, expected: object, said: object) -> None:
        if expected != said:
            self.wrong.append(f"{what} is {said}, and was {expected} before")

    def _given_back(self, order: Order) -> None:
        order.payment.ordered -= order.cents
        if order.year == self.year:
            order.payment.unordered += order.cents
        self.cash[order.account] += order.cents

    # --- the comparison

    def differences(self, state: State) -> Iterator[str]:
        """Each balance of the state that is not what its events say, with both numbers."""
        yield from self.wrong
        yield from differing("cash of", self._by_account(), cash_of(state))
        yield from differing("set aside of", self._set_aside_by_account(), set_aside_of(state))
        for year, book in state.books.items():
            of_year = {key: payment for key, payment in self.payments.items() if key[1] == year}
            apart = self._joined(self.apart.get(year, {}).items())
            yield from differing(f"{year} paid outside the queues of", apart, book.administration)
            scheduled = self._by_pot({k: p.ordered + p.unordered for k, p in of_year.items()})
            committed = self._joined((*scheduled.items(), *apart.items()))
            yield from differing(f"{year} committed of", committed, book.committed)
            yield from differing(f"{year} committed of article", by_article(committed), book.committed_of_article)
            yield from differing(f"{year} committed of source", by_source(committed), book.committed_of_source)
            yield from differing(f"{year} months of source", by_source(committed), months_of(book))
            yield from differing(
                f"{year} ordered of", self._by_pot({k: p.ordered for k, p in of_year.items()}), book.ordered
            )
            yield from differing(
                f"{year} transferred of", self._by_pot({k: p.executed for k, p in of_year.items()}), book.executed
            )
            notified = {article: cents for (of, article), cents in self.notified.items() if of == year}
            yield from differing(f"{year} told to the ministry of article", notified, book.notified)
        waiting = {invoice_id: invoice.waiting_cents for invoice_id, invoice in state.invoices.items()}
        yield from differing("waiting of invoice", self._waiting(), waiting)

    def _resolved(self, payer: str) -> str:
        while payer in self.joined:
            payer = self.joined[payer]
        return payer

    def _by_account(self) -> dict[Account, Cents]:
        sums: defaultdict[Account, Cents] = defaultdict(int)
        for account, cents in self.cash.items():
            sums[Account(self._resolved(account.payer), account.source)] += cents
        return sums

    def _set_aside_by_account(self) -> dict[tuple[str, ...], Cents]:
        sums: defaultdict[tuple[str, ...], Cents] = defaultdict(int)
        for (account, year), cents in self.set_aside.items():
            sums[self._resolved(account.payer), account.source, str(year)] += cents
        return sums

    def _by_pot(self, cents: Mapping[tuple[str, int], Cents]) -> dict[Pot, Cents]:
        return self._joined((self.payments[key].pot, each) for key, each in cents.items())

    def _joined(self, cents: Iterable[tuple[Pot, Cents]]) -> dict[Pot, Cents]:
        sums: defaultdict[Pot, Cents] = defaultdict(int)
        for pot, each in cents:
            sums[Pot(self._resolved(pot.payer), pot.article, pot.source)] += each
        return sums

    def _waiting(self) -> dict[str, Cents]:
        """What was accepted, less what lowered it and what is committed: nothing is paid twice, nothing is lost."""
        sums = dict(self.owed)
        for (invoice_id, _year), payment in self.payments.items():
            sums[invoice_id] -= payment.ordered + payment.unordered
        return sums


def cash_of(state: State) -> dict[Account, Cents]:
    """Usable cash and cash to come, by account."""
    sums = dict(state.cash)
    for account, days in state.cash_to_come.items():
        sums[account] = sums.get(account, 0) + sum(days.values())
    return sums


def set_aside_of(state: State) -> dict[tuple[str, ...], Cents]:
    """What past years' money waits for its return, by account and year (point 25)."""
    return {(*account, str(year)): cents for account, years in state.set_aside.items() for year, cents in years.items()}


def by_article(committed: Mapping[Pot, Cents]) -> dict[str, Cents]:
    """The fund's own money, by article."""
    sums: defaultdict[str, Cents] = defaultdict(int)
    for pot, cents in committed.items():
        if pot.source == "PSDF":
            sums[pot.article] += cents
    return sums


def by_source(committed: Mapping[Pot, Cents]) -> dict[str, Cents]:
    """By whose money it is."""
    sums: defaultdict[str, Cents] = defaultdict(int)
    for pot, cents in committed.items():
        sums[pot.source] += cents
    return sums


def months_of(book: Book) -> dict[str, Cents]:
    """All months of a year together, by whose money it is."""
    return {source: sum(months.values()) for source, months in book.committed_of_month.items()}


def differing(what: str, by_events: Mapping[Key, Cents], in_state: Mapping[Key, Cents]) -> Iterator[str]:
    """Each sum that differs; a sum that is not there is 0."""
    for key in dict.fromkeys((*by_events, *in_state)):
        ours, theirs = by_events.get(key, 0), in_state.get(key, 0)
        if ours != theirs:
            named = " ".join(key) if isinstance(key, tuple) else key
            yield f"{what} {named}: {euro(theirs)} in the state, {euro(ours)} by its events"
