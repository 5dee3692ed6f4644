"""P9. What is contracted of each share, contracts with their ceilings, and providers with all that is theirs."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from shared.console.index.ask import Row as Found
from shared.console.pages import svg
from shared.console.pages.blocks import Block, Cell, Choice, Facts, Filter, Page, Row, Table, Tag, Text
from shared.console.pages.invoices import columns, row_of
from shared.console.pages.offers import offers
from shared.console.pages.story import quotes, timeline
from shared.console.pages.view import View

SHOWN, INVOICES = 200, 500
"""So many contracts, or invoices of a provider, are shown; and of a contract."""
PACE_DAYS = 91


def contracts(view: View) -> Page:
    """Shares and what is contracted of them; the contracts that a filter finds."""
    year = view.asked.get("year", "") or str(view.today.year)
    where, values = [f"year = ? AND {view.index.in_force}"], [year, *view.index.spans]
    for name in ("payer", "article"):
        if asked := view.asked.get(name):
            where.append(f"{name} = ?")
            values.append(asked)
    most = view.most(SHOWN)
    rows = view.index.rows(f"SELECT * FROM contract WHERE {' AND '.join(where)} ORDER BY id LIMIT {most + 1}", values)
    count = view.index.one(f"SELECT count(*) AS n FROM contract WHERE {' AND '.join(where)}", values)
    assert count is not None
    payers = tuple((payer.code, view.payer(payer.code)) for payer in view.fund.payers)
    choices = (
        Choice(name="year", label=view.t("Metai", "Year"), value=year),
        Choice(name="payer", label=view.t("Mokėtojas", "Payer"), value=view.asked.get("payer", ""), options=payers),
        Choice(name="article", label=view.t("Straipsnis", "Article"), value=view.asked.get("article", "")),
    )
    return Page(
        title=view.t("Sutartys", "Contracts"),
        lead=view.t(f"{year} m. sutarčių: {count['n']}.", f"{count['n']} contracts of {year}."),
        blocks=(
            *offers(view, "contract"),
            pots(view),
            Filter(action="/contracts", choices=choices),
            contracts_table(view, rows[:most], more=len(rows) > most),
        ),
        nav="contracts",
    )


def pots(view: View, only: tuple[str, str, str] | None = None) -> Table:
    """What is contracted of each share, and what is free (13); or of one: payer, article, source."""
    rows = []
    for pot in view.index.said_by("contracts"):
        if only not in (None, (pot.payer, pot.article, pot.source)):
            continue
        drawn = svg.bar(
            [("part-b", pot.contracted_cents)],
            pot.share_cents,
            f"{view.money(pot.contracted_cents)} / {view.money(pot.share_cents)}",
        )
        flag: Cell = Tag(text=view.t("viršyta", "exceeded"), tone="bad") if pot.free_cents < 0 else None
        rows.append(
            Row.of(
                view.payer_link(pot.payer), view.article_link(pot.article, name=True), view.source(pot.source), drawn,
                pot.contracts, pot.share_cents, pot.contracted_cents, pot.free_cents, flag,
            )
        )  # fmt: skip
    return Table(
        key="pots",
        title=view.t("Kiek dalies sutarta (13 p.)", "What is contracted of each share (p. 13)"),
        columns=view.columns(
            payer="Mokėtojas|Payer", article="Straipsnis|Article", source="Lėšos|Money", bar="Sutarta|Contracted|bar",
            contracts="Sutarčių|Contracts|count", share="Dalis|Share|money", contracted="Sutarta|Contracted|money",
            free="Laisva|Free|money", flag="",
        ),
        rows=tuple(rows),
        empty=view.t("Sutarčių ir dalių dar nėra.", "There are no contracts or shares yet."),
    )  # fmt: skip


def contracts_table(view: View, rows: Sequence[Found], *, more: bool = False) -> Table:
    """Contracts with their ceilings and what was accepted of them."""
    shown = []
    for row in rows:
        ceiling = row["ceiling"]
        drawn = (
            svg.bar([("part-b", row["accepted"])], ceiling, f"{view.money(row['accepted'])} / {view.money(ceiling)}")
            if ceiling
            else None
        )
        shown.append(
            Row.of(
                view.link(row["id"], f"/contracts/{row['id']}"), view.provider_link(row["provider"]), view.payer_link(row["payer"]),
                row["article"], drawn, row["accepted"], ceiling if ceiling is not None else view.t("neribota", "not capped"),
                date.fromisoformat(row["valid_to"]), date.fromisoformat(row["ended_on"]) if row["ended_on"] else None,
            )
        )  # fmt: skip
    return Table(
        key="contracts",
        title=view.t("Sutartys", "Contracts"),
        columns=view.columns(
            contract="Sutartis|Contract|id", provider="Ūkio subjektas|Provider", payer="Mokėtojas|Payer",
            article="Str.|Art.", bar="Priimta iš sumos|Accepted of it|bar", accepted="Priimta|Accepted|money",
            ceiling="Sutarties suma|Ceiling|money", valid_to="Galioja iki|Valid to|date", ended_on="Baigta|Ended|date",
        ),
        rows=tuple(shown),
        empty=view.t("Tokių sutarčių nėra.", "There are no such contracts."),
        note=view.t(f"Rodoma {SHOWN} pirmųjų: susiaurinkite; CSV turi visas.", f"The first {SHOWN}: narrow it down; the CSV has all.") if more else "",
    )  # fmt: skip


def contract(view: View, contract_id: str) -> Page | None:
    """One contract: parties, ceiling, what was accepted and when it will be used up; its invoices by month."""
    row = view.index.contract(contract_id)
    events = view.index.about("contract", contract_id)
    own = [event for event in events if event.type.startswith("contract.")]
    if not own:
        return None
    if row is None:
        return Page(
            title=view.t(f"Sutartis {contract_id}", f"Contract {contract_id}"),
            lead=view.t("Ji nesudaryta.", "It is not concluded."),
            blocks=(timeline(view, view.t("Kas įvyko ir kodėl", "What happened, and why"), own), quotes(view, own)),
            nav="contracts",
        )
    invoices = view.index.rows(
        f"SELECT * FROM invoice WHERE contract = ? AND {view.index.in_force} ORDER BY month, id LIMIT {view.most(INVOICES)}",
        [contract_id, *view.index.spans],
    )
    of_contract = ("contract-change", "contract-account", "contract-end")
    blocks: list[Block] = [facts_of(view, row), *offers(view, *of_contract, of=row["payer"], contract_id=contract_id)]
    blocks += _services(view, own)
    blocks += [
        _months(view, row, invoices),
        Table(key="invoices", title=view.t("Sąskaitos", "Invoices"), columns=columns(view), rows=tuple(row_of(view, each) for each in invoices), empty=view.t("Sąskaitų dar nėra.", "No invoices yet.")),
        timeline(view, view.t("Kas įvyko ir kodėl", "What happened, and why"), own),
        quotes(view, own),
    ]  # fmt: skip
    return Page(
        title=view.t(f"Sutartis {contract_id}", f"Contract {contract_id}"),
        lead=f"{view.provider(row['provider'])}. {_forecast(view, row, invoices)}",
        blocks=tuple(blocks),
        nav="contracts",
        crumbs=(
            view.link(view.t("Sutartys", "Contracts"), "/contracts"),
            view.link(view.provider(row["provider"]), f"/providers/{row['provider']}"),
        ),
        tag=Tag(text=view.t("baigta", "ended"), tone="quiet")
        if row["ended_on"]
        else Tag(text=view.t("galioja", "in force"), tone="good"),
    )


def facts_of(view: View, row: Found) -> Facts:
    """A contract's parties, and its sums."""
    ceiling = view.eur(row["ceiling"]) if row["ceiling"] is not None else view.t("neribota", "not capped")
    free = view.eur(row["ceiling"] - row["accepted"]) if row["ceiling"] is not None else "–"
    rows: list[tuple[str, Cell]] = [
        (view.t("Ūkio subjektas", "Provider"), view.provider_link(row["provider"])),
        (view.t("Mokėtojas", "Payer"), view.link(view.payer(row["payer"]), f"/payers/{row['payer']}")),
        (view.t("Straipsnis", "Article"), view.article_link(row["article"], name=True)),
        (view.t("Lėšos", "Money"), view.source(row["source"])),
        (view.t("Galioja", "Valid"), f"{row['valid_from']} – {row['ended_on'] or row['valid_to']}"),
        (view.t("Sutarties suma", "Ceiling"), ceiling),
        (view.t("Priimta apmokėti", "Accepted"), view.eur(row["accepted"])),
        (view.t("Laisva", "Free"), free),
    ]
    return Facts(title=view.t("Sutartis", "The contract"), rows=tuple(rows))


def _forecast(view: View, row: Found, invoices: Sequence[Found]) -> str:
    """When the ceiling is reached at the pace of the last three months: a forecast, and said to be one."""
    since = (view.today - timedelta(days=PACE_DAYS)).isoformat()
    lately = sum(
        each["amount"] or 0 for each in invoices if (each["accepted"] or "") > since and each["kind"] == "invoice"
    )
    if row["ceiling"] is None or not lately or row["ceiling"] <= row["accepted"]:
        return view.t("", "")
    left = (row["ceiling"] - row["accepted"]) * PACE_DAYS // lately
    ends = view.today + timedelta(days=left)
    if ends > date.fromisoformat(row["valid_to"]):
        return view.t(
            "Prognozė: tokiu tempu sutarties suma metų pabaigoje nebus pasiekta.",
            "Forecast: at this pace the ceiling is not reached.",
        )
    return view.t(
        f"Prognozė: tokiu tempu sutarties suma baigsis apie {view.day(ends)}.",
        f"Forecast: at this pace it is used up about {view.day(ends)}.",
    )


def _services(view: View, own: Sequence[object]) -> Iterator[Block]:
    concluded = [event for event in own if getattr(event, "type", "") == "contract.concluded"]
    services = concluded[-1].data["services"] if concluded else ()  # type: ignore[attr-defined]
    if services:
        yield Table(
            key="services",
            title=view.t("Kainos", "Prices"),
            columns=view.columns(code="Paslauga|Service", price="Kaina|Price|money"),
            rows=tuple(Row.of(each["code"], each["unit_price_cents"]) for each in services),
        )


def _months(view: View, row: Found, invoices: Sequence[Found]) -> Table:
    """Month by month: what was accepted, and the months of which nothing came."""
    by_month: dict[str, list[Found]] = {}
    for each in invoices:
        if each["kind"] == "invoice" and each["state"] not in ("refused", "returned"):
            by_month.setdefault(each["month"], []).append(each)
    first, last = date.fromisoformat(row["valid_from"]), min(date.fromisoformat(row["valid_to"]), view.today)
    rows, month = [], first.replace(day=1)
    while month <= last:
        name = f"{month:%Y-%m}"
        some = by_month.get(name, [])
        hole = Tag(text=view.t("sąskaitos nėra", "no invoice"), tone="quiet") if not some else None
        rows.append(Row.of(name, len(some) or None, sum(each["amount"] or 0 for each in some) or None, hole))
        month = (month + timedelta(days=32)).replace(day=1)
    return Table(
        key="months",
        title=view.t("Pagal mėnesius", "By month"),
        columns=view.columns(month="Mėnuo|Month|date", count="Sąskaitų|Invoices|count", sum="Suma|Sum|money", hole=""),
        rows=tuple(rows),
    )


def provider(view: View, code: str) -> Page | None:
    """A provider: its contracts, its invoices, the last first; None for one that no contract names."""
    known = view.index.one("SELECT name FROM provider WHERE code = ?", [code])
    contracts_ = view.index.rows(
        f"SELECT * FROM contract WHERE provider = ? AND {view.index.in_force} ORDER BY year DESC, id",
        [code, *view.index.spans],
    )
    invoices = view.index.rows(
        f"SELECT * FROM invoice WHERE provider = ? AND {view.index.in_force} ORDER BY received DESC, id DESC LIMIT {view.most(SHOWN)}",
        [code, *view.index.spans],
    )
    if not known and not invoices:
        return None
    claims = [each for each in view.index.said_by("claims") if each.provider_code == code]
    unpaid = view.index.one(
        f"SELECT coalesce(sum(waiting + unordered), 0) AS cents FROM invoice WHERE provider = ? AND {view.index.in_force}",
        [code, *view.index.spans],
    )
    assert unpaid is not None
    blocks: list[Block] = [
        contracts_table(view, contracts_),
        Table(
            key="invoices", title=view.t("Sąskaitos", "Invoices"), columns=columns(view), rows=tuple(row_of(view, row) for row in invoices),
            empty=view.t("Sąskaitų dar nėra.", "No invoices yet."), more=view.link(view.t("Visos", "All"), "/invoices", provider=code),
        ),
    ]  # fmt: skip
    if claims:
        rows = tuple(
            Row.of(view.link(each.claim_id, f"/claims/{each.claim_id}"), each.amount_cents, each.rest_cents)
            for each in claims
        )
        cols = view.columns(claim="Reikalavimas|Claim", amount="Suma|Sum|money", rest="Likutis|Rest|money")
        blocks.append(Table(key="claims", title=view.t("Išieškojimas", "Recovery"), columns=cols, rows=rows))
    if not known:
        said = view.t("Sutarties su juo nėra.", "There is no contract with it.")
        blocks.insert(0, Text(text=said, tone="warn"))
    return Page(
        title=view.provider(code),
        lead=view.t(
            f"Kodas {code}. Sutarčių {len(contracts_)}; dar neapmokėta {view.eur(unpaid['cents'])}.",
            f"Code {code}. {len(contracts_)} contracts; {view.eur(unpaid['cents'])} not yet paid.",
        ),
        blocks=tuple(blocks),
        nav="contracts",
        crumbs=(view.link(view.t("Sutartys", "Contracts"), "/contracts"),),
    )
