"""What people and reports ask of payments: plain records made of the state, each number by the rule's own function.

Sums are in euro cents. Nothing here is decided, and no sum is made in two ways: limits, totals and what was transferred
come from the functions that the decisions use.
"""

from collections.abc import Iterator, Sequence
from datetime import date

from services.payments.appropriation import month_room, total_committed, total_limit, with_allotted
from services.payments.events import Account, Pot
from services.payments.overrun import transferred
from services.payments.state import PSDF, STATE, Invoice, State
from shared.kernel.budget import Edition
from shared.kernel.fund import Fund
from shared.kernel.interest import InterestRate, accrued
from shared.kernel.money import Cents
from shared.kernel.value import value


@value
class TotalStanding:
    """A limit of all articles, what is committed against it, and what is left: the year's total (HIL 14(3): AT + VT,
    KT with what notices under way hold), or the state's money (point 19), which is never mixed with the fund's.
    """

    limit_cents: Cents
    committed_cents: Cents
    held_cents: Cents
    left_cents: Cents


@value
class ArticleStanding:
    """An article of the fund's own money: A, V, L = A + V, K, P, O (told to the ministry), what waits, and L - K.

    ``left_cents`` is None while no budget is in force: then the month's room counts (``MonthStanding``).
    """

    article: str
    name: str
    appropriation_cents: Cents
    allotted_cents: Cents
    limit_cents: Cents
    committed_cents: Cents
    transferred_cents: Cents
    notified_cents: Cents
    waiting_cents: Cents
    left_cents: Cents | None


@value
class MonthStanding:
    """11. What a month without a budget may commit of a source's money: a twelfth of last year's, less its K."""

    month: str
    source: str
    cap_cents: Cents
    committed_cents: Cents
    left_cents: Cents


@value
class PotStanding:
    """A payer's part of an article: its share (the VLK's with V), K, what is ordered and transferred, what waits.

    What was paid outside the queues is in K, and ordered and transferred (P).
    """

    payer: str
    article: str
    source: str
    share_cents: Cents
    committed_cents: Cents
    ordered_cents: Cents
    transferred_cents: Cents
    waiting_cents: Cents


@value
class QueueStanding:
    """A queue with something in it: how long, how old its head is in days, and why the head waits."""

    payer: str
    article: str
    source: str
    length: int
    waiting_cents: Cents
    head: str
    head_accepted_on: date
    age_days: int
    reason: str


@value
class CashStanding:
    """An account: usable cash, credits whose value day is to come, and what is scheduled and not ordered."""

    payer: str
    source: str
    cash_cents: Cents
    to_come_cents: Cents
    unordered_cents: Cents


@value
class NoticeStanding:
    """A notice under way to the ministry (point 18): its four sums, and the invoices that it covers."""

    notice_no: str
    article: str
    allotted_cents: Cents
    transferred_cents: Cents
    exceeding_cents: Cents
    planned_cents: Cents
    invoices: tuple[str, ...]
    prepared_on: date


@value
class TermStanding:
    """An invoice with something neither ordered nor lowered: when it is due (``days`` < 0: overdue), how it stands.

    ``interest_cents`` is what the rest has borne since it was due (HIL 27(2)); None where the fund has no rate.
    """

    invoice_id: str
    payer: str
    article: str
    source: str
    due_on: date
    days: int
    rest_cents: Cents
    how: str
    pay_on: date | None
    interest_cents: Cents | None = None


@value
class FundStanding:
    """Where the fund stands at the end of its last decision. ``edition`` is the one in force, None without a budget;
    only then there are ``months``, if the year before is known.
    """

    today: date | None
    year: int
    edition: str | None
    total: TotalStanding | None
    months: tuple[MonthStanding, ...]
    articles: tuple[ArticleStanding, ...]
    state_funds: TotalStanding | None
    pots: tuple[PotStanding, ...]
    queues: tuple[QueueStanding, ...]
    cash: tuple[CashStanding, ...]
    notices: tuple[NoticeStanding, ...]


def fund_standing(state: State, fund: Fund) -> FundStanding:
    """Where the fund stands; empty before its first day."""
    edition = state.editions.in_force(state.today) if state.today else None
    waiting = waiting_by_pot(state)
    return FundStanding(
        today=state.today,
        year=state.year,
        edition=f"{edition.year}-{edition.edition} ({edition.law})" if edition else None,
        total=_total(state, edition) if edition else None,
        months=() if edition else tuple(month_standing(state, fund)),
        articles=tuple(_articles(state, edition, waiting)),
        state_funds=_state_funds(state, edition) if edition else None,
        pots=tuple(_pots(state, waiting, fund.state_payer)),
        queues=tuple(queues(state)),
        cash=tuple(cash(state)),
        notices=tuple(notices(state)),
    )


def waiting_by_pot(state: State) -> dict[Pot, Cents]:
    """What waits in each queue; what stands aside for the next year is not in it."""
    return {pot: sum(invoice.waiting_cents for invoice in state.queue(pot)) for pot in sorted(state.queues)}


def aside_cents(state: State) -> Cents:
    """24. What is to be paid in a year that has not started: it stands in no queue."""
    return sum(invoice.waiting_cents for invoice in state.invoices.values() if invoice.aside)


def room_of(standing: FundStanding, pot: PotStanding) -> Cents | None:
    """16, 19, HIL 14(3). What a pot may still commit: the least that is left of the limits that it is tested against.

    None without a budget: then each month has its own (11).
    """
    if standing.total is None or standing.state_funds is None:
        return None
    if pot.source != PSDF:
        return standing.state_funds.left_cents
    of_article = [
        each.limit_cents + each.notified_cents - each.committed_cents
        for each in standing.articles
        if each.article == pot.article
    ]
    return min(pot.share_cents - pot.committed_cents, standing.total.left_cents, *of_article)


def _total(state: State, edition: Edition) -> TotalStanding:
    limit, committed = total_limit(state.book, edition), total_committed(state)
    return TotalStanding(
        limit_cents=limit, committed_cents=committed, held_cents=state.held_cents, left_cents=limit - committed
    )


def _articles(state: State, edition: Edition | None, waiting: dict[Pot, Cents]) -> Iterator[ArticleStanding]:
    """Every article of the edition in force; without one, those that something is committed of or waits for."""
    book = state.book
    names = {line.article: line.name for line in edition.expenses} if edition else {}
    appropriated = edition.appropriations_cents() if edition else {}
    waits: dict[str, Cents] = {}
    for pot, cents in waiting.items():
        if pot.source == PSDF:
            waits[pot.article] = waits.get(pot.article, 0) + cents
    active = {pot.article for pot in (*book.committed, *waiting) if pot.source == PSDF}
    for article in sorted(names.keys() | active):
        limit = with_allotted(book, article, appropriated.get(article, 0)) if edition else 0
        committed = book.committed_of_article.get(article, 0)
        yield ArticleStanding(
            article=article,
            name=names.get(article, ""),
            appropriation_cents=appropriated.get(article, 0),
            allotted_cents=book.allotted.get(article, 0),
            limit_cents=limit,
            committed_cents=committed,
            transferred_cents=transferred(state, article),
            notified_cents=book.notified.get(article, 0),
            waiting_cents=waits.get(article, 0),
            left_cents=limit - committed if edition else None,
        )


def month_standing(state: State, fund: Fund) -> Iterator[MonthStanding]:
    """11. "iki patvirtinimo jo išlaidos kiekvieną mėnesį negali viršyti 1/12": today's month, of each source."""
    if state.today:
        yield from month_of_sources(state, fund, state.today)


def month_of_sources(state: State, fund: Fund, day: date) -> Iterator[MonthStanding]:
    """11. The month of a day, of each source: by today's law; nothing where there is no cap."""
    parts = fund.statute.amount("one_twelfth", state.today or day)
    for source in (PSDF, STATE):
        if room := month_room(state, source, day, parts):
            month, cap, committed = room
            yield MonthStanding(
                month=month, source=source, cap_cents=cap, committed_cents=committed, left_cents=cap - committed
            )


def _state_funds(state: State, edition: Edition) -> TotalStanding:
    limit, committed = edition.state_funds_cents, state.book.committed_of_source.get(STATE, 0)
    return TotalStanding(limit_cents=limit, committed_cents=committed, held_cents=0, left_cents=limit - committed)


def _pots(state: State, waiting: dict[Pot, Cents], state_payer: str) -> Iterator[PotStanding]:
    """Every pot with a share, or of which something is committed or waits."""
    book = state.book
    shared = {Pot(payer, article, PSDF) for article, shares in book.shares.items() for payer in shares}
    for pot in sorted(shared | book.committed.keys() | waiting.keys()):
        surplus = book.allotted.get(pot.article, 0) if pot.payer == state_payer else 0
        apart = book.administration.get(pot, 0)
        yield PotStanding(
            payer=pot.payer,
            article=pot.article,
            source=pot.source,
            share_cents=book.share(pot.payer, pot.article) + surplus if pot.source == PSDF else 0,
            committed_cents=book.committed.get(pot, 0),
            ordered_cents=book.ordered.get(pot, 0) + apart,
            transferred_cents=book.executed.get(pot, 0) + apart,
            waiting_cents=waiting.get(pot, 0),
        )


def queues(state: State) -> Iterator[QueueStanding]:
    """Each queue with something in it. A head that waits for a notice to be delivered says so."""
    for pot, waiting_cents in waiting_by_pot(state).items():
        head = state.head(pot)
        notice = state.notice_of(pot)
        yield QueueStanding(
            payer=pot.payer,
            article=pot.article,
            source=pot.source,
            length=len(state.queues[pot].places),
            waiting_cents=waiting_cents,
            head=head.invoice_id,
            head_accepted_on=head.accepted_on,
            age_days=(state.today - head.accepted_on).days if state.today else 0,
            reason=f"notice {notice.notice_no} under way" if notice else head.standing.reason,
        )


def cash(state: State) -> Iterator[CashStanding]:
    """Each account that ever had a credit or has something scheduled."""
    for account in sorted(state.cash.keys() | state.cash_to_come.keys() | state.scheduled.keys()):
        yield CashStanding(
            payer=account.payer,
            source=account.source,
            cash_cents=state.cash.get(account, 0),
            to_come_cents=sum(state.cash_to_come.get(account, {}).values()),
            unordered_cents=sum(state.invoices[i].unordered_cents for i in _scheduled(state, account)),
        )


def _scheduled(state: State, account: Account) -> Iterator[str]:
    return (invoice_id for bucket in state.scheduled.get(account, {}).values() for invoice_id in bucket)


def notices(state: State) -> Iterator[NoticeStanding]:
    """Notices under way, by article."""
    for _article, notice in sorted(state.notices.items()):
        said = {name: getattr(notice, name) for name in NoticeStanding.__dataclass_fields__ if name != "invoices"}
        yield NoticeStanding(**said, invoices=tuple(covered.invoice_id for covered in notice.invoices))


def terms(state: State, within_days: int | None = None, rates: Sequence[InterestRate] = ()) -> list[TermStanding]:
    """16. What is not ordered, by due date: all of it, or what is overdue or due within so many days."""
    today = state.today
    if today is None:
        return []
    found = (_term(invoice, today, rates) for invoice in state.invoices.values() if invoice.rest_cents)
    chosen = [term for term in found if within_days is None or term.days <= within_days]
    return sorted(chosen, key=lambda term: (term.due_on, term.invoice_id))


def _term(invoice: Invoice, today: date, rates: Sequence[InterestRate]) -> TermStanding:
    return TermStanding(
        invoice_id=invoice.invoice_id,
        payer=invoice.pot.payer,
        article=invoice.pot.article,
        source=invoice.pot.source,
        due_on=invoice.due_on,
        days=(invoice.due_on - today).days,
        rest_cents=invoice.rest_cents,
        how=invoice.how,
        pay_on=invoice.pay_on if invoice.unordered_cents else None,
        interest_cents=accrued(rates, invoice.rest_cents, invoice.due_on, today).cents if rates else None,
    )


@value
class Waits:
    """What waits in the queues of a payer, or of all payers (``payer`` is None): how many invoices, and their sum."""

    payer: str | None
    length: int
    waiting_cents: Cents


def waits(state: State) -> tuple[Waits, ...]:
    """What waits of all payers, and then of each that has something waiting."""
    found = tuple(queues(state))
    return tuple(
        Waits(
            payer=payer,
            length=sum(queue.length for queue in found if payer in (None, queue.payer)),
            waiting_cents=sum(queue.waiting_cents for queue in found if payer in (None, queue.payer)),
        )
        for payer in (None, *sorted({queue.payer for queue in found}))
    )
