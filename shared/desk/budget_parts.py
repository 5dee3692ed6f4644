"""What a budget's file is made of, as JSON or as CSV: its columns, what it fills the form with, what is wrong in it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from shared.desk.acts import ACTS
from shared.desk.forms import Fault, Field, form_of, row_numbers
from shared.kernel.value import value

BUDGET = ACTS["budget"]
COLUMNS: dict[str, tuple[str, str]] = {
    "part": ("Kas", "What"),
    "code": ("Kodas", "Code"),
    "name": ("Pavadinimas", "Name"),
    "amount": ("Suma, Eur", "Sum, EUR"),
    "health_care": ("Sveikatos priežiūra", "Health care"),
    "sodra": ("„Sodra“", "Sodra"),
}
"""The columns by their keys, and as people read them; the plain file has ``amount_eur``."""
EMPTY = ("Failas tuščias", "The file is empty")
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


def rows_of(data: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """A budget's data as lines of the file: the field of each, and its cells by their columns; money is cents."""
    for key, field in FIELDS.items():
        if field.kind == "rows":
            for line in data[field.name]:
                yield key, {column_of(each): line[each.name] for each in field.inner}
        elif (said := data.get(field.name)) is not None:
            yield key, {column_of(field): said if field.kind == "money" else str(said)}


def column_of(field: Field) -> str:
    """In which column an input of a line stands, or the one of a line that has one."""
    if field.kind == "money":
        return "amount"
    return field.key if field.key in COLUMNS else "code"


def unread(lt: str, en: str) -> FromFile:
    """What a file fills that can't be read at all."""
    return FromFile(written={}, places={}, faults=(fault_of("file", lt, en),))


def fault_of(key: str, lt: str, en: str) -> Fault:
    """What is wrong, all of it in one sentence; its key is an input's, or ``file``."""
    return Fault(key=key, label=(lt, en), written=None, why="")


def shown(text: str) -> str:
    """What stands in a file, as far as a sentence shows it."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def doubles(written: Mapping[str, str], places: Mapping[str, Said]) -> Iterator[Fault]:
    """Each code of a list that stands on a second line."""
    for field in LISTS:
        code = next(each for each in field.inner if column_of(each) == "code")
        first: dict[str, Said] = {}
        for number in row_numbers(written, field.key):
            path = f"{field.key}.{number}"
            text, (lt, en) = written.get(f"{path}.{code.key}", ""), places[path]
            before = first.setdefault(text, places[path])
            if text and before != places[path]:
                lt, en = f"{lt}: {code.label('lt')} {shown(text)}", f"{en}: {code.label('en')} {shown(text)}"
                yield fault_of(
                    f"{path}.{code.key}", f"{lt} jau yra, {before[0]}", f"{en} stands twice, first on: {before[1]}"
                )
