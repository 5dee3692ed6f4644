"""A page written: as HTML by one template, as JSON, and its tables as CSV, plain or as a Lithuanian spreadsheet opens it."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup, escape

from shared.console.access import kept_from
from shared.console.pages.blocks import Card, Cell, Column, Link, Page, Row, Table, Tag, table_of
from shared.console.pages.late import Late, late_panels, panels_of
from shared.console.pages.view import View
from shared.kernel.language import NO_BREAK_SPACE
from shared.kernel.money import Cents
from shared.reports.year.words import MINUS
from shared.reports.year.write import FORMULA

TEXT = Column(key="text", label="")
"""How a fact is written: as a cell of text."""
TEMPLATE, FORM = "page.html.jinja", "form.html.jinja"
DATE = re.compile(r"(?<![\w-])\d{4}-\d{2}-\d{2}(?![\w-])")
"""A day in a sentence. A notice's number may look like one, and is kept whole like one."""
BOM = b"\xef\xbb\xbf"
LATE = "Late-Services"
"""The header of a file whose numbers are a late service's: which, and what is said of it (RFC 9651)."""

NAV = (
    ("fund", "/fund", "Šiandien", "Today"),
    ("work", "/work", "Mano darbai", "My work"),
    ("invoices", "/invoices", "Sąskaitos", "Invoices"),
    ("queues", "/queues", "Eilės", "Queues"),
    ("terms", "/terms", "Terminai", "Terms"),
    ("payments", "/payments", "Mokėjimai", "Payments"),
    ("notices", "/notices", "Pranešimai", "Notices"),
    ("contracts", "/contracts", "Sutartys", "Contracts"),
    ("budget", "/budget", "Biudžetas", "Budget"),
    ("reserve", "/reserve", "Rezervas", "Reserve"),
    ("statements", "/statements", "Pažymos", "Statements"),
    ("claims", "/claims", "Išieškojimas", "Recovery"),
    ("years", "/years", "Metų pabaiga", "Year end"),
    ("reports", "/reports", "Ataskaitos", "Reports"),
    ("what-if", "/what-if", "Kas būtų, jei", "What if"),
    ("rules", "/rules", "Taisyklės", "Rules"),
    ("seals", "/seals", "Antspaudai", "Seals"),
    ("parked", "/parked", "Atidėti", "Parked"),
    ("ops", "/ops", "Eksploatacija", "Operations"),
    ("tour", "/tour", "Gidas", "Tour"),
    ("open", "/open", "Atviri duomenys", "Open data"),
)


@cache
def _environment() -> Environment:
    folder = files("shared.console") / "templates"
    environment = Environment(
        loader=DictLoader({name: (folder / name).read_text(encoding="utf-8") for name in (TEMPLATE, FORM)}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["kind"] = lambda block: type(block).__name__.lower()
    environment.filters["dated"] = dated
    environment.filters["drawn"] = Markup  # SVG of ours, in which all words are escaped
    return environment


def html(view: View, page: Page, around: Mapping[str, Any]) -> bytes:
    """The page for a person; ``around`` is what stands around it: its path, query, fault and clock."""
    template = _environment().get_template(TEMPLATE)
    said = template.render(
        page=page,
        view=view,
        t=view.t,
        cell=lambda column, cell: written(view, column, cell),
        line=lambda columns, row: line(view, columns, row),
        text=TEXT,
        nav=[
            (key, view.url(path), view.t(lt, en))
            for key, path, lt, en in NAV
            if not (view.person and kept_from(view.person, path))
        ],
        head=view.index.head(),
        late=[" ".join(each.said for each in mine) for mine in late_panels(view, around["path"], page)],
        **around,
    )
    return said.encode()


def dated(text: str) -> Markup:
    """Words as they stand on a page, escaped, with each day in them kept whole: it is not torn over two lines."""
    return Markup(DATE.sub(r'<span class="whole">\g<0></span>', str(escape(text))))  # noqa: S704 - escaped here


def line(view: View, columns: Sequence[Column], row: Row) -> Markup:
    """The cells of a row; not in the template, where a table of some thousand cells takes three times as long."""
    cells = zip(columns, row.cells, strict=True)
    said = (f'<td class="{column.kind}">{written(view, column, cell)}</td>' for column, cell in cells)
    return Markup("".join(said))  # noqa: S704 - each cell is escaped


def written(view: View, column: Column, cell: Cell) -> Markup:
    """A cell as it stands on a page, with all words of it escaped."""
    if isinstance(cell, Tag):
        said = f'<span class="tag {escape(cell.tone)}">{escape(cell.text)}</span>'
    elif isinstance(cell, Link):
        hint = f" <small>{dated(cell.hint)}</small>" if cell.hint else ""
        said = f'<a href="{escape(cell.href)}">{dated(cell.text)}</a>{hint}'
    elif isinstance(cell, date):
        said = f'<time datetime="{cell}">{cell}</time>'
    elif column.kind == "bar" and isinstance(cell, str):
        said = cell  # SVG of ours, in which all words are escaped
    elif isinstance(cell, int):
        said = (
            view.money(cell) if column.kind == "money" else f"{cell:,}".replace(",", NO_BREAK_SPACE).replace("-", MINUS)
        )
    else:
        return dated(cell or "")
    return Markup(said)  # noqa: S704 - as said above


def as_json(page: Page, late: Sequence[tuple[Late, ...]] = ()) -> bytes:
    """The page for a machine: its title, lead, and each table and card by name; money is cents.

    ``late`` is what ``late_panels`` says of its blocks: ``late_services`` names each service, and what (``of``) is its.
    """
    said: dict[str, Any] = {"title": page.title, "lead": page.lead, **page.data}
    said["late_services"] = [
        {"service": each.service, "said": each.said, "of": of} for each, of in panels_of(page, late).items()
    ]
    for table in tables(page):
        said[table.key] = [
            {
                column.key: _plain(cell)
                for column, cell in zip(table.columns, row.cells, strict=True)
                if column.kind != "bar"
            }
            for row in table.rows
            if row.level != "total"
        ]
    cards = [card for block in page.blocks for card in getattr(block, "cards", ())]
    if cards:
        said["cards"] = [_card(card) for card in cards]
    steps = [step for block in page.blocks for step in getattr(block, "steps", ())]
    if steps:
        said["steps"] = [
            {
                "day": step.day,
                "type": step.event.text,
                "sentence": step.sentence,
                "rules": [rule.text for rule in step.rules],
            }
            for step in steps
        ]
    return msgspec.json.encode(said)


def _card(card: Card) -> dict[str, str]:
    return {"label": card.label, "value": card.value, "note": card.note}


def _plain(cell: Cell) -> str | int | date | None:
    return cell.text if isinstance(cell, Link | Tag) else cell


def tables(page: Page) -> list[Table]:
    """Every table of a page, those behind pictures too."""
    return [table for block in page.blocks if (table := table_of(block))]


def as_file(view: View, path: str, page: Page, asked: Mapping[str, str]) -> tuple[bytes, Mapping[str, str]] | None:
    """The table of a page that is asked for, or its first, as CSV, and its headers; None where it has none.

    The rows of a late service are the same as ever. That they are late is said by a header and by the file's name, and
    for a spreadsheet, which people pass on, in a last column.
    """
    key, spreadsheet = asked.get("table"), asked.get("as") == "csv-lt"
    blocks = zip(page.blocks, late_panels(view, path, page), strict=True)
    found = [(table, late) for block, late in blocks if (table := table_of(block))]
    if not found:
        return None
    table, late = next((each for each in found if each[0].key == key), found[0])
    name = "-".join(
        (page.nav or "psdf", table.key, f"{view.today}", *(("late", *(each.service for each in late)) if late else ()))
    )
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    if late:
        headers[LATE] = ", ".join(f"{each.service};said={_display(each.said)}" for each in late)
        if spreadsheet:
            table = _told_late(view, table, late)
    return as_csv(table, spreadsheet=spreadsheet), headers


def _told_late(view: View, table: Table, late: Sequence[Late]) -> Table:
    column = Column(key="late_service", label=view.t("Vėluojanti tarnyba", "Late service"))
    said = " ".join(each.said for each in late)
    rows = tuple(replace(row, cells=(*row.cells, said)) for row in table.rows)
    return replace(table, columns=(*table.columns, column), rows=rows)


def _display(text: str) -> str:
    """A display string of RFC 9651: what is no plain letter stands as its bytes."""
    plain = {*range(ord(" "), ord("~") + 1)} - {*b'%"'}
    return '%"' + "".join(chr(byte) if byte in plain else f"%{byte:02x}" for byte in text.encode()) + '"'


def as_csv(table: Table, *, spreadsheet: bool) -> bytes:
    """A table as CSV in UTF-8. For a Lithuanian spreadsheet: semicolons, decimal commas, and a mark at the beginning."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";" if spreadsheet else ",", lineterminator="\r\n" if spreadsheet else "\n")
    columns = [(number, column) for number, column in enumerate(table.columns) if column.kind != "bar"]
    writer.writerow([column.label if spreadsheet else _key(column) for _, column in columns])
    for row in table.rows:
        writer.writerow([_field(column, row.cells[number], spreadsheet=spreadsheet) for number, column in columns])
    return (BOM if spreadsheet else b"") + out.getvalue().encode()


def _key(column: Column) -> str:
    return f"{column.key}_eur" if column.kind == "money" else column.key


def _field(column: Column, cell: Cell, *, spreadsheet: bool) -> str:
    plain = _plain(cell)
    if plain is None:
        return ""
    if isinstance(plain, int):
        return _euro(plain, "," if spreadsheet else ".") if column.kind == "money" else str(plain)
    text = plain.isoformat() if isinstance(plain, date) else plain
    return f"'{text}" if text.startswith(FORMULA) else text


def _euro(cents: Cents, point: str) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}{point}{abs(cents) % 100:02d}"
