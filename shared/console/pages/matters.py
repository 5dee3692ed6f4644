"""P12, P13, P14. Sodra's statements, claims, and what is open of a year before it can be closed."""

from collections.abc import Iterator, Sequence
from datetime import date

from services.reconciliation.views import ClaimAges, claim_ages, statement_due
from shared.console.pages import svg
from shared.console.pages.articles import ledgers_table
from shared.console.pages.blocks import Block, Card, Cards, Cell, Chart, Facts, Page, Row, Table, Tone
from shared.console.pages.budget import known_years, years
from shared.console.pages.offers import offers
from shared.console.pages.story import events_table, quotes, timeline
from shared.console.pages.view import View
from shared.journal.events import RecordedEvent
from shared.reports.close import Close, Matter
from shared.reports.close_said import MATTERS, sum_name, what_of

UNUSED = "credit not used"
"""The reason that reconciliation gives where it hands over what is left of a credit."""
STATUSES: dict[str, tuple[str, str, Tone]] = {
    "waits": ("tikrinama", "under review", "warn"),
    "returned": ("grąžinta tikslinti", "returned", "bad"),
    "approved": ("patvirtinta", "approved", "good"),
}


def statements(view: View) -> Page:
    """P12. Sodra's statements against our own record."""
    events = view.index.of_type(
        "sodra.statement.submitted",
        "sodra.statement.approved",
        "sodra.statement.returned",
        "sodra.statement.overdue",
        "compensation.due",
    )
    return Page(
        title=view.t("Suderinimo pažymos", "Sodra's statements"),
        lead=view.t(
            "„Sodros“ ketvirčio pažymos ir mūsų apskaita, iki cento (22 p.).",
            "Sodra's quarterly statements against our record, to the cent (p. 22).",
        ),
        blocks=(
            *offers(view, "sodra-review"),
            *_statement_clock(view, events),
            statements_table(view),
            timeline(view, view.t("Kas įvyko ir kodėl", "What happened, and why"), events),
            quotes(view, events),
        ),
        nav="statements",
    )


def statements_table(view: View) -> Table:
    """22. Each quarter's last statement against our own record, the newest first."""
    rows = []
    for each in view.index.said_by("sodra"):
        status = STATUSES.get(each.status, (each.status, each.status, ""))
        difference = each.stated_cents - each.recorded_cents
        rows.append(
            Row.of(
                view.t(f"{each.year} m. {each.quarter} ketv.", f"{each.year} Q{each.quarter}"), each.submission, each.submitted_on, each.stated_cents, each.recorded_cents,
                difference or None, each.compensation_cents, each.approve_by, view.tag(*status),
            )
        )  # fmt: skip
    return Table(
        key="statements",
        title=view.t("Ketvirčiai", "Quarters"),
        columns=view.columns(
            quarter="Ketvirtis|Quarter", submission="Pateikimas|Submission|count",
            submitted_on="Pateikta|Submitted|date", stated="Nurodyta|Stated|money",
            recorded="Mūsų apskaitoje|Our record|money", difference="Skirtumas|Difference|money",
            compensation="Kompensacija|Compensation|money", approve_by="Patvirtinti iki|Approve by|date",
            status="Būklė|State",
        ),
        rows=tuple(rows),
        empty=view.t("Pažymų dar nebuvo.", "No statement came yet."),
    )  # fmt: skip


def _statement_clock(view: View, events: Sequence[RecordedEvent]) -> Iterator[Chart]:
    """22. The terms of the quarter whose statement came last, on one line."""
    last = next(iter(view.index.said_by("sodra")), None)
    if last is None:
        return
    points = [
        (statement_due(view.fund, view.today, last.year, last.quarter), view.t("pateikti iki", "submit by"), "point"),
        (last.submitted_on, view.t("pateikta", "submitted"), "done"),
    ]
    approved = [e.data for e in events if e.type == "sodra.statement.approved"]
    done = [each for each in approved if (each["year"], each["quarter"]) == (last.year, last.quarter)]
    missed = "missed" if not done and last.approve_by < view.today else "point"
    points.append((last.approve_by, view.t("patvirtinti iki", "approve by"), missed))
    for each in done:
        points.append((date.fromisoformat(each["approved_on"]), view.t("patvirtinta", "approved"), "done"))
        points.append((date.fromisoformat(each["pay_by"]), view.t("pervesti iki", "pay by"), "point"))
    points.sort()
    words = "; ".join(f"{what} {view.day(day)}" for day, what, _ in points)
    columns = view.columns(what="Kas|What", day="Diena|Day|date")
    shown = min(view.today, points[-1][0]) if done else view.today
    yield Chart(
        title=view.t(f"{last.year} m. {last.quarter} ketvirčio terminai", f"The terms of {last.year} Q{last.quarter}"),
        svg=svg.clock(points, shown, words),
        sentence=words,
        table=Table(key="clock", title=view.t("Terminai", "Terms"), columns=columns, rows=tuple(Row.of(what, day) for day, what, _ in points)),
    )  # fmt: skip


def claims(view: View) -> Page:
    """P13. Claims, those with a rest first, and how long they are open."""
    found, opened = view.index.said_by("claims"), _opened(view)
    rows = []
    for each in found:
        state = view.tag("nepadengtas", "open", "warn") if each.rest_cents else view.tag("padengtas", "settled", "good")
        day = opened[each.claim_id]
        rows.append(
            Row.of(
                view.link(each.claim_id, f"/claims/{each.claim_id}"), view.provider_link(each.provider_code),
                view.invoice_link(each.invoice_id) if each.invoice_id else None, each.basis, _ground(view, each.reason), each.amount_cents, each.rest_cents,
                day, (view.today - day).days if each.rest_cents else None, state,
            )
        )  # fmt: skip
    ages = claim_ages(found, opened, view.today)
    return Page(
        title=view.t("Išieškojimas", "Recovery"),
        lead=view.t(
            f"Nepadengta {view.eur(ages.rest_cents)} (20, 21 p.).",
            f"{view.eur(ages.rest_cents)} are not settled (p. 20, 21).",
        ),
        blocks=(
            *offers(view, "claim", "settle"),
            *((_ages(view, ages),) if ages.rest_cents else ()),
            Table(
                key="claims",
                title=view.t("Reikalavimai", "Claims"),
                columns=view.columns(
                    claim="Reikalavimas|Claim", provider="Ūkio subjektas|Provider", invoice="Sąskaita|Invoice|id",
                    basis="Punktas|Point", reason="Pagrindas|Ground", amount="Pareikšta|Claimed|money",
                    rest="Likutis|Rest|money", opened="Pareikšta nuo|Claimed since|date", age="Nepadengta dienų|Days open|count",
                    state="Būklė|State",
                ),
                rows=tuple(rows),
                empty=view.t("Reikalavimų nėra.", "There are no claims."),
            ),
        ),
        nav="claims",
    )  # fmt: skip


def _ground(view: View, reason: str) -> str:
    """Why a claim was made, in the words of who made it; the fund itself hands over what is left of a credit."""
    return view.t("neįskaitytas kreditas", reason) if reason == UNUSED else reason


def _opened(view: View) -> dict[str, date]:
    """When each claim was first demanded."""
    query = (
        "SELECT about.key, min(event.day) AS day FROM about JOIN event USING (seq) WHERE about.kind = 'claim' "
        "AND event.type = 'recovery.demanded' AND event.day <= ? GROUP BY about.key"
    )
    return {row["key"]: date.fromisoformat(row["day"]) for row in view.index.rows(query, [view.index.day])}


def _ages(view: View, ages: ClaimAges) -> Chart:
    """Open claims by how long they are open, as reconciliation sums them up."""
    named = [
        (f"{each.from_days}–{each.to_days}" if each.to_days else f"> {each.from_days - 1}", each) for each in ages.bands
    ]
    words = view.t("Kiek dienų reikalavimai nepadengti ir kokia suma.", "How many days claims are open, and what sum.")
    return Chart(
        title=view.t("Nepadengtų reikalavimų amžius", "Age of open claims"),
        svg=svg.columns([(name, (("part-c", each.rest_cents),)) for name, each in named], words),
        sentence=words,
        table=Table(
            key="ages",
            title=view.t("Tie patys skaičiai", "The same numbers"),
            columns=view.columns(days="Dienų|Days", count="Reikalavimų|Claims|count", rest="Likutis|Rest|money"),
            rows=tuple(Row.of(name, each.count, each.rest_cents or None) for name, each in named),
        ),
    )


def claim(view: View, claim_id: str) -> Page | None:
    """One claim and its story; None for an unknown one."""
    events = view.index.about("claim", claim_id)
    standing = next((each for each in view.index.said_by("claims") if each.claim_id == claim_id), None)
    if not events:
        return None
    blocks: list[Block] = [*offers(view, "settle", of=standing.payer, claim_id=claim_id)] if standing else []
    if standing:
        rows: list[tuple[str, Cell]] = [
            (view.t("Ūkio subjektas", "Provider"), view.provider_link(standing.provider_code)),
            (view.t("Sąskaita", "Invoice"), view.invoice_link(standing.invoice_id) if standing.invoice_id else "–"),
            (view.t("Pagrindas", "Ground"), _ground(view, standing.reason)),
            (view.t("Pareikšta", "Claimed"), view.eur(standing.amount_cents)),
            (view.t("Likutis", "Rest"), view.eur(standing.rest_cents)),
        ]
        blocks.append(Facts(title=view.t("Reikalavimas", "The claim"), rows=tuple(rows)))
    blocks += [timeline(view, view.t("Kas įvyko ir kodėl", "What happened, and why"), events), quotes(view, events)]
    return Page(
        title=view.t(f"Reikalavimas {claim_id}", f"Claim {claim_id}"),
        lead=view.provider(standing.provider_code) if standing else "",
        blocks=tuple(blocks),
        nav="claims",
        crumbs=(view.link(view.t("Išieškojimas", "Recovery"), "/claims"),),
    )


def year_to_close(view: View) -> int:
    """In January and February the year before is closed, where the fund knows it."""
    before = view.today.year - 1
    return before if view.today.month <= 2 and before in known_years(view) else view.today.year  # noqa: PLR2004


def year_end(view: View, year: int, close: Close) -> Page:
    """P14. What is open of a year, in the order in which it is closed; the proof where nothing is."""
    rows = tuple(_matter(view, number, matter) for number, matter in enumerate(close.open, 1))
    carried = view.index.one(
        "SELECT count(*) AS n FROM event WHERE type = 'payment.carried' AND json_extract(body, '$.from_year') = ? AND day <= ?",
        [year, view.index.day],
    )
    assert carried is not None
    blocks: list[Block] = [
        Cards(
            cards=(
                Card(label=view.t("Neužbaigta", "Open matters"), value=str(len(close.open)), tone="warn" if close.open else "good"),
                Card(label=view.t("Perkelta į kitus metus (24 p.)", "Carried to the next year (p. 24)"), value=view.invoices(carried["n"])),
            )
        ),
        *offers(view, "payer-year", year=str(year)),
        Table(
            key="open",
            title=view.t("Kas dar neužbaigta", "What is still open"),
            columns=view.columns(
                number="#|#|count", kind="Kas|What", what="Kuris|Which", amount="Suma|Sum|money", by="Iki|By|date",
                rule="Punktas|Point",
            ),
            rows=rows,
            empty=view.t("Viskas užbaigta: metus galima pasirašyti.", "Nothing is open: the year can be signed off."),
        ),
        ledgers_table(view, [each for each in view.index.said_by("close") if each.year == year]),
        events_table(
            view, "reports", view.t("Mokėtojų ataskaitos", "The payers' reports"),
            [e for e in view.index.of_type("payer.year.accepted", "payer.year.refused", "payer.year.overdue", "balance.return.ordered") if e.data["year"] == year],
            view.t("Ataskaitų dar nėra.", "No report came yet."),
        ),
    ]  # fmt: skip
    if close.proof:
        sums = tuple((sum_name(each.name, view.lang), view.eur(each.cents)) for each in close.proof.sums)
        blocks.append(Facts(title=view.t("Įrodymas: metų sumos", "The proof: the year's sums"), rows=sums))
    file = view.link(f"closing-{year}-{close.cut_off}.json", f"/years/{year}/closing.json")
    blocks.append(Facts(title=view.t("Kuo remtis", "What to rely on"), rows=(("SHA-256", close.sha256), (view.t("Būklė", "As of"), close.cut_off), (view.t("Atsisiųsti", "Download"), file), (view.t("Patikrinti", "To verify"), "psdf verify; psdf close " + str(year)))))  # fmt: skip
    lead = (
        view.t("Nieko neužbaigto nėra: metai uždaryti.", "Nothing is open: the year is closed.")
        if close.proof
        else view.t(f"Metams užbaigti liko: {len(close.open)}.", f"{len(close.open)} matters are open.")
    )
    return Page(
        title=view.t(f"{year} m. pabaiga", f"The end of {year}"),
        lead=lead,
        blocks=tuple(blocks),
        nav="years",
        crumbs=years(view, "/years"),
    )


def _matter(view: View, number: int, matter: Matter) -> Row:
    what: Cell = what_of(matter, view.lang)
    if matter.kind == "claim":
        what = view.link(matter.what, f"/claims/{matter.what}")
    elif matter.kind == "invoice":
        what = view.invoice_link(matter.what.partition(" ")[0])
    elif matter.kind == "order":
        what = view.invoice_link(matter.what.rpartition("#")[0])
    elif matter.kind == "notice":
        what = view.link(matter.what, f"/notices/{matter.what}")
    by: Cell = matter.by if isinstance(matter.by, date) else view.t("kol bus padengta", "until it is settled")
    return Row.of(
        number,
        view.t(*MATTERS[matter.kind]),
        what,
        matter.amount,
        by,
        view.link(matter.rule, f"/rules/{matter.rule}"),
    )
