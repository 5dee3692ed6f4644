"""The ministry is told first: point 18 and HIL 14(3). Notices are prepared, delivered, or withdrawn."""

from collections.abc import Iterator
from datetime import date
from itertools import islice

from services.payments.appropriation import (
    article_limit,
    kept_for_tlk,
    passes,
    planned_pay_day,
    schedule,
    stand_aside,
    total_committed,
    total_limit,
    try_queues,
    year_total,
)
from services.payments.events import Event, Pot
from services.payments.state import PSDF, Invoice, Notice, State
from shared.events.internal import CoveredInvoice, NoticePrepared
from shared.events.payments import OverrunNotified, OverrunWithdrawn
from shared.kernel.clock import Now
from shared.kernel.money import Cents

RULES = ("18", "HIL 14(3)")
MOST_COVERED = 8_000
"""Invoices of one letter: no law says so, but a message of the bus holds no more. The others follow a day later."""


def over_appropriation(limit: Cents, committed: Cents, kept: Cents, asked: Cents) -> Cents:
    """What of a sum lies over the appropriation, after what is committed and what the territorial funds keep."""
    return max(0, asked - max(0, limit - committed - kept))


def covered_by_notice(now: Now, state: State, pot: Pot) -> Iterator[CoveredInvoice]:
    """The queue of the VLK from its head on, each invoice whole, as long as the year's total holds (HIL 14(3)).

    Only what is to be paid this year, on a day with a budget in force. Sodra's compensation is no provider's invoice.
    """
    committed = state.book.committed_of_article.get(pot.article, 0)
    kept = kept_for_tlk(state.book, pot.article, pot.payer)
    total = total_committed(state)
    for invoice in state.queue(pot):
        pay_on, asked = planned_pay_day(now, state, invoice), invoice.waiting_cents
        edition = state.editions.in_force(pay_on) if pay_on.year == state.year else None
        if invoice.compensation or edition is None or total + asked > total_limit(state.book, edition):
            return
        limit = article_limit(state.book, edition, pot.article)
        yield CoveredInvoice(
            invoice_id=invoice.invoice_id,
            provider_code=invoice.provider_code,
            amount_cents=asked,
            over_cents=over_appropriation(limit, committed, kept, asked),
            accepted_on=invoice.accepted_on,
            due_on=invoice.due_on,
            service_month=invoice.service_month,
        )
        committed, total = committed + asked, total + asked


def exceeding(state: State, article: str, limit: Cents, state_payer: str) -> Cents:
    """How far all that is committed, waits and is kept for the territorial funds goes over the article's limit.

    ``K(a) + U(a) + sum over TLK of max(0, S - K - U) - L(a)``; U is what waits of the fund's money in the article,
    every payer and reason but ``next_year``.
    """
    waiting = {
        pot.payer: sum(invoice.waiting_cents for invoice in state.queue(pot))
        for pot in state.queues
        if (pot.article, pot.source) == (article, PSDF)
    }
    kept = sum(
        max(0, share - state.book.committed.get(Pot(payer, article, PSDF), 0) - waiting.get(payer, 0))
        for payer, share in state.book.shares.get(article, {}).items()
        if payer != state_payer
    )
    return state.book.committed_of_article.get(article, 0) + sum(waiting.values()) + kept - limit


def prepare_notices(now: Now, state: State) -> Iterator[Event]:
    """18. "prieš apmokėdama ... kai viršijami ... asignavimai, raštu informuoja Sveikatos apsaugos ministeriją".

    Each day, for each article whose VLK head is deferred for the appropriation: one notice of all that it may cover.
    """
    articles = sorted(pot.article for pot in state.queues if (pot.payer, pot.source) == (now.fund.state_payer, PSDF))
    for article in articles:
        pot = Pot(now.fund.state_payer, article, PSDF)
        head = state.head(pot)
        if article in state.notices or head.standing.reason != "appropriation":
            continue
        covered = tuple(islice(covered_by_notice(now, state, pot), MOST_COVERED))
        edition = state.editions.in_force(planned_pay_day(now, state, head))
        planned = sum(invoice.over_cents for invoice in covered)
        if edition is None or not planned:  # nothing to cover, or an edition of its pay day has room for all of it
            continue
        line, limit = edition.article(article), article_limit(state.book, edition, article)
        yield NoticePrepared(
            notice_no=f"{state.year}-{article}-{state.book.notices.get(article, 0) + 1}",
            year=state.year,
            article=article,
            article_name=line.name if line else article,
            allotted_cents=limit,
            transferred_cents=transferred(state, article),
            exceeding_cents=exceeding(state, article, limit, now.fund.state_payer),
            planned_cents=planned,
            invoices=covered,
            prepared_on=now.day,
            surplus_cents=state.book.allotted.get(article, 0),
            **letterhead(now),
        )


def letterhead(now: Now) -> dict[str, str]:
    """Who signs the letter and where the fund is, by the fund's file on the day; empty where that says nothing."""
    sender, payer = now.fund.sender, now.fund.payer(now.fund.state_payer)
    assert payer is not None
    return {
        "office": payer.office_lt,
        "signed_by": payer.signed_by,
        "address": sender.address_lt,
        "prepared_by": sender.prepared_by,
        "contacts": sender.contacts,
    }


def transferred(state: State, article: str) -> Cents:
    """P(a): what was transferred of the fund's money in the article this year, by the bank or outside the queues."""
    paid = (*state.book.executed.items(), *state.book.administration.items())
    return sum(cents for pot, cents in paid if (pot.article, pot.source) == (article, PSDF))


def deliver(now: Now, state: State, notice_no: str, letter_sha256: str) -> Iterator[Event]:
    """The letter was delivered: what it covers is scheduled, each naming the notice and its sum over the appropriation.

    A notice that was withdrawn meanwhile, or is delivered already, changes nothing.
    """
    if notice := under_way(state, notice_no):
        yield from told(now, state, notice, notified(notice, letter_sha256, now.day))


def under_way(state: State, notice_no: str) -> Notice | None:
    """The notice of a number, while it is neither delivered nor withdrawn."""
    return next((notice for notice in state.notices.values() if notice.notice_no == notice_no), None)


def told(now: Now, state: State, notice: Notice, announced: OverrunNotified) -> Iterator[Event]:
    """The ministry has the letter, however it came there: what it covers is scheduled."""
    yield announced
    for covered in notice.invoices:
        invoice = state.invoices[covered.invoice_id]
        yield scheduled_under(now, state, invoice, covered, notice.notice_no)
    yield from try_queues(now, state)


def scheduled_under(now: Now, state: State, invoice: Invoice, covered: CoveredInvoice, notice_no: str) -> Event:
    """Schedule what a delivered notice covers; not for a run already held, and nothing of a year not started."""
    pay_on = planned_pay_day(now, state, invoice)
    edition = state.editions.in_force(pay_on)
    if pay_on.year > state.year or edition is None:
        return stand_aside(now, state, invoice)
    terms, _ = year_total(state, edition, covered.amount_cents)
    tested = passes(RULES, terms)
    return schedule(state, invoice, pay_on, tested, covered.over_cents, notice_no)


def notified(notice: Notice, letter_sha256: str, delivered_on: date) -> OverrunNotified:
    """The announcement of a delivered notice."""
    return OverrunNotified(
        notice_no=notice.notice_no,
        year=notice.year,
        article=notice.article,
        allotted_cents=notice.allotted_cents,
        transferred_cents=notice.transferred_cents,
        exceeding_cents=notice.exceeding_cents,
        planned_cents=notice.planned_cents,
        invoices=tuple(covered.invoice_id for covered in notice.invoices),
        prepared_on=notice.prepared_on,
        letter_sha256=letter_sha256,
        delivered_on=delivered_on,
        rules=RULES,
    )


def under_another_edition(now: Now, state: State, next_run: date) -> set[str]:
    """Articles whose notice covers what missed the day's run, and for whose next run another edition is in force.

    It was told, and tested, by limits that no longer bind. What is to be paid in the next year waits for its turn.
    """
    if next_run.year > state.year:
        return set()
    in_force, bank_day_until = state.editions.in_force, now.fund.calendar.bank_day_until
    return {
        article
        for article, notice in state.notices.items()
        for due in {bank_day_until(covered.due_on) for covered in notice.invoices}
        if in_force(max(due, next_run)) != in_force(max(due, now.day))
    }


def withdraw(state: State, because: str, articles: set[str] | None = None) -> Iterator[Event]:
    """What touches an article before the delivery withdraws its notice; a new one may follow on the next day."""
    for article in sorted(state.notices if articles is None else articles & state.notices.keys()):
        notice = state.notices[article]
        yield OverrunWithdrawn(
            notice_no=notice.notice_no, year=notice.year, article=article, because=because, rules=("18",)
        )
