"""Where an invoice stands: in its queue, in the plan of its account's runs, or nowhere. Only the fold moves it."""

from bisect import bisect_left
from datetime import date
from typing import TypeVar

from services.payments.state import Invoice, Queue, State
from shared.kernel.money import Cents

Key = TypeVar("Key")


def add(sums: dict[Key, Cents], key: Key, cents: Cents) -> None:
    """Add a sum to one of several."""
    sums[key] = sums.get(key, 0) + cents


def enqueue(state: State, invoice: Invoice) -> None:
    """Put an invoice into the queue of its pot at its place, unless it stands there."""
    queue = state.queues.get(invoice.pot)
    if queue is None:
        queue = state.queues[invoice.pot] = Queue()
    place = invoice.place
    at = bisect_left(queue.places, place)
    if at == len(queue.places) or queue.places[at] != place:
        queue.places.insert(at, place)
    told = invoice.standing
    if (told.kind, told.reason, told.year) != ("deferred", "earlier_unpaid", state.year):
        queue.not_told_behind[invoice.invoice_id] = None
    invoice.aside = False


def dequeue(state: State, invoice: Invoice) -> None:
    """Take an invoice out of its queue; an empty queue is no more."""
    queue = state.queues[invoice.pot]
    del queue.places[bisect_left(queue.places, invoice.place)]
    queue.not_told_behind.pop(invoice.invoice_id, None)
    if not queue.places:
        del state.queues[invoice.pot]


def plan(state: State, invoice: Invoice, pay_on: date) -> None:
    """Put what is unordered of an invoice into its account's runs from the pay day on."""
    unplan(state, invoice)
    invoice.pay_on = pay_on
    state.scheduled.setdefault(invoice.account, {}).setdefault(pay_on, {})[invoice.invoice_id] = None


def unplan(state: State, invoice: Invoice) -> None:
    """Take an invoice out of its account's runs."""
    if invoice.pay_on is None:
        return
    days = state.scheduled.get(invoice.account, {})
    bucket = days.get(invoice.pay_on, {})
    if invoice.invoice_id in bucket:
        del bucket[invoice.invoice_id]
        if not bucket:
            del days[invoice.pay_on]
        if not days:
            del state.scheduled[invoice.account]


def close_if_done(state: State, invoice: Invoice) -> None:
    """Forget an invoice of which nothing waits, is unordered, or is on its way."""
    if invoice.rest_cents or invoice.in_flight:
        return
    del state.invoices[invoice.invoice_id]
    if invoice.paid:
        state.done[invoice.invoice_id] = invoice
    of_contract = state.of_contract[invoice.contract_id]
    del of_contract[invoice.invoice_id]
    if not of_contract:
        del state.of_contract[invoice.contract_id]
    state.past_due.pop(invoice.invoice_id, None)
    state.due.get(invoice.due_on, {}).pop(invoice.invoice_id, None)


def reopen(state: State, invoice: Invoice) -> None:
    """An invoice of which nothing was open is open again, with its dates and its place."""
    del state.done[invoice.invoice_id]
    state.invoices[invoice.invoice_id] = invoice
    state.of_contract.setdefault(invoice.contract_id, {})[invoice.invoice_id] = None
    if invoice.overdue_told:
        return
    if state.today is not None and invoice.due_on < state.today:
        state.past_due[invoice.invoice_id] = None
    else:
        state.due.setdefault(invoice.due_on, {})[invoice.invoice_id] = None
