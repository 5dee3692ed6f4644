"""A budget's file as JSON: the data of the event ``budget.approved`` or the whole event, its sums in cents."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from shared.desk.budget_parts import BUDGET, FIELDS, LISTS, FromFile, Said, doubles, fault_of, shown, unread
from shared.desk.forms import MOST_ROWS, Fault, Field, written_of


def of_json(text: str) -> FromFile:
    """Read it. What can't be read, or no form can be filled with, fills nothing."""
    twice: list[str] = []

    def each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        twice.extend(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        return dict(pairs)

    try:
        data = json.loads(text, object_pairs_hook=each_once)
        json.dumps(data, ensure_ascii=False).encode()  # half a character is no text
    except (ValueError, RecursionError) as error:
        lt, en = _no_json(error)
        return unread(f"Tai ne JSON: {lt}", f"It is no JSON: {en}")
    if isinstance(data, dict) and data.get("type") == BUDGET.record.type:  # the whole event
        data = data.get("data")
    faults = [
        fault_of("file", f"{shown(name)} viename objekte yra du kartus", f"{shown(name)} stands twice in one object")
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
    return FromFile(written=written, places=places, faults=tuple(doubles(written, places)))


_SYNTAX: dict[str, Said] = {
    "Expecting value": ("reikia reikšmės", "a value is needed"),
    "Expecting ',' delimiter": ("reikia kablelio arba skliausto pabaigos", "a comma or a closing bracket is needed"),
    "Expecting ':' delimiter": ("reikia dvitaškio", "a colon is needed"),
    "Expecting property name": ('reikia lauko vardo tarp kabučių "', "a field's name between quotes \" is needed"),
    "Unterminated string": ('tekstas nesibaigia: trūksta kabučių "', 'a text does not end: a quote " is missing'),
    "Invalid control character": ("tekstas laužomas per dvi eilutes", "a text is broken over two lines"),
    "Invalid \\": ("po ženklo \\ stovi ne tai, ką žino JSON", "what stands after \\ is not known to JSON"),
    "Extra data": ("JSON baigėsi, o failas ne", "the JSON has ended, and the file has not"),
}
"""What Python says of JSON, by how it begins, as people are told."""
_THERE = 20
"""So many characters from the place of a fault on are shown."""


def _no_json(error: ValueError | RecursionError) -> Said:
    """Why a text is no JSON: where, what is wrong, and what stands there."""
    match error:
        case json.JSONDecodeError():
            lt, en = next(
                (said for begins, said in _SYNTAX.items() if error.msg.startswith(begins)),
                ("JSON čia neskaitomas", "the JSON can't be read here"),
            )
            there = error.doc[error.pos : error.pos + _THERE].partition("\n")[0].rstrip("\r")
            lt_there = f"čia: {there}" if there else "čia eilutės galas"
            en_there = f"here: {there}" if there else "here the line ends"
            return (
                f"{error.lineno} eilutė, {error.colno} simbolis: {lt}; {lt_there}",
                f"line {error.lineno}, column {error.colno}: {en}; {en_there}",
            )
        case RecursionError():
            return "skliaustai skliaustuose per giliai", "brackets within brackets go too deep"
        case UnicodeEncodeError():
            half = ascii(error.object[error.start])[1:-1]
            return f"tekste yra tik pusė simbolio: {half}", f"a text has half a character: {half}"
        case _:
            return "skaičius per ilgas", "a number is too long"


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
        yield fault_of("file", f"{where}: ne JSON objektas", f"{where}: not a JSON object")
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
