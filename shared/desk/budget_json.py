"""A budget's file as JSON: the data of the event ``budget.approved`` or the whole event, its sums in cents."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from shared.desk.budget_parts import BUDGET, FIELDS, LISTS, FromFile, Said, doubles, fault_of, shown, unread
from shared.desk.forms import MOST_ROWS, Fault, Field, written_of
from shared.desk.json_text import NoJson, json_of, no_object


def of_json(text: str) -> FromFile:
    """Read it. What can't be read, or no form can be filled with, fills nothing."""
    try:
        data, twice = json_of(text)
    except NoJson as error:
        return unread(*error.said)
    if isinstance(data, dict) and data.get("type") == BUDGET.record.type:  # the whole event
        data = data.get("data")
    faults = [fault_of("file", *said) for said in twice]
    faults += _misfits(list(FIELDS.values()), data, "")
    if faults:
        return FromFile(written={}, places={}, faults=tuple(faults))
    places = {
        f"{each.key}.{number}": (f"{each.label('lt')}, {number + 1}-a eilutė", f"{each.label('en')}, line {number + 1}")
        for each in LISTS
        for number in range(len(data.get(each.name, ())))
    }
    written = written_of(BUDGET, data)
    return FromFile(written=written, places=places, faults=tuple(doubles(written, places)))


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
        yield fault_of("file", *no_object(where))
        return
    known = {each.name for each in fields}
    for name in [name for name in data if name not in known]:
        at = f"{path}{shown(name)}"
        yield fault_of("file", f"{at}: tokio lauko biudžete nėra", f"{at}: a budget has no such field")
    for each in fields:
        where, said = f"{path}{each.name}", data.get(each.name)
        if said is None:
            continue
        if each.kind == "rows":
            yield from _misfit_rows(each, said, where)
            continue
        fits, (lt, en) = _JSON.get(each.kind, _TEXT)
        if not fits(said):
            found = shown(json.dumps(said, ensure_ascii=False))
            yield fault_of("file", f"{where}: {found} netinka; reikia: {lt}", f"{where}: {found} is not {en}")


def _misfit_rows(field: Field, said: Any, where: str) -> Iterator[Fault]:  # noqa: ANN401 - any value of JSON
    if not isinstance(said, list):
        yield fault_of("file", f"{where}: ne sąrašas", f"{where}: not a list")
    elif len(said) > MOST_ROWS:
        lt, en = f"{where}: eilučių {len(said)}, o", f"{where}: {len(said)} lines, and"
        yield fault_of("file", f"{lt} daugiausia gali būti {MOST_ROWS}", f"{en} {MOST_ROWS} are the most")
    else:
        for number, line in enumerate(said):
            yield from _misfits(field.inner, line, f"{where}.{number}.")
