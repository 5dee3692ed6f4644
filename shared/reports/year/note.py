"""The explanatory note: the facts of the year in the fund's words (26), section by section; numbers from the report."""

from collections.abc import Callable, Iterator

from shared.kernel.budget import Edition
from shared.kernel.calendar import quarter_of
from shared.kernel.language import NO_BREAK_SPACE
from shared.kernel.value import value
from shared.reports.year import note_matters as matters
from shared.reports.year import tables, tables_facts
from shared.reports.year.expenses import ArticleLine, QuarterLine
from shared.reports.year.table import Table
from shared.reports.year.words import ROMAN, Say
from shared.reports.year.year import Report


@value
class Section:
    """A section of the note: its heading, what it says, and the table that shows it."""

    heading: str
    paragraphs: tuple[str, ...]
    table: Table | None = None


def note(report: Report) -> tuple[Section, ...]:
    """Every section, also where nothing happened: then it says so. A table without rows is left out.

    A section for which the fund's language has no heading is none of its law's: it is left out.
    """
    sections: list[Section] = []
    for key, say_of, show in SECTIONS:
        if not report.say.has(f"section.{key}"):
            continue
        table = show(report) if show else None
        if table is not None and not any(row.level != "total" for row in table.rows):
            table = None
        heading = f"{len(sections) + 1}. {report.say(f'section.{key}')}"
        sections.append(Section(heading=heading, paragraphs=tuple(map(closed, say_of(report))), table=table))
    return tuple(sections)


def closed(sentence: str) -> str:
    """A sentence that ends in an abbreviation ends with its one point; no line begins with a dash."""
    return sentence.replace("d..", "d.").replace(" – ", f"{NO_BREAK_SPACE}– ")


def period(report: Report) -> str:
    """What the report is about: the year, or its quarters so far, and the day on which it stands."""
    say, day = report.say, report.say.day(report.cut_off)
    if report.is_final:
        return say("paper.period.year", year=report.year, day=day)
    return say("paper.period.quarter", year=report.year, roman=ROMAN[quarter_of(report.cut_off) - 1], day=day)


def general(report: Report) -> Iterator[str]:
    """What the note is, and where its numbers come from."""
    say, happened = report.say, report.happened
    yield say("general.what", day=say.day(report.cut_off))
    yield say(
        "general.invoices",
        accepted=happened.accepted.count,
        accepted_sum=say.eur(happened.accepted.cents),
        credited=happened.credited.count,
        credited_sum=say.eur(happened.credited.cents),
        returned=happened.returned,
        refused=happened.refused,
    )


def budget(report: Report) -> Iterator[str]:
    """The editions: what each one changed, and since when."""
    say = report.say
    if not report.estimate.editions:
        yield say("budget.none")
    before: Edition | None = None
    for edition in report.estimate.editions:
        yield say(
            "budget.edition",
            edition=edition.edition,
            law=edition.law,
            day=say.day(edition.in_force_from),
            revenue=say.eur(edition.revenue_total_cents),
            expenses=say.eur(edition.expenses_total_cents),
        )
        if before is not None:
            yield say("budget.changed", changes="; ".join(edition_changes(say, before, edition)))
        before = edition
    yield from matters.flags(report)
    if late := [(day, taken.edition) for day, taken in report.facts.editions if day > taken.edition.in_force_from]:
        told = (say("budget.late.edition", edition=edition.edition, day=say.day(day)) for day, edition in late)
        yield say("budget.late", editions=", ".join(told))
    if twelfth := report.facts.deferred.get("one_twelfth"):
        yield say("budget.one_twelfth", count=twelfth.count, sum=say.eur(twelfth.cents))


def edition_changes(say: Say, before: Edition, after: Edition) -> Iterator[str]:
    """Each line that an edition changed, with its sign."""
    old_codes = {line.code: line.amount_cents for line in before.revenue}
    old = {line.article: line.amount_cents for line in before.expenses}
    for line in after.revenue:
        if delta := line.amount_cents - old_codes.get(line.code, 0):
            yield say("budget.changed.revenue", code=line.code, name=line.name, change=say.change_eur(delta))
    for article in after.expenses:
        if delta := article.amount_cents - old.get(article.article, 0):
            change = say.change_eur(delta)
            yield say("budget.changed.article", article=article.article, name=article.name, change=change)
    if delta := after.expenses_total_cents - before.expenses_total_cents:
        yield say("budget.changed.total", change=say.change_eur(delta))


def revenue(report: Report) -> Iterator[str]:
    """What came in against the plan."""
    say, plan = report.say, report.plan
    yield say(
        "revenue.total",
        planned=say.eur(plan.revenue_plan),
        received=say.eur(plan.revenue_received),
        percent=say.percent(plan.revenue_received, plan.revenue_plan),
    )
    over = [
        say("revenue.over.line", code=line.code, name=line.name, change=say.change_eur(line.over))
        for line in plan.revenue
        if line.over > 0
    ]
    if over:
        yield say("revenue.over", lines="; ".join(over))


def expenses(report: Report) -> Iterator[str]:
    """What was committed and transferred against the plan."""
    say, estimate, plan = report.say, report.estimate, report.plan
    yield say(
        "expenses.total",
        planned=say.eur(plan.expenses_plan),
        allotted=say("expenses.allotted", sum=say.eur(plan.allotted)) if plan.allotted else "",
        committed=say.eur(estimate.total("committed")),
        percent=say.percent(estimate.total("committed"), plan.expenses_plan),
        ordered=say.eur(estimate.total("ordered")),
        transferred=say.eur(estimate.total("transferred")),
        unpaid=say.eur(estimate.total("unpaid")),
    )
    if warned := "; ".join(quarter_over(say, line) for line in report.quarters if line.over):
        yield say("expenses.quarters", lines=warned)
    if over := [overrun(say, line) for line in estimate.lines if line.left < 0]:
        yield say("expenses.over", lines="; ".join(over))
    if estimate.state_lines:
        funds, committed = say.eur(estimate.state_funds), say.eur(estimate.state_committed)
        yield say("expenses.state", funds=funds, committed=committed)
    if report.facts.lowered.count:
        yield say("expenses.lowered", sum=say.eur(report.facts.lowered.cents))


def quarter_over(say: Say, line: QuarterLine) -> str:
    """How far a quarter's plan of an article was passed."""
    return say(
        "expenses.quarters.line",
        article=line.article,
        quarter=say.quarter(line.quarter),
        transferred=say.eur(line.transferred),
        planned=say.eur(line.transferred - line.over),
    )


def overrun(say: Say, line: ArticleLine) -> str:
    """How far an article is over its limit."""
    notified = say.eur(line.notified)
    return say("expenses.over.line", article=line.article, over=say.eur(-line.left), notified=notified)


Tell = Callable[[Report], Iterator[str]]
Show = Callable[[Report], Table]

SECTIONS: tuple[tuple[str, Tell, Show | None], ...] = (
    ("general", general, None),
    ("budget", budget, None),
    ("revenue", revenue, None),
    ("expenses", expenses, None),
    ("notices", matters.notices, tables_facts.notices_table),
    ("shortages", matters.shortages, tables_facts.shortages_table),
    ("late", matters.late, tables_facts.late_sums_table),
    ("reserve", matters.reserves, tables.reserve_table),
    ("surplus", matters.surplus, None),
    ("statements", matters.statements, None),
    ("returns", matters.returns, tables_facts.returns_table),
    ("recovery", matters.recovery, None),
    ("debt", matters.debt, tables_facts.debt_table),
    ("proof", matters.proof, None),
)
"""The sections in order: the key of its heading, what it says, and the table that shows it."""
