"""P17. The seals of the journals: a root for each day, who signed it too, and how anybody checks it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shared.console.pages.blocks import Cell, Facts, Page, Row, Table, Text
from shared.console.pages.view import View
from shared.proof.published import SealFault, countersigners, read_file

PAGE = 100
SHORT = 16
QUERY = "SELECT * FROM seal WHERE day <= ? AND number < ? ORDER BY number DESC LIMIT ?"
FIRST, ALL = 2**62, -1
"""Before which number the first page is, and how many rows are all."""


def seals(view: View, folder: Path, *, everything: bool = False) -> Page:
    """The seals up to the page's day, the newest first, or those before one of them; ``everything`` without pages.

    ``folder`` is where their files are published: what others signed stands in each, so each that is shown is read.
    """
    last = view.index.one(QUERY, [view.index.day, FIRST, 1])
    before = before_of(view.asked.get("before", ""))
    rows = view.index.rows(QUERY, [view.index.day, before, ALL if everything else PAGE + 1])
    more = not everything and len(rows) > PAGE
    lead = view.t("Žurnalai dar neužantspauduoti.", "The journals are not sealed yet.")
    if last:
        lead = view.t(
            f"Paskutinis antspaudas – {view.day(last['day'])} (Nr. {last['number']}). Kas turi kurios nors dienos šaknį, tas pamatytų, jei praeitis būtų perrašyta.",
            f"The latest is seal {last['number']} of {view.day(last['day'])}. Whoever keeps the root of a day sees it if the past is rewritten.",
        )
    columns = view.columns(
        number="Nr.|No.|count", day="Diena|Day|date", root="Šaknis|Root", events="Įvykių|Events|count",
        streams="Srautų|Streams|count", countersigned="Taip pat pasirašė|Signed by others",
    )  # fmt: skip
    return Page(
        title=view.t("Antspaudai", "Seals"),
        lead=lead,
        blocks=(
            Table(
                key="seals",
                title=view.t("Dienų šaknys", "Roots by day"),
                columns=columns,
                rows=tuple(
                    Row.of(
                        row["number"], row["day"], view.link(row["root"][:SHORT], f"/seals/{row['number']}"),
                        row["events"], row["streams"], _signers(view, folder, row),
                    )
                    for row in (rows[:PAGE] if more else rows)
                ),
                more=view.link(view.t("Ankstesni", "Earlier"), "/seals", before=str(rows[PAGE - 1]["number"])) if more else None,
                empty=view.t("Antspaudų dar nėra: raktą sukuria psdf proof key new.", "There is none yet: psdf proof key new makes the key."),
            ),
            how_to_check(view, "SEAL"),
        ),
        nav="seals",
    )  # fmt: skip


def seal(view: View, number: int, folder: Path) -> Page | None:
    """One seal, word for word, and its file. None for a number that there is none of."""
    row = view.index.one("SELECT * FROM seal WHERE number = ? AND day <= ?", [number, view.index.day])
    if row is None:
        return None
    name = file_name(row)
    there = (folder / name).is_file()
    told: tuple[tuple[str, Cell], ...] = (
        (view.t("Diena", "Day"), row["day"]),
        (view.t("Šaknis", "Root"), row["root"]),
        (view.t("Ankstesnis antspaudas", "The seal before"), row["previous"] or "–"),
        (view.t("Įvykių", "Events"), str(row["events"])),
        (view.t("Srautų", "Streams"), str(row["streams"])),
        (view.t("Viešasis raktas", "Public key"), row["public_key"]),
        (view.t("Taip pat pasirašė", "Signed by others"), _signers(view, folder, row) or "–"),
        (
            view.t("Byla", "File"),
            view.link(name, f"/seals/{row['number']}/file")
            if there
            else view.t("ne šiame aplanke", "not in this folder"),
        ),
    )
    return Page(
        title=view.t(f"Antspaudas Nr. {row['number']}", f"Seal {row['number']}"),
        lead=view.t(
            "Po šia šaknimi – visų tarnybų žurnalai iki tos dienos pabaigos.",
            "Under this root are the journals of all services up to that day.",
        ),
        blocks=(
            Facts(title=view.t("Antspaudas", "The seal"), rows=told),
            how_to_check(view, name, row["public_key"]),
        ),
        nav="seals",
        live=False,
    )  # fmt: skip


def how_to_check(view: View, name: str, public: str = "PUBLIC") -> Text:
    """What somebody types who trusts nobody."""
    lines = (
        "psdf proof key show",
        f"psdf proof check {name} --key {public}",
        f"psdf proof countersign {name} --key auditor.key --name Auditor",
        f"psdf verify --seal {name} --key {public}",
    )
    title = view.t("Kaip patikrinti", "How to check it")
    return Text(title=title, text="\n".join(lines), tone="quiet")


def before_of(asked: str) -> int:
    """The number that a page goes on before; nothing else that is asked for is a place."""
    return int(asked) if asked.isdecimal() and len(asked) <= len(str(FIRST)) - 1 else FIRST


def file_name(row: Mapping[str, Any]) -> str:
    """How the file of a seal is called."""
    return f"seal-{row['number']:06d}-{row['day']}.json"


def _signers(view: View, folder: Path, row: Mapping[str, Any]) -> str:
    """Who else signed it, by its file; empty where nobody did, or the file is not here."""
    path = folder / file_name(row)
    if not path.is_file():
        return ""
    try:
        return ", ".join(name for name, _, _ in countersigners(read_file(path), {}))
    except SealFault:
        return view.t("byla nesutampa", "the file does not hold")
