"""The facts as tables: notices, shortages, delays, debt, and the proof."""

from shared.events.reconciliation import PayerYearAccepted
from shared.reports.year.facts import Notice, Sum
from shared.reports.year.proof import Tie
from shared.reports.year.table import Column, Row, Table, count, day, text
from shared.reports.year.words import Say
from shared.reports.year.year import Report


def notices_table(report: Report) -> Table:
    """The notices to the ministry with their four sums (18)."""
    say = report.say
    columns = (
        text("notice_no", say("column.notice_no")),
        text("article", say("column.article")),
        day("prepared_on", say("column.prepared_on")),
        Column(key="allotted", label=say("column.notice.allotted")),
        Column(key="transferred", label=say("column.transferred")),
        Column(key="exceeding", label=say("column.exceeding")),
        Column(key="planned", label=say("column.planned")),
        text("outcome", say("column.outcome")),
    )
    rows = []
    for notice in report.facts.notices.values():
        told = notice.prepared
        sums = (told.allotted_cents, told.transferred_cents, told.exceeding_cents, told.planned_cents)
        rows.append(Row(cells=(told.notice_no, told.article, told.prepared_on, *sums, outcome(say, notice))))
    title = say("table.notices")
    return Table(key="notices", title=title, columns=columns, rows=tuple(rows))


def outcome(say: Say, notice: Notice) -> str:
    """What became of a notice."""
    if notice.withdrawn_on:
        key = f"cause.{notice.because}"
        cause = say(key) if say.has(key) else notice.because
        return say("table.notices.withdrawn", on=notice.withdrawn_on, cause=cause)
    if (told := notice.told) and told.how:
        terms = {"on": told.delivered_on, "at": told.delivered_at, "by": told.delivered_by, "document": told.document}
        return say(f"table.notices.{told.how}", **terms)
    if notice.delivered_on:
        return say("table.notices.delivered", on=notice.delivered_on)
    return say("table.notices.under_way")


def shortages_table(report: Report, payer: str | None = None) -> Table:
    """The days on which cash did not suffice (17), of all payers or of one."""
    say = report.say
    columns = (
        day("on", say("column.on")),
        text("payer", say("column.payer")),
        text("source", say("column.source")),
        Column(key="due", label=say("column.due")),
        Column(key="cash", label=say("column.short_cash")),
        day("group_accepted_on", say("column.group_accepted_on")),
        Column(key="group_due", label=say("column.group_due")),
        Column(key="group_paid", label=say("column.group_paid")),
    )
    rows = tuple(
        Row(
            cells=(s.on, say.payer(s.payer), say.source(s.source), s.due_cents, s.cash_cents,
                   s.group_accepted_on, s.group_due_cents, s.group_paid_cents)
        )
        for s in report.facts.shortages
        if payer in (None, s.payer)
    )  # fmt: skip
    return Table(key="shortages", title=say("table.shortages"), columns=columns, rows=rows)


def whose(say: Say) -> tuple[Column, ...]:
    """Whose money, and of which article."""
    return tuple(text(name, say(f"column.{name}")) for name in ("payer", "article", "source"))


def late_table(report: Report) -> Table:
    """Every invoice whose due date passed unpaid (16); with a rate, what it bore in the year (HIL 27(2))."""
    say = report.say
    rated = bool(report.fund.interest)
    interest = {each.invoice_id: (each.cents, each.days) for each in report.interest}
    none = (0, 0) if rated else ()
    columns = (
        text("invoice_id", say("column.invoice_id")),
        text("payer", say("column.payer")),
        text("article", say("column.article")),
        text("source", say("column.source")),
        day("due_on", say("column.due_on")),
        Column(key="rest", label=say("column.unpaid")),
        *(
            (Column(key="interest", label=say("column.interest")), count("interest_days", say("column.interest_days")))
            if rated
            else ()
        ),
    )
    rows = tuple(
        Row(cells=(x.invoice_id, say.payer(x.payer), x.article, say.source(x.source), x.due_on, x.rest_cents,
                   *interest.get(x.invoice_id, none)))
        for x in report.facts.late
    )  # fmt: skip
    return Table(key="late", title=say("table.late"), columns=columns, rows=rows)


def late_sums_table(report: Report, payer: str | None = None) -> Table:
    """What was not paid in time, by payer, article and source (16), of all payers or of one."""
    say = report.say
    columns = (*whose(say), count("count", say("column.count")), Column(key="rest", label=say("column.late_rest")))
    sums: dict[tuple[str, str, str], Sum] = {}
    for each in report.facts.late:
        if payer in (None, each.payer):
            sums.setdefault((each.payer, each.article, each.source), Sum()).add(each.rest_cents)
    rows = [
        Row(cells=(say.payer(who), article, say.source(source), total.count, total.cents))
        for (who, article, source), total in sorted(sums.items())
    ]
    whole = (sum(total.count for total in sums.values()), sum(total.cents for total in sums.values()))
    rows.append(Row(cells=(say("total"), "", "", *whole), level="total"))
    return Table(key="late-sums", title=say("table.late_sums"), columns=columns, rows=tuple(rows))


def returns_table(report: Report) -> Table:
    """24. The years' data of the territorial funds that were accepted: of last year, and of this one."""
    say = report.say
    columns = (
        text("payer", say("column.payer")),
        text("source", say("column.source")),
        count("year", say("column.year")),
        day("accepted_on", say("column.accepted_on")),
        Column(key="balance", label=say("column.left")),
    )
    told = (*report.happened.of_last(PayerYearAccepted), *report.happened.of(PayerYearAccepted))
    rows = tuple(Row(cells=(say.payer(e.payer), say.source(e.source), e.year, on, e.balance_cents)) for on, e in told)
    return Table(key="returns", title=say("table.returns"), columns=columns, rows=rows)


def debt_table(report: Report) -> Table:
    """What is accepted and not ordered at the cut-off, or was carried at the end of the year (24)."""
    say = report.say
    columns = (
        *whose(say),
        Column(key="waiting", label=say("column.waiting")),
        Column(key="unordered", label=say("column.unordered")),
        Column(key="unpaid", label=say("total")),
    )
    estimate = report.estimate
    rows = [
        Row(cells=(say.payer(p.payer), x.article, say.source(x.source), p.waiting, p.unordered, p.unpaid))
        for x in (*estimate.lines, *estimate.state_lines)
        for p in x.payers
        if p.unpaid
    ]
    both = (*estimate.lines, *estimate.state_lines)
    totals = (estimate.total(name, both) for name in ("waiting", "unordered", "unpaid"))
    rows.append(Row(cells=(say("total"), "", "", *totals), level="total"))
    return Table(key="debt", title=say("table.debt"), columns=columns, rows=tuple(rows))


def waits_table(report: Report) -> Table:
    """Why what waits in the queues waits."""
    say = report.say
    columns = (
        text("reason", say("column.reason")),
        count("count", say("column.count")),
        Column(key="sum", label=say("column.amount")),
    )
    rows = tuple(Row(cells=(say.waits(w.reason), w.sum.count, w.sum.cents)) for w in report.waits)
    return Table(key="waits", title=say("table.waits"), columns=columns, rows=rows)


def proof_table(report: Report) -> Table:
    """I10: the two records of each sum."""
    say = report.say
    columns = (
        text("what", say("column.amount")),
        text("left_of", say("column.according_to")),
        Column(key="left", label=say("column.sum")),
        text("right_of", say("column.according_to")),
        Column(key="right", label=f"{say('column.sum')} "),
        text("holds", say("column.holds")),
    )
    rows = tuple(
        Row(
            cells=(
                tie_words(say, t),
                say(f"of.{t.left_of}"),
                t.left,
                say(f"of.{t.right_of}"),
                t.right,
                say("yes" if t.holds else "no"),
            )
        )
        for t in report.ties
    )
    return Table(key="proof", title=say("table.proof"), columns=columns, rows=rows)


def tie_words(say: Say, tie: Tie) -> str:
    """What two records of a sum are of."""
    money = say.money_of(tie.source) if tie.source else ""
    return say(f"tie.{tie.what}", money=money, payer=say.payer(tie.payer) if tie.payer else "")
