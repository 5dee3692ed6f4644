"""What is coming: the cash that will be needed, the terms that may be missed, those that were. For boards and alarms.

Sums are in euro cents, days are calendar days from the last started day. Nothing is decided here.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import chain

from services.payments.events import Account
from services.payments.state import Invoice, State
from shared.kernel.money import Cents
from shared.kernel.value import value

NO_CASH = "no_cash"
"""Why a scheduled invoice may miss its term; beside it stand the reasons of ``payment.deferred``."""
CREDITED_DAYS = 1
"""So many days ahead the cash for a run is there, or known to come: further ahead its absence says nothing."""
NOT_ORDERED = "not_ordered"
"""How an overdue invoice stands that is scheduled, and for which there is cash: the next run orders it."""


@value
class PayDay:
    """A bank day to come: what is scheduled for it and not ordered, of one account.

    ``short_cents``: what is scheduled up to that day, without the cash that is there or comes by then (value day).
    """

    payer: str
    source: str
    pay_on: date
    count: int
    unordered_cents: Cents
    short_cents: Cents


@value
class CashAhead:
    """16. What an account needs within so many days, and the cash that is there or comes by then (value day)."""

    payer: str
    source: str
    within_days: int
    needed_cents: Cents
    cash_cents: Cents
    to_come_cents: Cents


def pay_days(state: State) -> tuple[PayDay, ...]:
    """16, 17. What is scheduled and not ordered, by day and account, and what each account lacks up to each day."""
    found = []
    for account in state.scheduled:
        up_to_then = 0
        for pay_on, bucket in _runs(state, account, date.max):
            rests = [invoice.unordered_cents for invoice in bucket]
            up_to_then += sum(rests)
            day = PayDay(
                payer=account.payer,
                source=account.source,
                pay_on=pay_on,
                count=len(rests),
                unordered_cents=sum(rests),
                short_cents=max(up_to_then - _cash_by(state, account, pay_on), 0),
            )
            found.append(day)
    return tuple(sorted(found, key=lambda day: (day.pay_on, day.payer, day.source)))


def cash_ahead(state: State, within_days: int) -> Iterator[CashAhead]:
    """16. For each account that ever had a credit or has something scheduled: pay days up to today and so many days."""
    if state.today is None:
        return
    until = state.today + timedelta(days=within_days)
    for account in sorted(state.cash.keys() | state.cash_to_come.keys() | state.scheduled.keys()):
        yield CashAhead(
            payer=account.payer,
            source=account.source,
            within_days=within_days,
            needed_cents=sum(
                invoice.unordered_cents for _, bucket in _runs(state, account, until) for invoice in bucket
            ),
            cash_cents=state.cash.get(account, 0),
            to_come_cents=_to_come(state, account, until),
        )


def terms_at_risk(state: State, within_days: int) -> Counter[str]:
    """16, 17. Invoices due today or within so many days that may not be paid in time, by reason.

    The reason is that of their deferral, or ``no_cash`` where they are to be ordered by tomorrow and the cash that is
    there or comes by their pay day does not reach them in the order of acceptance.
    """
    if state.today is None:
        return Counter()
    days = [state.today + timedelta(days=number) for number in range(within_days + 1)]
    due = (state.invoices[i] for day in days for i in state.due.get(day, ()))
    short = set(_without_cash(state, state.today + timedelta(days=CREDITED_DAYS)))
    found = (_why(invoice, short) for invoice in due if invoice.rest_cents)
    return Counter(why for why in found if why != NOT_ORDERED)


def terms_missed(state: State) -> Counter[str]:
    """16. Overdue invoices with something not ordered, by reason as in ``terms_at_risk``, or ``not_ordered``."""
    if state.today is None:
        return Counter()
    short = set(_without_cash(state, state.today))
    return Counter(_why(invoice, short) for invoice in _overdue(state, state.today))


def days_to_nearest_term(state: State) -> int | None:
    """16. Days to the earliest due date with something not ordered, negative once it has passed; None without any."""
    today = state.today
    if today is None:
        return None
    if overdue := [invoice.due_on for invoice in _overdue(state, today)]:
        return (min(overdue) - today).days
    to_come = sorted(day for day, ids in state.due.items() if any(state.invoices[i].rest_cents for i in ids))
    return (to_come[0] - today).days if to_come else None


def oldest_order_on(state: State) -> date | None:
    """16. The day of the oldest order that the bank has not answered; None without any."""
    return min((order.on for order in state.orders.values()), default=None)


def days_to_notified_term(state: State) -> int | None:
    """18. Days to the earliest due date of what waits for a notice to be delivered; None without a notice under way."""
    today = state.today
    covered = chain.from_iterable(notice.invoices for notice in state.notices.values())
    earliest = min((each.due_on for each in covered), default=None)
    return (earliest - today).days if earliest and today else None


def _overdue(state: State, today: date) -> Iterator[Invoice]:
    """Also those of which it was told: ``state.past_due`` has only the others."""
    return (each for each in state.invoices.values() if each.due_on < today and each.rest_cents)


def _why(invoice: Invoice, short: set[str]) -> str:
    if invoice.waiting_cents:
        return invoice.standing.reason
    return NO_CASH if invoice.invoice_id in short else NOT_ORDERED


def _without_cash(state: State, until: date) -> Iterator[str]:
    """The scheduled invoices with a pay day up to a day that the cash of their account does not reach."""
    for account in state.scheduled:
        spent = 0
        for pay_on, bucket in _runs(state, account, until):
            cash = _cash_by(state, account, pay_on)
            for invoice in sorted(bucket, key=lambda each: each.place):
                spent += invoice.unordered_cents
                if spent > cash:
                    yield invoice.invoice_id


def _runs(state: State, account: Account, until: date) -> Iterator[tuple[date, Iterator[Invoice]]]:
    """What is scheduled and not ordered, by pay day up to a day."""
    buckets = state.scheduled.get(account, {})
    for pay_on in sorted(day for day in buckets if day <= until):
        yield pay_on, (state.invoices[i] for i in buckets[pay_on])


def _cash_by(state: State, account: Account, pay_on: date) -> Cents:
    """The cash that is there for a run, whose day may be past: it is made up for today."""
    assert state.today is not None
    return state.cash.get(account, 0) + _to_come(state, account, max(pay_on, state.today))


def _to_come(state: State, account: Account, until: date) -> Cents:
    return sum(cents for day, cents in state.cash_to_come.get(account, {}).items() if day <= until)
