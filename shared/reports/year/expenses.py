"""Execution of the expense estimate, per payer and article: plan, changes, committed, ordered, transferred, left.

26. "... biudžeto išlaidų sąmatos vykdymo ataskaitos". A reading of the state of payments at a day; nothing is summed
that the state has summed already.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from services.payments.appropriation import article_limit
from services.payments.events import Pot
from services.payments.state import PSDF, STATE, Book, State
from shared.events.contracts import DistributionAdopted
from shared.kernel.budget import Edition, Editions
from shared.kernel.calendar import DECEMBER, quarter_end
from shared.kernel.fields import MoneySource
from shared.kernel.fund import Fund
from shared.kernel.money import Cents
from shared.kernel.value import value

if TYPE_CHECKING:
    from shared.events.vlk import ArticleQuarters

QUARTERS = (1, 2, 3, 4)


@value
class Change:
    """What an edition changed of a line of the edition before it."""

    edition: int
    cents: Cents


@value
class PayerLine:
    """A payer's part of an article, in cents. ``left`` = share + allotted - committed; V stands with the VLK only.

    ``apart`` was paid outside the queues; it is in ``committed``, ``ordered`` and ``transferred``.
    """

    payer: str
    share: Cents
    allotted: Cents
    committed: Cents
    ordered: Cents
    transferred: Cents
    waiting: Cents
    unordered: Cents
    apart: Cents

    @property
    def unpaid(self) -> Cents:
        """Accepted and not ordered: what waits, and what is scheduled."""
        return self.waiting + self.unordered

    @property
    def left(self) -> Cents:
        """What may still be committed of the share."""
        return self.share + self.allotted - self.committed


@value
class ArticleLine:
    """An article of one source, in cents: A by its editions, L = A + V, K, ordered, P, unpaid, left = L - K.

    State money has no editions by article and no limit of its own: of it only what happened stands here.
    """

    article: str
    name: str
    source: str
    first: Cents
    changes: tuple[Change, ...]
    plan: Cents
    allotted: Cents
    limit: Cents
    notified: Cents
    committed: Cents
    ordered: Cents
    transferred: Cents
    waiting: Cents
    unordered: Cents
    payers: tuple[PayerLine, ...]

    @property
    def unpaid(self) -> Cents:
        """Accepted and not ordered: what waits, and what is scheduled."""
        return self.waiting + self.unordered

    @property
    def left(self) -> Cents:
        """What may still be committed without a notice; below 0 is an overrun."""
        return self.limit - self.committed


@value
class Estimate:
    """The expense estimate of a year as it stood at the end of a day; ``editions`` are those in force until then."""

    year: int
    day: date
    editions: tuple[Edition, ...]
    lines: tuple[ArticleLine, ...]
    state_lines: tuple[ArticleLine, ...]
    state_funds: Cents
    committed: Cents
    state_committed: Cents

    def total(self, name: str, lines: Iterable[ArticleLine] | None = None) -> Cents:
        """The sum of a column over the articles of the fund's own money (or over other lines)."""
        return sum(getattr(line, name) for line in (self.lines if lines is None else lines))


@value
class QuarterLine:
    """An article in a quarter, in cents: its plan (point 12), and what was committed and transferred in it.

    Committed is as of the day on which it was decided, transferred as of the bank's own day.
    """

    article: str
    quarter: int
    plan: Cents | None
    committed: Cents
    transferred: Cents

    @property
    def over(self) -> Cents:
        """12. How much more was transferred than the quarter's plan has; a warning and no limit. 0 without a plan."""
        return max(0, self.transferred - self.plan) if self.plan is not None else 0


def edition_at(editions: Editions, year: int, day: date) -> Edition | None:
    """The year's edition in force on the day; after the year the one it ended with."""
    return editions.in_force(min(day, date(year, DECEMBER, 31)), year)


def editions_until(editions: Editions, year: int, day: date) -> list[Edition]:
    """The editions of the year that had come into force by the day, one after the other."""
    in_force = (e for e in editions.of_year.get(year, {}).values() if e.in_force_from <= day)
    return sorted(in_force, key=lambda e: (e.in_force_from, e.edition))


def changes_of(amounts: Sequence[tuple[int, Cents]]) -> tuple[Change, ...]:
    """What each edition but the first changed; (edition, amount) in order."""
    pairs = itertools.pairwise(amounts)
    return tuple(Change(edition=number, cents=after - before) for (_, before), (number, after) in pairs)


def estimate(fund: Fund, state: State, year: int, day: date) -> Estimate:
    """Read the estimate of a year out of the state of payments as it was at the end of the day."""
    book = state.book_of(year)
    waiting: dict[Pot, Cents] = {}
    unordered: dict[Pot, Cents] = {}
    if state.year == year:
        for invoice in state.invoices.values():
            waiting[invoice.pot] = waiting.get(invoice.pot, 0) + invoice.waiting_cents
            unordered[invoice.pot] = unordered.get(invoice.pot, 0) + invoice.unordered_cents
    elif state.year > year:
        waiting = dict(book.carried)
    edition = edition_at(state.editions, year, day)
    told = editions_until(state.editions, year, day)
    payers = [payer.code for payer in fund.payers]

    def lines(source: MoneySource) -> Iterator[ArticleLine]:
        for article in articles_of(source, told, book, waiting):
            of_payers = tuple(payer_lines(fund, book, source, article, payers, waiting, unordered))
            amounts = [(e.edition, e.appropriation_cents(article)) for e in told] if source == PSDF else []
            name = next((line.name for e in reversed(told) if (line := e.article(article))), "")
            limit = article_limit(book, edition, article) if edition and source == PSDF else 0
            yield ArticleLine(
                article=article,
                name=name,
                source=source,
                first=amounts[0][1] if amounts else 0,
                changes=changes_of(amounts),
                plan=edition.appropriation_cents(article) if edition and source == PSDF else 0,
                allotted=book.allotted.get(article, 0) if source == PSDF else 0,
                limit=limit,
                notified=book.notified.get(article, 0) if source == PSDF else 0,
                committed=sum(line.committed for line in of_payers),
                ordered=sum(line.ordered for line in of_payers),
                transferred=sum(line.transferred for line in of_payers),
                waiting=sum(line.waiting for line in of_payers),
                unordered=sum(line.unordered for line in of_payers),
                payers=of_payers,
            )

    return Estimate(
        year=year,
        day=day,
        editions=tuple(told),
        lines=tuple(lines(PSDF)),
        state_lines=tuple(lines(STATE)),
        state_funds=edition.state_funds_cents if edition else 0,
        committed=book.committed_of_source.get(PSDF, 0),
        state_committed=book.committed_of_source.get(STATE, 0),
    )


def articles_of(source: str, editions: Iterable[Edition], book: Book, waiting: Mapping[Pot, Cents]) -> list[str]:
    """Every article that an edition names, or in which something was committed, ordered, or waits."""
    named = {line.article for e in editions for line in e.expenses} if source == PSDF else set()
    pots = [*book.committed, *book.ordered, *waiting]
    return sorted(named | {article for _, article, of_source in pots if of_source == source})


def payer_lines(
    fund: Fund,
    book: Book,
    source: MoneySource,
    article: str,
    payers: Sequence[str],
    waiting: Mapping[Pot, Cents],
    unordered: Mapping[Pot, Cents],
) -> Iterator[PayerLine]:
    """The article's lines of all payers that have anything in it, in the fund's order."""
    shares = book.shares.get(article, {}) if source == PSDF else {}
    for payer in dict.fromkeys([*payers, *sorted(pot.payer for pot in book.committed)]):
        pot = Pot(payer, article, source)
        line = PayerLine(
            payer=payer,
            share=shares.get(payer, 0),
            allotted=book.allotted.get(article, 0) if (payer, source) == (fund.state_payer, PSDF) else 0,
            committed=book.committed.get(pot, 0),
            ordered=book.ordered.get(pot, 0) + (apart := book.administration.get(pot, 0)),
            transferred=book.executed.get(pot, 0) + apart,
            waiting=waiting.get(pot, 0),
            unordered=unordered.get(pot, 0),
            apart=apart,
        )
        if payer in shares or any((line.allotted, line.committed, line.ordered, line.unpaid)):
            yield line


def first_shares(distributions: Iterable[DistributionAdopted]) -> dict[tuple[str, str], Cents]:
    """12. What the first distribution of each article gave each payer, by (article, payer)."""
    first: dict[tuple[str, str], Cents] = {}
    named: set[str] = set()
    for adopted in distributions:
        for share in adopted.shares:
            if share.article not in named:
                key = share.article, share.payer
                first[key] = first.get(key, 0) + share.amount_cents
        named |= {row.article for row in adopted.quarters} | {share.article for share in adopted.shares}
    return first


def quarter_lines(
    readings: Sequence[Estimate],
    transferred: Mapping[tuple[str, int], Cents],
    distributions: Iterable[DistributionAdopted],
) -> list[QuarterLine]:
    """What each quarter planned and brought, by article; ``readings`` are those at the quarters' ends, in order.

    ``transferred`` is by article and quarter of the bank's day.

    The plan is of the last distribution that names the article (point 12): None where there is none.
    """
    plans: dict[str, ArticleQuarters] = {row.article: row for adopted in distributions for row in adopted.quarters}
    lines: list[QuarterLine] = []
    before: dict[str, Cents] = {}
    for quarter, reading in zip(QUARTERS, readings, strict=False):
        committed = {line.article: line.committed for line in reading.lines}
        paid = {article for article, of in transferred if of == quarter}  # of its own day, however late it was told
        for article in sorted(committed.keys() | paid):
            plan = plans.get(article)
            lines.append(
                QuarterLine(
                    article=article,
                    quarter=quarter,
                    plan=getattr(plan, f"q{quarter}_cents") if plan else None,
                    committed=committed.get(article, 0) - before.get(article, 0),
                    transferred=transferred.get((article, quarter), 0),
                )
            )
        before = committed
    return lines


def quarter_ends(year: int, cut_off: date) -> list[date]:
    """The days at which the year's quarters are read: their ends, the last one at the cut-off.

    So what the bank reports after the year of its orders counts to the fourth quarter, and the quarters add up.
    """
    ends = [quarter_end(year, q) for q in QUARTERS if date(year, 3 * q - 2, 1) <= cut_off]
    return [*ends[:-1], cut_off] if ends else []
