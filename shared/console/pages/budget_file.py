"""P10. A budget out of a file: where it is chosen, what came of it, a model to begin with, and what its lines make."""

from collections.abc import Iterator, Mapping
from typing import Any

from shared.console.pages.blocks import Button, Cell, Input, Link, Page, Row, Table, Text
from shared.console.pages.view import View
from shared.desk.budget_file import MAX_BYTES
from shared.desk.budget_parts import COLUMNS, FIELDS, LISTS, rows_of
from shared.desk.forms import cents_of, row_numbers

FILE = "file"
MODEL = "/desk/new/budget/model"
KINDS = {"amount": "money"}


def file_input(view: View, fault: str) -> Input:
    """Where the file is chosen."""
    return Input(
        key=FILE,
        label=view.t("Biudžetas faile (JSON arba CSV)", "The budget in a file (JSON or CSV)"),
        kind="file",
        hint=view.t(
            f"Užpildo šią formą, nieko nesiunčia; daugiausia {MAX_BYTES // 1000} kB. Ko faile nėra, lieka, kaip įrašyta.",
            f"It fills this form and sends nothing; {MAX_BYTES // 1000} kB at most. Of what it says nothing, what is written stays.",
        ),
        fault=fault,
    )


def file_button(view: View) -> Button:
    """What fills the form from the file."""
    return Button(action=FILE, text=view.t("Užpildyti iš failo", "Fill in from the file"), has_file=True)


def file_links(view: View) -> tuple[Link, ...]:
    """To where the file is chosen, and to a model of one."""
    return (
        Link(text=view.t("Biudžetą turite faile?", "You have the budget in a file?"), href=f"#{FILE}"),
        view.link(view.t("Failo pavyzdys", "A model of the file"), MODEL),
        view.link(view.t("Pavyzdys CSV", "The model as CSV"), MODEL, **{"as": "csv"}),
        view.link(view.t("Pavyzdys skaičiuoklei", "The model for a spreadsheet"), MODEL, **{"as": "csv-lt"}),
    )


def model(view: View) -> Page:
    """The file as a table: the next edition after the last one adopted, or two lines of a first budget."""
    last = next((event.data for event in reversed(view.index.of_type("budget.adopted"))), None)
    plain = view.asked.get("as") == "csv"
    rows = []
    for key, cells in rows_of(_next(last) if last else _first(view)):
        part = key if plain else FIELDS[key].label(view.base)
        rows.append(
            Row.of(part, *(_cell(view, cells.get(column), plain=plain) for column in COLUMNS if column != "part"))
        )
    heads = {key: f"{lt}|{en}|{KINDS.get(key, 'text')}" for key, (lt, en) in COLUMNS.items()}
    return Page(
        title=view.t("Biudžeto failo pavyzdys", "A model of a budget's file"),
        lead=view.t(
            "Tokį CSV priima biudžeto forma: po eilutę kiekvienam laukui, pajamų eilutei ir išlaidų straipsniui. Įstatymas ir įsigaliojimo diena įrašomi stulpelyje „Kodas“; kodus skaičiuoklėje laikykite tekstu.",
            "The form of a budget takes such a CSV: a line for each field, line of revenue and article of expenses. The law and the day from which it is in force stand in the column “Code”; keep codes as text in a spreadsheet.",
        ),
        blocks=(
            Table(
                key="budget",
                title=view.t("Failas", "The file"),
                columns=view.columns(**heads),
                rows=tuple(rows),
                note=view.t(
                    "JSON – įvykio budget.approved duomenys (data), sumos centais.",
                    "JSON is the data of the event budget.approved, its sums in cents.",
                ),
            ),
        ),
        nav="work",
        crumbs=(view.link(view.t("Įrašyti patvirtintą biudžetą", "Adopt a budget"), "/desk/new/budget"),),
        live=False,
    )


def _cell(view: View, cell: Any, *, plain: bool) -> Cell:  # noqa: ANN401 - any value of a record
    if isinstance(cell, bool):
        yes = "yes" if plain else view.t("taip", "yes")
        return yes if cell else ""
    return "" if cell is None else cell


def _next(last: Mapping[str, Any]) -> dict[str, Any]:
    return {**last, "edition": last["edition"] + 1, "law": "", "in_force_from": ""}


def _first(view: View) -> dict[str, Any]:
    """A first budget, in which all is still to be written."""
    empty = {each.name: 0 if each.kind in ("money", "number") else "" for each in FIELDS.values()}
    lines = {
        each.name: [{one.name: False if one.kind == "tick" else 0 if one.kind == "money" else "" for one in each.inner}]
        for each in LISTS
    }
    return {**empty, "year": view.today.year + 1, "edition": 1} | lines


def filled_from(view: View, name: str, now: Mapping[str, str]) -> Text:
    """What a file has filled the form with."""
    revenue, expenses = (len(row_numbers(now, each.key)) for each in LISTS)
    return Text(
        text=view.t(
            f"Užpildyta iš failo {name}: pajamų eilučių {revenue}, išlaidų eilučių {expenses}. Dar niekas neišsiųsta.",
            f"Filled in from {name}: {revenue} lines of revenue, {expenses} of expenses. Nothing is sent yet.",
        ),
        tone="good",
    )


def rows_make(view: View, written: Mapping[str, str]) -> Iterator[Text]:
    """Where the lines of a list do not make the sum that is stated."""
    for field in LISTS:
        amounts = [cents_of(written.get(f"{field.key}.{n}.amount", "")) for n in row_numbers(written, field.key)]
        made = sum(cents for cents in amounts if cents is not None)
        stated = cents_of(written.get(f"{field.key}_total", ""))
        if stated is not None and made != stated:
            what, made_eur, stated_eur = field.label(view.base), view.eur(made), view.eur(stated)
            text = view.t(
                f"{what}: eilutės sudaro {made_eur}, nurodyta {stated_eur}, skirtumas {view.eur(made - stated)}.",
                f"{what}: rows make {made_eur}, stated {stated_eur}, {view.eur(made - stated)} apart.",
            )
            yield Text(text=text, tone="bad")
