"""P7 and the terms of point 16: days of payments with their shortages, what is due when, what a day brought."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from operator import itemgetter

from shared.console.index.ask import Row as Found
from shared.console.index.standing import Money
from shared.console.pages import svg
from shared.console.pages.blocks import Block, Cell, Chart, Link, Page, Row, Table, Tag, Text
from shared.console.pages.invoice import answer_of, outcome_tag
from shared.console.pages.invoices import columns, row_of
from shared.console.pages.story import events_table, quotes, said
from shared.console.pages.today import due_columns
from shared.console.pages.view import View

ORDERS = 500
DAYS = 60
DAY_EVENTS, OVERDUE = 100, 200


def ordered(view: View, by: str, where: str = "day <= ?1", values: Sequence[str] = ()) -> list[Found]:
    """What was ordered, and what became of it by the page's day, summed by columns of the orders; the last days first.

    ``n`` orders of ``cents``, of them ``executed`` and ``rejected`` (or returned) cents. ``where`` says which: ``?1`` in it
    is the page's day, ``values`` come after.
    """
    return view.index.rows(
        f"SELECT {by}, count(*) AS n, sum(amount) AS cents, "
        "sum(CASE WHEN outcome = 'executed' AND outcome_day <= ?1 AND coalesce(returned_day > ?1, 1) THEN amount ELSE 0 END) AS executed, "
        "sum(CASE WHEN (outcome = 'rejected' AND outcome_day <= ?1) OR returned_day <= ?1 THEN amount ELSE 0 END) AS rejected "
        f"FROM payorder WHERE {where} GROUP BY {by} ORDER BY day DESC, payer, source",
        [view.index.day, *values],
    )


def payments(view: View) -> Page:
    """Days of payments: the last sixty, and those to come."""
    short = {event.data["on"] for event in view.index.of_type("shortage.declared")}
    rows = _with_empty(ordered(view, "day"), short)[: view.most(DAYS)]
    money = view.index.money()
    ahead = list(_ahead(view, money)) if money else []
    values = [(row["day"][5:], (("part-a", row["cents"]),)) for row in reversed(rows)]
    drawn = view.t("Pateikta bankui, dienomis.", "Ordered, by day.")
    table = _days(view, rows, short)
    coming = Table(
        key="ahead",
        title=view.t("Numatyta mokėti", "Scheduled"),
        columns=view.columns(
            day="Banko diena|Bank day|date", payer="Mokėtojas|Payer", source="Lėšos|Money",
            count="Mokėjimų|Payments|count", sum="Suma|Sum|money", short="Trūksta iki tada|Short by then|money",
        ),
        rows=tuple(ahead),
        empty=view.t("Nieko nenumatyta.", "Nothing is scheduled."),
        note=view.t("Trūksta: visa, kas iki tos dienos numatyta, be turimų ir iki tada įskaitysimų lėšų.", "Short: all that is scheduled up to that day, without the cash that is there or comes by then."),
    )  # fmt: skip
    return Page(
        title=view.t("Mokėjimai", "Payments"),
        lead=view.t("Kas pateikta bankui ir kas numatyta.", "What was ordered, and what is scheduled."),
        blocks=(
            *((Chart(title=table.title, svg=svg.columns(values, drawn), sentence=drawn),) if rows else ()),
            coming,
            table,
            *((_closed(view),) if view.index.days() else ()),
            Text(
                text="",
                links=(
                    view.link(
                        view.t("Banko bylos ir jų tvirtinimas", "The bank's files, and who lets them go"), "/bank"
                    ),
                ),
            ),
        ),
        nav="payments",
    )


def _with_empty(rows: Sequence[Found], short: set[str]) -> list[Found]:
    """17. Days of orders, and those on which cash was short and there was none for any order; the last first."""
    nothing = {"n": 0, "cents": 0, "executed": 0, "rejected": 0}
    empty = [{"day": day, **nothing} for day in short - {row["day"] for row in rows}]
    return sorted([*rows, *empty], key=itemgetter("day"), reverse=True)


def _closed(view: View) -> Table:
    """16. The weekdays of the year on which no orders are run, and why."""
    closed = list(view.fund.calendar.closed(view.today.year))
    return Table(
        key="closed",
        title=view.t(f"{view.today.year} m. dienos, kuriomis nemokama", f"Days of {view.today.year} without payments"),
        columns=view.columns(
            day="Diena|Day|date", legal="Šventė|Public holiday", settlement="Mokėjimo sistema uždaryta|Payment system closed",
            next="Kita banko diena|Next bank day|date",
        ),
        rows=tuple(
            Row.of(each.day, each.legal, each.settlement, view.fund.calendar.bank_day_from(each.day)) for each in closed
        ),
        note=view.t("Ir šeštadieniai bei sekmadieniai.", "And Saturdays and Sundays."),
    )  # fmt: skip


def _ahead(view: View, money: Money) -> Iterator[Row]:
    """16, 17. Each account's days to come, and what it lacks up to each, as far as its cash is known."""
    for each in money.pay_days:
        cells = (each.pay_on, view.payer_link(each.payer), view.source(each.source), each.count, each.unordered_cents)
        yield Row.of(*cells, each.short_cents or None)


def _days(view: View, rows: Sequence[Found], short: set[str], account: str = "") -> Table:
    """Days of payments; each leads to its page, or to that of the ``account`` (payer/source) on that day."""
    return Table(
        key="days",
        title=view.t("Mokėjimų dienos", "Days of payments"),
        columns=view.columns(
            day="Diena|Day", count="Nurodymų|Orders|count", ordered="Pateikta|Ordered|money",
            executed="Įvykdyta|Executed|money", rejected="Atmesta ar grąžinta|Rejected or returned|money",
            open="Neatsakyta|Unanswered|money", short="",
        ),
        rows=tuple(_day_row(view, row, short, account) for row in rows),
        empty=view.t("Bankui dar nieko nepateikta.", "Nothing was ordered yet."),
    )  # fmt: skip


def _day_row(view: View, row: Found, short: set[str], account: str) -> Row:
    open_ = row["cents"] - row["executed"] - row["rejected"]
    lack: Cell = (
        Tag(text=view.t("pinigų trūko (17 p.)", "short of cash (p. 17)"), tone="warn") if row["day"] in short else None
    )
    return Row.of(
        view.link(row["day"], f"/payments/{row['day']}" + (f"/{account}" if account else "")),
        row["n"],
        row["cents"],
        row["executed"],
        row["rejected"] or None,
        open_ or None,
        lack,
    )


def payment_day(view: View, day: date) -> Page | None:
    """One day: by account what was ordered and answered; a shortage as a picture; the orders. None before the fund."""
    known = view.index.days()
    if known is None or not known[0] <= day <= view.today:
        return None
    orders = view.index.rows("SELECT * FROM payorder WHERE day = ? ORDER BY payer, source, id", [day.isoformat()])
    shortages = view.index.about("shortage", day.isoformat())
    accounts = ordered(view, "payer, source", "day = ?2", [day.isoformat()])
    cents = sum(row["cents"] for row in accounts)
    blocks: list[Block] = [
        Text(text=said(view, event), title=view.t("Lėšų nepakako (17 p.)", "Cash was short (p. 17)"), tone="warn")
        for event in shortages
    ]
    blocks += [_shortage(view, event.data, orders) for event in shortages]
    blocks.append(
        Table(
            key="accounts",
            title=view.t("Pagal sąskaitas", "By account"),
            columns=view.columns(
                payer="Mokėtojas|Payer", source="Lėšos|Money", count="Nurodymų|Orders|count",
                ordered="Pateikta|Ordered|money", executed="Įvykdyta|Executed|money",
                open="Atmesta, grąžinta ar neatsakyta|Rejected, returned or unanswered|money",
            ),
            rows=tuple(
                Row.of(
                    view.payer_link(row["payer"]),
                    view.link(view.source(row["source"]), f"/payments/{day}/{row['payer']}/{row['source']}"),
                    row["n"],
                    row["cents"],
                    row["executed"],
                    row["cents"] - row["executed"] or None,
                )
                for row in accounts
            ),
            empty=view.t("Tą dieną nieko nepateikta.", "Nothing was ordered on that day."),
        )
    )  # fmt: skip
    blocks.append(_orders(view, orders))
    if shortages:
        blocks.append(quotes(view, shortages))
    closed = "" if view.fund.calendar.is_bank_day(day) else view.t(" Ne banko diena.", " No bank day.")
    return Page(
        title=view.t(f"Mokėjimai, {view.day(day)}", f"Payments of {view.day(day)}"),
        lead=view.t(
            f"Pateikta nurodymų: {len(orders)}, {view.eur(cents)}.{closed}",
            f"{len(orders)} orders, {view.eur(cents)}.{closed}",
        ),
        blocks=tuple(blocks),
        nav="payments",
        crumbs=(view.link(view.t("Mokėjimai", "Payments"), "/payments"),),
    )


def payment_account(view: View, parts: Mapping[str, str]) -> Page | None:
    """One account on one day: its orders, how a shortage was shared, and its days before. None where it has no orders."""
    payer, source = parts["payer"], parts["source"]
    where, account = "payer = ?2 AND source = ?3", [payer, source]
    days = ordered(view, "day", f"day <= ?1 AND {where}", account)
    today = next((row for row in days if row["day"] == parts["day"]), None)
    if today is None:
        return None
    day = date.fromisoformat(today["day"])
    orders = view.index.rows(f"SELECT * FROM payorder WHERE day = ?1 AND {where} ORDER BY id", [today["day"], *account])
    shortages = [
        event
        for event in view.index.of_type("shortage.declared")
        if (event.data["payer"], event.data["source"]) == (payer, source)
    ]
    return Page(
        title=f"{view.payer_short(payer)}, {view.source(source)}, {view.day(day)}",
        lead=view.t(
            f"Pateikta nurodymų: {today['n']}, {view.eur(today['cents'])}; įvykdyta {view.eur(today['executed'])}.",
            f"{today['n']} orders of {view.eur(today['cents'])}; {view.eur(today['executed'])} executed.",
        ),
        blocks=(
            *(_shortage(view, event.data, orders) for event in shortages if event.data["on"] == today["day"]),
            _orders(view, orders),
            _days(
                view,
                days[days.index(today) :][: view.most(DAYS)],
                {event.data["on"] for event in shortages},
                f"{payer}/{source}",
            ),
            Text(text="", links=(view.link(view.t("Banko bylos, kuriose jie yra", "The bank's files with them"), "/bank"),)),
        ),
        nav="payments",
        crumbs=(
            view.link(view.t("Mokėjimai", "Payments"), "/payments"),
            view.link(view.day(day), f"/payments/{day}"),
        ),
    )  # fmt: skip


def _shortage(view: View, data: dict[str, object], orders: list[Found]) -> Chart:
    """17. The cash, and the groups by day of acceptance: the first were paid, one was split, later ones got nothing."""
    mine = [order for order in orders if (order["payer"], order["source"]) == (data["payer"], data["source"])]
    ordered_then = "SELECT id, accepted FROM invoice WHERE until = '9999-12-31' AND id IN (SELECT invoice FROM payorder WHERE day = ?)"
    accepted = {row["id"]: row["accepted"] for row in view.index.rows(ordered_then, [data["on"]])}
    paid: dict[str, int] = {}
    for order in mine:
        day = accepted.get(order["invoice"]) or "?"
        paid[day] = paid.get(day, 0) + order["amount"]
    split, payer = str(data["group_accepted_on"]), view.payer_short(str(data["payer"]))
    group, due = int(str(data["group_due_cents"])), int(str(data["due_cents"]))
    unpaid = group - int(str(data["group_paid_cents"]))
    before = sum(cents for day, cents in paid.items() if day != split)
    paid.setdefault(split, 0)
    values = [
        (day[5:], (("part-a", cents), ("part-c", unpaid if day == split else 0))) for day, cents in sorted(paid.items())
    ]
    if later := due - before - group:
        values.append((view.t("vėlesnės", "later"), (("part-a", 0), ("part-c", later))))
    words = view.t(
        f"Priėmimo dienos: iki {view.day(split)} priimtos apmokėtos visos, tos dienos – proporcingai; vėlesnėms neliko. Suma lygi turėtiems pinigams: {view.eur(int(str(data['cash_cents'])))}.",
        f"By day of acceptance: all before {view.day(split)} were paid, those of that day pro rata, later ones wait. Together: the cash, {view.eur(int(str(data['cash_cents'])))}.",
    )
    rows = tuple(
        Row.of(date.fromisoformat(day) if day != "?" else None, cents, unpaid if day == split else None)
        for day, cents in sorted(paid.items())
    )
    rows += (Row.of(None, None, later),) if later else ()
    cols = view.columns(
        accepted="Priimta|Accepted|date", paid="Pateikta|Ordered|money", unpaid="Liko mokėti|Left to pay|money"
    )
    table = Table(key="groups", title=view.t("Tie patys skaičiai", "The same numbers"), columns=cols, rows=rows)
    return Chart(
        title=view.t(f"Kaip pasidalyta: {payer}", f"How it was shared: {payer}"),
        svg=svg.columns(values, words),
        sentence=words,
        table=table,
    )


def _orders(view: View, orders: list[Found]) -> Table:
    rows = []
    for order in orders[: view.most(ORDERS)]:
        outcome, _ = answer_of(order, view.index.day)
        rows.append(
            Row.of(view.invoice_link(order["invoice"]), view.provider_link(order["invoice"].partition("/")[0]), order["payer"], order["article"], order["amount"], view.t("dalis", "a part") if order["partial"] else "", outcome_tag(view, outcome))
        )  # fmt: skip
    return Table(
        key="orders",
        title=view.t("Mokėjimo nurodymai", "Orders"),
        columns=view.columns(
            invoice="Sąskaita|Invoice|id", provider="Ūkio subjektas|Provider", payer="Mokėtojas|Payer",
            article="Str.|Art.", amount="Suma|Sum|money", partial="Dalis|Part", outcome="Bankas|Bank",
        ),
        rows=tuple(rows),
        note=view.t(f"Pirmieji {ORDERS} iš {len(orders)}; CSV turi visus.", f"The first {ORDERS} of {len(orders)}; the CSV has all.") if len(orders) > ORDERS else "",
    )  # fmt: skip


# --- what is due


def due(view: View) -> Page:
    """16. Every due date with something not ordered, and what is past it."""
    money = view.index.money()
    rows, late = [], money.overdue.count if money else 0
    by_day: dict[date, list[int]] = {}
    for each in money.due if money else ():
        sums = by_day.setdefault(each.due_on, [0, 0, 0])
        sums[0] += each.count
        sums[1 if each.how == "scheduled" else 2] += each.rest_cents
    for day, sums in sorted(by_day.items()):
        rows.append(Row.of(day, sums[0], sums[1] or None, sums[2] or None))
    overdue = view.index.rows(
        "SELECT * FROM invoice WHERE due < ? AND (waiting > 0 OR unordered > 0) AND "
        f"{view.index.in_force} ORDER BY due, id LIMIT {view.most(OVERDUE)}",
        [view.today.isoformat(), *view.index.spans],
    )
    return Page(
        title=view.t("Mokėjimo terminai (16 p.)", "Terms of payment (p. 16)"),
        lead=view.t(f"Praleistų terminų: {late}.", f"{late} past due."),
        blocks=(
            Table(key="overdue", title=view.t("Praleisti", "Past due"), columns=columns(view), rows=tuple(row_of(view, row) for row in overdue), empty=view.t("Nė vienas mokėjimo terminas nepraleistas.", "No invoice is past due.")),
            Table(key="due", title=view.t("Pagal terminą", "By due date"), columns=due_columns(view), rows=tuple(rows), empty=view.t("Nėra ką mokėti.", "Nothing is due.")),
        ),
        nav="terms",
    )  # fmt: skip


def day_of(view: View, day: date) -> Page | None:
    """All that happened on a day. None before the fund, and for a day that has not come."""
    known = view.index.days()
    if known is None or not known[0] <= day <= known[1]:
        return None
    types = view.index.rows(
        "SELECT type, count(*) AS n FROM event WHERE day = ? GROUP BY type ORDER BY n DESC", [day.isoformat()]
    )
    wanted = view.asked.get("type", "")
    where = "day = ? AND type = ?" if wanted else "day = ? AND type NOT IN ('day.started')"
    events = view.index.events(where, [day.isoformat(), *([wanted] if wanted else [])], latest=view.most(DAY_EVENTS))
    links = tuple(view.link(f"{row['type']} {row['n']}", f"/days/{day}", type=row["type"]) for row in types)
    return Page(
        title=view.day(day),
        lead=view.t(f"Įvykių: {sum(row['n'] for row in types)}; rodoma paskutinių {DAY_EVENTS}.", f"{sum(row['n'] for row in types)} events; the last {DAY_EVENTS}."),
        blocks=(
            Text(text=view.t("Pagal rūšį:", "By type:"), links=links),
            events_table(view, "events", view.t("Kas įvyko", "What happened"), events),
            Text(text=view.t("Tos dienos būklė:", "Where the fund stood:"), links=(Link(text=view.t("Šiandien", "Today"), href=view.url("/fund", on=day.isoformat())),)),
        ),
        nav="fund",
    )  # fmt: skip


# --- notices
