"""P19. For those who run it: does it work, is anybody behind, what can't be read, what is under way to others."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, datetime

from shared.console.access import kept_from
from shared.console.index.standing import VIEWS
from shared.console.operations import BROKEN, FOLLOWS, RESTS, RUNS, SILENT, SILENT_S, WAITS, Operations, Process
from shared.console.pages import bank
from shared.console.pages.behind import RUNBOOK, behind
from shared.console.pages.blocks import Card, Cards, Cell, Page, Row, Table, Text, Tone
from shared.console.pages.money import ordered
from shared.console.pages.technical import parked_waiting, waiting
from shared.console.pages.view import View
from shared.desk.faults import fault_said
from shared.kernel.calendar import VILNIUS

HOW: dict[str, tuple[str, str, Tone]] = {
    RESTS: ("neveikia", "at rest", "quiet"),
    RUNS: ("veikia", "works", "good"),
    WAITS: ("laukia", "waits", "warn"),
    SILENT: ("tyli", "silent", "bad"),
    BROKEN: ("sutrikęs", "out of order", "bad"),
    FOLLOWS: ("skaito", "reads on", "good"),
}
CHAPTERS = {WAITS: "PsdfNotReady", SILENT: "PsdfServiceDown", BROKEN: "PsdfNotReady"}
"""The chapter of the runbook (deploy/README.md) for a process that does not work; other rows have theirs where they are made."""
UNANSWERED_DAYS = "day IN (SELECT day FROM payorder WHERE day <= ?1 AND (outcome IS NULL OR outcome_day > ?1))"  # few: only they are summed
UNANSWERED, PARKED = 20, 100
"""So many days with orders without an answer are shown, and errors of what is parked."""


def ops(view: View, desk: bank.Looks | None, asked: Callable[[], Operations]) -> Page:
    """How the fund's processes are, and what waits for whom; ``desk`` is the bank's, where it is here."""
    now = asked()
    return Page(
        title=view.t("Eksploatacija", "Operations"),
        lead=view.t(
            "Kas veikia, kas vėluoja, ko nepavyko suprasti, kas pakeliui pas kitus.",
            "What works, what is behind, what could not be read, what is under way to others.",
        ),
        blocks=(*_unread(view, now), _cards(view, now, desk), _processes(view, now), behind(view, now.behind, has_topics=now.has_topics), _journals(view, now), _parked(view), _letters(view), _orders(view), _boards(view)),
        nav="ops",
    )  # fmt: skip


def _boards(view: View) -> Text:
    """Where the numbers of all this stand over time."""
    return Text(
        text="", links=(view.link(view.t("Lentos: skaičiai laike", "Boards: numbers over time"), "/ops/boards"),)
    )


def _unread(view: View, now: Operations) -> Iterator[Text]:
    """Why the console hears nothing of the processes, or of what they lay aside."""
    if now.unread:
        said = "; ".join(f"{what}: {why}" for what, why in now.unread.items())
        yield Text(title=view.t("Konsolė neskaito „Kafkos“", "The console can't read Kafka"), text=said, tone="warn")


def _cards(view: View, now: Operations, desk: bank.Looks | None) -> Cards:
    behind = (datetime.now(VILNIUS).date() - view.today).days if view.index.days() else 0
    known = [each.unpublished for each in now.journals if each.unpublished is not None]
    known += [each.counts["outbox"] for each in now.processes if "outbox" in each.counts]
    parked = parked_waiting(view)
    days = view.t(f"kalendorius pažengęs {view.days_past(behind)}", f"the calendar is {view.days(behind)} further")
    return Cards(
        cards=(
            Card(label=view.t("Teisinė diena", "Legal day"), value=str(view.today) if view.index.days() else "–", note=days if behind > 0 else view.t("kaip kalendoriuje", "as the calendar")),
            Card(label=view.t("Nuspręsta, dar nepaskelbta", "Decided, not yet told"), value=str(sum(known)) if known else "–", note=view.t("įrašų žurnale", "commits of the journal") if known else view.t("žino patys procesai", "the processes know"), tone="warn" if sum(known) else ""),
            _proven(view, now),
            Card(label=view.t("Atidėti pranešimai", "Parked messages"), value=str(parked), href=view.url("/parked"), tone="warn" if parked else "good"),
            *((bank.card(view, desk, leads=not (view.person and kept_from(view.person, "/bank"))),) if desk else ()),
        )
    )  # fmt: skip


def _proven(view: View, now: Operations) -> Card:
    """When the journals were proven last, and whether they held."""
    label = view.t("Žurnalai patikrinti („psdf verify“)", "Journals proven (psdf verify)")
    if now.proven is None:
        return Card(
            label=label, value=view.t("niekada", "never"), note=view.t("čia dar neleista", "it has not run here")
        )
    held = view.t(f"sutampa, įrašų {now.proven.commits}", f"they hold, {now.proven.commits} commits")
    return Card(
        label=label,
        value=f"{now.proven.at.astimezone(VILNIUS):%Y-%m-%d %H:%M}",
        note=f"{now.proven.fault} → PsdfNotReady" if now.proven.fault else held,
        tone="bad" if now.proven.fault else "good",
    )


def _processes(view: View, now: Operations) -> Table:
    told = any(each.age_s is not None for each in now.processes)
    columns = view.columns(
        process="Procesas|Process",
        place="Kur|Where",
        how="Būklė|State",
        said="Ko laukia|What it waits for",
        runbook=RUNBOOK,
        waits_since="Laukia nuo (UTC)|Waits since (UTC)",
    )
    if told:
        columns += view.columns(
            age="Kalbėjo prieš, s|Spoke ago, s|count", lag="Neskaityta|Unread|count",
            outbox="Laukia paskelbimo|Waits to be told|count", letters="Laiškų pakeliui|Letters under way|count",
            parked="Atidėta|Parked|count", version="Versija|Version", since="Veikia nuo (UTC)|Runs since (UTC)",
        )  # fmt: skip
    return Table(
        key="processes",
        title=view.t("Procesai", "Processes"),
        columns=columns,
        rows=tuple(Row(cells=_process(view, each, told=told)) for each in now.processes),
        empty=view.t("Dar nė vienas procesas nieko nepasakė.", "No process has said anything yet."),
        note=view.t(
            f"Klasterio procesai apie save pasako kas kelias sekundes; kas nekalbėjo {SILENT_S:.0f} s, tyli.",
            f"Processes of a cluster tell of themselves every few seconds; who has not spoken for {SILENT_S:.0f} s is silent.",
        ),
    )


def _process(view: View, each: Process, *, told: bool) -> tuple[Cell, ...]:
    since = each.waits_since.isoformat() if each.waits_since else ""
    how = view.tag(*HOW[each.how])
    cells: tuple[Cell, ...] = (each.name, each.place, how, each.said, CHAPTERS.get(each.how), _moment(since))
    if not told:
        return cells
    counts = (each.counts.get(what) for what in ("lag", "outbox", "letters", "parked"))
    age_s = None if each.age_s is None else round(each.age_s)
    return (*cells, age_s, *counts, each.version, _moment(each.since))


def _journals(view: View, now: Operations) -> Table:
    """Each service's journal, the day that it stands on (of invoices each provider has its own), the last thing told."""
    last = "SELECT moment FROM told WHERE service = ? AND day <= ? ORDER BY day DESC LIMIT 1"
    told = {
        number: row["moment"]
        for number in range(1, len(now.journals) + 1)
        if (row := view.index.one(last, [number, view.index.day]))
    }
    days: dict[str, str] = {}
    for service, stream in VIEWS:
        stands = view.index.one(
            "SELECT max(day) AS day FROM standing WHERE what = ? AND day <= ?", [stream, view.index.day]
        )
        days[service] = max(days.get(service, ""), (stands and stands["day"]) or "")
    rows = []
    for number, each in enumerate(now.journals, 1):
        day = date.fromisoformat(days[each.service]) if days.get(each.service) else None
        rows.append(
            Row.of(
                each.service,
                each.streams,
                each.commits,
                each.unpublished,
                day,
                _moment(told.get(number, "")),
                "PsdfRelayLag" if each.unpublished else None,
            )
        )
    return Table(
        key="journals",
        title=view.t("Tarnybos ir jų žurnalai", "Services and their journals"),
        columns=view.columns(
            service="Tarnyba|Service", streams="Srautų|Streams|count", commits="Įrašų|Commits|count",
            unpublished="Dar nepaskelbta|Not yet told|count", day="Teisinė diena|Legal day|date",
            moment="Paskutinis paskelbtas įvykis|Last event told", runbook=RUNBOOK,
        ),
        rows=tuple(rows),
    )  # fmt: skip


def _parked(view: View) -> Table:
    """What could not be read and waits for somebody, by type and error."""
    waits: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for each in waiting(view):
        waits[each["topic"], each["error"]].append(each["received"])
    rows = sorted(waits.items(), key=lambda each: (-len(each[1]), each[0]))[: view.most(PARKED)]
    return Table(
        key="parked",
        title=view.t("Nesuprasti pranešimai, pagal klaidą", "Messages that could not be read, by error"),
        columns=view.columns(
            topic="Rūšis|Type", error="Klaida|Error", count="Kiek|How many|count", first="Pirmasis|First",
            last="Paskutinis|Last", runbook=RUNBOOK,
        ),
        rows=tuple(
            Row.of(topic, fault_said(error, view.lang), len(at), _moment(min(at)), _moment(max(at)), "Parked events")
            for (topic, error), at in rows
        ),
        empty=view.t("Viskas buvo suprasta.", "All could be read."),
        more=view.link(view.t("Visi", "All"), "/parked") if rows else None,
    )  # fmt: skip


def _moment(text: str) -> str:
    return text[:16].replace("T", " ")


def _letters(view: View) -> Table:
    """18. Letters to the ministry that are under way."""
    rows = view.index.rows(
        "SELECT no, prepared FROM notice WHERE prepared <= ?1 AND coalesce(ended > ?1, 1) ORDER BY prepared", [view.index.day]
    )  # fmt: skip
    return Table(
        key="letters",
        title=view.t("Raštai ministerijai pakeliui (18 p.)", "Letters to the ministry under way (p. 18)"),
        columns=view.columns(
            no="Pranešimas|Notice|id", prepared="Parengtas|Prepared|date", days="Dienų|Days|count", runbook=RUNBOOK
        ),
        rows=tuple(_letter(view, row["no"], date.fromisoformat(row["prepared"])) for row in rows),
        empty=view.t("Visi raštai įteikti.", "All letters are delivered."),
    )


def _letter(view: View, no: str, prepared: date) -> Row:
    return Row.of(view.link(no, f"/notices/{no}"), prepared, (view.today - prepared).days, "PsdfNoticeNotDelivered")


def _orders(view: View) -> Table:
    """16. Orders that the bank has not answered, by day."""
    open_ = [(row, row["cents"] - row["executed"] - row["rejected"]) for row in ordered(view, "day", UNANSWERED_DAYS)]
    rows: list[tuple[Cell, ...]] = [
        (view.link(row["day"], f"/payments/{row['day']}"), row["n"], cents, "PsdfOrderUnanswered")
        for row, cents in open_
        if cents
    ]
    return Table(
        key="orders",
        title=view.t("Mokėjimo nurodymai, į kuriuos bankas neatsakė", "Orders that the bank has not answered"),
        columns=view.columns(
            day="Diena|Day",
            count="Tos dienos nurodymų|Orders of the day|count",
            open="Neatsakyta|Unanswered|money",
            runbook=RUNBOOK,
        ),
        rows=tuple(Row(cells=cells) for cells in rows[:UNANSWERED]),
        empty=view.t("Bankas atsakė į visus.", "The bank has answered all."),
    )
