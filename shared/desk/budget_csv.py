"""A budget's file as CSV: a line for each input of the form and for each line of revenue and of expenses.

The columns are as ``COLUMNS`` names them: plain, or as a Lithuanian spreadsheet writes it (semicolons, decimal commas,
a mark at the beginning, Lithuanian headings).
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Sequence

from shared.desk.budget_parts import (
    COLUMNS,
    EMPTY,
    FIELDS,
    FromFile,
    Said,
    column_of,
    doubles,
    fault_of,
    shown,
    unread,
)
from shared.desk.forms import MOST_ROWS, Fault, Field, cents_of
from shared.kernel.language import LANGUAGES, LT
from shared.reports.year.write import FORMULA

MOST_LINES = 2 * MOST_ROWS + 100
_NO_CSV: dict[str, Said] = {
    "expected after": (
        ": langelis tarp kabučių baigėsi, o toliau ne skirtukas; kabutės langelio viduje rašomos dukart",
        ": a cell between quotes has ended, and no separator follows; quotes within a cell are written twice",
    ),
    "unexpected end": (": langelis prasideda kabutėmis ir nesibaigia", ": a cell begins with a quote and does not end"),
    "field larger": (": langelis per ilgas", ": a cell is too long"),
}
"""What Python says of CSV, by a part of it, as people are told."""
NEEDED = ("part", "code", "amount")
CODES = ("code", "article")
_MONTH = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
    r"|sau|vas|kov|bal|geg|bir|lie|rgp|rgs|rug|spa|spl|lap|grd|gru)[^\W\d]*\.?"
)
DATE = re.compile(
    r"\d{4}[-./]\d{1,2}[-./]\d{1,2}(?:[ T].*)?|\d{1,2}[-./]\d{1,2}[-./](?:\d{2}|\d{4})|\d\d-\d\d|\d{1,2}/\d{1,2}"
    rf"|\d{{1,4}}[-./ ]*{_MONTH}(?:[-./ ]*\d{{1,4}})?|{_MONTH}[-./ ]*\d{{1,4}}(?: d\.)?",
    re.IGNORECASE,
)
"""How a spreadsheet writes a day: 2026-01-01, 01.01.2026, 01-01, 01-Jan, sau.-01."""
NUMBER = re.compile(r"([1-9]\d?)(?:[.,](\d\d?))?")
"""What is left of a code as a number: 4 of 04, 1.01 or 1,1 of 01.01."""
YES, NO = ("yes", "taip", "true", "on", "1", "x"), ("no", "ne", "false", "0", "")


def of_csv(text: str, known: Collection[str] = ()) -> FromFile:
    """Read it; ``known`` codes are what they look like. What can't be read at all fills nothing."""
    if (lines := max(text.count("\n"), text.count("\r"))) > MOST_LINES:
        return unread(
            f"Faile eilučių {lines}, o daugiausia gali būti {MOST_LINES}",
            f"The file has {lines} lines, and {MOST_LINES} are the most",
        )
    head = text.lstrip().partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in head else ",", strict=True)
    lines_read, began = [], 1
    try:
        for cells in reader:
            lines_read.append((began, [_plain(cell) for cell in cells]))
            began = reader.line_num + 1
    except csv.Error as error:
        lt, en = next((told for part, told in _NO_CSV.items() if part in str(error)), ("", ""))
        return unread(f"{began} eilutė: tai ne CSV{lt}", f"Line {began}: no CSV{en}")
    found = [(number, cells) for number, cells in lines_read if any(cells)]
    if not found:
        return unread(*EMPTY)
    number, names = found[0]
    columns, faults = _columns(number, names)
    if faults:
        return FromFile(written={}, places={}, faults=tuple(faults))
    return _Lines(columns, known).read(found[1:])


def _turned_into(cell: str, known: Collection[str]) -> Said | None:
    """What a spreadsheet has turned a code into, by its look; None where the cell may be the code itself."""
    if DATE.fullmatch(cell):
        return "data", "a date"
    if (number := NUMBER.fullmatch(cell)) is None:
        return None
    whole, part = number[1].zfill(2), number[2]
    before = [f"{whole}.{each}" for each in (part, part.zfill(2), part.ljust(2, "0"))] if part else [whole]
    if any(code in known for code in before) or (part and len(number[1]) == 1):
        return "skaičiumi", "a number"
    return None


def _plain(cell: str) -> str:
    cell = cell.strip()
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell


def _columns(number: int, names: Sequence[str]) -> tuple[list[str], list[Fault]]:
    """The keys of the columns, as the first line names them; and what is wrong with it."""
    known = {name.casefold(): key for key, said in COLUMNS.items() for name in (key, f"{key}_eur", *said)}
    columns = [known.get(name.casefold(), "") for name in names]
    faults = [
        _line_fault(number, f"stulpelio „{shown(name)}“ nežinome", f"there is no column “{shown(name)}”")
        for name, column in zip(names, columns, strict=True)
        if name and not column
    ]
    if faults:
        lt, en = (", ".join(said[n] for said in COLUMNS.values()) for n in (0, 1))
        return columns, [*faults, fault_of("file", f"Stulpeliai: {lt}", f"The columns are: {en}")]
    named = [column for column in columns if column]
    faults += [
        _line_fault(number, f"stulpelis „{COLUMNS[key][0]}“ yra du kartus", f"column “{COLUMNS[key][1]}” stands twice")
        for key in sorted({column for column in named if named.count(column) > 1})
    ]
    faults += [
        _line_fault(number, f"trūksta stulpelio „{COLUMNS[key][0]}“", f"there is no column “{COLUMNS[key][1]}”")
        for key in NEEDED
        if key not in named
    ]
    return columns, faults


def _line_fault(number: int, lt: str, en: str, key: str = "file") -> Fault:
    return fault_of(key, f"{number} eilutė: {lt}", f"Line {number}: {en}")


class _Lines:
    """The lines below the headings, put into the form's inputs one by one."""

    def __init__(self, columns: Sequence[str], known: Collection[str]) -> None:
        self._columns, self._known = columns, known
        self._written: dict[str, str] = {}
        self._places: dict[str, Said] = {}
        self._faults: list[Fault] = []
        self._rows = Counter[str]()  # of each list, how many lines it has
        self._parts = {
            name.casefold(): key
            for key, field in FIELDS.items()
            for name in (key, field.name, field.label("lt"), field.label("en"))
        }

    def read(self, lines: Sequence[tuple[int, list[str]]]) -> FromFile:
        for number, cells in lines:
            self._line(number, cells)
        faults = (*self._faults, *doubles(self._written, self._places))
        return FromFile(written=self._written, places=self._places, faults=faults)

    def _line(self, number: int, cells: Sequence[str]) -> None:
        said: dict[str, str] = {}
        for at, cell in enumerate(cells):
            column = self._columns[at] if at < len(self._columns) else ""
            if column:
                said[column] = cell
            elif cell:
                self._wrong(number, f"„{shown(cell)}“ stovi už stulpelių", f"“{shown(cell)}” stands beside the columns")
                return
        key = self._parts.get(said.get("part", "").casefold())
        if key is None:
            part = shown(said.get("part", ""))
            self._wrong(number, f"„{part}“ biudžete nėra", f"a budget has no “{part}”")
            return
        field = FIELDS[key]
        if field.kind == "rows":
            path = f"{key}.{self._rows[key]}"
            self._rows[key] += 1
            inputs = {f"{path}.{each.key}": each for each in field.inner}
        else:
            path, inputs = key, {key: field}
            self._once(number, field)
        self._places[path] = (f"{number} eilutė", f"Line {number}")
        for name, each in inputs.items():
            self._input(number, name, each, said.pop(column_of(each), ""))
        for column, cell in said.items():
            if cell and column != "part" and not (cell.casefold() in NO and column in ("health_care", "sodra")):
                lt, en = COLUMNS[column]
                self._wrong(
                    number,
                    f"{field.label('lt')}: čia stulpelio „{lt}“ nereikia, o jame „{shown(cell)}“",
                    f"{field.label('en')}: nothing stands in column “{en}” here, and it has “{shown(cell)}”",
                )

    def _once(self, number: int, field: Field) -> None:
        """Say where a field stands a second time."""
        if first := self._places.get(field.key):
            lt, en = (
                f"{field.label('lt')}: jau yra, {first[0]}",
                f"{field.label('en')}: it stands there already, {first[1]}",
            )
            self._wrong(number, lt, en, field.key)

    def _input(self, number: int, key: str, field: Field, cell: str) -> None:
        if cell.startswith("="):
            lt, en = field.label("lt"), field.label("en")
            self._wrong(
                number,
                f"{lt}: „{shown(cell)}“ yra formulė, reikia reikšmės",
                f"{en}: “{shown(cell)}” is a formula, and not what comes of it",
                key,
            )
        elif field.name in CODES and cell not in self._known and (turned := _turned_into(cell, self._known)):
            (lt, en), (label_lt, label_en) = turned, COLUMNS["code"]
            self._wrong(
                number,
                f"{field.label('lt')}: „{shown(cell)}“: panašu, kad skaičiuoklė kodą pavertė {lt}; "
                f"stulpelį „{label_lt}“ laikykite tekstu",
                f"{field.label('en')}: “{shown(cell)}”: it looks as if the spreadsheet has turned the code into {en}; "
                f"keep the column “{label_en}” as text",
                key,
            )
        if field.kind == "money" and (cents := cents_of(cell)) is not None:
            self._written[key] = LANGUAGES[LT].sum_of(cents)
        elif field.kind != "tick":
            self._written[key] = cell
        elif cell.casefold() in YES:
            self._written[key] = "on"
        elif cell.casefold() in NO:
            self._written[key] = ""
        else:
            lt, en = field.label("lt"), field.label("en")
            self._wrong(
                number,
                f"{lt}: „{shown(cell)}“ netinka; reikia: taip arba nieko",
                f"{en}: “{shown(cell)}” is not yes or nothing",
                key,
            )

    def _wrong(self, number: int, lt: str, en: str, key: str = "file") -> None:
        self._faults.append(_line_fault(number, lt, en, key))
