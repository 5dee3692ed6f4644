"""P10, P11. The budget's editions side by side, its quarters and shares; the reserve, its transfers, over-plan revenue."""

from collections.abc import Iterator
from datetime import date

import msgspec

from services.reserve.views import ReserveYear
from shared.console.pages import svg
from shared.console.pages.blocks import Block, Card, Cards, Cell, Chart, Column, Link, Page, Row, Table, Text, Tone
from shared.console.pages.of_payer import choice, parts_table
from shared.console.pages.offers import next_edition, offers
from shared.console.pages.story import events_table
from shared.console.pages.view import View
from shared.events.vlk import ArticleQuarters
from shared.journal.events import RecordedEvent
from shared.kernel.language import LT

DONE: dict[str, tuple[str, str, Tone]] = {
    "planned": ("suplanuotas", "planned", "warn"),
    "approved": ("patvirtintas", "approved", ""),
    "ordered": ("pateiktas bankui", "ordered", ""),
    "done": ("atliktas", "done", "good"),
}
PARTS = {"main": ("Pagrindinė dalis", "Main part"), "risk": ("Rizikos valdymo dalis", "Risk part")}


def budget(view: View, year: int) -> Page | None:
    """A year's budget; None for a year that has none and had nothing refused."""
    events = [
        e
        for e in view.index.of_type("budget.adopted", "budget.refused", "distribution.adopted", "distribution.refused")
        if e.data["year"] == year
    ]
    editions = [e for e in events if e.type == "budget.adopted"]
    shared = [e for e in events if e.type == "distribution.adopted"]
    if not events and year != view.today.year:
        return None
    blocks: list[Block] = [*offers(view, "budget", "distribution", "month-plan", "merge", year=str(year))]
    to_months = view.link(
        view.t("Mėnesių planas be biudžeto (11 p.)", "The months without a budget (p. 11)"), f"/budget/{year}/month"
    )
    on = next_edition(view, year, editions[-1].data["edition"]) if editions else ()
    blocks.append(Text(text="", links=(*on, to_months, *_to_draft(view))))
    money = view.index.money()
    if payer := view.of_payer:
        blocks += [parts_table(view, money, payer)] if money and money.standing.year == year else []
    if editions:
        blocks += [_editions(view, editions), _revenue(view, editions[-1])]
    if shared:
        blocks += [_quarters(view, shared), _shares(view, shared, payer)]
    none = (
        view.t("Biudžeto dar nėra: galioja 1/12 taisyklė (11 p.).", "There is no budget yet: 1/12 holds (p. 11).")
        if money and money.standing.months
        else view.t("Biudžeto dar nėra: nemokama (11 p.).", "There is no budget yet: nothing is paid (p. 11).")
    )
    blocks.append(events_table(view, "events", view.t("Kas nuspręsta", "What was decided"), events, none))
    last = editions[-1].data if editions else None
    lead = (
        view.t(
            f"Redakcijų {len(editions)}; paskutinė: {last['law']}, galioja nuo {last['in_force_from']}.",
            f"{len(editions)} editions; the last: {last['law']}, in force from {last['in_force_from']}.",
        )
        if last
        else view.t("Biudžetas nepatvirtintas.", "No budget was taken.")
    )
    return Page(
        title=view.t(f"{year} m. biudžetas", f"The budget of {year}"),
        lead=lead,
        blocks=(*choice(view, f"/budget/{year}"), *blocks),
        nav="budget",
        crumbs=years(view, "/budget"),
    )


def _to_draft(view: View) -> Iterator[Link]:
    """To the next budget's draft, where there are words for one."""
    if view.own_code == LT:
        words = view.t("Kitų metų biudžeto projektas (3–7 p.)", "A draft of the next budget (p. 3-7)")
        yield view.link(words, "/budget/draft", on="")


def years(view: View, path: str) -> tuple[Link, ...]:
    """The years that the fund knows, as links."""
    return tuple(view.link(str(year), f"{path}/{year}") for year in known_years(view))


def known_years(view: View) -> list[int]:
    """The years of which there is a budget, and the one that runs."""
    return sorted({event.data["year"] for event in view.index.of_type("budget.adopted")} | {view.today.year})


def _editions(view: View, editions: list[RecordedEvent]) -> Table:
    """Every edition's sums, and what the last changed."""
    heads = {"article": "Nr.|No", "name": "Straipsnis|Article"}
    for data in (e.data for e in editions):
        number, since = data["edition"], data["in_force_from"]
        heads[f"edition_{number}"] = f"{number}-oji redakcija, nuo {since}|Edition {number}, from {since}|money"
    if len(editions) > 1:
        heads["change"] = "Pokytis|Change|money"
    names = {line["article"]: line["name"] for e in editions for line in e.data["expenses"]}
    rows = []
    for article, name in sorted(names.items()):
        sums: list[int] = [
            next((line["amount_cents"] for line in e.data["expenses"] if line["article"] == article), 0)
            for e in editions
        ]
        rows.append(Row.of(view.article_link(article), name, *_changed(sums)))
    for key, lt, en in (
        ("expenses_total_cents", "Išlaidos iš viso", "Expenses in all"), ("revenue_total_cents", "Pajamos iš viso", "Revenue in all"),
        ("reserve_main_cents", "Rezervo pagrindinė dalis", "Reserve, main part"), ("reserve_risk_cents", "Rezervo rizikos valdymo dalis", "Reserve, risk part"),
        ("working_capital_cents", "Apyvartos lėšos", "Working capital"), ("state_funds_cents", "Valstybės biudžeto lėšos (19 p.)", "State funds (p. 19)"),
    ):  # fmt: skip
        rows.append(
            Row.of(
                "",
                view.t(lt, en),
                *_changed([e.data[key] for e in editions]),
                level="total" if key.startswith("expenses") else "part",
            )
        )
    return Table(
        key="editions",
        title=view.t("Redakcijos (7 p.)", "Editions (p. 7)"),
        columns=view.columns(**heads),
        rows=tuple(rows),
    )


def _changed(sums: list[int]) -> list[Cell]:
    return [*sums, sums[-1] - sums[-2] or None] if len(sums) > 1 else [*sums]


def _revenue(view: View, edition: RecordedEvent) -> Table:
    year = edition.data["year"]
    standing = next((each for each in view.index.said_by("reserve") if each.year == year), None)
    received = {line.code: line.received_cents for line in (standing.revenue if standing else ())}
    rows = [
        Row.of(line["code"], line["name"], line["amount_cents"], received.get(line["code"]))
        for line in edition.data["revenue"]
    ]
    if standing:
        rows.append(
            Row.of(
                "",
                view.t("Iš viso", "In all"),
                edition.data["revenue_total_cents"],
                standing.received_cents,
                level="total",
            )
        )
    return Table(
        key="revenue",
        title=view.t("Pajamos: planas ir gauta", "Revenue: planned and received"),
        columns=view.columns(
            code="Eilutė|Line", name="Pajamos|Revenue", planned="Planas|Planned|money", received="Gauta|Received|money"
        ),
        rows=tuple(rows),
    )


def quarters_of(distributed: RecordedEvent) -> tuple[ArticleQuarters, ...]:
    """The plan by quarter of a distribution, as the event's own records."""
    return msgspec.convert(distributed.data["quarters"], tuple[ArticleQuarters, ...])


def _quarters(view: View, shared: list[RecordedEvent]) -> Table:
    """12. The plan by quarter, each article as it was distributed last."""
    last = {row.article: row for event in shared for row in quarters_of(event)}
    rows = tuple(
        Row.of(
            view.article_link(article), view.article(article),
            row.q1_cents, row.q2_cents, row.q3_cents, row.q4_cents, row.sum_cents,
        )
        for article, row in sorted(last.items())
    )  # fmt: skip
    quarters = {f"q{q}": f"{roman} ketv.|Q{q}|money" for q, roman in enumerate(("I", "II", "III", "IV"), 1)}
    columns = view.columns(article="Nr.|No", name="Straipsnis|Article", **quarters, sum="Metai|Year|money")
    title = view.t("Paskirstymas ketvirčiais (12 p.)", "By quarter (p. 12)")
    return Table(key="quarters", title=title, columns=columns, rows=rows)


def _shares(view: View, shared: list[RecordedEvent], payer: str | None) -> Table:
    """12. The matrix of shares: articles by payers, or by the one that is asked for; the sum is always the article's."""
    last: dict[str, dict[str, int]] = {}
    for event in shared:
        named = {share["article"] for share in event.data["shares"]} | {
            row["article"] for row in event.data["quarters"]
        }
        for article in named:
            last[article] = {
                share["payer"]: share["amount_cents"] for share in event.data["shares"] if share["article"] == article
            }
    payers = [each.code for each in view.fund.payers if payer in (None, each.code)]
    rows = tuple(
        Row.of(view.article_link(article, name=True), *(row.get(each) for each in payers), sum(row.values()))
        for article, row in sorted(last.items())
    )
    columns = (
        *view.columns(article="Straipsnis|Article"),
        *(Column(key=each, label=each.removeprefix("TLK-"), kind="money") for each in payers),
        *view.columns(sum="Iš viso|In all|money"),
    )
    return Table(
        key="shares", title=view.t("Paskirstymas mokėtojams (12 p.)", "By payer (p. 12)"), columns=columns, rows=rows
    )


# --- the reserve


def reserve(view: View, year: int) -> Page | None:
    """A year's reserve; where its budget is not there yet, that. None for a year that the fund does not know."""
    standing: ReserveYear | None = next((each for each in view.index.said_by("reserve") if each.year == year), None)
    if standing is None:
        return _no_reserve(view, year) if year in known_years(view) else None
    events = [
        e
        for e in view.index.of_type(
            "surplus.allotted", "surplus.refused", "reserve.use.allowed", "reserve.use.refused", "reserve.transfer.planned", "reserve.transfer.warned",
            "reserve.transfer.ordered", "reserve.transfer.done", "reserve.transfer.overdue", "reserve.transfer.refused",
        )
        if e.data["year"] == year
    ]  # fmt: skip
    locked = bool(standing.allotted)
    cards = [
        Card(
            label=view.t(*PARTS[part.part]),
            value=view.money(part.left_cents),
            note=view.t(f"panaudota {view.eur(part.used_cents)}", f"used {view.eur(part.used_cents)}"),
        )
        for part in standing.parts
    ]
    if standing.planned_cents is not None:
        over = standing.received_cents - standing.planned_cents
        cards.append(Card(label=view.t("Viršplaninės pajamos (23 p.)", "Over-plan revenue (p. 23)"), value=view.money(max(over, 0)), note=view.t(f"gauta {view.eur(standing.received_cents)}, planuota {view.eur(standing.planned_cents)}", f"received {view.eur(standing.received_cents)}, planned {view.eur(standing.planned_cents)}")))  # fmt: skip
    said_of_it = offers(view, "reserve-transfer", "surplus", "reserve-use", year=str(year))
    blocks: list[Block] = [Cards(cards=tuple(cards)), *said_of_it]
    if standing.last_year_sodra_cents is not None:
        blocks.append(_five(view, standing, locked=locked))
    title, none = view.t("Kas nuspręsta ir kodėl", "What was decided, and why"), view.t("Dar nieko.", "Nothing yet.")
    blocks += [_transfers(view, standing), _allotted(view, standing)]
    blocks.append(events_table(view, "events", title, events, none))
    return Page(
        title=view.t(f"{year} m. rezervas ir viršplaninės pajamos", f"The reserve and over-plan revenue of {year}"),
        lead=view.t(
            f"Rezerve {view.eur(standing.reserve_cents)}.", f"The reserve holds {view.eur(standing.reserve_cents)}."
        ),
        blocks=tuple(blocks),
        nav="reserve",
        crumbs=years(view, "/reserve"),
    )


def _no_reserve(view: View, year: int) -> Page:
    """The reserve's parts come with the year's budget."""
    return Page(
        title=view.t(f"{year} m. rezervas ir viršplaninės pajamos", f"The reserve and over-plan revenue of {year}"),
        lead=view.t(
            f"{year} m. biudžeto dar nėra: rezervo dalys ir pervedimai į jį atsiras su juo (8, 9 p.).",
            f"There is no budget of {year} yet: the reserve's parts, and transfers to it, come with it (p. 8, 9).",
        ),
        blocks=(),
        nav="reserve",
        crumbs=years(view, "/reserve"),
    )


def _five(view: View, standing: ReserveYear, *, locked: bool) -> Chart:
    """23. The five percent as a ruler, with both numbers."""
    sodra = standing.last_year_sodra_cents or 0
    needed = sodra * standing.percent // 100
    lock = (
        view.t(
            " Skyrus viršplaninių pajamų, iki gruodžio 31 d. užrakinta.",
            " Over-plan revenue is allotted: locked until 31 December.",
        )
        if locked
        else ""
    )
    said = view.t(
        f"Rezervas {view.eur(standing.reserve_cents)}; {standing.percent} proc. praėjusių metų „Sodros“ pervestų {view.eur(sodra)} yra {view.eur(needed)}.{lock}",
        f"The reserve holds {view.eur(standing.reserve_cents)}; {standing.percent} % of last year's {view.eur(sodra)} from Sodra are {view.eur(needed)}.{lock}",
    )
    return Chart(
        title=view.t(f"{standing.percent} proc. taisyklė (23 p.)", f"The {standing.percent} % (p. 23)"),
        svg=svg.ruler(standing.reserve_cents, needed, said),
        sentence=said,
    )


def _transfers(view: View, standing: ReserveYear) -> Table:
    rows = [
        Row.of(each.kind, each.amount_cents, date(standing.year, 12, 31), view.tag(*DONE[each.status]))
        for each in standing.transfers
    ]
    return Table(
        key="transfers",
        title=view.t("Pervedimai į rezervą (9, 10 p.)", "Transfers to the reserve (p. 9, 10)"),
        columns=view.columns(kind="Punktas|Point", amount="Suma|Sum|money", by="Iki|By|date", status="Būklė|State"),
        rows=tuple(rows),
        empty=view.t("Pervedimų nenumatyta.", "No transfers are planned."),
    )


def _allotted(view: View, standing: ReserveYear) -> Table:
    return Table(
        key="allotted",
        title=view.t("Skirta straipsniams (23 p.)", "Allotted to articles (p. 23)"),
        columns=view.columns(article="Straipsnis|Article", amount="Suma|Sum|money"),
        rows=tuple(
            Row.of(view.article_link(article, name=True), cents) for article, cents in standing.allotted.items()
        ),
        empty=view.t("Neskirta.", "Nothing was allotted."),
    )
