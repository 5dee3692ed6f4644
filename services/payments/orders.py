"""What the bank answers, and what is overdue: point 16. The first outcome of an order stands; nothing is paid twice.

But what was executed may come back: the sum is then still due, and is held until somebody has looked at the account.
"""

from collections.abc import Iterator
from datetime import date

from services.payments.appropriation import try_queues
from services.payments.events import CashSetAside, Event
from services.payments.lowering import lower_by_open_credits
from services.payments.overrun import withdraw
from services.payments.state import RETURN_DAYS, Order, State
from shared.events.payments import PaymentExecuted, PaymentOverdue, PaymentRejected, PaymentReturned
from shared.events.treasury import PaymentReported
from shared.kernel.clock import Now, Parked
from shared.kernel.interest import accrued


def report(now: Now, state: State, reported: PaymentReported) -> Iterator[Event]:
    """The bank reports an order. The same again changes nothing; another outcome or an unknown order is laid aside.

    So is a day that can't be the bank's: before the order's own, or more than a year away. Only an executed order can
    be returned, within the time in which banks return.
    """
    order_id, outcome, on = reported.order_id, reported.outcome, reported.on
    first = state.outcome(order_id)
    if first == outcome or (first, outcome) == ("returned", "executed"):
        return
    if (first, outcome) == ("executed", "returned"):
        yield from returned(now, state, reported)
        return
    if first is not None:
        yield Parked(error=f"order_id: {order_id} was reported {first} before, now {outcome}; the first outcome stands")
        return
    order = state.orders.get(order_id)
    if order is None or outcome == "returned":
        why = "is unknown, no such order was given" if order is None else "was not executed, so it can't be returned"
        yield Parked(error=f"order_id: {order_id} {why}")
        return
    if error := not_the_banks_day(now, order, on):
        yield Parked(error=error)
        return
    if outcome == "executed":
        yield PaymentExecuted(
            order_id=order_id,
            payment_id=order.payment_id,
            invoice_id=order.invoice_id,
            amount_cents=order.amount_cents,
            on=on,
            rules=("16",),
        )
        return
    yield from reject(now, state, order, on, reported.reason)


def reject(now: Now, state: State, order: Order, on: date, reason: str | None) -> Iterator[Event]:
    """A rejected order: the cash is back and the sum unordered again, at its old place."""
    yield PaymentRejected(
        order_id=order.order_id,
        payment_id=order.payment_id,
        invoice_id=order.invoice_id,
        amount_cents=order.amount_cents,
        on=on,
        reason=reason,
        rules=("16",),
    )
    yield from give_back(now, state, order)


def returned(now: Now, state: State, reported: PaymentReported) -> Iterator[Event]:
    """16. "pervedamos ... ūkio subjektams": what came back has not reached the provider, so it is still due.

    Like a rejection of what was executed; nothing of the invoice is ordered until the contract's account is confirmed.
    """
    order = state.paid_order(reported.order_id)
    if order is None:
        yield Parked(
            error=f"order_id: {reported.order_id} was executed more than {RETURN_DAYS} days ago, it can't be returned"
        )
        return
    if error := not_the_banks_day(now, order, reported.on):
        yield Parked(error=error)
        return
    yield PaymentReturned(
        order_id=order.order_id,
        payment_id=order.payment_id,
        invoice_id=order.invoice_id,
        amount_cents=order.amount_cents,
        on=reported.on,
        reason=reported.reason,
        rules=("16",),
    )
    yield from give_back(now, state, order)


def not_the_banks_day(now: Now, order: Order, on: date) -> str | None:
    """Why the bank can't have said that of an order on the day; None where it can."""
    if on < order.on:
        return f"on: {on} is before the day of the order {order.order_id}, {order.on}"
    return now.out_of_reach("on", on)


def give_back(now: Now, state: State, order: Order) -> Iterator[Event]:
    """What follows where a sum is unordered again, at its old place.

    An order of a past year leaves that year's sums and enters this year's queue; what a territorial fund gets back of
    a past year is set aside for its return (point 25). A notice that covers the invoice is withdrawn: the ministry is
    told of all that waits of it (18), within the year's total (HIL 14(3)).
    """
    if order.year < state.year and order.pot.payer != now.fund.state_payer:
        yield CashSetAside(
            payer=order.pot.payer, source=order.pot.source, year=order.year, amount_cents=order.amount_cents
        )
    contract_id = state.invoices[order.invoice_id].contract_id
    lowers = order.year == state.year and any(credit.contract_id == contract_id for credit in state.credits.values())
    if lowers or (order.year < state.year and covered(state, order)):
        yield from withdraw(state, "payment.reported", {order.pot.article})
    yield from lower_by_open_credits(state, order.invoice_id)
    yield from try_queues(now, state)


def covered(state: State, order: Order) -> bool:
    """Whether a notice under way covers the order's invoice: it told of less than now waits of it."""
    notice = state.notices.get(order.pot.article)
    return notice is not None and any(invoice.invoice_id == order.invoice_id for invoice in notice.invoices)


def tell_overdue(now: Now, state: State) -> Iterator[Event]:
    """16. "ne vėliau kaip per 30 dienų": told once, on the first day after the due date with an unordered rest.

    HIL 27(2). With the interest that has accrued, where the fund has a rate; nothing is paid of it.
    """
    unordered = [invoice for i in state.past_due if (invoice := state.invoices[i]).rest_cents]
    for invoice in sorted(unordered, key=lambda i: i.place):
        due_on, rest = invoice.due_on, invoice.rest_cents
        found = accrued(now.fund.interest, rest, due_on, now.day) if now.fund.interest else None
        yield PaymentOverdue(
            invoice_id=invoice.invoice_id,
            due_on=due_on,
            rest_cents=rest,
            rules=("16",),
            interest_cents=found.cents if found else None,
            interest_days=found.days if found else None,
        )
