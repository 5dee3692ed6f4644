"""P3b. An article: how it was committed and transferred day by day, against its limit and the quarters; its payers."""

from datetime import date

from services.payments.payer_views import PayerArticle
from services.payments.views import ArticleStanding
from shared.console.index.standing import Money
from shared.console.pages import svg
from shared.console.pages.blocks import Block, Card, Cards, Chart, Page, Row, Table
from shared.console.pages.budget import quarters_of
from shared.console.pages.notices import notices_table
from shared.console.pages.of_payer import choice, left_of
from shared.console.pages.queues import pots_table
from shared.console.pages.story import events_table
from shared.console.pages.view import View
from shared.kernel.calendar import quarter_of


def article(view: View, code: str) -> Page | None:
    """One article in the year of the page's day, or a payer's part of it; None for one that nothing names."""
    money, payer = view.index.money(), view.of_payer
    found = next((each for each in (money.standing.articles if money else ()) if each.article == code), None)
    if found is None or money is None or money.standing.today is None:
        return _nothing_yet(view, code)
    standing = money.standing
    part = money.part_of(payer, code) if payer else None
    cards = _part_cards(view, part) if payer else [
        Card(label=view.t("Skirta (L = A + V)", "Limit (L = A + V)"), value=view.money(found.limit_cents)),
        Card(label=view.t("Įsipareigota (K)", "Committed (K)"), value=view.money(found.committed_cents)),
        Card(label=view.t("Pervesta (P)", "Transferred (P)"), value=view.money(found.transferred_cents)),
        left_of(
            view, view.t("Liko (L − K)", "Left (L − K)"), found.left_cents,
            note=view.t(f"pranešta ministerijai {view.eur(found.notified_cents)}", f"told to the ministry: {view.eur(found.notified_cents)}") if found.notified_cents else "",
        ),
    ]  # fmt: skip
    blocks: list[Block] = [
        *choice(view, f"/articles/{code}"),
        Cards(cards=tuple(cards)),
        _course(view, code, payer),
        pots_table(view, payer=payer, article=code),
    ]
    blocks.append(notices_table(view, article=code, year=standing.year))
    changes = view.index.of_type("budget.adopted", "distribution.adopted", "surplus.allotted", "overrun.notified")
    own = [e for e in changes if e.data.get("article", code) == code and e.data["year"] == standing.year]
    blocks.append(events_table(view, "decided", view.t("Kas keitė straipsnį", "What changed the article"), own))
    return Page(
        title=f"{code} {found.name or view.article(code)}" + (f": {view.payer(payer)}" if payer else ""),
        lead=_lead(view, standing.year, part if payer else found),
        blocks=tuple(blocks),
        nav="fund",
        crumbs=(view.link(view.t("Šiandien", "Today"), "/fund"),),
    )


def _nothing_yet(view: View, code: str) -> Page | None:
    """An article of which nothing is planned or committed in the year, where an invoice or a contract names it."""
    named = f"EXISTS (SELECT 1 FROM {{}} WHERE article = ? AND {view.index.in_force})"
    known = view.index.one(
        f"SELECT {named.format('invoice')} OR {named.format('contract')} AS there",
        [code, *view.index.spans, code, *view.index.spans],
    )
    if not (known and known["there"]) and not view.article(code):
        return None
    year = view.today.year
    return Page(
        title=f"{code} {view.article(code)}".strip(),
        lead=view.t(
            f"{year} m. šiam straipsniui dar nieko neskirta ir neįsipareigota.",
            f"Nothing is allotted to this article in {year} yet, or committed.",
        ),
        blocks=(),
        nav="fund",
        crumbs=(view.link(view.t("Šiandien", "Today"), "/fund"),),
    )


def _lead(view: View, year: int, of: ArticleStanding | PayerArticle | None) -> str:
    if of is None:
        return view.t("Mokėtojas šio straipsnio dalies neturi.", "The payer has no part of this article.")
    return view.t(
        f"{year} m.: įsipareigota {view.eur(of.committed_cents)}, pervesta {view.eur(of.transferred_cents)}, laukia {view.eur(of.waiting_cents)}.",
        f"{year}: committed {view.eur(of.committed_cents)}, transferred {view.eur(of.transferred_cents)}, {view.eur(of.waiting_cents)} wait.",
    )


def _part_cards(view: View, part: PayerArticle | None) -> list[Card]:
    """The sums of a payer's part."""
    if part is None:
        return []
    return [
        Card(label=view.t("Dalis (S)", "Share (S)"), value=view.money(part.share_cents)),
        Card(label=view.t("Įsipareigota (K)", "Committed (K)"), value=view.money(part.committed_cents)),
        Card(label=view.t("Pervesta (P)", "Transferred (P)"), value=view.money(part.transferred_cents)),
        left_of(view, view.t("Liko (S − K)", "Left (S − K)"), part.left_cents),
    ]


def _sums(money: Money, code: str, payer: str | None) -> tuple[int | None, int, int]:
    """The limit of an article and what is committed and transferred of it; or of a payer's part."""
    if payer:
        part = money.part_of(payer, code)
        return (part.share_cents, part.committed_cents, part.transferred_cents) if part else (None, 0, 0)
    found = next((each for each in money.standing.articles if each.article == code), None)
    if found is None:
        return None, 0, 0
    return (found.limit_cents if money.standing.edition else None), found.committed_cents, found.transferred_cents


def _course(view: View, code: str, payer: str | None) -> Chart:
    """K, P and L (or S) by day; the plan of the quarters as steps; notices as marks."""
    year = view.today.year
    days: list[date] = []
    limit: list[int | None] = []
    committed: list[int | None] = []
    transferred: list[int | None] = []
    for day, money in view.index.history(date(year, 1, 1)):
        days.append(date.fromisoformat(day))
        sums = _sums(money, code, payer)
        for line, cents in zip((limit, committed, transferred), sums, strict=True):
            line.append(cents)
    plan = _plan(view, code, days) if payer is None else [None] * len(days)
    marks = [
        (date.fromisoformat(row["prepared"]), row["no"])
        for row in view.index.rows(
            "SELECT no, prepared FROM notice WHERE article = ? AND year = ? AND prepared <= ?",
            [code, year, view.index.day],
        )
    ]
    said = view.t(
        "Plona linija – skirta (L), brūkšninė – ketvirčių planas iki tos dienos (12 p.), stora – įsipareigota (K), užpildyta – pervesta (P); "
        "vertikalūs brūkšneliai – pranešimai ministerijai (18 p.).",
        "Thin: the limit (L); dashed: the quarters' plan so far (p. 12); thick: committed (K); dark: transferred (P); upright marks: notices (p. 18).",
    )
    if not days:
        return Chart(
            title=view.t("Metų eiga", "The year's course"),
            svg="",
            sentence=view.t("Metai dar neprasidėjo.", "The year has not begun."),
        )
    ends = [number for number, day in enumerate(days) if number + 1 == len(days) or days[number + 1].month != day.month]
    columns = view.columns(
        day="Mėnesio pabaiga|End of month|date", limit="L|L|money", plan="Planas|Plan|money", committed="K|K|money",
        transferred="P|P|money",
    )  # fmt: skip
    rows = tuple(Row.of(days[n], limit[n], plan[n], committed[n], transferred[n]) for n in ends)
    return Chart(
        title=view.t(f"{year} m. eiga", f"The course of {year}"),
        svg=svg.lines(
            days,
            [("limit", limit), ("plan", plan), ("transferred", transferred), ("committed", committed)],
            said,
            marks,
        ),
        sentence=said,
        table=Table(
            key="course",
            title=view.t("Tie patys skaičiai, mėnesių pabaigose", "The same numbers at the ends of months"),
            columns=columns,
            rows=rows,
        ),
    )


def _plan(view: View, code: str, days: list[date]) -> list[int | None]:
    """12. What the quarters plan for the article up to the quarter of each day, as distributed then."""
    told = [
        (event.day, event.data["year"], row)
        for event in view.index.of_type("distribution.adopted")
        for row in quarters_of(event)
        if row.article == code
    ]
    plan: list[int | None] = []
    for day in days:
        known = [row for since, year, row in told if since <= day and year == day.year]
        plan.append(known[-1].planned_to(quarter_of(day)) if known else None)
    return plan


def payer(view: View, code: str) -> Page | None:
    """A payer: its parts, its account, its contracts; None for one that the fund does not have."""
    if code not in {each.code for each in view.fund.payers}:
        return None
    money = view.index.money()
    accounts = [each for each in (money.standing.cash if money else ()) if each.payer == code]
    ledgers = [each for each in view.index.said_by("close") if each.payer == code]
    waits = money.waits_of(code).waiting_cents if money else 0
    cards = [
        Card(
            label=view.t(f"Sąskaita, {view.source(each.source)}", f"Account, {view.source(each.source)}"),
            value=view.money(each.cash_cents),
            note=view.t(
                f"numatyta mokėti {view.eur(each.unordered_cents)}", f"{view.eur(each.unordered_cents)} scheduled"
            ),
        )
        for each in accounts
    ]
    cards.append(
        Card(
            label=view.t("Laukia eilėse", "Waits in queues"),
            value=view.money(waits),
            href=view.url("/queues"),
            tone="warn" if waits else "good",
        )
    )
    contracts = view.index.one(
        f"SELECT count(*) AS n FROM contract WHERE payer = ? AND year = ? AND {view.index.in_force}",
        [code, view.today.year, *view.index.spans],
    )
    assert contracts is not None
    return Page(
        title=view.payer(code),
        lead=view.t(
            f"{view.today.year} m. sudaryta sutarčių: {contracts['n']}.",
            f"{contracts['n']} contracts of {view.today.year}.",
        ),
        blocks=(Cards(cards=tuple(cards)), pots_table(view, payer=code), ledgers_table(view, ledgers)),
        nav="fund",
        crumbs=(view.link(view.t("Šiandien", "Today"), "/fund"),),
    )


def ledgers_table(view: View, ledgers: list[object]) -> Table:
    """24, 25. The years of payers by our ledger."""
    rows, state = [], view.fund.state_payer
    for each in ledgers:
        get = each.__getattribute__
        report = (
            view.t("priimta", "accepted")
            if get("accepted")
            else view.t("nepateikta arba nepriimta", "not reported, or not accepted")
        )
        rows.append(
            Row.of(str(get("year")), view.payer_link(get("payer")), view.source(get("source")), get("received_cents"), get("used_cents"), get("balance_cents"), report if get("payer") != state else "")
        )  # fmt: skip
    return Table(
        key="ledgers",
        title=view.t("Metų apskaita (24, 25 p.)", "Years by our ledger (p. 24, 25)"),
        columns=view.columns(
            year="Metai|Year", payer="Mokėtojas|Payer", source="Lėšos|Money", received="Gauta|Received|money",
            used="Panaudota|Used|money", balance="Likutis|Balance|money", report="Ataskaita|Report",
        ),
        rows=tuple(rows),
        note=view.t(
            f"Likutis – tais metais gautos lėšos, atėmus panaudotas. {view.payer(state)} ({state}) jo negrąžina: kas lieka, panaudojama kitais metais, todėl kitų metų likutis gali būti neigiamas.",
            f"The balance is what was received less what was used in that year. {view.payer(state)} ({state}) returns none: what is left is used in the next year, whose balance may be negative.",
        )
        if any(row.cells[1] == view.payer_link(state) for row in rows)
        else "",
        empty=view.t("Dar nieko neįskaityta.", "Nothing was credited yet."),
    )  # fmt: skip
