"""What is paid outside the queues, the administration of the fund: it counts to the year's total as all else does."""

from collections.abc import Iterator

from services.payments.appropriation import (
    article_limit,
    one_twelfth,
    planned_pay_day,
    total_committed,
    total_limit,
    try_queues,
)
from services.payments.events import Event
from services.payments.overrun import withdraw
from services.payments.state import PSDF, PaidApart, State
from shared.events.payments import AdministrationCounted, AdministrationRefused
from shared.events.treasury import AdministrationPaid
from shared.kernel.clock import Now, Parked
from shared.kernel.reason import Reason, reason

RULES = ("HIL 14(3)", "11")


def count_administration(now: Now, state: State, paid: AdministrationPaid) -> Iterator[Event]:
    """HIL 14(3). What was paid of administration is committed of the year, the article and the month of its day.

    It is paid already, so no test forbids it: where it passes a limit, a flag says so, and a notice under way for which
    the year has no room any more is withdrawn. Its reference is its natural key for ever.
    """
    payer = state.payers.resolve(paid.payer)
    known, asked = state.paid_apart.get(paid.reference), PaidApart(payer, paid.article, paid.amount_cents, paid.paid_on)
    if known and known._replace(payer=state.payers.resolve(known.payer)) == asked:
        return
    if known:
        yield Parked(error=f"reference: {paid.reference} is that of another payment ({known}, now {asked})")
        return
    if error := now.astray(paid.payer, "paid_on", paid.paid_on):
        yield Parked(error=error)
        return
    if paid.paid_on > now.day:
        yield Parked(error=f"paid_on: {paid.paid_on} has not come; the last started day is {now.day}")
        return
    said = {name: getattr(paid, name) for name in ("year", "article", "amount_cents", "paid_on", "reference")}
    if reasons := tuple(not_administration(state, paid)):
        yield AdministrationRefused(**said, payer=payer, reasons=reasons, rules=RULES)
        return
    yield AdministrationCounted(**said, payer=payer, flags=tuple(passed_limits(now, state, paid)), rules=RULES)
    if paid.year == state.year and over_total(now, state):
        yield from withdraw(state, "administration.paid")
        yield from try_queues(now, state)


def not_administration(state: State, paid: AdministrationPaid) -> Iterator[Reason]:
    """Health care and Sodra's costs are paid by their queues alone; while a year has no edition nothing is tested."""
    edition = state.editions.latest(paid.year)
    line = edition.article(paid.article) if edition else None
    if edition and (line is None or line.health_care or line.sodra):
        yield reason("not_administration", article=paid.article)


def passed_limits(now: Now, state: State, paid: AdministrationPaid) -> Iterator[Reason]:
    """11, HIL 14(3). The article and the year's total, or without a budget a twelfth: each that is passed."""
    edition, book, asked = state.editions.in_force(paid.paid_on), state.book_of(paid.year), paid.amount_cents
    if edition is None:
        tested = one_twelfth(now, state, PSDF, paid.paid_on, asked)
        if tested.failed:
            yield tested.failed
        return
    limit, of_article = article_limit(book, edition, paid.article), book.committed_of_article.get(paid.article, 0)
    if of_article + asked > limit:
        yield reason(
            "administration_over",
            article_limit_cents=limit,
            article_committed_cents=of_article,
            asked_cents=asked,
        )
    committed = total_committed(state) if paid.year == state.year else book.committed_of_source.get(PSDF, 0)
    if committed + asked > (total := total_limit(book, edition)):
        yield reason("year_total", total_limit_cents=total, total_committed_cents=committed, asked_cents=asked)


def over_total(now: Now, state: State) -> bool:
    """Whether what is committed and held is more than the year's total, today or on a pay day of what is held."""
    held = (state.invoices[each.invoice_id] for notice in state.notices.values() for each in notice.invoices)
    days = {now.day, *(planned_pay_day(now, state, invoice) for invoice in held)}
    editions = [state.editions.in_force(day) for day in days if day.year == state.year]
    committed = total_committed(state)
    return any(edition and committed > total_limit(state.book, edition) for edition in editions)
