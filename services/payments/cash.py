"""What the events of cash and of the bank change in payments' state: credits, orders, and the bank's answers."""

from datetime import date

from services.payments.events import (
    Account,
    AccountConfirmed,
    CashCredited,
    CashSetAside,
    SetAsideReleased,
    SetAsideReturned,
)
from services.payments.places import add, close_if_done, enqueue, plan, reopen, unplan
from services.payments.state import Credit, Invoice, Order, State
from shared.events.payments import PaymentExecuted, PaymentOrdered, PaymentRejected, PaymentReturned
from shared.kernel.calendar import month_of
from shared.kernel.money import Cents


def credit_of(event: CashCredited) -> Credit:
    """What a credit's reference stands for."""
    return Credit(event.payer, event.source, event.amount_cents, event.value_on)


def cash_credited(state: State, event: CashCredited) -> None:
    """A credit is usable from its value day."""
    assert state.today is not None
    account = Account(event.payer, event.source)
    state.references[event.reference] = credit_of(event)
    if event.value_on <= state.today:
        add(state.cash, account, event.amount_cents)
    else:
        add(state.cash_to_come.setdefault(account, {}), event.value_on, event.amount_cents)


def set_aside(state: State, event: CashSetAside | SetAsideReturned | SetAsideReleased, cents: Cents) -> None:
    """What waits for its return, by account and year."""
    add(state.set_aside.setdefault(Account(event.payer, event.source), {}), event.year, cents)


def cash_matured(state: State, on: date) -> None:
    """Credits whose value day has come are cash."""
    for account, days in list(state.cash_to_come.items()):
        for value_on in [day for day in days if day <= on]:
            add(state.cash, account, days.pop(value_on))
        if not days:
            del state.cash_to_come[account]


def ordered(state: State, event: PaymentOrdered) -> None:
    """A sum leaves the account for the bank."""
    invoice = state.invoices[event.invoice_id]
    assert event.amount_cents <= invoice.unordered_cents
    assert event.amount_cents <= state.cash[invoice.account]
    assert invoice.pay_on is not None
    invoice.unordered_cents -= event.amount_cents
    invoice.orders += 1
    invoice.in_flight += 1
    if not invoice.unordered_cents:
        unplan(state, invoice)
    add(state.cash, invoice.account, -event.amount_cents)
    add(state.book.ordered, invoice.pot, event.amount_cents)
    state.orders[event.order_id] = Order(
        order_id=event.order_id,
        invoice_id=event.invoice_id,
        payment_id=event.payment_id,
        pot=invoice.pot,
        year=event.year,
        month=month_of(invoice.pay_on),
        on=event.on,
        amount_cents=event.amount_cents,
    )


def executed(state: State, event: PaymentExecuted) -> None:
    """The bank transferred an order: it counts to the year of its day."""
    order = answered(state, event.order_id, "executed")
    add(state.books[order.year].executed, order.pot, order.amount_cents)
    assert state.today is not None
    state.paid.setdefault(state.today, {})[order.order_id] = order
    invoice = state.invoices[order.invoice_id]
    invoice.paid += 1
    close_if_done(state, invoice)


def rejected(state: State, event: PaymentRejected) -> None:
    """The cash of a rejected order is back."""
    order = answered(state, event.order_id, "rejected")
    give_back(state, order, state.invoices[order.invoice_id])


def returned(state: State, event: PaymentReturned) -> None:
    """An executed order is not executed any more; its invoice is open again, and held if it has a contract."""
    day = next(day for day, orders in state.paid.items() if event.order_id in orders)
    order = state.paid[day].pop(event.order_id)
    state.answer(order.order_id, "returned")
    add(state.books[order.year].executed, order.pot, -order.amount_cents)
    if order.invoice_id in state.done:
        reopen(state, state.done[order.invoice_id])
    invoice = state.invoices[order.invoice_id]
    invoice.paid -= 1
    invoice.held = not invoice.compensation
    give_back(state, order, invoice)


def account_confirmed(state: State, event: AccountConfirmed) -> None:
    """What is open of the contract is paid to the account, and nothing of it is held."""
    for invoice_id in state.of_contract.get(event.contract_id, ()):
        invoice = state.invoices[invoice_id]
        invoice.iban, invoice.held = event.iban, False


def give_back(state: State, order: Order, invoice: Invoice) -> None:
    """The cash is back. The sum is unordered again; of a past year it leaves that year's sums and waits in this one."""
    book = state.books[order.year]
    add(state.cash, Account(order.pot.payer, order.pot.source), order.amount_cents)
    add(book.ordered, order.pot, -order.amount_cents)
    if order.year < state.year:
        book.commit(order.pot, order.month, -order.amount_cents)
        invoice.waiting_cents += order.amount_cents
        enqueue(state, invoice)
        return
    assert invoice.pay_on is not None
    state.book.commit(order.pot, order.month, -order.amount_cents)
    state.book.commit(order.pot, month_of(invoice.pay_on), order.amount_cents)
    invoice.unordered_cents += order.amount_cents
    plan(state, invoice, invoice.pay_on)


def answered(state: State, order_id: str, outcome: str) -> Order:
    """The bank's first answer to an order, remembered."""
    order = state.orders.pop(order_id)
    state.answer(order_id, outcome)
    state.invoices[order.invoice_id].in_flight -= 1
    return order


def forget_paid(state: State, orders: dict[str, Order]) -> None:
    """Orders that can no longer come back, and the invoices of which nothing else may."""
    for order in orders.values():
        invoice = state.invoices.get(order.invoice_id) or state.done[order.invoice_id]
        invoice.paid -= 1
        if not invoice.paid:
            state.done.pop(order.invoice_id, None)
