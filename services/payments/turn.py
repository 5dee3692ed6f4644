"""The turn of the year (points 24, 25) and payers that are merged: what is open goes on, with its dates and places."""

from collections.abc import Iterator

from services.payments.events import (
    CashSetAside,
    Event,
    PayerJoined,
    SetAsideReleased,
    SetAsideReturned,
    YearTurned,
)
from services.payments.overrun import withdraw
from services.payments.state import State
from shared.events.payments import PaymentCarried
from shared.events.reconciliation import BalanceReturnOrdered
from shared.kernel.clock import Now, Parked


def turn_year(now: Now, state: State) -> Iterator[Event]:
    """24. "PSDF biudžetas baigiamas vykdyti gruodžio 31 dieną."

    Notices not delivered are withdrawn. All that is accepted and not ordered is the debt of 31 December and is carried
    with its dates and place. What stands on a territorial fund's accounts is set aside for the return (25).
    """
    yield from withdraw(state, "day.started")
    for invoice in sorted(state.invoices.values(), key=lambda i: i.place):
        if invoice.rest_cents:
            yield PaymentCarried(
                invoice_id=invoice.invoice_id,
                from_year=state.year,
                to_year=now.day.year,
                amount_cents=invoice.rest_cents,
                accepted_on=invoice.accepted_on,
                due_on=invoice.due_on,
                rules=("24",),
            )
    for account in sorted(state.cash):
        if account.payer != now.fund.state_payer and state.cash[account]:
            yield CashSetAside(
                payer=account.payer, source=account.source, year=state.year, amount_cents=state.cash[account]
            )
    yield YearTurned(year=now.day.year)


def join_payers(now: Now, state: State) -> Iterator[Event]:
    """Mergers whose day has come act at the start of the day, before everything else."""
    for payer, into in state.payers.due(now.day):
        if state.payers.resolve(payer) != state.payers.resolve(into):
            yield from join_payer(now, state, payer, into)


def join_payer(now: Now, state: State, payer: str, into: str) -> Iterator[Event]:
    """From now on a payer's shares, queues and cash are the other's; what is scheduled stays as told."""
    payer, into = state.payers.resolve(payer), state.payers.resolve(into)
    if payer == into:
        yield Parked(error=f"payer: {payer} cannot be merged into itself")
        return
    yield from withdraw(state, "payer.merged")
    yield PayerJoined(payer=payer, into=into)
    if into == now.fund.state_payer:
        yield from release_set_aside(state, into)


def release_set_aside(state: State, payer: str) -> Iterator[Event]:
    """25. What a fund merged into the VLK had set aside for the return is the VLK's cash."""
    for account in sorted(account for account in state.set_aside if account.payer == payer):
        for year, cents in sorted(state.set_aside[account].items()):
            if cents:
                yield SetAsideReleased(payer=payer, source=account.source, year=year, amount_cents=cents)


def return_set_aside(now: Now, state: State, ordered: BalanceReturnOrdered) -> Iterator[Event]:
    """25. A balance that returns is no longer set aside: it comes as the treasury's credit.

    A merger into the VLK may be heard before the return that was ordered earlier: what it released is set aside again.
    """
    payer, said = state.payers.resolve(ordered.payer), {"year": ordered.year, "amount_cents": ordered.amount_cents}
    if payer == now.fund.state_payer:
        yield CashSetAside(payer=payer, source=ordered.source, **said)
    yield SetAsideReturned(payer=payer, source=ordered.source, **said)
