"""The facts as tables: notices, shortages, delays, debt, and the proof."""

from shared.events.reconciliation import PayerYearAccepted
from shared.reports.year.facts import Notice, Sum
from shared.reports.year.proof import Tie
from shared.reports.year.table import Column, Row, Table, columns_of
from shared.reports.year.words import Say
from shared.reports.year.year import Report

WHOSE = {"payer": "text", "article": "text", "source": "text"}
"""The columns that say whose money it is, and of which article."""


def notices_table(report: Report) -> Table:
    """The notices to the ministry with their four sums (18)."""
    say = report.say
    columns = columns_of(
        say, notice_no="text", article="text", prepared_on="date", allotted="money|notice.allotted",
        transferred="money", exceeding="money", planned="money", outcome="text",
    )  # fmt: skip
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
    columns = columns_of(
        say, on="date", payer="text", source="text", due="money", cash="money|short_cash",
        group_accepted_on="date", group_due="money", group_paid="money",
    )  # fmt: skip
    rows = tuple(
        Row(
            cells=(s.on, say.payer(s.payer), say.source(s.source), s.due_cents, s.cash_cents,
                   s.group_accepted_on, s.group_due_cents, s.group_paid_cents)
        )
        for s in report.facts.shortages
        if payer in (None, s.payer)
    )  # fmt: skip
    return Table(key="shortages", title=say("table.shortages"), columns=columns, rows=rows)


def late_table(report: Report) -> Table:
    """Every invoice whose due date passed unpaid (16); with a rate, what it bore in the year (HIL 27(2))."""
    say = report.say
    rated = bool(report.fund.interest)
    interest = {each.invoice_id: (each.cents, each.days) for each in report.interest}
    none = (0, 0) if rated else ()
    borne = {"interest": "money", "interest_days": "count"} if rated else {}
    columns = columns_of(say, invoice_id="text", **WHOSE, due_on="date", rest="money|unpaid", **borne)
    rows = tuple(
        Row(cells=(x.invoice_id, say.payer(x.payer), x.article, say.source(x.source), x.due_on, x.rest_cents,
                   *interest.get(x.invoice_id, none)))
        for x in report.facts.late
    )  # fmt: skip
    return Table(key="late", title=say("table.late"), columns=columns, rows=rows)


def late_sums_table(report: Report, payer: str | None = None) -> Table:
    """What was not paid in time, by payer, article and source (16), of all payers or of one."""
    say = report.say
    columns = columns_of(say, **WHOSE, count="count", rest="money|late_rest")
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
    columns = columns_of(say, payer="text", source="text", year="count", accepted_on="date", balance="money|left")
    told = (*report.happened.of_last(PayerYearAccepted), *report.happened.of(PayerYearAccepted))
    rows = tuple(Row(cells=(say.payer(e.payer), say.source(e.source), e.year, on, e.balance_cents)) for on, e in told)
    return Table(key="returns", title=say("table.returns"), columns=columns, rows=rows)


def debt_table(report: Report) -> Table:
    """What is accepted and not ordered at the cut-off, or was carried at the end of the year (24)."""
    say = report.say
    columns = columns_of(say, **WHOSE, waiting="money", unordered="money")
    columns += (Column(key="unpaid", label=say("total")),)
    estimate = report.estimate
    both = (*estimate.lines, *estimate.state_lines)
    rows = [
        Row(cells=(say.payer(p.payer), x.article, say.source(x.source), p.waiting, p.unordered, p.unpaid))
        for x in both
        for p in x.payers
        if p.unpaid
    ]
    totals = (estimate.total(name, both) for name in ("waiting", "unordered", "unpaid"))
    rows.append(Row(cells=(say("total"), "", "", *totals), level="total"))
    return Table(key="debt", title=say("table.debt"), columns=columns, rows=tuple(rows))


def waits_table(report: Report) -> Table:
    """Why what waits in the queues waits."""
    say = report.say
    columns = columns_of(say, reason="text", count="count", sum="money|amount")
    rows = tuple(Row(cells=(say.waits(w.reason), w.sum.count, w.sum.cents)) for w in report.waits)
    return Table(key="waits", title=say("table.waits"), columns=columns, rows=rows)


def proof_table(report: Report) -> Table:
    """I10: the two records of each sum."""
    say = report.say
    columns = columns_of(
        say, what="text|amount", left_of="text|according_to", left="money|sum", right_of="text|according_to"
    )
    columns += (Column(key="right", label=f"{say('column.sum')} "), *columns_of(say, holds="text"))
    rows = tuple(
        Row(
            cells=(tie_words(say, t), say(f"of.{t.left_of}"), t.left, say(f"of.{t.right_of}"), t.right,
                   say("yes" if t.holds else "no"))
        )
        for t in report.ties
    )  # fmt: skip
    return Table(key="proof", title=say("table.proof"), columns=columns, rows=rows)


def tie_words(say: Say, tie: Tie) -> str:
    """What two records of a sum are of."""
    money = say.money_of(tie.source) if tie.source else ""
    return say(f"tie.{tie.what}", money=money, payer=say.payer(tie.payer) if tie.payer else "")
