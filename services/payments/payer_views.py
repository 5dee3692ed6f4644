"""The same standing by payer, and where all that was ever accepted is: plain records made of the state.

Sums are in euro cents. Those of all payers add up to what ``views.py`` says of the fund, to the cent.
"""

from collections.abc import Iterable, Iterator
from datetime import date

from services.payments.events import Pot
from services.payments.state import PSDF, State
from services.payments.views import waiting_by_pot
from shared.kernel.money import Cents
from shared.kernel.value import value


@value
class PayerArticle:
    """12, 16. A payer's part of an article of the fund's own money: S (the VLK's with V), K, P with what was paid
    outside the queues, what waits, and S - K. ``left_cents`` is None while no budget is in force.
    """

    payer: str
    article: str
    share_cents: Cents
    committed_cents: Cents
    transferred_cents: Cents
    waiting_cents: Cents
    left_cents: Cents | None


@value
class PayerTotal:
    """A payer's parts of all articles together."""

    payer: str
    share_cents: Cents
    committed_cents: Cents
    transferred_cents: Cents
    waiting_cents: Cents
    left_cents: Cents | None


@value
class PayerDue:
    """16. What of a payer is due on a day and not ordered: how many invoices, and their sum, by how they stand."""

    payer: str
    due_on: date
    how: str
    count: int
    rest_cents: Cents


@value
class DueCount:
    """16. What is due on a day and not ordered: how many invoices, and their sum, by how they stand."""

    due_on: date
    how: str
    count: int
    rest_cents: Cents


@value
class Overdue:
    """16. What is past its due date and not ordered: how many invoices, and what is left of them to pay."""

    count: int
    rest_cents: Cents


@value
class Flow:
    """16. Where all that was ever accepted to be paid is, of all years and of all money.

    ``ordered_cents`` is what the bank was asked to pay, without what it refused or sent back; ``waiting_cents`` holds
    what stands aside for the next year too. Of what was ordered so much is ``executed_cents``, so much
    ``unanswered_cents``.
    """

    ordered_cents: Cents
    unordered_cents: Cents
    waiting_cents: Cents
    executed_cents: Cents
    unanswered_cents: Cents


def payer_articles(state: State, state_payer: str) -> Iterator[PayerArticle]:
    """Every payer's part of every article of which it has a share, or something committed or waiting."""
    book, waiting = state.book, waiting_by_pot(state)
    in_force = state.today is not None and state.editions.in_force(state.today) is not None
    shared = {Pot(payer, article, PSDF) for article, shares in book.shares.items() for payer in shares}
    for pot in sorted(shared | {pot for pot in (*book.committed, *waiting) if pot.source == PSDF}):
        allotted = book.allotted.get(pot.article, 0) if pot.payer == state_payer else 0
        share, committed = book.share(pot.payer, pot.article) + allotted, book.committed.get(pot, 0)
        yield PayerArticle(
            payer=pot.payer,
            article=pot.article,
            share_cents=share,
            committed_cents=committed,
            transferred_cents=book.executed.get(pot, 0) + book.administration.get(pot, 0),
            waiting_cents=waiting.get(pot, 0),
            left_cents=share - committed if in_force else None,
        )


def payer_totals(parts: tuple[PayerArticle, ...]) -> Iterator[PayerTotal]:
    """Each payer's parts of all articles together."""
    for payer in sorted({part.payer for part in parts}):
        mine = [part for part in parts if part.payer == payer]
        left = [part.left_cents for part in mine if part.left_cents is not None]
        yield PayerTotal(
            payer=payer,
            share_cents=sum(part.share_cents for part in mine),
            committed_cents=sum(part.committed_cents for part in mine),
            transferred_cents=sum(part.transferred_cents for part in mine),
            waiting_cents=sum(part.waiting_cents for part in mine),
            left_cents=sum(left) if left else None,
        )


def payer_dues(state: State) -> tuple[PayerDue, ...]:
    """16. All that is not ordered, by payer, due date and how it stands: ``terms`` make a record of each."""
    found: dict[tuple[str, date, str], list[Cents]] = {}
    for invoice in state.invoices.values() if state.today else ():
        if rest_cents := invoice.rest_cents:
            found.setdefault((invoice.pot.payer, invoice.due_on, invoice.how), []).append(rest_cents)
    return tuple(
        PayerDue(payer=payer, due_on=due_on, how=how, count=len(rests), rest_cents=sum(rests))
        for (payer, due_on, how), rests in sorted(found.items())
    )


def due_counts(dues: Iterable[PayerDue]) -> tuple[DueCount, ...]:
    """16. All that is not ordered, by due date and how it stands: ``payer_dues`` of all payers together."""
    found: dict[tuple[date, str], list[PayerDue]] = {}
    for due in dues:
        found.setdefault((due.due_on, due.how), []).append(due)
    return tuple(
        DueCount(
            due_on=due_on, how=how, count=sum(due.count for due in some), rest_cents=sum(due.rest_cents for due in some)
        )
        for (due_on, how), some in sorted(found.items())
    )


def overdue(due: Iterable[DueCount], today: date | None) -> Overdue:
    """16. What of all that is not ordered (``due_counts``) is past its due date."""
    late = [each for each in due if today and each.due_on < today]
    return Overdue(count=sum(each.count for each in late), rest_cents=sum(each.rest_cents for each in late))


def flow(state: State) -> Flow:
    """16. Where all that was ever accepted is now."""
    return Flow(
        ordered_cents=sum(cents for book in state.books.values() for cents in book.ordered.values()),
        unordered_cents=sum(invoice.unordered_cents for invoice in state.invoices.values()),
        waiting_cents=sum(invoice.waiting_cents for invoice in state.invoices.values()),
        executed_cents=sum(cents for book in state.books.values() for cents in book.executed.values()),
        unanswered_cents=sum(order.amount_cents for order in state.orders.values()),
    )
