"""Payments: which command leads to which decisions, and what each event changes in the state (nothing else does).

The decisions stand by matter: ``appropriation`` (may it be paid?), ``overrun`` (the ministry is told first),
``shortage`` (the run of orders), ``orders`` (what the bank answers), ``lowering`` (credits), ``turn`` (years, mergers).
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import TypeAlias, assert_never

from services.payments import events as e
from services.payments.appropriation import put_back_for_the_month, try_queues
from services.payments.events import Event, Pot
from services.payments.fold import credit_of, evolve
from services.payments.lowering import hand_over, hand_over_on, lower, lower_by_open_credits
from services.payments.orders import report, tell_overdue
from services.payments.overrun import deliver, prepare_notices, withdraw
from services.payments.shortage import run_orders
from services.payments.state import State
from services.payments.turn import join_payer, join_payers, turn_year
from shared.kernel.budget import Edition
from shared.kernel.calendar import DAY
from shared.kernel.clock import Now, Parked, StartDay
from shared.kernel.money import Cents
from shared.kernel.payers import wrong_merger
from shared.kernel.value import value

__all__ = ["Command", "Event", "State", "decide", "evolve"]


@value
class TakeEdition:
    """An edition of a budget was adopted."""

    edition: Edition


@value
class TakeShares:
    """A distribution was adopted: the articles of its quarters, and its shares (payer, article, cents).

    Both tables together name its articles; who is not listed of a named article has no share of it.
    """

    year: int
    articles: tuple[str, ...]
    shares: tuple[tuple[str, str, Cents], ...]


@value
class TakeAllotment:
    """Over-plan revenue was allotted to an article."""

    year: int
    article: str
    amount_cents: Cents


@value
class EnterInvoice:
    """An invoice was accepted, or Sodra's compensation is due."""

    invoice: e.InvoiceEntered


@value
class LowerBy:
    """A credit was accepted (``because`` invoice.accepted), or a claim is set off (recovery.set_off)."""

    by: str
    contract_id: str
    provider_code: str
    invoice_id: str | None
    service_month: str
    amount_cents: Cents
    because: str


@value
class CreditAccount:
    """The treasury credited an account."""

    payer: str
    source: str
    amount_cents: Cents
    value_on: date
    reference: str


@value
class ReportOrder:
    """The bank reports an order: executed or rejected."""

    order_id: str
    outcome: str
    on: date
    reason: str | None


@value
class DeliverNotice:
    """The ministry received the letter of a notice."""

    notice_no: str
    letter_sha256: str


@value
class ReturnBalance:
    """What a territorial fund has left of a past year is being returned to the VLK."""

    payer: str
    source: str
    year: int
    amount_cents: Cents


@value
class MergePayer:
    """A payer is merged into another from the start of a day."""

    payer: str
    into: str
    on: date


Command: TypeAlias = (
    StartDay
    | TakeEdition
    | TakeShares
    | TakeAllotment
    | EnterInvoice
    | LowerBy
    | CreditAccount
    | ReportOrder
    | DeliverNotice
    | MergePayer
    | ReturnBalance
)


def decide(now: Now, command: Command, state: State) -> Iterator[Event]:
    """What follows from a command. Each event is folded as it is yielded, so the next line sees its effect."""
    match command:
        case EnterInvoice():
            yield from enter_invoice(now, state, command.invoice)
        case ReportOrder():
            yield from report(now, state, command.order_id, command.outcome, command.on, command.reason)
        case StartDay():
            yield from start_day(now, state)
        case LowerBy():
            yield from lower(now, state, credit_opened(command), command.invoice_id, command.because)
        case CreditAccount():
            yield from credit_account(now, state, command)
        case TakeEdition():
            yield from take_edition(now, state, command)
        case TakeShares():
            yield from take_shares(now, state, command)
        case TakeAllotment():
            yield from take_allotment(now, state, command)
        case DeliverNotice():
            yield from deliver(now, state, command.notice_no, command.letter_sha256)
        case MergePayer():
            yield from merge_payer(now, state, command)
        case ReturnBalance():
            yield e.SetAsideReturned(
                payer=state.payers.resolve(command.payer),
                source=command.source,
                year=command.year,
                amount_cents=command.amount_cents,
            )
        case _:
            assert_never(command)


def start_day(now: Now, state: State) -> Iterator[Event]:
    """The day of payments, in legal order; its numbers are the steps of the day (1 and 7 are also others' steps)."""
    calendar = now.fund.calendar
    yield e.DayBegun(on=now.day, run_from=calendar.bank_day_from(now.day))
    yield from join_payers(now, state)
    if now.day.year > state.year:  # 2. the turn of the year, or of a month without a budget
        yield from turn_year(now, state)
    elif now.day.day == 1:
        yield from put_back_for_the_month(now, state)
    if any(value_on <= now.day for days in state.cash_to_come.values() for value_on in days):
        yield e.CashMatured(on=now.day)
    yield from tell_overdue(state)  # 3. as things stood at the end of yesterday
    yield from try_queues(now, state)  # 4.
    if calendar.is_bank_day(now.day):
        yield e.RunClosed(run_from=calendar.bank_day_from(now.day + DAY))
    yield from prepare_notices(now, state)  # 5.
    if calendar.is_bank_day(now.day):
        yield from run_orders(now, state)  # 6.
    yield from hand_over(now, state)  # 7.


def enter_invoice(now: Now, state: State, invoice: e.InvoiceEntered) -> Iterator[Event]:
    """An accepted invoice enters its queue, is lowered by open credits, and its own pot is tested."""
    if error := now.out_of_reach("accepted_on", invoice.accepted_on):
        yield Parked(error=error)
        return
    if invoice.payer in state.payers.joined:
        invoice = replace(invoice, payer=state.payers.resolve(invoice.payer))
    yield invoice
    yield from lower_by_open_credits(state, invoice.invoice_id)
    yield from try_queues(now, state, [Pot(invoice.payer, invoice.article, invoice.source)])


def credit_opened(command: LowerBy) -> e.CreditOpened:
    """What a credit or set-off may lower, and when its rest is handed over."""
    return e.CreditOpened(
        by=command.by,
        contract_id=command.contract_id,
        provider_code=command.provider_code,
        amount_cents=command.amount_cents,
        hand_over_on=hand_over_on(command.service_month),
    )


def take_edition(now: Now, state: State, command: TakeEdition) -> Iterator[Event]:
    """A new edition changes limits: notices of its year under way are withdrawn, and all queues tested anew."""
    yield e.EditionTaken(edition=command.edition)
    if command.edition.year == state.year:
        yield from withdraw(state, "budget.adopted")
    yield from try_queues(now, state)


def take_shares(now: Now, state: State, command: TakeShares) -> Iterator[Event]:
    """A distribution replaces the shares of the articles that it names; a share of a merged payer is the other's."""
    shares: dict[str, dict[str, Cents]] = {}
    for payer, article, cents in command.shares:
        of_article = shares.setdefault(article, {})
        of_article[state.payers.resolve(payer)] = of_article.get(state.payers.resolve(payer), 0) + cents
    for article in command.articles:
        shares.setdefault(article, {})
    yield e.SharesTaken(year=command.year, shares=shares)
    if command.year == state.year:
        yield from withdraw(state, "distribution.adopted", set(shares))
    yield from try_queues(now, state)


def take_allotment(now: Now, state: State, command: TakeAllotment) -> Iterator[Event]:
    """23. An allotment raises the article and the year's total, and may be spent only there."""
    yield e.AllotmentTaken(year=command.year, article=command.article, amount_cents=command.amount_cents)
    if command.year == state.year:
        yield from withdraw(state, "surplus.allotted", {command.article})
    yield from try_queues(now, state)


def credit_account(now: Now, state: State, command: CreditAccount) -> Iterator[Event]:
    """The treasury's credit. Its reference is its natural key for ever, and stands for payer, source, sum, value day.

    A past year's money of a territorial fund is set aside.
    """
    payer = state.payers.resolve(command.payer)
    credited = e.CashCredited(
        payer=payer,
        source=command.source,
        amount_cents=command.amount_cents,
        value_on=command.value_on,
        reference=command.reference,
    )
    known, asked = state.references.get(command.reference), credit_of(credited)
    if known and known._replace(payer=state.payers.resolve(known.payer)) == asked:
        return
    if known:
        yield Parked(error=f"reference: {command.reference} is that of another credit ({known}, now {asked})")
        return
    if error := now.out_of_reach("value_on", command.value_on):
        yield Parked(error=error)
        return
    yield credited
    if command.value_on.year < state.year and payer != now.fund.state_payer:
        yield e.CashSetAside(
            payer=payer, source=command.source, year=command.value_on.year, amount_cents=command.amount_cents
        )


def merge_payer(now: Now, state: State, command: MergePayer) -> Iterator[Event]:
    """A merger acts at the start of its day, or at once where it has begun. What contracts refuses acts nowhere."""
    if any(wrong_merger(now, command.payer, command.into)):
        return
    if command.on > now.day:
        yield e.MergerAwaited(payer=command.payer, into=command.into, on=command.on)
        return
    yield from join_payer(now, state, command.payer, command.into)
    yield from try_queues(now, state)
