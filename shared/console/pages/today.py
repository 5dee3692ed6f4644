"""P1. The fund today: is it well, and what must be done. All sums are the payments' own standing."""

from collections.abc import Iterator
from datetime import date

import msgspec

from services.payments.views import FundStanding
from shared.console.index.standing import Money
from shared.console.pages import svg
from shared.console.pages.blocks import Block, Card, Cards, Chart, Column, Page, Row, Table, Tag, Text
from shared.console.pages.of_payer import choice, left_card, narrowed, parts_table
from shared.console.pages.story import events_table
from shared.console.pages.view import View
from shared.kernel.calendar import DAY

AHEAD_DAYS = 10
LATEST = 20


def today(view: View) -> Page:
    """Where the fund stands at the end of a day, or now; or one of its payers."""
    money, payer = view.index.money(), view.of_payer
    title = view.t("Šiandien", "Today") if view.index.on is None else view.day(view.index.on)
    if money is None or money.standing.today is None:
        said = view.t(
            "Dar neprasidėjo nė viena diena: laukiama pirmojo įvykio.",
            "No day has started yet: the first event is awaited.",
        )
        return Page(title=title, lead=said, blocks=(), nav="fund")
    if payer:
        money, title = narrowed(money, payer), f"{title}: {view.payer(payer)}"
    return Page(
        title=title,
        lead=_lead(view, money),
        blocks=(*choice(view, "/fund"), *_blocks(view, money, payer)),
        nav="fund",
        data={"standing": msgspec.to_builtins(money.standing), "payer": payer},
    )


def _lead(view: View, money: Money) -> str:
    standing, count, cents = money.standing, money.overdue.count, money.overdue.rest_cents
    waits = money.waits_of().length
    budget = (
        view.t(f"Galioja biudžetas {standing.edition}", f"Budget {standing.edition} is in force")
        if standing.edition
        else view.t(
            "Biudžetas nepatvirtintas: galioja 1/12 taisyklė (11 p.)", "No budget is in force: 1/12 holds (p. 11)"
        )
        if standing.months
        else view.t("Biudžetas nepatvirtintas: nemokama (11 p.)", "No budget is in force: nothing is paid (p. 11)")
    )
    late = (
        view.t(
            f"praleisti mokėjimo terminai: {view.invoices(count)}, {view.eur(cents)}",
            f"{view.invoices(count)} past due, {view.eur(cents)}",
        )
        if count
        else view.t("nė vienas mokėjimo terminas nepraleistas", "no invoice is past due")
    )
    queue = (
        view.t(f"eilėse laukia {view.invoices(waits)}", f"{view.invoices(waits)} wait in queues")
        if waits
        else view.t("eilės tuščios", "the queues are empty")
    )
    return f"{budget}; {late}; {queue}."


def _blocks(view: View, money: Money, payer: str | None) -> Iterator[Block]:
    standing = money.standing
    yield _cards(view, money, payer)
    if standing.months:
        yield _month(view, money)
    yield parts_table(view, money, payer) if payer else articles(view, standing)
    yield _cash(view, money)
    if standing.queues:
        yield queues_table(view, standing)
    if chart := _due_chart(view, money):
        yield chart
    yield _checks(view, payer)
    more = view.link(view.t("Visa diena", "The whole day"), f"/days/{standing.today}")
    events, empty = view.index.of_type(*TOLD, latest=LATEST), view.t("Dar nieko neįvyko.", "Nothing yet.")
    yield events_table(view, "latest", view.t("Kas įvyko", "What happened"), events, empty, more)


TOLD = (
    "budget.adopted", "budget.refused", "distribution.adopted", "distribution.refused", "contract.refused",
    "invoice.returned", "invoice.refused", "invoice.check.overdue", "payment.deferred", "payment.overdue",
    "payment.rejected", "payment.returned", "shortage.declared", "notice.prepared", "overrun.notified", "overrun.withdrawn",
    "surplus.allotted", "surplus.refused", "reserve.use.allowed", "reserve.use.refused", "reserve.transfer.done",
    "sodra.statement.approved", "sodra.statement.returned", "payer.year.accepted", "payer.year.refused",
    "recovery.demanded", "recovery.repaid", "recovery.written_off", "payment.carried", "payment.lowered",
)  # fmt: skip
"""What is worth a line on the first page: not each invoice that passes."""


def _cards(view: View, money: Money, payer: str | None) -> Cards:
    standing = money.standing
    late, late_cents = money.overdue.count, money.overdue.rest_cents
    waits, waits_cents = money.waits_of().length, money.waits_of().waiting_cents
    notices = len(standing.notices)
    cards = [
        Card(
            label=view.t("Praleisti mokėjimo terminai (16 p.)", "Past due (p. 16)"),
            value=str(late),
            note=view.eur(late_cents),
            href=view.url("/terms"),
            tone="bad" if late else "good",
        ),
        Card(
            label=view.t("Laukia eilėse", "Wait in queues"),
            value=str(waits),
            note=view.eur(waits_cents),
            href=view.url("/queues"),
            tone="warn" if waits else "good",
        ),
    ]
    if payer:
        return Cards(cards=(*cards, left_card(view, money, payer)))
    cards.append(
        Card(
            label=view.t("Neįteikti pranešimai (18 p.)", "Notices not delivered (p. 18)"),
            value=str(notices),
            note=", ".join(notice.notice_no for notice in standing.notices) or view.t("visi įteikti", "all delivered"),
            href=view.url("/notices"),
            tone="warn" if notices else "good",
        )
    )
    if standing.total:
        total = standing.total
        cards.append(
            Card(
                label=view.t("Metų suma, liko (SDĮ 14 str. 3 d.)", "Left of the year's total (HIL 14(3))"),
                value=view.money(total.left_cents),
                note=view.t(f"iš {view.eur(total.limit_cents)}", f"of {view.eur(total.limit_cents)}"),
                href=view.url(f"/budget/{standing.year}"),
                tone="bad" if total.left_cents < 0 else "",
            )
        )
    return Cards(cards=tuple(cards))


def _month(view: View, money: Money) -> Table:
    return Table(
        key="one_twelfth",
        title=view.t("Mėnesio riba be biudžeto: 1/12 praėjusių metų išlaidų (11 p.)", "Cap of a month without a budget: 1/12 (p. 11)"),
        columns=view.columns(
            month="Mėnuo|Month|date", source="Lėšos|Money", cap="Riba|Cap|money",
            committed="Įsipareigota|Committed|money", left="Liko|Left|money",
        ),
        rows=tuple(
            Row.of(each.month, view.source(each.source), each.cap_cents, each.committed_cents, each.left_cents)
            for each in money.standing.months
        ),
        more=view.link(view.t("Mėnesio planas pasirašyti", "The month's plan, to be signed"), f"/budget/{money.standing.year}/month"),
    )  # fmt: skip


def articles(view: View, standing: FundStanding) -> Table:
    """Every article: what it may spend, what is committed, transferred, left; and how far the year is."""
    rows = []
    in_force = standing.edition is not None
    for each in standing.articles:
        drawn = svg.execution(
            each,
            each.limit_cents,
            f"P {view.money(each.transferred_cents)}, K {view.money(each.committed_cents)}, L {view.money(each.limit_cents)}",
        )
        rows.append(
            Row.of(
                view.article_link(each.article),
                each.name or view.article(each.article),
                drawn if in_force else None,
                each.limit_cents if in_force else None,
                each.committed_cents,
                each.transferred_cents,
                each.waiting_cents or None,
                each.left_cents,
            )
        )
    if state := standing.state_funds:
        name = view.t("Valstybės biudžeto lėšos (19 p.)", "State funds (p. 19)")
        rows.append(
            Row.of("", name, None, state.limit_cents, state.committed_cents, None, None, state.left_cents, level="part")
        )
    if total := standing.total:
        name = view.t("Metų suma su vykdomais pranešimais", "The year's total, notices under way in it")
        rows.append(
            Row.of(
                "",
                name,
                None,
                total.limit_cents,
                total.committed_cents,
                None,
                None,
                total.left_cents,
                level="total",
            )
        )
    number = view.today.timetuple().tm_yday
    share = view.t(
        f"Šiandien {number}-oji metų diena. Juosta: pervesta, įsipareigota, laukia; brūkšnys – skirta (L).",
        f"Day {number} of the year. Bar: transferred, committed, waits; the tick is the limit (L).",
    )
    return Table(
        key="articles",
        title=view.t("Straipsniai", "Articles"),
        columns=view.columns(
            article="Nr.|No", name="Straipsnis|Article", bar="Vykdymas|Execution|bar",
            limit="Skirta (L)|Limit (L)|money", committed="Įsipareigota (K)|Committed (K)|money",
            transferred="Pervesta (P)|Transferred (P)|money", waiting="Laukia|Waits|money",
            left="Liko (L − K)|Left (L − K)|money",
        ),
        rows=tuple(rows),
        note=share,
    )  # fmt: skip


def _cash(view: View, money: Money) -> Table:
    """The accounts: cash, what is to come, what is scheduled; and the next bank day with something to pay."""
    rows = []
    for account in money.standing.cash:
        mine = [day for day in money.pay_days if (day.payer, day.source) == (account.payer, account.source)]
        first = mine[0] if mine else None  # also a day that is past: what cash did not reach then is the next run's
        if not (account.cash_cents or account.unordered_cents or account.to_come_cents):
            continue
        verdict = (
            None if first is None
            else Tag(text=view.t("pakanka", "enough"), tone="good") if not first.short_cents
            else Tag(text=view.t(f"trūksta {view.money(first.short_cents)}", f"{view.money(first.short_cents)} short"), tone="warn")
        )  # fmt: skip
        rows.append(
            Row.of(
                view.payer_link(account.payer), view.source(account.source), account.cash_cents,
                account.to_come_cents or None, account.unordered_cents or None,
                first.pay_on if first else None, first.unordered_cents if first else None, verdict,
            )
        )  # fmt: skip
    return Table(
        key="cash",
        title=view.t("Sąskaitos ir artimiausias mokėjimų vykdymas (16, 17 p.)", "Accounts, and the next run of payments (p. 16, 17)"),
        columns=view.columns(
            payer="Mokėtojas|Payer", source="Lėšos|Money", cash="Turima|Cash|money",
            to_come="Bus įskaityta|To come|money", scheduled="Numatyta iš viso|Scheduled|money", day="Diena|Day|date",
            due="Tą dieną|On that day|money", verdict="Ar pakanka|Enough?",
        ),
        rows=tuple(rows),
        empty=view.t("Į sąskaitas dar nieko neįskaityta.", "Nothing came to the accounts yet."),
        more=view.link(view.t("Mokėjimų dienos", "Days of payments"), "/payments"),
    )  # fmt: skip


def queues_table(view: View, standing: FundStanding) -> Table:
    """Every queue with something in it: whose, how much, how long, and why the head waits."""
    return Table(
        key="queues",
        title=view.t("Eilės", "Queues"),
        columns=view.columns(
            payer="Mokėtojas|Payer", article="Straipsnis|Article", source="Lėšos|Money",
            length="Sąskaitų|Invoices|count", waiting="Suma|Sum|money", head="Pirmoji|The first|id",
            age="Dienų|Days|count", why="Kodėl laukia|Why it waits",
        ),
        rows=tuple(
            Row.of(
                view.payer_link(q.payer),
                view.link(f"{q.article} {view.article(q.article)}", f"/queues/{q.payer}/{q.article}/{q.source}"),
                view.source(q.source), q.length, q.waiting_cents, view.invoice_link(q.head), q.age_days,
                view.reason(q.reason),
            )
            for q in standing.queues
        ),
        empty=view.t("Eilės tuščios.", "The queues are empty."),
    )  # fmt: skip


def _due_chart(view: View, money: Money) -> Chart | None:
    """16. What is due in the next days, and how it stands."""
    on = money.standing.today
    if on is None:
        return None
    days = [on + number * DAY for number in range(AHEAD_DAYS + 1)]
    values, rows = [], []
    for day in days:
        due = [each for each in money.due if each.due_on == day]
        scheduled = sum(each.rest_cents for each in due if each.how == "scheduled")
        waits = sum(each.rest_cents for each in due if each.how != "scheduled")
        values.append((f"{day:%m-%d}", (("part-b", scheduled), ("part-c", waits))))
        rows.append(Row.of(day, sum(each.count for each in due), scheduled or None, waits or None))
    count, cents = (
        sum(sum(e.count for e in money.due if e.due_on == day) for day in days),
        sum(sum(c for _, c in p) for _, p in values),
    )
    said = view.t(
        f"Per artimiausias {AHEAD_DAYS} dienų apmokėti reikia: {view.invoices(count)}, {view.eur(cents)}.",
        f"In the next {AHEAD_DAYS} days {view.invoices(count)} fall due: {view.eur(cents)}.",
    )
    return Chart(
        title=view.t(f"Terminai per {AHEAD_DAYS} dienų (16 p.)", f"Due within {AHEAD_DAYS} days (p. 16)"),
        svg=svg.columns(values, said),
        sentence=said,
        table=Table(
            key="due",
            title=view.t("Tie patys skaičiai", "The same numbers"),
            columns=due_columns(view),
            rows=tuple(rows),
        ),
    )


def due_columns(view: View) -> tuple[Column, ...]:
    """The columns of what is due."""
    return view.columns(
        due_on="Apmokėti iki|Due on|date", count="Sąskaitų|Invoices|count", scheduled="Numatyta mokėti|Scheduled|money",
        waits="Laukia|Waits|money",
    )  # fmt: skip


def _checks(view: View, payer: str | None) -> Block:
    """15. What waits for its check, the earliest term first."""
    rows = view.index.rows(
        "SELECT * FROM invoice WHERE state = 'waits' AND payer = coalesce(?, payer) AND "
        f"{view.index.in_force} ORDER BY check_by, id LIMIT {view.most(LATEST)}",
        [payer, *view.index.spans],
    )
    if not rows:
        return Text(
            title=view.t("Laukia tikrinimo (15 p.)", "Wait for their check (p. 15)"),
            text=view.t("Nepatikrintų sąskaitų nėra.", "No invoice waits for its check."),
        )
    return Table(
        key="checks",
        title=view.t("Laukia tikrinimo (15 p.)", "Wait for their check (p. 15)"),
        columns=view.columns(
            invoice="Sąskaita|Invoice|id", provider="Ūkio subjektas|Provider", payer="Mokėtojas|Payer",
            amount="Suma|Sum|money", waits="Ko laukia|Waits for", check_by="Patikrinti iki|Check by|date",
        ),
        rows=tuple(
            Row.of(
                view.invoice_link(row["id"]), view.provider_link(row["provider"]), view.payer_link(row["payer"]),
                row["amount"], waits_for(view, row["waits_for"]), date.fromisoformat(row["check_by"]),
            )
            for row in rows
        ),
        more=view.link(view.t("Visos", "All"), "/invoices", state="waits", payer=payer or ""),
    )  # fmt: skip


def waits_for(view: View, what: str | None) -> str:
    """For what a received invoice waits."""
    return view.t("sutarties", "its contract") if what == "contract" else view.t("specialisto", "a clerk")
