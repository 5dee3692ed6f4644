"""What each event changes: the only writer of payments' state."""

from dataclasses import fields
from datetime import date, timedelta
from typing import assert_never

from services.payments.cash import (
    account_confirmed,
    cash_credited,
    cash_matured,
    executed,
    forget_paid,
    ordered,
    rejected,
    returned,
    set_aside,
)
from services.payments.events import (
    Account,
    AccountConfirmed,
    AllotmentTaken,
    CashCredited,
    CashMatured,
    CashSetAside,
    CreditOpened,
    DayBegun,
    EditionTaken,
    Event,
    InvoiceEntered,
    MergerAwaited,
    PayerJoined,
    Pot,
    PutBack,
    RunClosed,
    ScheduledAsBefore,
    SetAsideReleased,
    SetAsideReturned,
    SharesTaken,
    YearTurned,
)
from services.payments.places import add, close_if_done, dequeue, enqueue, plan, unplan
from services.payments.state import (
    RETURN_DAYS,
    Book,
    Invoice,
    Notice,
    OpenCredit,
    Standing,
    State,
)
from shared.events.internal import NoticePrepared
from shared.events.payments import (
    AdministrationCounted,
    AdministrationRefused,
    OverrunDeliveryRefused,
    OverrunNotified,
    OverrunWithdrawn,
    PaymentCarried,
    PaymentCreditUnused,
    PaymentDeferred,
    PaymentExecuted,
    PaymentLowered,
    PaymentOrdered,
    PaymentOverdue,
    PaymentRejected,
    PaymentReturned,
    PaymentScheduled,
    ShortageDeclared,
)
from shared.kernel.calendar import month_of
from shared.kernel.clock import Parked
from shared.kernel.money import Cents


def evolve(state: State, event: Event) -> None:
    """Fold one event into the state."""
    match event:
        case InvoiceEntered():
            invoice_entered(state, event)
        case PaymentScheduled():
            scheduled(state, event)
        case PaymentOrdered():
            ordered(state, event)
        case PaymentExecuted():
            executed(state, event)
        case PaymentDeferred():
            deferred(state, event)
        case DayBegun():
            day_begun(state, event)
        case RunClosed():
            state.run_from = event.run_from
        case PaymentRejected():
            rejected(state, event)
        case PaymentReturned():
            returned(state, event)
        case AccountConfirmed():
            account_confirmed(state, event)
        case PaymentLowered():
            lowered(state, event)
        case CashCredited():
            cash_credited(state, event)
        case CashMatured():
            cash_matured(state, event.on)
        case CashSetAside():
            set_aside(state, event, event.amount_cents)
            add(state.cash, Account(event.payer, event.source), -event.amount_cents)
        case SetAsideReturned():
            set_aside(state, event, -event.amount_cents)
        case SetAsideReleased():
            set_aside(state, event, -event.amount_cents)
            add(state.cash, Account(event.payer, event.source), event.amount_cents)
        case PaymentOverdue():
            state.invoices[event.invoice_id].overdue_told = True
            del state.past_due[event.invoice_id]
        case ScheduledAsBefore():
            scheduled_as_before(state, event.invoice_id)
        case PutBack():
            put_back(state, state.invoices[event.invoice_id])
        case CreditOpened():
            credit_opened(state, event)
        case PaymentCreditUnused():
            del state.credits[oldest_credit(state, event.by, event.contract_id, event.open_cents)]
        case PaymentCarried():
            carried(state, event)
        case YearTurned():
            year_turned(state, event.year)
        case NoticePrepared():
            notice_prepared(state, event)
        case OverrunNotified():
            overrun_notified(state, event)
        case OverrunWithdrawn():
            end_notice(state, event.article)
        case EditionTaken():
            state.editions.add(event.edition)
        case SharesTaken():
            state.books.setdefault(event.year, Book()).shares.update(event.shares)
        case AllotmentTaken():
            add(state.books.setdefault(event.year, Book()).allotted, event.article, event.amount_cents)
        case MergerAwaited():
            state.payers.wait_for(event.on, event.payer, event.into)
        case PayerJoined():
            payer_joined(state, event.payer, event.into)
        case AdministrationCounted():
            state.count_administration(event)
        case ShortageDeclared() | AdministrationRefused() | OverrunDeliveryRefused() | Parked():
            pass
        case _:
            assert_never(event)


# --- days and years


def day_begun(state: State, event: DayBegun) -> None:
    """The day is the last started one; what was due before it is past due."""
    if state.today is None:
        state.year = event.on.year
        state.books.setdefault(state.year, Book())
    state.today, state.run_from = event.on, event.run_from
    for due_on in [day for day in state.due if day < event.on]:
        state.past_due.update(state.due.pop(due_on))
    for day in [day for day in state.paid if day < event.on - timedelta(days=RETURN_DAYS)]:
        forget_paid(state, state.paid.pop(day))


def carried(state: State, event: PaymentCarried) -> None:
    """All of an invoice that is not ordered leaves the old year's sums and waits again."""
    invoice = state.invoices[event.invoice_id]
    add(state.book.carried, invoice.pot, event.amount_cents)
    take_from_payment(state, invoice, invoice.unordered_cents)
    invoice.waiting_cents = event.amount_cents
    invoice.standing = Standing(kind="carried", year=event.to_year)
    enqueue(state, invoice)


def year_turned(state: State, year: int) -> None:
    """A new book; no payment of the new year exists yet."""
    state.year = year
    state.books.setdefault(year, Book())
    for invoice in (*state.invoices.values(), *state.done.values()):
        invoice.amount_cents, invoice.over_cents, invoice.notice_no, invoice.pay_on = 0, 0, None, None


def payer_joined(state: State, payer: str, into: str) -> None:
    """All that is the payer's is the other's: queues, plans, orders, sums of every year, shares, cash."""
    state.payers.join(payer, into)
    moved = [invoice for invoice in state.invoices.values() if invoice.pot.payer == payer]
    waiting = [invoice for invoice in moved if invoice.waiting_cents and not invoice.aside]
    planned = [(invoice, invoice.pay_on) for invoice in moved if invoice.unordered_cents and invoice.pay_on]
    for invoice in waiting:
        dequeue(state, invoice)
    for invoice, _ in planned:
        unplan(state, invoice)
    for invoice in moved:
        invoice.pot = invoice.pot._replace(payer=into)
    for invoice in waiting:
        enqueue(state, invoice)
    for invoice, pay_on in planned:
        plan(state, invoice, pay_on)
    for invoice in state.done.values():
        if invoice.pot.payer == payer:
            invoice.pot = invoice.pot._replace(payer=into)
    for order in (*state.orders.values(), *(order for orders in state.paid.values() for order in orders.values())):
        if order.pot.payer == payer:
            order.pot = order.pot._replace(payer=into)
    for book in state.books.values():
        book.join(payer, into)
    for account in [account for account in state.cash if account.payer == payer]:
        add(state.cash, account._replace(payer=into), state.cash.pop(account))
    for account in [account for account in state.cash_to_come if account.payer == payer]:
        for value_on, cents in state.cash_to_come.pop(account).items():
            add(state.cash_to_come.setdefault(account._replace(payer=into), {}), value_on, cents)
    for account in [account for account in state.set_aside if account.payer == payer]:
        for year, cents in state.set_aside.pop(account).items():
            add(state.set_aside.setdefault(account._replace(payer=into), {}), year, cents)


# --- invoices


def invoice_entered(state: State, event: InvoiceEntered) -> None:
    """A new invoice waits in the queue of its pot."""
    invoice = Invoice(
        invoice_id=event.invoice_id,
        contract_id=event.contract_id,
        provider_code=event.provider_code,
        iban=event.iban,
        pot=Pot(event.payer, event.article, event.source),
        service_month=event.service_month,
        accepted_on=event.accepted_on,
        due_on=event.due_on,
        arrived_at=event.arrived_at,
        compensation=event.compensation,
        waiting_cents=event.amount_cents,
    )
    state.invoices[event.invoice_id] = invoice
    state.of_contract.setdefault(event.contract_id, {})[event.invoice_id] = None
    state.due.setdefault(event.due_on, {})[event.invoice_id] = None
    enqueue(state, invoice)


def scheduled(state: State, event: PaymentScheduled) -> None:
    """All that waited of the invoice is committed."""
    invoice = state.invoices[event.invoice_id]
    assert event.amount_cents == invoice.amount_cents + invoice.waiting_cents
    commit_waiting(state, invoice, event.pay_on)
    invoice.over_cents, invoice.notice_no = event.over_appropriation_cents, event.notice_no
    invoice.standing = Standing(
        kind="scheduled",
        year=event.year,
        amount_cents=event.amount_cents,
        pay_on=event.pay_on,
        notice_no=event.notice_no,
    )


def scheduled_as_before(state: State, invoice_id: str) -> None:
    """All that waited of the invoice is committed again, as it was told last."""
    invoice = state.invoices[invoice_id]
    assert invoice.standing.pay_on is not None
    commit_waiting(state, invoice, invoice.standing.pay_on)


def commit_waiting(state: State, invoice: Invoice, pay_on: date) -> None:
    """Move what waits into the payment of the year."""
    dequeue(state, invoice)
    state.book.commit(invoice.pot, month_of(pay_on), invoice.waiting_cents)
    invoice.amount_cents += invoice.waiting_cents
    invoice.unordered_cents += invoice.waiting_cents
    invoice.waiting_cents = 0
    plan(state, invoice, pay_on)


def take_from_payment(state: State, invoice: Invoice, cents: Cents) -> None:
    """Take a sum that is not ordered out of the payment of the year and out of what is committed."""
    if not cents:
        return
    assert invoice.pay_on is not None
    assert cents <= invoice.unordered_cents
    state.book.commit(invoice.pot, month_of(invoice.pay_on), -cents)
    invoice.amount_cents -= cents
    invoice.unordered_cents -= cents
    if not invoice.unordered_cents:
        unplan(state, invoice)


def deferred(state: State, event: PaymentDeferred) -> None:
    """The invoice waits for a reason; what is to be paid in a year not started leaves the queue and stands aside."""
    invoice = state.invoices[event.invoice_id]
    invoice.standing = Standing(kind="deferred", year=event.year, reason=event.reason)
    if event.reason == "earlier_unpaid":
        state.queues[invoice.pot].not_told_behind.pop(event.invoice_id, None)
    elif event.reason == "next_year":
        dequeue(state, invoice)
        invoice.aside = True
    else:
        state.queues[invoice.pot].not_told_behind[event.invoice_id] = None


def put_back(state: State, invoice: Invoice) -> None:
    """What is scheduled and not ordered waits again."""
    back = invoice.unordered_cents
    take_from_payment(state, invoice, back)
    invoice.waiting_cents += back
    if invoice.standing.kind == "deferred":  # less is scheduled than was told: say anew how it stands
        invoice.standing = Standing()
    enqueue(state, invoice)


def credit_opened(state: State, event: CreditOpened) -> None:
    """A credit starts with its whole sum open."""
    number = 1 + max((int(key.rpartition("#")[2]) for key in state.credits), default=0)
    state.credits[f"{event.by}#{number}"] = OpenCredit(
        by=event.by,
        contract_id=event.contract_id,
        provider_code=event.provider_code,
        open_cents=event.amount_cents,
        hand_over_on=event.hand_over_on,
    )


def oldest_credit(state: State, by: str, contract_id: str, open_cents: Cents | None = None) -> str:
    """The key of the oldest open credit of that name and contract: a claim may be set off several times."""
    return next(
        key
        for key, credit in state.credits.items()
        if (credit.by, credit.contract_id) == (by, contract_id) and open_cents in (None, credit.open_cents)
    )


def lowered(state: State, event: PaymentLowered) -> None:
    """What waits, or what is scheduled, is less; a credit that is used up is no more."""
    invoice = state.invoices[event.invoice_id]
    key = oldest_credit(state, event.by, invoice.contract_id)
    credit = state.credits[key]
    credit.open_cents -= event.lowered_cents
    assert credit.open_cents == event.open_cents
    if not credit.open_cents:
        del state.credits[key]
    if event.payment_id:
        take_from_payment(state, invoice, event.lowered_cents)
        if invoice.standing.kind == "scheduled":
            invoice.standing.amount_cents = invoice.amount_cents
    else:
        invoice.waiting_cents -= event.lowered_cents
        if not invoice.waiting_cents and invoice.standing.kind == "deferred":  # waiting again would be another wait
            invoice.standing = Standing()
        if not invoice.waiting_cents and invoice.aside:
            invoice.aside = False
        elif not invoice.waiting_cents:
            dequeue(state, invoice)
    assert invoice.rest_cents == event.amount_cents
    close_if_done(state, invoice)


# --- notices


def notice_prepared(state: State, event: NoticePrepared) -> None:
    """A notice is under way: what it covers is held in the year's total."""
    state.notices[event.article] = Notice(**{each.name: getattr(event, each.name) for each in fields(Notice)})
    state.held_cents += sum(covered.amount_cents for covered in event.invoices)
    state.book.notices[event.article] = state.book.notices.get(event.article, 0) + 1


def end_notice(state: State, article: str) -> None:
    """A notice is no longer under way."""
    notice = state.notices.pop(article)
    state.held_cents -= sum(covered.amount_cents for covered in notice.invoices)


def overrun_notified(state: State, event: OverrunNotified) -> None:
    """A delivered notice raises what the article may go over its limit."""
    end_notice(state, event.article)
    add(state.book.notified, event.article, event.planned_cents)
