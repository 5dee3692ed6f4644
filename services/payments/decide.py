"""Payments: what follows from what it hears.

The decisions stand by matter: ``appropriation`` (may it be paid?), ``overrun`` (the ministry is told first),
``shortage`` (the run of orders), ``orders`` (what the bank answers), ``lowering`` (credits), ``turn`` (years,
mergers), ``administration`` (what is paid outside the queues).
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeAlias, assert_never

from services.payments.administration import count_administration
from services.payments.appropriation import put_back_for_the_month, try_queues
from services.payments.cash import credit_of
from services.payments.delivery import deliver_otherwise
from services.payments.events import (
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
    Pot,
    RunClosed,
    SharesTaken,
)
from services.payments.lowering import hand_over, hand_over_on, lower, lower_by_open_credits
from services.payments.orders import report, tell_overdue
from services.payments.overrun import deliver, prepare_notices, under_another_edition, withdraw
from services.payments.shortage import run_orders
from services.payments.state import PSDF, State
from services.payments.turn import join_payer, join_payers, return_set_aside, turn_year
from shared.events.contracts import BudgetAdopted, ContractAccountConfirmed, DistributionAdopted
from shared.events.internal import NoticeDelivered
from shared.events.invoicing import InvoiceAccepted
from shared.events.reconciliation import BalanceReturnOrdered, CompensationDue, RecoverySetOff
from shared.events.reserve import SurplusAllotted
from shared.events.treasury import AccountCredited, AdministrationPaid, PaymentReported
from shared.events.vlk import OverrunDelivered, PayerMerged
from shared.kernel.budget import Edition, edition_of
from shared.kernel.calendar import DAY
from shared.kernel.clock import Now, Parked, StartDay
from shared.kernel.payers import wrong_merger

Heard: TypeAlias = (
    StartDay
    | InvoiceAccepted
    | CompensationDue
    | RecoverySetOff
    | BudgetAdopted
    | DistributionAdopted
    | SurplusAllotted
    | ContractAccountConfirmed
    | AccountCredited
    | AdministrationPaid
    | PaymentReported
    | NoticeDelivered
    | OverrunDelivered
    | BalanceReturnOrdered
    | PayerMerged
)
"""What payments decides on."""


def decide(now: Now, heard: Heard, state: State) -> Iterator[Event]:
    """What follows from what was heard. Each event is folded as it is yielded, so the next line sees its effect."""
    match heard:
        case InvoiceAccepted(kind="credit"):
            yield from lower(now, state, of_credit(heard), heard.corrects, heard.type)
        case InvoiceAccepted():
            yield from enter_invoice(now, state, of_invoice(heard))
        case PaymentReported():
            yield from report(now, state, heard)
        case StartDay():
            yield from start_day(now, state)
        case CompensationDue():
            yield from enter_invoice(now, state, of_compensation(now, heard))
        case RecoverySetOff():
            if heard.invoice_id and heard.contract_id and heard.service_month:
                credit = of_set_off(heard, heard.invoice_id, heard.contract_id, heard.service_month)
                yield from lower(now, state, credit, heard.invoice_id, heard.type)
        case AccountCredited():
            yield from credit_account(now, state, heard)
        case AdministrationPaid():
            yield from count_administration(now, state, heard)
        case BudgetAdopted():
            yield from take_edition(now, state, edition_of(heard))
        case DistributionAdopted():
            yield from take_shares(now, state, heard)
        case SurplusAllotted():
            yield from take_allotment(now, state, heard)
        case ContractAccountConfirmed():
            if heard.contract_id in state.of_contract:
                yield AccountConfirmed(contract_id=heard.contract_id, iban=heard.iban)
        case NoticeDelivered():
            yield from deliver(now, state, heard.notice_no, heard.letter_sha256)
        case OverrunDelivered():
            yield from deliver_otherwise(now, state, heard)
        case PayerMerged():
            yield from merge_payer(now, state, heard)
        case BalanceReturnOrdered():
            yield from return_set_aside(now, state, heard)
        case _:
            assert_never(heard)


def start_day(now: Now, state: State) -> Iterator[Event]:
    """The day of payments, in legal order; its numbers are the steps of the day (1 and 7 are also others' steps)."""
    calendar = now.fund.calendar
    yield DayBegun(on=now.day, run_from=calendar.bank_day_from(now.day))
    yield from join_payers(now, state)
    if now.day.year > state.year:  # 2. the turn of the year, or of a month without a budget
        yield from turn_year(now, state)
    elif now.day.day == 1:
        yield from put_back_for_the_month(now, state)
    if any(value_on <= now.day for days in state.cash_to_come.values() for value_on in days):
        yield CashMatured(on=now.day)
    yield from tell_overdue(now, state)  # 3. as things stood at the end of yesterday
    yield from try_queues(now, state)  # 4.
    if calendar.is_bank_day(now.day):
        yield from close_run(now, state)
    yield from prepare_notices(now, state)  # 5.
    if calendar.is_bank_day(now.day):
        yield from run_orders(now, state)  # 6.
    yield from hand_over(now, state)  # 7.


def close_run(now: Now, state: State) -> Iterator[Event]:
    """What is scheduled from now on is for the next run; a notice that another edition makes untrue is withdrawn."""
    next_run = now.fund.calendar.bank_day_from(now.day + DAY)
    outdated = under_another_edition(now, state, next_run)
    yield RunClosed(run_from=next_run)
    if outdated:
        yield from withdraw(state, "day.started", outdated)
        yield from try_queues(now, state)


def enter_invoice(now: Now, state: State, invoice: InvoiceEntered) -> Iterator[Event]:
    """An accepted invoice enters its queue, is lowered by open credits, and its own pot is tested."""
    if error := now.out_of_reach("accepted_on", invoice.accepted_on):
        yield Parked(error=error)
        return
    if invoice.payer in state.payers.joined:
        invoice = replace(invoice, payer=state.payers.resolve(invoice.payer))
    yield invoice
    yield from lower_by_open_credits(state, invoice.invoice_id)
    yield from try_queues(now, state, [Pot(invoice.payer, invoice.article, invoice.source)])


def of_invoice(accepted: InvoiceAccepted) -> InvoiceEntered:
    """An accepted invoice as it enters its queue."""
    return InvoiceEntered(
        invoice_id=accepted.invoice_id,
        contract_id=accepted.contract_id,
        provider_code=accepted.provider_code,
        iban=accepted.iban,
        payer=accepted.payer,
        article=accepted.article,
        source=accepted.source,
        service_month=accepted.service_month,
        amount_cents=accepted.amount_cents,
        accepted_on=accepted.accepted_on,
        due_on=accepted.due_on,
        arrived_at=accepted.arrived_at,
        compensation=False,
    )


def of_compensation(now: Now, due: CompensationDue) -> InvoiceEntered:
    """22. Sodra's compensation is paid like an invoice of the VLK that was accepted that day."""
    return InvoiceEntered(
        invoice_id=due.invoice_id,
        contract_id=due.invoice_id,
        provider_code=due.invoice_id.partition("/")[0],
        iban=None,
        payer=due.payer,
        article=due.article,
        source=PSDF,
        service_month=f"{due.year}-{due.quarter * 3:02d}",
        amount_cents=due.amount_cents,
        accepted_on=due.accepted_on,
        due_on=due.due_on,
        arrived_at=now.moment,
        compensation=True,
    )


def of_credit(accepted: InvoiceAccepted) -> CreditOpened:
    """14. What an accepted credit may lower, and when its rest is handed over."""
    return CreditOpened(
        by=accepted.invoice_id,
        contract_id=accepted.contract_id,
        provider_code=accepted.provider_code,
        amount_cents=accepted.amount_cents,
        hand_over_on=hand_over_on(accepted.service_month),
    )


def of_set_off(claim: RecoverySetOff, invoice_id: str, contract_id: str, service_month: str) -> CreditOpened:
    """21. A claim set off against a named invoice lowers what is not ordered, like a credit."""
    return CreditOpened(
        by=claim.claim_id,
        contract_id=contract_id,
        provider_code=invoice_id.partition("/")[0],
        amount_cents=claim.amount_cents,
        hand_over_on=hand_over_on(service_month),
    )


def take_edition(now: Now, state: State, edition: Edition) -> Iterator[Event]:
    """A new edition changes limits: notices of its year under way are withdrawn, and all queues tested anew."""
    yield EditionTaken(edition=edition)
    if edition.year == state.year:
        yield from withdraw(state, "budget.adopted")
    yield from try_queues(now, state)


def take_shares(now: Now, state: State, adopted: DistributionAdopted) -> Iterator[Event]:
    """A distribution replaces the shares of the articles that it names; a share of a merged payer is the other's.

    Quarters and shares together name its articles; who is not listed of a named article has no share of it.
    """
    shares: dict[str, dict[str, int]] = {}
    for share in adopted.shares:
        of_article, payer = shares.setdefault(share.article, {}), state.payers.resolve(share.payer)
        of_article[payer] = of_article.get(payer, 0) + share.amount_cents
    for row in adopted.quarters:
        shares.setdefault(row.article, {})
    yield SharesTaken(year=adopted.year, shares=shares)
    if adopted.year == state.year:
        yield from withdraw(state, "distribution.adopted", set(shares))
    yield from try_queues(now, state)


def take_allotment(now: Now, state: State, allotted: SurplusAllotted) -> Iterator[Event]:
    """23. An allotment raises the article and the year's total, and may be spent only there."""
    yield AllotmentTaken(year=allotted.year, article=allotted.article, amount_cents=allotted.amount_cents)
    if allotted.year == state.year:
        yield from withdraw(state, "surplus.allotted", {allotted.article})
    yield from try_queues(now, state)


def credit_account(now: Now, state: State, credit: AccountCredited) -> Iterator[Event]:
    """The treasury's credit. Its reference is its natural key for ever, and stands for payer, source, sum, value day.

    A past year's money of a territorial fund is set aside.
    """
    payer = state.payers.resolve(credit.payer)
    credited = CashCredited(
        payer=payer,
        source=credit.source,
        amount_cents=credit.amount_cents,
        value_on=credit.value_on,
        reference=credit.reference,
    )
    known, asked = state.references.get(credit.reference), credit_of(credited)
    if known and known._replace(payer=state.payers.resolve(known.payer)) == asked:
        return
    if known:
        yield Parked(error=f"reference: {credit.reference} is that of another credit ({known}, now {asked})")
        return
    if error := now.astray(credit.payer, "value_on", credit.value_on):
        yield Parked(error=error)
        return
    yield credited
    if credit.value_on.year < state.year and payer != now.fund.state_payer:
        yield CashSetAside(
            payer=payer, source=credit.source, year=credit.value_on.year, amount_cents=credit.amount_cents
        )


def merge_payer(now: Now, state: State, merger: PayerMerged) -> Iterator[Event]:
    """A merger acts at the start of its day, or at once where it has begun. What contracts refuses acts nowhere."""
    if any(wrong_merger(now, merger.payer, merger.into)):
        return
    if merger.on > now.day:
        yield MergerAwaited(payer=merger.payer, into=merger.into, on=merger.on)
        return
    yield from join_payer(now, state, merger.payer, merger.into)
    yield from try_queues(now, state)
