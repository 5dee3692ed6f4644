"""P6. Queues: what waits, how old it is, and of one queue each place with the line where the room ends."""

from collections.abc import Iterator, Sequence
from datetime import date

from services.payments.queue_ages import WaitsOfAge
from services.payments.state import PSDF
from services.payments.views import PotStanding, room_of
from shared.console.index.ask import Row as Found
from shared.console.index.standing import Money
from shared.console.pages import svg
from shared.console.pages.blocks import Block, Card, Cards, Chart, Facts, Page, Row, Table, Text
from shared.console.pages.of_payer import left_of
from shared.console.pages.offers import offers
from shared.console.pages.story import held, quotes, said
from shared.console.pages.today import queues_table
from shared.console.pages.view import View
from shared.explain.sentences import numbers
from shared.kernel.money import Cents

SHOWN = 500
IN_QUEUE = "state = 'deferred' AND reason != 'next_year'"
"""What finds the invoices that stand in a queue."""
ASIDE = "state = 'deferred' AND reason = 'next_year'"
"""What finds those that are to be paid in a year not started: they stand aside, and block nobody."""


def queues(view: View) -> Page:
    """Every pot with something in it, and how old what waits is."""
    money = view.index.money()
    title = view.t("Eilės", "Queues")
    if money is None or money.standing.today is None:
        return Page(
            title=title,
            lead=view.t("Dar neprasidėjo nė viena diena.", "No day has started yet."),
            blocks=(),
            nav="queues",
        )
    standing = money.standing
    blocks: list[Block] = [queues_table(view, standing)]
    if standing.queues:
        blocks.append(_ages(view, money.ages))
    blocks += [pots_table(view), *_aside(view)]
    count, cents = sum(q.length for q in standing.queues), sum(q.waiting_cents for q in standing.queues)
    lead = (
        view.t(f"Laukia {view.invoices(count)}, {view.eur(cents)}.", f"{view.invoices(count)} wait, {view.eur(cents)}.")
        if count
        else view.t("Eilės tuščios.", "The queues are empty.")
    )
    return Page(title=title, lead=lead, blocks=tuple(blocks), nav="queues")


def _aside(view: View, **pot: str) -> Iterator[Text]:
    """What is to be paid in the next year, and is in no queue meanwhile: of the whole fund, or of a pot."""
    where = "".join(f" AND {name} = ?" for name in pot)
    query = f"SELECT count(*) AS n, sum(waiting) AS cents FROM invoice WHERE {ASIDE}{where} AND {view.index.in_force}"
    found = view.index.one(query, [*pot.values(), *view.index.spans])
    if found and found["n"]:
        count, cents = view.invoices(found["n"]), view.eur(found["cents"])
        yield Text(
            title=view.t("Mokėtina kitais metais", "To be paid in the next year"),
            text=view.t(
                f"Eilėje nestovi ir nieko nestabdo: {count}, {cents}; jos tikrinamos prasidėjus metams.",
                f"In no queue, and blocking nobody: {count}, {cents}, tested when that year starts.",
            ),
            links=(view.link(view.t("Šios sąskaitos", "These invoices"), "/invoices", **pot, reason="next_year"),),
        )


def _ages(view: View, ages: Sequence[WaitsOfAge]) -> Chart:
    """What waits by how long it does, as payments sums it up."""
    values, rows = [], []
    for each in ages:
        name = f"{each.from_days}–{each.to_days}" if each.to_days else f"> {each.from_days - 1}"
        values.append((name, (("part-c", each.waiting_cents),)))
        rows.append(Row.of(name, each.count, each.waiting_cents or None))
    said_ = view.t("Kiek dienų nuo priėmimo laukia ir kokia suma.", "How many days since acceptance, and what sum.")
    columns = view.columns(days="Dienų|Days", count="Sąskaitų|Invoices|count", waiting="Suma|Sum|money")
    table = Table(key="ages", title=view.t("Tie patys skaičiai", "The same numbers"), columns=columns, rows=tuple(rows))
    return Chart(
        title=view.t("Laukiančių sąskaitų amžius", "Age of what waits"),
        svg=svg.columns(values, said_),
        sentence=said_,
        table=table,
    )


def pots_table(view: View, payer: str | None = None, article: str | None = None) -> Table:
    """Every payer's part of every article."""
    money = view.index.money()
    pots = money.standing.pots if money else ()
    shown = [pot for pot in pots if payer in (None, pot.payer) and article in (None, pot.article)]
    rows = []
    for pot in shown:
        drawn = svg.execution(
            pot,
            pot.share_cents,
            f"{pot.payer} {pot.article}: K {view.money(pot.committed_cents)}, S {view.money(pot.share_cents)}",
        )
        rows.append(
            Row.of(
                view.payer_link(pot.payer),
                view.link(pot.article, f"/queues/{pot.payer}/{pot.article}/{pot.source}", hint=view.article(pot.article)),
                view.source(pot.source), drawn if pot.source == "PSDF" else None,
                pot.share_cents if pot.source == "PSDF" else None, pot.committed_cents, pot.ordered_cents,
                pot.transferred_cents, pot.waiting_cents or None,
            )
        )  # fmt: skip
    return Table(
        key="pots",
        title=view.t("Mokėtojų dalys", "Payers' parts"),
        columns=view.columns(
            payer="Mokėtojas|Payer", article="Straipsnis|Article", source="Lėšos|Money", bar="Vykdymas|Execution|bar",
            share="Dalis (S)|Share (S)|money", committed="Įsipareigota (K)|Committed (K)|money",
            ordered="Pateikta|Ordered|money", transferred="Pervesta (P)|Transferred (P)|money",
            waiting="Laukia|Waits|money",
        ),
        rows=tuple(rows),
        empty=view.t("Dalių dar nėra.", "There are no parts yet."),
    )  # fmt: skip


def queue(view: View, payer: str, article: str, source: str) -> Page | None:
    """One queue, place by place; None for a pot that there is none of."""
    money = view.index.money()
    pot = next(
        (
            p
            for p in (money.standing.pots if money else ())
            if (p.payer, p.article, p.source) == (payer, article, source)
        ),
        None,
    )
    if pot is None or money is None or money.standing.today is None:
        return None
    rows = view.index.rows(
        f"SELECT * FROM invoice WHERE {IN_QUEUE} AND payer = ? AND article = ? AND source = ? AND "
        f"{view.index.in_force} ORDER BY accepted, arrived, id",
        [payer, article, source, *view.index.spans],
    )
    cards = Cards(
        cards=(
            _limit(view, money, pot),
            Card(label=view.t("Įsipareigota (K)", "Committed (K)"), value=view.money(pot.committed_cents)),
            Card(label=view.t("Pervesta (P)", "Transferred (P)"), value=view.money(pot.transferred_cents)),
            Card(label=view.t("Laukia", "Waits"), value=view.money(pot.waiting_cents), note=view.invoices(len(rows)), tone="warn" if rows else "good"),
        )
    )  # fmt: skip
    blocks: list[Block] = [
        cards,
        *offers(view, "distribution"),
        _places(view, rows, room_of(money.standing, pot)),
        *_aside(view, payer=payer, article=article, source=source),
    ]
    blocks += _why(view, rows)
    more = (("Straipsnis ir jo pranešimai", "The article and its notices", f"/articles/{article}"), ("Biudžetas ir paskirstymas", "Budget and distribution", f"/budget/{money.standing.year}"))  # fmt: skip
    blocks.append(Text(text="", links=tuple(view.link(view.t(lt, en), path) for lt, en, path in more)))
    name = f"{article} {view.article(article)}".strip()
    return Page(
        title=f"{view.payer(payer)}: {name}",
        lead=view.t(
            f"{view.source(source)}. Laukia {view.invoices(len(rows))}, {view.eur(pot.waiting_cents)}.",
            f"{view.source(source)}. {view.invoices(len(rows))} wait, {view.eur(pot.waiting_cents)}.",
        ),
        blocks=tuple(blocks),
        nav="queues",
        crumbs=(view.link(view.t("Eilės", "Queues"), "/queues"),),
    )


def _limit(view: View, money: Money, pot: PotStanding) -> Card:
    """12, 19. The payer's share; state money has none, and what is left of it is one sum for all."""
    if pot.source == PSDF:
        return Card(label=view.t("Dalis (S)", "Share (S)"), value=view.money(pot.share_cents))
    funds = money.standing.state_funds
    return left_of(
        view, view.t("Valstybės lėšų liko (19 p.)", "State funds left (p. 19)"), funds.left_cents if funds else None
    )


def _places(view: View, rows: Sequence[Found], free: Cents | None) -> Table:
    shown, running, ended = [], 0, False
    for number, row in enumerate(rows[: view.most(SHOWN)], 1):
        running += row["waiting"]
        if free is not None and not ended and running > free:
            ended = True
            words = view.t(
                f"čia lėšos baigiasi: laisva {view.eur(max(free, 0))}",
                f"here the room ends: {view.eur(max(free, 0))} is free",
            )
            shown.append(Row.of(None, words, None, None, None, None, None, None, level="total"))
        due = date.fromisoformat(row["due"])
        shown.append(
            Row.of(
                number, view.invoice_link(row["id"]), view.provider_link(row["provider"]),
                date.fromisoformat(row["accepted"]), row["waiting"], running, due, view.reason(row["reason"]),
            )
        )  # fmt: skip
    return Table(
        key="places",
        title=view.t("Vietos eilėje", "Places of the queue"),
        columns=view.columns(
            place="#|#|count", invoice="Sąskaita|Invoice|id", provider="Ūkio subjektas|Provider",
            accepted="Priimta|Accepted|date", waiting="Suma|Sum|money", running="Iš viso iki čia|Sum so far|money",
            due="Apmokėti iki|Due on|date", why="Kodėl laukia|Why it waits",
        ),
        rows=tuple(shown),
        empty=view.t("Eilė tuščia.", "The queue is empty."),
        note=view.t(f"Pirmosios {SHOWN}.", f"The first {SHOWN}.") if len(rows) > view.most(SHOWN) else "",
    )  # fmt: skip


def _why(view: View, rows: Sequence[Found]) -> list[Block]:
    """The test that the head failed, with all its numbers."""
    told = (
        [event for event in view.index.about("invoice", rows[0]["id"]) if event.type == "payment.deferred"]
        if rows
        else []
    )
    if not told:
        return []
    last = told[-1]
    return [
        Facts(
            title=view.t("Kodėl laukia pirmoji: visi skaičiai", "Why the first waits: every number"),
            rows=tuple(
                (name, held(number, view.say.language.currency)) for name, number in numbers(last.data, view.lang)
            ),
        ),
        Text(text=said(view, last)),
        quotes(view, [last]),
    ]
