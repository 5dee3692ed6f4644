"""P2. What waits for a person: matters to confirm, what the law's terms ask for, one's own, and what can begin."""

from collections.abc import Iterator, Sequence
from datetime import date

from services.reconciliation.views import report_due
from shared.console.pages.blocks import Block, Button, Cell, Column, Form, Page, Row, Table, Tag, Text
from shared.console.pages.matter import stage
from shared.console.pages.offers import offer
from shared.console.pages.view import View
from shared.desk.acts import offered
from shared.desk.desk import Desk
from shared.desk.faults import fault_said
from shared.desk.matters import Matter
from shared.desk.person import Person
from shared.desk.words import word
from shared.kernel.calendar import in_vilnius

SHOWN = 50
"""Lines of a table."""
SHOWN_ERROR = 160


def work(view: View, desk: Desk, person: Person) -> Page:
    """P2. What waits for this person: matters to confirm, what the law's terms ask for, one's own, and what can begin."""
    waits = desk.to_confirm(person)
    blocks: list[Block] = [
        _matters(
            view,
            "confirm",
            view.t("Tvirtinti", "To confirm"),
            waits,
            view.t("Tvirtinti nėra ko.", "There is nothing to confirm."),
        )
    ]
    asked = list(due(view, person))
    if asked:
        blocks.append(
            Table(
                key="due",
                title=view.t("Rengti", "To prepare"),
                columns=_due_columns(view),
                rows=tuple(sorted(asked, key=lambda row: str(row.cells[2]))),
            )
        )
    mine = [each for each in desk.mine(person) if each.stage != "withdrawn"]
    blocks.append(
        _matters(
            view,
            "mine",
            view.t("Mano pasiūlymai", "My proposals"),
            mine[:SHOWN],
            view.t("Dar nieko nesiūlėte.", "You have proposed nothing yet."),
        )
    )
    links = tuple(offer(view, act.name) for act in offered(person, view.fund))
    if links:
        blocks.append(Text(title=view.t("Pradėti", "Begin"), text="", links=links))
    blocks.append(
        Form(
            title="",
            action="/sign-out",
            inputs=(),
            buttons=(Button(action="out", text=view.t("Atsijungti", "Sign out")),),
        )
    )
    count = len(waits) + len(asked)
    return Page(
        title=view.t("Mano darbai", "My work"),
        lead=view.t(f"{person.name}: laukia {count}.", f"{person.name}: {count} wait for you.") if count else _nothing(view),
        blocks=tuple(blocks),
        nav="work",
        live=False,
    )  # fmt: skip


def _nothing(view: View) -> str:
    """There is nothing to do; the term of the law that comes next."""
    money = view.index.money()
    coming = [each.due_on for each in (money.due if money else ()) if each.due_on >= view.today]
    said = view.t("Šiandien darbų nėra.", "There is nothing to do today.")
    if not coming:
        return said
    return f"{said} {view.t('Artimiausias mokėjimo terminas:', 'The next term of payment:')} {view.day(min(coming))}."


def _matters(view: View, key: str, title: str, found: Sequence[Matter], empty: str) -> Table:
    return Table(
        key=key,
        title=title,
        columns=view.columns(
            matter="Nr.|No.|id", what="Kas|What", about="Apie|About", by="Rengė|Drafted by", at="Kada|When",
            stage="Būklė|State",
        ),
        rows=tuple(
            Row.of(
                view.link(each.id, f"/desk/{each.id}"), word("acts", each.act, view.base), each.about.partition(" ")[2],
                each.by, f"{in_vilnius(each.at):%Y-%m-%d %H:%M}", stage(view, each),
            )
            for each in found
        ),
        empty=empty,
    )  # fmt: skip


def _due_columns(view: View) -> tuple[Column, ...]:
    return view.columns(what="Kas|What", sum="Suma|Sum|money", by="Iki|By|date", left="Liko|Left", act="Atverti|Open")


def due(view: View, person: Person) -> Iterator[Row]:
    """What the journal says is to be done by who has this role, each with its term."""
    of_state = person.payer == view.fund.state_payer
    if person.role == "clerk":
        yield from _reviews(view, person.payer)
        yield from _claims(view, person.payer)
        yield from _statements(view) if of_state else _years(view, person.payer)
    if person.role in ("clerk", "second", "director"):
        yield from _late(view)
    if person.role in ("clerk", "operator") and of_state:
        yield from _parked(view)
    if person.role == "planner":
        yield from _transfers(view)


def _reviews(view: View, payer: str) -> Iterator[Row]:
    """15. A payer's invoices that wait for a clerk's word."""
    rows = view.index.rows(
        f"SELECT * FROM invoice WHERE waits_for = 'review' AND state = 'waits' AND payer = ? AND {view.index.in_force} "
        f"ORDER BY check_by LIMIT {SHOWN}",
        [payer, *view.index.spans],
    )
    for row in rows:
        begun = {"invoice_id": row["id"], "contract_id": row["contract"]}
        yield _row(
            view, view.invoice_link(row["id"]), row["amount"], date.fromisoformat(row["check_by"]), "review", begun
        )


def _statements(view: View) -> Iterator[Row]:
    """22. Sodra's statements that wait for a clerk's word."""
    for each in view.index.said_by("sodra"):
        if each.status == "waits":
            begun = {"year": str(each.year), "quarter": str(each.quarter), "submission": str(each.submission)}
            what = view.link(f"{each.year}-Q{each.quarter}", "/statements")
            yield _row(view, what, each.stated_cents, each.approve_by, "sodra-review", begun)


def _claims(view: View, payer: str) -> Iterator[Row]:
    """20, 21. A payer's open claims; the law sets them no term."""
    for each in view.index.said_by("claims"):
        if each.payer == payer and each.rest_cents:
            what = view.link(each.claim_id, f"/claims/{each.claim_id}", hint=view.provider(each.provider_code))
            yield Row.of(what, each.rest_cents, None, None, offer(view, "settle", claim_id=each.claim_id))


def _years(view: View, payer: str) -> Iterator[Row]:
    """24. The years that a territorial fund has not reported, or not to the cent."""
    for each in view.index.said_by("close"):
        if each.payer == payer and each.year < view.today.year and not each.accepted:
            begun = {"payer": payer, "year": str(each.year), "source": each.source}
            what = view.link(f"{each.year}, {each.source}", f"/years/{each.year}")
            yield _row(view, what, None, report_due(view.fund, view.today, each.year), "payer-year", begun)


def _late(view: View) -> Iterator[Row]:
    """16. Payments whose term has passed, the oldest first."""
    money = view.index.money()
    for each in money.due if money else ():
        if each.due_on < view.today:
            left = view.t(
                f"praleista prieš {view.days_past((view.today - each.due_on).days)}",
                f"{view.days((view.today - each.due_on).days)} late",
            )
            what = view.link(
                view.t(
                    f"Neapmokėta laiku: {view.invoices(each.count)}", f"Not paid in time: {view.invoices(each.count)}"
                ),
                "/terms",
            )
            yield Row.of(what, each.rest_cents, each.due_on, Tag(text=left, tone="bad"), None)


def _parked(view: View) -> Iterator[Row]:
    """Parked messages, an error a line."""
    waits: dict[str, list[str]] = {}
    for row in view.index.rows("SELECT id, error, received FROM parked WHERE released IS NULL ORDER BY received"):
        if row["id"] not in view.dismissed:
            waits.setdefault(row["error"], []).append(row["received"][:10])
    for error, days in list(waits.items())[:SHOWN]:
        what = view.link(
            view.t(f"Atidėta: {len(days)}", f"Parked: {len(days)}"),
            "/parked",
            hint=fault_said(error, view.lang)[:SHOWN_ERROR],
        )
        yield Row.of(
            what,
            None,
            None,
            Tag(text=view.t(f"nuo {days[0]}", f"since {days[0]}"), tone="quiet"),
            offer(view, "release", error=error[:SHOWN_ERROR]),
        )


def _transfers(view: View) -> Iterator[Row]:
    """9, 10. Transfers to the reserve that are planned; they are due by the year's end."""
    for year in view.index.said_by("reserve"):
        for each in year.transfers:
            if each.status == "planned":
                begun = {"year": str(year.year), "kind": each.kind, "amount": view.money(each.amount_cents)}
                what = view.link(f"{each.kind}, {year.year}", f"/reserve/{year.year}")
                yield _row(view, what, each.amount_cents, date(year.year, 12, 31), "reserve-transfer", begun)


def _row(view: View, what: Cell, cents: int | None, by: date, act: str, begun: dict[str, str]) -> Row:
    left = (by - view.today).days
    late = view.t(f"praleista prieš {view.days_past(-left)}", f"{view.days(-left)} late")
    told = view.days(left) if left >= 0 else late
    tag = Tag(text=told, tone="bad" if left < 0 else "warn" if left <= 3 else "")  # noqa: PLR2004
    return Row.of(what, cents, by, tag, offer(view, act, **begun))
