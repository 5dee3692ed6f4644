"""Sodra's statements: point 22. Approved if they match, else returned with reasons; never approved by silence."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import date
from typing import ClassVar, TypeAlias, assert_never

from services.reconciliation.law import (
    QUARTERS,
    approve_by,
    compensation_over_article,
    differs_from_record,
    submit_by,
)
from shared.events.contracts import BudgetAdopted
from shared.events.payments import PaymentDeferred, PaymentLowered, PaymentScheduled
from shared.events.reconciliation import (
    CompensationDue,
    SodraStatementApproved,
    SodraStatementOverdue,
    SodraStatementReturned,
)
from shared.events.sodra import SodraStatementSubmitted
from shared.events.treasury import RevenueReceived
from shared.events.vlk import SodraStatementReviewed
from shared.kernel.budget import Edition, Editions, edition_of
from shared.kernel.calendar import DAY, quarter_end, quarter_of
from shared.kernel.clock import Now, Parked, StartDay
from shared.kernel.money import Cents
from shared.kernel.reason import Reason, reason
from shared.kernel.value import value

PSDF = "PSDF"

Heard: TypeAlias = (
    StartDay
    | BudgetAdopted
    | RevenueReceived
    | PaymentScheduled
    | PaymentLowered
    | PaymentDeferred
    | SodraStatementSubmitted
    | SodraStatementReviewed
)
"""What this matter decides on."""


# --- events


@value
class DayBegun:
    """A day started."""

    type: ClassVar[str] = "sodra.day_begun"
    on: date


@value
class EditionTaken:
    """An adopted edition is known."""

    type: ClassVar[str] = "sodra.edition_taken"
    edition: Edition


@value
class RevenueRecorded:
    """Revenue of a day and line was recorded."""

    type: ClassVar[str] = "sodra.revenue_received"
    code: str
    amount_cents: Cents
    received_on: date
    reference: str


@value
class Committed:
    """So much of an invoice is committed in Sodra's article of a year."""

    type: ClassVar[str] = "sodra.committed"
    invoice_id: str
    year: int
    article: str
    amount_cents: Cents


@value
class StatementSubmitted:
    """A statement came in time to be decided (its quarter is over)."""

    type: ClassVar[str] = "sodra.statement_submitted"
    year: int
    quarter: int
    submission: int
    transferred_cents: Cents
    offset_cents: Cents
    related_cents: Cents
    compensation_cents: Cents
    submitted_on: date
    first_on: date
    approve_by: date


Event: TypeAlias = (
    DayBegun
    | EditionTaken
    | RevenueRecorded
    | Committed
    | StatementSubmitted
    | SodraStatementApproved
    | SodraStatementReturned
    | SodraStatementOverdue
    | CompensationDue
    | Parked
)


# --- state


@dataclass(slots=True, kw_only=True)
class Statement:
    """The last submission of a quarter's statement: ``waits`` for a clerk, ``returned`` or ``approved``."""

    last: StatementSubmitted
    status: str


@dataclass(slots=True, kw_only=True)
class State:
    """Editions, Sodra's revenue by day, what is committed of its article, and the statements."""

    today: date | None = None
    first_day: date | None = None
    editions: Editions = field(default_factory=Editions)
    revenue: dict[tuple[int, int], dict[str, Cents]] = field(default_factory=dict)
    references: dict[str, None] = field(default_factory=dict)
    committed: dict[str, Committed] = field(default_factory=dict)
    scheduled: dict[str, Cents] = field(default_factory=dict)  # what of each was committed when it was last scheduled
    statements: dict[str, Statement] = field(default_factory=dict)

    def recorded_cents(self, year: int, quarter: int) -> Cents:
        """Our own record of what Sodra transferred and set off in a quarter."""
        lines = self.editions.sodra_lines(year)
        return sum(cents for code, cents in self.revenue.get((year, quarter), {}).items() if code in lines)

    def committed_cents(self, year: int, article: str) -> Cents:
        """What is committed of Sodra's article in a year."""
        return sum(c.amount_cents for c in self.committed.values() if (c.year, c.article) == (year, article))

    def waiting_cents(self, invoice_id: str) -> Cents:
        """What of a scheduled sum has given the article back since: it was told to wait."""
        known = self.committed.get(invoice_id)
        return self.scheduled.get(invoice_id, known.amount_cents) - known.amount_cents if known else 0

    def sodra_article(self, year: int) -> str | None:
        """Sodra's article of the year, or of the newest budget known."""
        edition = self.editions.latest(year) or self.editions.latest(max(self.editions.of_year, default=year))
        return edition.sodra_article() if edition else None


# --- decisions


def decide(now: Now, heard: Heard, state: State) -> Iterator[Event]:
    """What follows from what was heard."""
    match heard:
        case StartDay():
            yield DayBegun(on=now.day)
            yield from tell_overdue(now, state)
        case BudgetAdopted():
            yield EditionTaken(edition=edition_of(heard))
        case RevenueReceived():
            yield from receive_revenue(now, state, heard)
        case PaymentScheduled():
            if heard.source == PSDF and heard.article in {article_of(edition) for edition in every_edition(state)}:
                yield Committed(
                    invoice_id=heard.invoice_id,
                    year=heard.year,
                    article=heard.article,
                    amount_cents=heard.amount_cents,
                )
        case PaymentLowered():
            if heard.payment_id is not None:
                yield from uncommit(state, heard.invoice_id, heard.lowered_cents)
        case PaymentDeferred():
            more = heard.amount_cents - state.waiting_cents(heard.invoice_id)  # it may have waited for another reason
            yield from uncommit(state, heard.invoice_id, max(0, more))
        case SodraStatementSubmitted():
            yield from submit(now, state, heard)
        case SodraStatementReviewed():
            yield from review(now, state, heard)
        case _:
            assert_never(heard)


def every_edition(state: State) -> Iterator[Edition]:
    """All editions of all years."""
    return (edition for of_year in state.editions.of_year.values() for edition in of_year.values())


def article_of(edition: Edition) -> str | None:
    """The article of Sodra's compensation in an edition."""
    return edition.sodra_article()


def uncommit(state: State, invoice_id: str, cents: Cents) -> Iterator[Event]:
    """A lowering, or a payment that waits again, gives the article back."""
    known = state.committed.get(invoice_id)
    if known is not None:
        yield Committed(
            invoice_id=known.invoice_id,
            year=known.year,
            article=known.article,
            amount_cents=max(0, known.amount_cents - cents),
        )


def receive_revenue(now: Now, state: State, received: RevenueReceived) -> Iterator[Event]:
    """22. Our own record; the same reference is the same revenue (what contradicts it the reserve lays aside)."""
    if received.reference in state.references or now.out_of_reach("received_on", received.received_on):
        return
    yield RevenueRecorded(
        code=received.code,
        amount_cents=received.amount_cents,
        received_on=received.received_on,
        reference=received.reference,
    )


def submit(now: Now, state: State, statement: SodraStatementSubmitted) -> Iterator[Event]:
    """22. "Valstybinė ligonių kasa per 10 kalendorinių dienų nuo suderinimo pažymos gavimo dienos ją patvirtina."

    Of a quarter that is not over it is no submission. After an approval, or again without a return, nothing changes.
    """
    key = f"{statement.year}-Q{statement.quarter}"
    known = state.statements.get(key)
    if now.day <= quarter_end(statement.year, statement.quarter):
        by = approve_by(now, now.day, now.day, corrected=False)
        yield returned(statement, by, (reason("quarter_not_over"),))
        return
    if known and known.status != "returned":
        yield returned(statement, known.last.approve_by, (reason("already_submitted"),))
        return
    first_on = known.last.first_on if known else now.day
    submitted = StatementSubmitted(
        **{each.name: getattr(statement, each.name) for each in fields(SodraStatementSubmitted)},
        submitted_on=now.day,
        first_on=first_on,
        approve_by=approve_by(now, first_on, now.day, corrected=known is not None),
    )
    yield submitted
    if now.fund.sodra_review != "clerk":
        yield from check(now, state, submitted)


def returned(
    statement: SodraStatementSubmitted | StatementSubmitted, by: date, reasons: tuple[Reason, ...]
) -> SodraStatementReturned:
    """The announcement of a return."""
    return SodraStatementReturned(
        year=statement.year,
        quarter=statement.quarter,
        submission=statement.submission,
        approve_by=by,
        reasons=reasons,
        rules=("22",),
    )


def check(now: Now, state: State, statement: StatementSubmitted) -> Iterator[Event]:
    """22. Approve what matches, and let the compensation be paid; else return it with the reasons."""
    pay_by = now.term(now.day, "compensation_days")
    article = state.sodra_article(pay_by.year)
    stated = statement.transferred_cents + statement.offset_cents
    reasons = (
        *differs_from_record(stated, state.recorded_cents(statement.year, statement.quarter)),
        *compensation_reasons(state, pay_by, article, statement.compensation_cents),
    )
    if reasons:
        yield returned(statement, statement.approve_by, reasons)
        return
    yield SodraStatementApproved(
        year=statement.year,
        quarter=statement.quarter,
        submission=statement.submission,
        approve_by=statement.approve_by,
        approved_on=now.day,
        pay_by=pay_by,
        rules=("22",),
    )
    if statement.compensation_cents and article is not None:
        yield CompensationDue(
            invoice_id=f"SODRA/{statement.year}-Q{statement.quarter}",
            year=statement.year,
            quarter=statement.quarter,
            payer=now.fund.state_payer,
            article=article,
            amount_cents=statement.compensation_cents,
            accepted_on=now.day,
            due_on=pay_by,
            rules=("22",),
        )


def compensation_reasons(state: State, pay_by: date, article: str | None, asked: Cents) -> Iterator[Reason]:
    """22. Within what is left of Sodra's article; not tested while the year has no budget, or when none is asked."""
    if not asked:
        return
    edition = state.editions.in_force(pay_by)
    if article is None:
        yield from compensation_over_article(0, asked)
    elif edition is not None:
        left = edition.appropriation_cents(article) - state.committed_cents(pay_by.year, article)
        yield from compensation_over_article(left, asked)


def review(now: Now, state: State, reviewed: SodraStatementReviewed) -> Iterator[Event]:
    """22. A clerk's verdict on what waits for it; all checks are made again at the approval."""
    known = state.statements.get(f"{reviewed.year}-Q{reviewed.quarter}")
    if known is None or known.status != "waits" or known.last.submission != reviewed.submission:
        text = (
            f"submission: {reviewed.submission} of {reviewed.year}-Q{reviewed.quarter} waits for no review (point 22)"
        )
        yield Parked(error=text)
    elif reviewed.verdict == "approve":
        yield from check(now, state, known.last)
    else:
        reasons = reviewed.reasons or (reason("review", "22"),)
        yield returned(known.last, known.last.approve_by, reasons)


def tell_overdue(now: Now, state: State) -> Iterator[Event]:
    """22. On the first day after: no first submission by the 15th; not approved 15 days after the first one."""
    yesterday = now.day - DAY
    year, quarter = (now.day.year, quarter_of(now.day) - 1) if quarter_of(now.day) > 1 else (now.day.year - 1, QUARTERS)
    key = f"{year}-Q{quarter}"
    ended_here = state.first_day is not None and state.first_day <= quarter_end(year, quarter)
    if yesterday == submit_by(now, year, quarter) and key not in state.statements and ended_here:
        yield SodraStatementOverdue(year=year, quarter=quarter, what="submission", by=yesterday, rules=("22",))
    for statement in state.statements.values():
        last = statement.last
        limit = now.fund.calendar.roll(last.first_on + now.amount("statement_total_days") * DAY)
        here = state.first_day is not None and state.first_day <= quarter_end(last.year, last.quarter)
        if yesterday == limit and statement.status != "approved" and here:
            yield SodraStatementOverdue(year=last.year, quarter=last.quarter, what="approval", by=limit, rules=("22",))


# --- what each event changes


def evolve(state: State, event: Event) -> None:
    """Fold one event into the state."""
    match event:
        case DayBegun():
            state.today = event.on
            state.first_day = state.first_day or event.on
        case EditionTaken():
            state.editions.add(event.edition)
        case RevenueRecorded():
            revenue_received(state, event)
        case Committed():
            committed(state, event)
        case StatementSubmitted():
            state.statements[f"{event.year}-Q{event.quarter}"] = Statement(last=event, status="waits")
        case SodraStatementApproved():
            state.statements[f"{event.year}-Q{event.quarter}"].status = "approved"
        case SodraStatementReturned():
            known = state.statements.get(f"{event.year}-Q{event.quarter}")
            changes_nothing = {reason.code for reason in event.reasons} & {"already_submitted", "quarter_not_over"}
            if known is not None and not changes_nothing:
                known.status = "returned"
        case SodraStatementOverdue() | CompensationDue() | Parked():
            pass
        case _:
            assert_never(event)


def committed(state: State, event: Committed) -> None:
    """What is committed rises by a scheduling alone, of all that the invoice has in the year."""
    known = state.committed.get(event.invoice_id)
    if known is None or known.year != event.year or known.amount_cents < event.amount_cents:
        state.scheduled[event.invoice_id] = event.amount_cents
    state.committed[event.invoice_id] = event


def revenue_received(state: State, event: RevenueRecorded) -> None:
    """Revenue adds up by quarter and line."""
    of_quarter = state.revenue.setdefault((event.received_on.year, quarter_of(event.received_on)), {})
    of_quarter[event.code] = of_quarter.get(event.code, 0) + event.amount_cents
    state.references[event.reference] = None
