"""P4. One invoice: where it stands, the legal clock, what happened and why, its lines, its money, the points quoted."""

from collections.abc import Iterator, Sequence
from datetime import date
from difflib import get_close_matches

from shared.console.index.ask import Row as Found
from shared.console.pages import svg
from shared.console.pages.blocks import Block, Cell, Chart, Facts, Link, Page, Row, Table, Tag, Text
from shared.console.pages.offers import offers
from shared.console.pages.queues import IN_QUEUE
from shared.console.pages.story import quotes, said, timeline
from shared.console.pages.traces import trace_row
from shared.console.pages.view import View
from shared.explain.why import SHORTAGE, WITHDRAWN, chosen
from shared.journal.events import RecordedEvent
from shared.telemetry.context import INVOICE

LINES = 200
"""Lines of an invoice on its page; all are in the CSV."""


def invoice(view: View, invoice_id: str) -> Page:
    """The whole story of an invoice."""
    row, events = view.index.invoice(invoice_id), story(view, invoice_id)
    crumbs = (view.link(view.t("Sąskaitos", "Invoices"), "/invoices"),)
    if row is None or not events:
        return _unknown(view, invoice_id, crumbs)
    code = invoice_id.partition("/")[0]
    blocks: list[Block] = []
    if chart := _clock(view, row):
        blocks.append(chart)
    blocks.append(facts_of(view, row))
    about = {"invoice_id": invoice_id, "contract_id": row["contract"], "provider_code": code}
    blocks += offers(view, *(("review",) if row["waits_for"] == "review" else ()), "claim", of=row["payer"], **about)
    blocks.append(timeline(view, view.t("Kas įvyko ir kodėl", "What happened, and why"), events))
    blocks += _waits(view, row)
    blocks += _money(view, row, events)
    blocks += lines_of(view, row, events)
    blocks += _related(view, row, events)
    blocks.append(quotes(view, events))
    return Page(
        title=f"{invoice_id}",
        lead=f"{view.provider(code)}. {said(view, events[-1])}",
        blocks=tuple(blocks),
        nav="invoices",
        crumbs=(*crumbs, view.link(view.provider(code), f"/providers/{code}")),
        tag=view.state(row["state"]),
    )


def story(view: View, invoice_id: str) -> list[RecordedEvent]:
    """Every event about an invoice, shortages of its account and notices withdrawn among them."""
    found = view.index.events(
        f"seq IN (SELECT seq FROM about WHERE kind = 'invoice' AND key = ?) OR type IN ('{SHORTAGE}', '{WITHDRAWN}')",
        [invoice_id],
    )
    return list(chosen(found, invoice_id))


def _unknown(view: View, invoice_id: str, crumbs: tuple[Link, ...]) -> Page:
    """Nothing is known of it: the nearest numbers of that provider."""
    code, _, number = invoice_id.partition("/")
    of_provider = view.index.rows(
        f"SELECT id FROM invoice WHERE provider = ? AND {view.index.in_force} ORDER BY id DESC LIMIT 2000",
        [code, *view.index.spans],
    )
    near = get_close_matches(number, [row["id"].partition("/")[2] for row in of_provider], n=5, cutoff=0.3)
    links = tuple(Link(text=f"{code}/{each}", href=view.url(f"/invoices/{code}/{each}")) for each in near)
    said_ = view.t(
        "Sąskaitos numerio forma: ūkio subjekto kodas, pasvirasis brūkšnys, numeris (300111224/A1).",
        "An invoice is written as the provider's code, a slash and its number (300111224/A1).",
    )
    if view.index.on:
        said_ += view.t(
            f" Rodoma {view.day(view.index.on)} būklė: ji galėjo būti gauta vėliau.",
            f" This is {view.day(view.index.on)}: it may have come later.",
        )
    return Page(
        title=view.t(f"Sąskaitos {invoice_id} nežinome", f"Invoice {invoice_id} is not known"),
        lead=said_,
        blocks=(Text(text=view.t("Panašūs numeriai:", "Numbers like it:"), links=links),) if links else (),
        nav="invoices",
        crumbs=crumbs,
        status=404,
    )


def _clock(view: View, row: Found) -> Chart | None:
    """The terms of the law on one line."""
    if not (row["received"] or row["accepted"]):
        return None
    points: list[tuple[date, str, str]] = []
    rows = []
    today = view.today
    done = row["state"] in ("paid", "lowered", "refused")
    for field, lt, en in (
        ("received", "gauta", "received"),
        ("check_by", "patikrinti iki (15 d.)", "check by (15 d.)"),
        ("accepted", "priimta", "accepted"),
        ("pay_on", "mokėjimo diena", "pay day"),
        ("due", "apmokėti iki", "due on"),
    ):
        if not row[field]:
            continue
        day = date.fromisoformat(row[field])
        missed = not done and day < today and field == ("due" if row["accepted"] else "check_by")
        points.append((day, view.t(lt, en), "missed" if missed else "point"))
        rows.append(Row.of(view.t(lt, en), day))
    last = _last_paid(view, row)
    if last:
        points.append((last, view.t("įvykdyta", "executed"), "done"))
        rows.append(Row.of(view.t("įvykdyta", "executed"), last))
    if not points:
        return None
    ends = [last or day for day, _, _ in points]
    shown = min(today, max(ends)) if done else today
    words = "; ".join(f"{words} {view.day(day)}" for day, words, _ in points)
    columns = view.columns(what="Kas|What", day="Diena|Day|date")
    return Chart(
        title=view.t("Teisinis laikrodis (15, 16 p.)", "The legal clock (p. 15, 16)"),
        svg=svg.clock(sorted(points), shown, words),
        sentence=_left(view, row, today, done=done),
        table=Table(key="clock", title=view.t("Terminai", "Terms"), columns=columns, rows=tuple(rows)),
    )


def _last_paid(view: View, row: Found) -> date | None:
    found = view.index.one(
        "SELECT max(outcome_on) AS day FROM payorder WHERE invoice = ?1 AND outcome = 'executed' AND outcome_day <= ?2 "
        "AND coalesce(returned_day > ?2, 1)",
        [row["id"], view.index.day],
    )
    return date.fromisoformat(found["day"]) if found and found["day"] else None


def _left(view: View, row: Found, today: date, *, done: bool) -> str:
    if done or not (row["due"] or row["check_by"]):
        return ""
    if not row["accepted"]:
        left = (date.fromisoformat(row["check_by"]) - today).days
        if left < 0:
            late = f"{view.days(-left)} past the term of its check."
            return view.t(f"Tikrinimo terminas praleistas prieš {view.days_past(-left)}.", late)
        return view.t(f"Patikrinti liko {view.days(left)}.", f"{view.days(left)} left for its check.")
    if not row["due"]:
        return ""
    left = (date.fromisoformat(row["due"]) - today).days
    if left < 0:
        return view.t(f"Terminas praleistas prieš {view.days_past(-left)}.", f"{view.days(-left)} past due.")
    return view.t(f"Iki termino {view.days(left)}.", f"{view.days(left)} to its due date.")


def facts_of(view: View, row: Found) -> Facts:
    """An invoice's parties, and its sums."""
    rows: list[tuple[str, Cell]] = [(view.t("Ūkio subjektas", "Provider"), view.provider_link(row["provider"]))]
    if contract := row["contract"]:
        of_it = "type LIKE 'contract.%' AND seq IN (SELECT seq FROM about WHERE kind = 'contract' AND key = ?)"
        known = view.index.events(of_it, [contract], latest=1)
        rows.append(
            (view.t("Sutartis", "Contract"), view.link(contract, f"/contracts/{contract}") if known else contract)
        )
    if row["payer"]:
        rows.append((view.t("Mokėtojas", "Payer"), view.link(view.payer(row["payer"]), f"/payers/{row['payer']}")))
    if row["article"]:
        rows.append((view.t("Straipsnis", "Article"), view.article_link(row["article"], name=True)))
        rows.append((view.t("Lėšos", "Money"), view.source(row["source"])))
    if row["month"]:
        rows.append((view.t("Už mėnesį", "For the month"), row["month"]))
    if row["amount"] is not None:
        rows.append((view.t("Suma", "Sum"), view.eur(row["amount"])))
    if row["state"] == "waits":
        left = _left(view, row, view.today, done=False)
        rows.append((view.t("Patikrinti iki (15 p.)", "Check by (p. 15)"), f"{row['check_by']}. {left}"))
    for field, lt, en in (
        ("waiting", "Laukia eilėje", "Waits in the queue"),
        ("unordered", "Numatyta mokėti", "Scheduled"),
        ("over", "Viršija asignavimus", "Over the appropriation"),
    ):
        if row[field]:
            rows.append((view.t(lt, en), view.eur(row[field])))
    rows += trace_row(view, INVOICE, row["id"])
    return Facts(title=view.t("Sąskaita", "The invoice"), rows=tuple(rows))


def _waits(view: View, row: Found) -> Iterator[Block]:
    """What waiting means: the place in the queue, what stands before, and what would free it."""
    if row["state"] != "deferred":
        return
    pot = [row["payer"], row["article"], row["source"]]
    before = view.index.one(
        f"SELECT count(*) AS n, coalesce(sum(waiting), 0) AS cents FROM invoice WHERE {IN_QUEUE} AND payer = ? AND "
        f"article = ? AND source = ? AND (accepted, arrived, id) < (?, ?, ?) AND {view.index.in_force}",
        [*pot, row["accepted"], row["arrived"], row["id"], *view.index.spans],
    )
    assert before is not None
    frees = {
        "payer_share": ("lėšų perskirstymas (12 p.)", "a redistribution (p. 12)"),
        "appropriation": ("pranešimas ministerijai (18 p.) arba biudžeto pakeitimas", "a notice to the ministry (p. 18) or an amended budget"),
        "one_twelfth": ("naujas mėnuo arba patvirtintas biudžetas (11 p.)", "a new month or a budget in force (p. 11)"),
        "no_budget": ("patvirtintas biudžetas (7 p.)", "a budget in force (p. 7)"),
        "state_funds": ("papildomos valstybės biudžeto lėšos (19 p.)", "more state funds (p. 19)"),
        "year_total": ("kitų metų biudžetas (SDĮ 14 str. 3 d.)", "the next year's budget (HIL 14(3))"),
        "next_year": ("kitų metų biudžetas", "the next year's budget"),
        "earlier_unpaid": ("kai bus numatyta anksčiau priimta sąskaita (16 p.)", "the earlier invoice being scheduled (p. 16)"),
    }  # fmt: skip
    free = frees.get(row["reason"] or "", ("", ""))
    number, cents = before["n"] + 1, view.eur(before["cents"])
    place = (
        view.t("Ji mokėtina kitais metais, eilėje nestovi.", "It is to be paid in the next year, and is in no queue.")
        if row["reason"] == "next_year"
        else view.t(
            f"Eilėje ji {number}-oji; prieš ją laukia {cents}.",
            f"It is number {number} of its queue; {cents} wait before it.",
        )
    )
    yield Text(
        title=view.t("Ką reiškia laukti", "What waiting means"),
        text=f"{place} {view.t(f'Atlaisvintų: {free[0]}.', f'What would free it: {free[1]}.')}",
        links=(
            view.link(view.t("Visa eilė", "The whole queue"), "/queues/" + "/".join(pot)),
            view.link(view.t("Kas būtų, jei", "What if"), "/what-if", on=""),
        ),
        tone="warn",
    )


def _money(view: View, row: Found, events: Sequence[RecordedEvent]) -> Iterator[Block]:
    orders = view.index.rows(
        "SELECT * FROM payorder WHERE invoice = ? AND day <= ? ORDER BY day, id", [row["id"], view.index.day]
    )
    if not orders:
        return
    executed = sum(order["amount"] for order in orders if answer_of(order, view.index.day)[0] == "executed")
    lines = []
    for order in orders:
        outcome, on = answer_of(order, view.index.day)
        lines.append(
            Row.of(
                view.link(order["id"], f"/payments/{order['day']}"), date.fromisoformat(order["day"]), order["amount"],
                order["iban"] or "", order["e2e"], outcome_tag(view, outcome),
                date.fromisoformat(on) if on else None,
            )
        )  # fmt: skip
    yield Table(
        key="orders",
        title=view.t("Pinigai", "The money"),
        columns=view.columns(
            order="Nurodymas|Order", on="Pateikta|Ordered|date", amount="Suma|Sum|money", iban="IBAN", e2e="EndToEndId",
            outcome="Bankas|Bank", outcome_on="Diena|Day|date",
        ),
        rows=tuple(lines),
        note=f"{view.t('Įvykdyta', 'Executed')} {view.eur(executed)}. {_tie(view, row, events, orders)}".strip(),
    )  # fmt: skip


def _tie(view: View, row: Found, events: Sequence[RecordedEvent], orders: Sequence[Found]) -> str:
    """That no cent of what was accepted is astray, and none twice.

    The orders are added up here on purpose: payments holds no such sum, for it forgets an invoice that is paid, and a
    sum that the owner makes of what it holds would be compared with itself. What waits is what payments' state holds,
    what was accepted is what invoicing said.
    """
    if row["amount"] is None:
        return ""
    failed = ("rejected", "returned")
    ordered = sum(each["amount"] for each in orders if answer_of(each, view.index.day)[0] not in failed)
    lower = (each.data for each in events if each.type == "payment.lowered" and each.data["invoice_id"] == row["id"])
    lowered = sum(each["lowered_cents"] for each in lower)
    waits, accepted = row["waiting"] + row["unordered"], row["amount"]
    ties = ordered + lowered + waits == accepted
    return view.t(
        f"Pateikta {view.eur(ordered)} + sumažinta {view.eur(lowered)} + dar nepateikta {view.eur(waits)} "
        f"{'=' if ties else '≠'} priimta {view.eur(accepted)}{'' if ties else ': nesutampa'}.",
        f"Ordered {view.eur(ordered)} + lowered {view.eur(lowered)} + not ordered {view.eur(waits)} "
        f"{'=' if ties else '≠'} accepted {view.eur(accepted)}{'' if ties else ': this does not tie'}.",
    )


def answer_of(order: Found, day: str) -> tuple[str | None, str | None]:
    """What the bank had answered of an order by a day, and on which day; None where it had not."""
    if order["returned_day"] and order["returned_day"] <= day:
        return "returned", order["returned_on"]
    if order["outcome_day"] and order["outcome_day"] <= day:
        return order["outcome"], order["outcome_on"]
    return None, None


def outcome_tag(view: View, outcome: str | None) -> Tag:
    """What the bank answered, in a word."""
    if outcome == "executed":
        return Tag(text=view.t("įvykdyta", "executed"), tone="good")
    if outcome == "returned":
        return Tag(text=view.t("grąžinta", "returned"), tone="bad")
    if outcome == "rejected":
        return Tag(text=view.t("atmesta", "rejected"), tone="bad")
    return Tag(text=view.t("neatsakyta", "no answer yet"), tone="quiet")


def lines_of(view: View, row: Found, events: Sequence[RecordedEvent]) -> Iterator[Block]:
    """What was invoiced, against the prices of the contract."""
    submitted = [
        event for event in events if event.type == "invoice.submitted" and event.data["invoice_id"] == row["id"]
    ]
    if not submitted:
        yield Text(
            title=view.t("Eilutės", "Lines"),
            text=view.t(
                "Šioje kopijoje nėra to, ką atsiuntė ūkio subjektas: išorės įvykiai laikomi „Kafkoje“.",
                "This copy does not hold what the provider sent: events from outside are kept in Kafka.",
            ),
        )
        return
    concluded = [e for e in view.index.about("contract", row["contract"]) if e.type == "contract.concluded"]
    prices = {s["code"]: s["unit_price_cents"] for e in concluded for s in e.data["services"]}
    lines, most = submitted[-1].data["lines"], view.most(LINES)
    yield Table(
        key="lines",
        title=view.t(f"Eilutės ({len(lines)})", f"Lines ({len(lines)})"),
        columns=view.columns(
            code="Paslauga|Service", quantity="Kiekis|Quantity|count", price="Kaina|Price|money",
            amount="Suma|Sum|money", contract="Sutarties kaina|Contract's price|money", check="Patikra|Check",
        ),
        rows=tuple(
            Row.of(
                line["service_code"], line["quantity"], line["unit_price_cents"], line["amount_cents"],
                prices.get(line["service_code"]), _check(view, line, prices),
            )
            for line in lines[:most]
        ),
        note="" if len(lines) <= most else view.t(f"Rodomos pirmosios {LINES} iš {len(lines)} eilučių; CSV turi visas.", f"The first {LINES} of {len(lines)} lines; the CSV has all."),
    )  # fmt: skip


def _check(view: View, line: dict[str, int], prices: dict[str, int]) -> Tag:
    if line["quantity"] * line["unit_price_cents"] != line["amount_cents"]:
        return Tag(text=view.t("suma nesutampa", "does not add up"), tone="bad")
    if prices and prices.get(str(line["service_code"])) != line["unit_price_cents"]:
        return Tag(text=view.t("ne sutarties kaina", "not the price"), tone="bad")
    return Tag(text=view.t("sutampa", "agrees"), tone="good")


def _related(view: View, row: Found, events: Sequence[RecordedEvent]) -> Iterator[Block]:
    """Credits, notices and claims that concern it."""
    links: dict[str, Link] = {}
    for event in events:
        for field, path in (
            ("notice_no", "/notices/"),
            ("claim_id", "/claims/"),
            ("corrects", "/invoices/"),
            ("invoice_id", "/invoices/"),
        ):
            key = event.data.get(field)
            if isinstance(key, str) and key != row["id"]:
                links[key] = view.link(key, path + key)
    if links:
        yield Text(title=view.t("Susiję", "Related"), text="", links=tuple(links.values()))
