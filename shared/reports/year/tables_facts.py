"""The facts as tables: notices, shortages, delays, debt, and the proof."""

from shared.events.reconciliation import PayerYearAccepted
from shared.reports.year.facts import Sum
from shared.reports.year.table import Column, Row, Table, count, day, text
from shared.reports.year.words import CAUSES, SOURCES, payer_lt, waits_lt
from shared.reports.year.year import Report


def notices_table(report: Report) -> Table:
    """The notices to the ministry with their four sums (18)."""
    columns = (
        text("notice_no", "Pranešimas"),
        text("article", "Straipsnis"),
        day("prepared_on", "Parengtas"),
        Column(key="allotted", label="Skirta"),
        Column(key="transferred", label="Pervesta"),
        Column(key="exceeding", label="Viršija"),
        Column(key="planned", label="Numatoma pervesti"),
        text("outcome", "Kas įvyko"),
    )
    rows = []
    for notice in report.facts.notices.values():
        told = notice.prepared
        sums = (told.allotted_cents, told.transferred_cents, told.exceeding_cents, told.planned_cents)
        outcome = f"pristatytas {notice.delivered_on}" if notice.delivered_on else "pristatomas"
        if notice.withdrawn_on:
            outcome = f"atšauktas {notice.withdrawn_on}: {CAUSES.get(notice.because, notice.because)}"
        rows.append(Row(cells=(told.notice_no, told.article, told.prepared_on, *sums, outcome)))
    title = "Pranešimai Sveikatos apsaugos ministerijai (Taisyklių 18 punktas)"
    return Table(key="notices", title=title, columns=columns, rows=tuple(rows))


def shortages_table(report: Report, payer: str | None = None) -> Table:
    """The days on which cash did not suffice (17), of all payers or of one."""
    columns = (
        day("on", "Diena"),
        text("payer", "Mokėtojas"),
        text("source", "Lėšos"),
        Column(key="due", label="Mokėtina"),
        Column(key="cash", label="Turėta lėšų"),
        day("group_accepted_on", "Dalijama: priimta"),
        Column(key="group_due", label="Mokėtina grupei"),
        Column(key="group_paid", label="Apmokėta grupei"),
    )
    rows = tuple(
        Row(
            cells=(s.on, payer_lt(report.fund, s.payer), SOURCES[s.source], s.due_cents, s.cash_cents,
                   s.group_accepted_on, s.group_due_cents, s.group_paid_cents)
        )
        for s in report.facts.shortages
        if payer in (None, s.payer)
    )  # fmt: skip
    return Table(key="shortages", title="Lėšų trūkumas (Taisyklių 17 punktas)", columns=columns, rows=rows)


def late_table(report: Report) -> Table:
    """Every invoice whose due date passed unpaid (16); with a rate, what it bore in the year (HIL 27(2))."""
    rated = bool(report.fund.interest)
    interest = {each.invoice_id: (each.cents, each.days) for each in report.interest}
    none = (0, 0) if rated else ()
    columns = (
        text("invoice_id", "Sąskaita"),
        text("payer", "Mokėtojas"),
        text("article", "Straipsnis"),
        text("source", "Lėšos"),
        day("due_on", "Apmokėti iki"),
        Column(key="rest", label="Neapmokėta"),
        *((Column(key="interest", label="Palūkanos"), count("interest_days", "Dienų")) if rated else ()),
    )
    rows = tuple(
        Row(cells=(x.invoice_id, payer_lt(report.fund, x.payer), x.article, SOURCES[x.source], x.due_on, x.rest_cents,
                   *interest.get(x.invoice_id, none)))
        for x in report.facts.late
    )  # fmt: skip
    return Table(key="late", title="Vėluojantys mokėjimai (Taisyklių 16 punktas)", columns=columns, rows=rows)


def late_sums_table(report: Report, payer: str | None = None) -> Table:
    """What was not paid in time, by payer, article and source (16), of all payers or of one."""
    columns = (text("payer", "Mokėtojas"), text("article", "Straipsnis"), text("source", "Lėšos"),
               count("count", "Sąskaitų"), Column(key="rest", label="Neapmokėta suėjus terminui"))  # fmt: skip
    sums: dict[tuple[str, str, str], Sum] = {}
    for each in report.facts.late:
        if payer in (None, each.payer):
            sums.setdefault((each.payer, each.article, each.source), Sum()).add(each.rest_cents)
    rows = [
        Row(cells=(payer_lt(report.fund, who), article, SOURCES[source], total.count, total.cents))
        for (who, article, source), total in sorted(sums.items())
    ]
    whole = (sum(total.count for total in sums.values()), sum(total.cents for total in sums.values()))
    rows.append(Row(cells=("Iš viso", "", "", *whole), level="total"))
    return Table(key="late-sums", title="Vėluojantys mokėjimai pagal mokėtojus", columns=columns, rows=tuple(rows))


def returns_table(report: Report) -> Table:
    """24. The years' data of the territorial funds that were accepted: of last year, and of this one."""
    columns = (text("payer", "Mokėtojas"), text("source", "Lėšos"), count("year", "Metai"),
               day("accepted_on", "Priimta"), Column(key="balance", label="Likutis"))  # fmt: skip
    told = (*report.happened.of_last(PayerYearAccepted), *report.happened.of(PayerYearAccepted))
    rows = tuple(
        Row(cells=(payer_lt(report.fund, e.payer), SOURCES[e.source], e.year, on, e.balance_cents)) for on, e in told
    )
    return Table(key="returns", title="Teritorinių ligonių kasų metų duomenys", columns=columns, rows=rows)


def debt_table(report: Report) -> Table:
    """What is accepted and not ordered at the cut-off, or was carried at the end of the year (24)."""
    columns = (text("payer", "Mokėtojas"), text("article", "Straipsnis"), text("source", "Lėšos"),
               Column(key="waiting", label="Laukia eilėje"), Column(key="unordered", label="Suplanuota"),
               Column(key="unpaid", label="Iš viso"))  # fmt: skip
    estimate = report.estimate
    rows = [
        Row(cells=(payer_lt(report.fund, p.payer), x.article, SOURCES[x.source], p.waiting, p.unordered, p.unpaid))
        for x in (*estimate.lines, *estimate.state_lines)
        for p in x.payers
        if p.unpaid
    ]
    both = (*estimate.lines, *estimate.state_lines)
    totals = (estimate.total(name, both) for name in ("waiting", "unordered", "unpaid"))
    rows.append(Row(cells=("Iš viso", "", "", *totals), level="total"))
    return Table(key="debt", title="Neapmokėtos priimtos sąskaitos", columns=columns, rows=tuple(rows))


def waits_table(report: Report) -> Table:
    """Why what waits in the queues waits."""
    columns = (text("reason", "Priežastis"), count("count", "Sąskaitų"), Column(key="sum", label="Suma"))
    rows = tuple(Row(cells=(waits_lt(w.reason), w.sum.count, w.sum.cents)) for w in report.waits)
    return Table(key="waits", title="Laukiančios sąskaitos pagal priežastį", columns=columns, rows=rows)


def proof_table(report: Report) -> Table:
    """I10: the two records of each sum."""
    columns = (
        text("what", "Suma"),
        text("left_of", "Pagal"),
        Column(key="left", label="Eur"),
        text("right_of", "Pagal"),
        Column(key="right", label="Eur "),
        text("holds", "Sutampa"),
    )
    rows = tuple(
        Row(cells=(t.what_lt, t.left_lt, t.left, t.right_lt, t.right, "taip" if t.holds else "NE")) for t in report.ties
    )
    return Table(key="proof", title="Sutikrinimas", columns=columns, rows=rows)
