"""What lies below: one event word for word, and messages that were laid aside."""

from contextlib import suppress

import msgspec

from shared.console.index.ask import Row as Found
from shared.console.pages import told as of_told
from shared.console.pages.blocks import Cell, Facts, Page, Row, Table, Tag, Text
from shared.console.pages.offers import offers
from shared.console.pages.story import quotes, said, subject
from shared.console.pages.view import View
from shared.console.telling import Told
from shared.desk.faults import fault_said
from shared.kernel.calendar import in_vilnius

SHOWN_BYTES, SHOWN_SOURCE = 4_000, 200
SHORT, SHOWN = 8, 500


def event(view: View, event_id: str) -> Page | None:
    """One event: its sentence, its place, its cause, what it caused, and all that it says. None for an unknown id."""
    found = view.index.events("id = ?", [event_id])
    if not found:
        return None
    one = found[0]
    caused = view.index.events("cause = ? AND id != ?", [event_id, event_id])
    cause = view.index.events("id = ?", [one.cause]) if one.cause != event_id else []
    rows: list[tuple[str, Cell]] = [
        (view.t("Rūšis", "Type"), one.type),
        (view.t("Apie", "About"), subject(view, one)),
        (view.t("Tarnyba ir srautas", "Service and stream"), f"{one.service} {one.stream}"),
        (view.t("Akimirka", "Moment"), f"{in_vilnius(one.moment):%Y-%m-%d %H:%M:%S}"),
        (view.t("Teisinė diena", "Legal day"), one.day),
        ("id", one.event_id),
        (
            view.t("Priežastis", "Cause"),
            view.link(f"{cause[0].type} {one.cause}", f"/events/{one.cause}") if cause else one.cause,
        ),
    ]
    columns = view.columns(day="Diena|Day|date", type="Rūšis|Type", what="Įvykis|Event")
    return Page(
        title=one.type,
        lead=said(view, one),
        blocks=(
            Facts(title=view.t("Įvykis", "The event"), rows=tuple(rows)),
            Text(title=view.t("Viskas, ką jis sako", "All that it says"), text=msgspec.json.format(msgspec.json.encode(one.data)).decode(), tone="quiet"),
            Table(
                key="caused", title=view.t("Ką jis sukėlė", "What it caused"), columns=columns,
                rows=tuple(Row.of(each.day, view.link(each.type, f"/events/{each.event_id}"), said(view, each)) for each in caused[:200]),
                empty=view.t("Nieko.", "Nothing."),
            ),
            quotes(view, [one]),
        ),
        nav="fund",
        live=False,
    )  # fmt: skip


def parked(view: View, told: Told | None) -> Page:
    """Everything that was laid aside, what is not released first; ``told`` is of which senders were told."""
    rows = view.index.rows(
        "SELECT *, length(raw) AS size FROM parked WHERE day <= ? ORDER BY released IS NOT NULL, received DESC LIMIT ?",
        [view.index.day, view.most(SHOWN)],
    )
    waits = parked_waiting(view)
    return Page(
        title=view.t("Atidėti pranešimai", "Parked messages"),
        lead=view.t(f"Nesuprastų ir dar nepateiktų iš naujo: {waits}.", f"{waits} could not be meant and are not released."),
        blocks=(
            *offers(view, "release", "dismiss"),
            *of_told.unknown(view, told),
            Table(
                key="parked",
                title=view.t("Atidėti pranešimai", "Parked messages"),
                columns=view.columns(
                    id="id", topic="Rūšis|Type", received="Gauta|Received", service="Kas atidėjo|Parked by",
                    error="Kodėl|Why", bytes="Baitų|Bytes|count", state="Būklė|State",
                ) + of_told.columns(view),
                rows=tuple(
                    Row.of(
                        view.link(row["id"][:SHORT], f"/parked/{row['id']}"), row["topic"], row["received"][:16].replace("T", " "),
                        row["service"], fault_said(row["error"], view.lang), row["size"], _released(view, row),
                        *of_told.cells(told, row["id"]),
                    )
                    for row in rows
                ),
                empty=view.t("Viskas buvo suprasta.", "All could be meant."),
            ),
        ),
        nav="parked",
    )  # fmt: skip


def waiting(view: View) -> list[Found]:
    """What waits for somebody: neither released nor dismissed."""
    rows = view.index.rows(
        "SELECT id, topic, error, received FROM parked WHERE day <= ?1 AND coalesce(released > ?1, 1)", [view.index.day]
    )
    return [row for row in rows if row["id"] not in view.dismissed]


def parked_waiting(view: View) -> int:
    """How many that are."""
    return len(waiting(view))


def _released(view: View, row: Found) -> Tag:
    if row["released"]:
        return Tag(text=view.t("pateiktas iš naujo", "released"), tone="good")
    if row["id"] in view.dismissed:
        return Tag(text=view.t("paliktas", "dismissed"), tone="quiet")
    return Tag(text=view.t("atidėtas", "parked"), tone="warn")


def _sender(raw: bytes) -> str:
    """Whom a message that was laid aside says that it is from; a dash where it says nothing."""
    with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        if isinstance(told := msgspec.json.decode(raw), dict) and isinstance(source := told.get("source"), str):
            return source[:SHOWN_SOURCE]
    return "–"


def parked_one(view: View, parked_id: str, told: Told | None) -> Page | None:
    """One message that was laid aside, with its bytes. None for an unknown id."""
    row = view.index.one("SELECT * FROM parked WHERE id = ? AND day <= ?", [parked_id, view.index.day])
    if row is None:
        return None
    raw: bytes = row["raw"]
    shown = raw[:SHOWN_BYTES].decode(errors="backslashreplace")
    cut = (
        view.t(f" (pirmieji {SHOWN_BYTES} iš {len(raw)} baitų)", f" (the first {SHOWN_BYTES} of {len(raw)} bytes)")
        if len(raw) > SHOWN_BYTES
        else ""
    )
    return Page(
        title=view.t("Atidėtas pranešimas", "A parked message"),
        lead=fault_said(row["error"], view.lang),
        blocks=(
            Facts(
                title=view.t("Kas atidėta", "What was parked"),
                rows=(
                    ("id", row["id"]), (view.t("Rūšis", "Type"), row["topic"]), (view.t("Gauta", "Received"), row["received"]),
                    (view.t("Siuntėjas", "Sender"), _sender(raw)), (view.t("Kas atidėjo", "Parked by"), row["service"]),
                    (view.t("Kodėl", "Why"), fault_said(row["error"], view.lang)),
                    (view.t("Pateikti iš naujo", "To release it"), f"psdf parked release {row['id'][:SHORT]}"),
                    of_told.fact(view, told, row["id"]),
                ),
            ),
            *offers(view, "release", "dismiss", ids=row["id"]),
            *of_told.unknown(view, told),
            *of_told.form(view, told, row["id"]),
            Text(title=view.t("Baitai, kaip atėjo", "The bytes as they came") + cut, text=shown, tone="quiet"),
        ),
        nav="parked",
        crumbs=(view.link(view.t("Atidėti pranešimai", "Parked messages"), "/parked"),),
        tag=_released(view, row),
        live=False,
    )  # fmt: skip
