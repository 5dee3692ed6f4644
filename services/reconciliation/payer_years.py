"""The territorial funds' year: points 24 and 25. Reports checked to the cent, balances returned to the VLK."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Final, NamedTuple, TypeAlias, assert_never

from services.reconciliation.law import Year, differs_from_ledger, report_by, return_by
from services.reconciliation.payer_year_events import (
    CreditCounted,
    DayBegun,
    Event,
    MergerAwaited,
    OrderCounted,
    OrderReturned,
    OrderSettled,
    PayerJoined,
    SharesTaken,
)
from shared.events.contracts import DistributionAdopted
from shared.events.payments import PaymentExecuted, PaymentOrdered, PaymentRejected, PaymentReturned
from shared.events.reconciliation import BalanceReturnOrdered, PayerYearAccepted, PayerYearOverdue, PayerYearRefused
from shared.events.treasury import AccountCredited
from shared.events.vlk import PayerMerged, PayerYearReported
from shared.kernel.calendar import DAY, DECEMBER
from shared.kernel.clock import Now, Parked, StartDay
from shared.kernel.fields import MoneySource
from shared.kernel.money import Cents
from shared.kernel.payers import Payers, wrong_merger
from shared.kernel.reason import Reason, reason

PSDF: Final = "PSDF"
YEARS_REMEMBERED = 3
RETURN_DAYS = 120  # for which an executed order is known: longer than by payments, which may be days ahead


class Account(NamedTuple):
    """A payer's account of one source, in one year."""

    payer: str
    source: MoneySource
    year: int


Heard: TypeAlias = (
    StartDay
    | DistributionAdopted
    | AccountCredited
    | PaymentOrdered
    | PaymentExecuted
    | PaymentRejected
    | PaymentReturned
    | PayerYearReported
    | PayerMerged
)
"""What this matter decides on."""

# --- state


@dataclass(slots=True, kw_only=True)
class Ledger:
    """An account's year: what was credited, what was ordered and not rejected."""

    received_cents: Cents = 0
    used_cents: Cents = 0
    accepted: bool = False

    @property
    def balance_cents(self) -> Cents:
        """What is left of it."""
        return self.received_cents - self.used_cents


@dataclass(slots=True, kw_only=True)
class State:
    """The ledgers of all accounts that had a share or a credit, the orders not answered, and those that may return."""

    today: date | None = None
    first_day: date | None = None
    ledgers: dict[Account, Ledger] = field(default_factory=dict)
    orders: dict[str, OrderCounted] = field(default_factory=dict)
    executed: dict[date, dict[str, OrderCounted]] = field(default_factory=dict)
    early: dict[str, bool] = field(default_factory=dict)  # outcomes of orders not heard yet: whether the money is back
    references: dict[str, None] = field(default_factory=dict)
    payers: Payers = field(default_factory=Payers)

    def open_years(self, payer: str) -> list[Account]:
        """The accounts of a payer whose year is not reported: these go with it when it is merged."""
        return sorted(
            account for account, ledger in self.ledgers.items() if account.payer == payer and not ledger.accepted
        )

    def ledger(self, account: Account) -> Ledger:
        """The ledger of an account; an empty one where it had neither share nor credit."""
        return self.ledgers.get(account) or Ledger()


# --- decisions


def decide(now: Now, heard: Heard, state: State) -> Iterator[Event]:
    """What follows from what was heard."""
    match heard:
        case StartDay():
            yield DayBegun(on=now.day)
            for payer, into in state.payers.due(now.day):
                yield from join_payer(now, state, payer, into)
            yield from tell_overdue(now, state)
        case DistributionAdopted():
            payers = (state.payers.resolve(share.payer) for share in heard.shares if share.amount_cents)
            yield SharesTaken(year=heard.year, payers=tuple(dict.fromkeys(payers)))
        case AccountCredited():
            yield from count_credit(now, state, heard)
        case PaymentOrdered():
            yield OrderCounted(
                order_id=heard.order_id,
                payer=state.payers.resolve(heard.payer),
                source=heard.source,
                year=heard.year,
                amount_cents=heard.amount_cents,
            )
        case PaymentExecuted() | PaymentRejected():
            yield from settle_order(now, state, heard)
        case PaymentReturned():
            yield from take_back(now, state, heard)
        case PayerYearReported():
            yield from report_year(now, state, heard)
        case PayerMerged():
            if any(wrong_merger(now, heard.payer, heard.into)):
                return  # contracts says why
            if heard.on > now.day:
                yield MergerAwaited(payer=heard.payer, into=heard.into, on=heard.on)
            else:
                yield from join_payer(now, state, heard.payer, heard.into)
        case _:
            assert_never(heard)


def count_credit(now: Now, state: State, credit: AccountCredited) -> Iterator[Event]:
    """25. A credit belongs to the year of its value day; after the accepted report it is one more return.

    The same reference is the same credit (what contradicts it, or can't be meant, payments lays aside).
    """
    if credit.reference in state.references or now.astray(credit.payer, "value_on", credit.value_on):
        return
    account = Account(state.payers.resolve(credit.payer), credit.source, credit.value_on.year)
    yield CreditCounted(
        payer=account.payer,
        source=account.source,
        year=account.year,
        amount_cents=credit.amount_cents,
        reference=credit.reference,
    )
    yield from return_more(now, state, account, credit.amount_cents)


def settle_order(now: Now, state: State, answer: PaymentExecuted | PaymentRejected) -> Iterator[Event]:
    """25. A rejection gives the sum back to the order's year; after the accepted report it is one more return."""
    order = state.orders.get(answer.order_id)
    rejected = isinstance(answer, PaymentRejected)
    yield OrderSettled(order_id=answer.order_id, rejected=rejected)
    if order and rejected:
        yield from return_more(now, state, Account(order.payer, order.source, order.year), order.amount_cents)


def take_back(now: Now, state: State, returned: PaymentReturned) -> Iterator[Event]:
    """25. What came back of an executed order was not used in the order's year; a rejection come late.

    It may be heard before the execution, or before the order itself: these come from other topics.
    """
    counted = (state.orders, *state.executed.values())
    order = next((orders[returned.order_id] for orders in counted if returned.order_id in orders), None)
    yield OrderReturned(order_id=returned.order_id)
    if order:
        yield from return_more(now, state, Account(order.payer, order.source, order.year), order.amount_cents)


def return_more(now: Now, state: State, account: Account, cents: Cents) -> Iterator[Event]:
    """25. What a year whose report is accepted has left, or gets back later, returns to the VLK."""
    payer = state.payers.resolve(account.payer)
    if state.ledger(account).accepted and cents and payer != now.fund.state_payer:
        yield BalanceReturnOrdered(
            payer=payer,
            year=account.year,
            source=account.source,
            amount_cents=cents,
            by=return_by(now, account.year),
            rules=("25",),
        )


def report_year(now: Now, state: State, reported: PayerYearReported) -> Iterator[Event]:
    """24. "pateikia ... duomenis apie PSDF biudžeto lėšų panaudojimą ir lėšų likutį"; accepted once, to the cent."""
    account = Account(state.payers.resolve(reported.payer), reported.source, reported.year)
    ledger = state.ledger(account)
    if ledger.accepted:
        return
    reasons = report_reasons(now, state, account, reported)
    answer = {
        "payer": account.payer,
        "year": account.year,
        "source": account.source,
        "balance_cents": reported.balance_cents,
        "return_by": return_by(now, account.year),
        "rules": ("24", "25"),
    }
    if reasons:
        yield PayerYearRefused(**answer, reasons=reasons)  # type: ignore[arg-type] # the fields that both answers have
        return
    yield PayerYearAccepted(**answer)  # type: ignore[arg-type] # the fields that both answers have
    yield from return_more(now, state, account, reported.balance_cents)


def report_reasons(now: Now, state: State, account: Account, report: PayerYearReported) -> tuple[Reason, ...]:
    """24. The year is over, the payer had a share or a credit in it, and all three sums are those of our ledger."""
    if now.day <= date(account.year, DECEMBER, 31):
        return (reason("year_not_over"),)
    if account.payer == now.fund.state_payer or not any(
        (known.payer, known.year) == (account.payer, account.year) for known in state.ledgers
    ):
        return (reason("unknown_payer", "24"),)
    reported = Year(received_cents=report.received_cents, used_cents=report.used_cents)
    ledger = state.ledger(account)
    ours = Year(received_cents=ledger.received_cents, used_cents=ledger.used_cents)
    return tuple(differs_from_ledger(reported, report.balance_cents, ours))


def tell_overdue(now: Now, state: State) -> Iterator[Event]:
    """24. On the first day after: reports of the year that ended, which did not come or were not accepted."""
    year = now.day.year - 1
    by = report_by(now, year)
    if now.day != by + DAY or state.first_day is None or state.first_day > date(year, DECEMBER, 31):
        return
    for account in sorted(state.ledgers):
        if account.year == year and account.payer != now.fund.state_payer and not state.ledgers[account].accepted:
            yield PayerYearOverdue(payer=account.payer, year=year, source=account.source, by=by, rules=("24",))


def join_payer(now: Now, state: State, payer: str, into: str) -> Iterator[Event]:
    """A merged payer reports no more: the other reports what it has not, or, where it has reported, returns it."""
    payer, into = state.payers.resolve(payer), state.payers.resolve(into)
    if payer == into:
        return
    balances = {account: state.ledgers[account].balance_cents for account in state.open_years(payer)}
    yield PayerJoined(payer=payer, into=into)
    for account, balance in balances.items():
        yield from return_more(now, state, account._replace(payer=into), balance)


# --- what each event changes


def evolve(state: State, event: Event) -> None:
    """Fold one event into the state."""
    match event:
        case DayBegun():
            day_begun(state, event.on)
        case SharesTaken():
            for payer in event.payers:
                state.ledgers.setdefault(Account(payer, PSDF, event.year), Ledger())
        case CreditCounted():
            account = Account(event.payer, event.source, event.year)
            state.ledgers.setdefault(account, Ledger()).received_cents += event.amount_cents
            state.references[event.reference] = None
        case OrderCounted():
            state.orders[event.order_id] = event
            account = Account(event.payer, event.source, event.year)
            state.ledgers.setdefault(account, Ledger()).used_cents += event.amount_cents
            if event.order_id in state.early:
                settled(state, event.order_id, back=state.early.pop(event.order_id))
        case OrderSettled():
            settled(state, event.order_id, back=event.rejected)
        case OrderReturned():
            returned(state, event.order_id)
        case PayerYearAccepted():
            state.ledgers.setdefault(Account(event.payer, event.source, event.year), Ledger()).accepted = True
        case MergerAwaited():
            state.payers.wait_for(event.on, event.payer, event.into)
        case PayerJoined():
            payer_joined(state, event.payer, event.into)
        case PayerYearRefused() | PayerYearOverdue() | BalanceReturnOrdered() | Parked():
            pass
        case _:
            assert_never(event)


def day_begun(state: State, on: date) -> None:
    """Ledgers of years long closed are forgotten, but those of an order that the bank has not answered yet."""
    state.today = on
    state.first_day = state.first_day or on
    for day in [day for day in state.executed if day < on - timedelta(days=RETURN_DAYS)]:
        del state.executed[day]
    old = {account for account in state.ledgers if account.year <= on.year - YEARS_REMEMBERED}
    if old:
        for account in old - {Account(order.payer, order.source, order.year) for order in state.orders.values()}:
            del state.ledgers[account]


def settled(state: State, order_id: str, *, back: bool) -> None:
    """An order is answered; where its money is back it was not used. One that is not heard yet is remembered."""
    order = state.orders.pop(order_id, None)
    if order is None:
        state.early[order_id] = back or state.early.get(order_id, False)
    elif back:
        not_used(state, order)
    elif state.today is not None:
        state.executed.setdefault(state.today, {})[order_id] = order


def returned(state: State, order_id: str) -> None:
    """What was executed came back. Where that is not heard yet, nothing is left of the order that could be used."""
    of_day = next((orders for orders in state.executed.values() if order_id in orders), None)
    if of_day is not None:
        not_used(state, of_day.pop(order_id))
    elif order := state.orders.get(order_id):
        not_used(state, order)
        state.orders[order_id] = replace(order, amount_cents=0)
    else:
        state.early[order_id] = True


def not_used(state: State, order: OrderCounted) -> None:
    """What an order took from its year is there again."""
    state.ledgers[Account(order.payer, order.source, order.year)].used_cents -= order.amount_cents


def payer_joined(state: State, payer: str, into: str) -> None:
    """Ledgers of open years add up; their orders under way follow."""
    state.payers.join(payer, into)
    moved = state.open_years(payer)
    for account in moved:
        ledger = state.ledgers.pop(account)
        target = state.ledgers.setdefault(account._replace(payer=into), Ledger())
        target.received_cents += ledger.received_cents
        target.used_cents += ledger.used_cents
    for orders in (state.orders, *state.executed.values()):
        for order_id, order in orders.items():
            if Account(order.payer, order.source, order.year) in moved:
                orders[order_id] = replace(order, payer=into)
