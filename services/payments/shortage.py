"""The run of orders, and the shortage of cash (point 17): earliest accepted first, one group split pro rata."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby

from services.payments.events import Account, Event
from services.payments.state import Invoice, State
from shared.events.payments import PaymentOrdered, ShortageDeclared
from shared.kernel.clock import Now
from shared.kernel.money import Cents, share_out
from shared.kernel.order_ref import end_to_end_id
from shared.kernel.value import value


@value
class Share:
    """What a run pays of one payment."""

    invoice: Invoice
    paid_cents: Cents


@value
class Group:
    """The payments of one acceptance day in a run: what is due of them, and what is paid."""

    accepted_on: date
    due_cents: Cents
    paid_cents: Cents
    shares: tuple[Share, ...]


def split_shortage(cash: Cents, due: Sequence[Invoice]) -> list[Group]:
    """17. "Jei nepakanka PSDF biudžeto lėšų ... pirmiausia proporcingai apmokamos anksčiausiai priimtos ir neapmokėtos
    sąskaitos."

    Earliest acceptance day first; the first day that does not fit is split pro rata by unpaid rest, to the cent; later
    days get nothing (I). ``due`` stands in order of place, so cents left over go to the earlier arrival.
    """
    groups: list[Group] = []
    for accepted_on, members in groupby(due, key=lambda invoice: invoice.accepted_on):
        claims = list(members)
        rests = [invoice.unordered_cents for invoice in claims]
        paid = min(cash, sum(rests))
        shares = tuple(
            Share(invoice=invoice, paid_cents=cents)
            for invoice, cents in zip(claims, share_out(paid, rests), strict=True)
        )
        groups.append(Group(accepted_on=accepted_on, due_cents=sum(rests), paid_cents=paid, shares=shares))
        cash -= paid
    return groups


def run_orders(now: Now, state: State) -> Iterator[Event]:
    """On a bank day, for each payer and source: order all that is due, as far as the cash goes."""
    for account in sorted(state.scheduled):
        due = due_today(now, state, account)
        if due:
            yield from run_account(now, state, account, due)


def due_today(now: Now, state: State, account: Account) -> list[Invoice]:
    """What is scheduled, not ordered and not held, with a pay day not after today, in order of place."""
    ids = [i for pay_on, bucket in state.scheduled[account].items() if pay_on <= now.day for i in bucket]
    due = (invoice for i in ids if not (invoice := state.invoices[i]).held)
    return sorted(due, key=lambda invoice: invoice.place)


def run_account(now: Now, state: State, account: Account, due: Sequence[Invoice]) -> Iterator[Event]:
    """One account's run: with enough cash everything is ordered (16), else the shortage is declared and split (17)."""
    cash, due_cents = max(0, state.cash.get(account, 0)), sum(invoice.unordered_cents for invoice in due)
    groups = split_shortage(cash, due)
    short = next((group for group in groups if group.paid_cents < group.due_cents), None)
    if short:
        yield ShortageDeclared(
            payer=account.payer,
            source=account.source,
            on=now.day,
            due_cents=due_cents,
            cash_cents=cash,
            group_accepted_on=short.accepted_on,
            group_due_cents=short.due_cents,
            group_paid_cents=short.paid_cents,
            rules=("17",),
        )
    for group in groups:
        for share in group.shares:
            if share.paid_cents:
                yield order(now, state, share, ("17",) if short else ("16",))


def order(now: Now, state: State, share: Share, rules: tuple[str, ...]) -> Event:
    """The order of one payment in the day's run."""
    invoice = share.invoice
    order_id = f"{invoice.invoice_id}#{invoice.orders + 1}"
    return PaymentOrdered(
        order_id=order_id,
        payment_id=f"{invoice.invoice_id}@{state.year}",
        invoice_id=invoice.invoice_id,
        year=state.year,
        payer=invoice.pot.payer,
        article=invoice.pot.article,
        source=invoice.pot.source,
        iban=invoice.iban,
        amount_cents=share.paid_cents,
        on=now.day,
        partial=share.paid_cents < invoice.rest_cents,
        end_to_end_id=end_to_end_id(order_id),
        rules=rules,
    )
