"""A budget in a file, as JSON or as CSV: what it fills the form with, and on which of its lines something is wrong.

JSON is the event's own data, in cents. CSV has a line for each input of the form and for each line of revenue and of
expenses, as ``COLUMNS`` names them: plain, or as a Lithuanian spreadsheet writes it (semicolons, decimal commas, a mark
at the beginning, Lithuanian headings).
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from shared.desk.acts import ACTS
from shared.desk.drafts import checked
from shared.desk.forms import MOST_ROWS, Fault, Field, cents_of, form_of, row_numbers, written_of
from shared.desk.people import Person
from shared.kernel.fund import Fund
from shared.kernel.language import LANGUAGES, LT
from shared.kernel.value import value
from shared.reports.year.write import FORMULA

BUDGET = ACTS["budget"]
MAX_BYTES = 1_000_000
MOST_LINES = 2 * MOST_ROWS + 100
COLUMNS: dict[str, tuple[str, str]] = {
    "part": ("Kas", "What"),
    "code": ("Kodas", "Code"),
    "name": ("Pavadinimas", "Name"),
    "amount": ("Suma, Eur", "Sum, EUR"),
    "health_care": ("Sveikatos priežiūra", "Health care"),
    "sodra": ("„Sodra“", "Sodra"),
}
"""The columns by their keys, and as people read them; the plain file has ``amount_eur``."""
NEEDED = ("part", "code", "amount")
YES, NO = ("yes", "taip", "true", "on", "1", "x"), ("no", "ne", "false", "0", "")
EMPTY = ("Failas tuščias", "The file is empty")
MOST_FAULTS = 50
LONGEST = 100
"""How much of a cell is shown."""

Said: TypeAlias = tuple[str, str]
"""The same in Lithuanian and in English."""


@value
class FromFile:
    """What a file fills the form with: inputs by their keys; where each stands in the file; what no input can hold."""

    written: Mapping[str, str]
    places: Mapping[str, Said]
    faults: tuple[Fault, ...] = ()

    def placed(self, fault: Fault) -> Fault:
        """A fault of an input, with its line in the file before it."""
        key = fault.key
        place = self.places.get(key) or self.places.get(".".join(key.split(".")[:2]))
        if place is None:
            return fault
        lt, en = fault.label
        return replace(fault, label=(f"{place[0]}: {lt}", f"{place[1]}: {en}"))

    def over(self, before: Mapping[str, str]) -> dict[str, str]:
        """What the form holds now: what the file says, and what was written before of which it says nothing."""
        lists = tuple(f"{each.key}." for each in LISTS if row_numbers(self.written, each.key))
        return {key: text for key, text in before.items() if not (lists and key.startswith(lists))} | {**self.written}


FIELDS = {each.key: each for each in form_of(BUDGET)}
LISTS = tuple(each for each in FIELDS.values() if each.kind == "rows")


def budget_of(content: bytes) -> FromFile:
    """Read a file: JSON where it begins as JSON does, else CSV. What can't be read at all fills nothing."""
    if not content.strip():
        return _unread(*EMPTY)
    if len(content) > MAX_BYTES:
        return _unread(
            f"Faile {len(content)} B, o daugiausia gali būti {MAX_BYTES}",
            f"The file has {len(content)} bytes, and {MAX_BYTES} are the most",
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return _unread(
            f"{line} eilutė: ne UTF-8; skaičiuoklėje įrašykite kaip „CSV UTF-8“",
            f"Line {line}: no UTF-8; save it as “CSV UTF-8” in the spreadsheet",
        )
    return _of_json(text) if text.lstrip().startswith(("{", "[")) else _of_csv(text)


def filled(fund: Fund, person: Person, content: bytes, before: Mapping[str, str]) -> tuple[dict[str, str], list[Fault]]:
    """What the form holds with a file over what was written before, and what is wrong, each at its line.

    Raises NotDone where the person can't speak for its payer.
    """
    found = budget_of(content)
    now = found.over(before)
    if not found.written:
        return now, _first(found.faults)
    _, faults = checked(fund, BUDGET, person, now)
    at = {fault.key for fault in found.faults}
    others = (fault for fault in faults if fault.key not in at and (fault.key or not found.faults))
    return now, _first([*found.faults, *map(found.placed, others)])


def _first(faults: Sequence[Fault]) -> list[Fault]:
    """As many faults as are told at once."""
    more = len(faults) - MOST_FAULTS
    return [*faults[:MOST_FAULTS], *([_fault("file", f"ir dar {more}", f"and {more} more")] if more > 0 else ())]


def rows_of(data: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """A budget's data as lines of the file: the field of each, and its cells by their columns; money is cents."""
    for key, field in FIELDS.items():
        if field.kind == "rows":
            for line in data[field.name]:
                yield key, {_column(each): line[each.name] for each in field.inner}
        elif (said := data.get(field.name)) is not None:
            yield key, {_column(field): said if field.kind == "money" else str(said)}


def _column(field: Field) -> str:
    """In which column an input of a line stands, or the one of a line that has one."""
    if field.kind == "money":
        return "amount"
    return field.key if field.key in COLUMNS else "code"


def _unread(lt: str, en: str) -> FromFile:
    return FromFile(written={}, places={}, faults=(_fault("file", lt, en),))


def _fault(key: str, lt: str, en: str) -> Fault:
    return Fault(key=key, label=(lt, en), written=None, why="")


def _shown(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _doubles(written: Mapping[str, str], places: Mapping[str, Said]) -> Iterator[Fault]:
    """Each code of a list that stands on a second line."""
    for field in LISTS:
        code = next(each for each in field.inner if _column(each) == "code")
        first: dict[str, Said] = {}
        for number in row_numbers(written, field.key):
            path = f"{field.key}.{number}"
            text, (lt, en) = written.get(f"{path}.{code.key}", ""), places[path]
            before = first.setdefault(text, places[path])
            if text and before != places[path]:
                lt, en = f"{lt}: {code.label('lt')} {_shown(text)}", f"{en}: {code.label('en')} {_shown(text)}"
                yield _fault(
                    f"{path}.{code.key}", f"{lt} jau yra, {before[0]}", f"{en} stands twice, first on: {before[1]}"
                )


# ----------------------------------------------------------------------------------------------------------------- CSV


def _of_csv(text: str) -> FromFile:
    if (lines := max(text.count("\n"), text.count("\r"))) > MOST_LINES:
        return _unread(
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
        return _unread(f"{began} eilutė: CSV neperskaitomas ({error})", f"Line {began}: no CSV ({error})")
    found = [(number, cells) for number, cells in lines_read if any(cells)]
    if not found:
        return _unread(*EMPTY)
    number, names = found[0]
    columns, faults = _columns(number, names)
    if faults:
        return FromFile(written={}, places={}, faults=tuple(faults))
    return _Lines(columns).read(found[1:])


def _plain(cell: str) -> str:
    cell = cell.strip()
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell


def _columns(number: int, names: Sequence[str]) -> tuple[list[str], list[Fault]]:
    """The keys of the columns, as the first line names them; and what is wrong with it."""
    known = {name.casefold(): key for key, said in COLUMNS.items() for name in (key, f"{key}_eur", *said)}
    columns = [known.get(name.casefold(), "") for name in names]
    faults = [
        _line_fault(number, f"stulpelio „{_shown(name)}“ nežinome", f"there is no column “{_shown(name)}”")
        for name, column in zip(names, columns, strict=True)
        if name and not column
    ]
    if faults:
        lt, en = (", ".join(said[n] for said in COLUMNS.values()) for n in (0, 1))
        return columns, [*faults, _fault("file", f"Stulpeliai: {lt}", f"The columns are: {en}")]
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
    return _fault(key, f"{number} eilutė: {lt}", f"Line {number}: {en}")


class _Lines:
    """The lines below the headings, put into the form's inputs one by one."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = columns
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
        faults = (*self._faults, *_doubles(self._written, self._places))
        return FromFile(written=self._written, places=self._places, faults=faults)

    def _line(self, number: int, cells: Sequence[str]) -> None:
        said: dict[str, str] = {}
        for at, cell in enumerate(cells):
            column = self._columns[at] if at < len(self._columns) else ""
            if column:
                said[column] = cell
            elif cell:
                self._wrong(
                    number, f"„{_shown(cell)}“ stovi už stulpelių", f"“{_shown(cell)}” stands beside the columns"
                )
                return
        key = self._parts.get(said.get("part", "").casefold())
        if key is None:
            part = _shown(said.get("part", ""))
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
            self._input(number, name, each, said.pop(_column(each), ""))
        for column, cell in said.items():
            if cell and column != "part" and not (cell.casefold() in NO and column in ("health_care", "sodra")):
                lt, en = COLUMNS[column]
                self._wrong(
                    number,
                    f"{field.label('lt')}: čia stulpelio „{lt}“ nereikia, o jame „{_shown(cell)}“",
                    f"{field.label('en')}: nothing stands in column “{en}” here, and it has “{_shown(cell)}”",
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
                f"{lt}: „{_shown(cell)}“ yra formulė, reikia reikšmės",
                f"{en}: “{_shown(cell)}” is a formula, and not what comes of it",
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
                f"{lt}: „{_shown(cell)}“ netinka; reikia: taip arba nieko",
                f"{en}: “{_shown(cell)}” is not yes or nothing",
                key,
            )

    def _wrong(self, number: int, lt: str, en: str, key: str = "file") -> None:
        self._faults.append(_line_fault(number, lt, en, key))


# ---------------------------------------------------------------------------------------------------------------- JSON


def _of_json(text: str) -> FromFile:
    twice: list[str] = []

    def each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        twice.extend(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        return dict(pairs)

    try:
        data = json.loads(text, object_pairs_hook=each_once)
        json.dumps(data, ensure_ascii=False).encode()  # half a character is no text
    except (ValueError, RecursionError) as error:
        return _unread(f"Tai ne JSON: {error}", f"It is no JSON: {error}")
    if isinstance(data, dict) and data.get("type") == BUDGET.record.type:  # the whole event
        data = data.get("data")
    faults = [
        _fault("file", f"{_shown(name)} viename objekte yra du kartus", f"{_shown(name)} stands twice in one object")
        for name in twice
    ]
    faults += _misfits(list(FIELDS.values()), data, "")
    if faults:
        return FromFile(written={}, places={}, faults=tuple(faults))
    places = {
        f"{each.key}.{number}": (f"{each.label('lt')}, {number + 1}-a eilutė", f"{each.label('en')}, line {number + 1}")
        for each in LISTS
        for number in range(len(data.get(each.name, ())))
    }
    written = written_of(BUDGET, data)
    return FromFile(written=written, places=places, faults=tuple(_doubles(written, places)))


_JSON: dict[str, tuple[Callable[[Any], bool], Said]] = {
    "money": (
        lambda said: isinstance(said, int) and not isinstance(said, bool),
        ("sveikasis skaičius centais", "a whole number of cents"),
    ),
    "number": (
        lambda said: isinstance(said, int) and not isinstance(said, bool),
        ("sveikasis skaičius", "a whole number"),
    ),
    "tick": (lambda said: isinstance(said, bool), ("true arba false", "true or false")),
}
_TEXT = (lambda said: isinstance(said, str), ("tekstas", "a text"))
"""What each kind of input is in JSON; all others are texts."""


def _misfits(fields: Sequence[Field], data: Any, path: str) -> Iterator[Fault]:  # noqa: ANN401 - any value of JSON
    """What no form can be filled with: other fields, and values of another kind."""
    if not isinstance(data, dict):
        where = path.removesuffix(".") or "data"
        yield _fault("file", f"{where}: ne JSON objektas", f"{where}: not a JSON object")
        return
    known = {each.name for each in fields}
    for name in [name for name in data if name not in known]:
        at = f"{path}{_shown(name)}"
        yield _fault("file", f"{at}: tokio lauko biudžete nėra", f"{at}: a budget has no such field")
    for each in fields:
        where, said = f"{path}{each.name}", data.get(each.name)
        if said is None:
            continue
        if each.kind == "rows":
            yield from _misfit_rows(each, said, where)
            continue
        fits, (lt, en) = _JSON.get(each.kind, _TEXT)
        if not fits(said):
            shown = _shown(json.dumps(said, ensure_ascii=False))
            yield _fault("file", f"{where}: {shown} netinka; reikia: {lt}", f"{where}: {shown} is not {en}")


def _misfit_rows(field: Field, said: Any, where: str) -> Iterator[Fault]:  # noqa: ANN401 - any value of JSON
    if not isinstance(said, list):
        yield _fault("file", f"{where}: ne sąrašas", f"{where}: not a list")
    elif len(said) > MOST_ROWS:
        lt, en = f"{where}: eilučių {len(said)}, o", f"{where}: {len(said)} lines, and"
        yield _fault("file", f"{lt} daugiausia gali būti {MOST_ROWS}", f"{en} {MOST_ROWS} are the most")
    else:
        for number, line in enumerate(said):
            yield from _misfits(field.inner, line, f"{where}.{number}.")
