"""JSON that a person gives in a file: its value, or why it has none, in both languages."""

import json
from collections import Counter
from typing import Any

from shared.desk.budget_parts import Said, shown


class NoJson(ValueError):  # noqa: N818 - what a text is, as people are told
    """A text is no JSON; ``said``: where and why."""

    def __init__(self, lt: str, en: str) -> None:
        """Keep both languages."""
        super().__init__(en)
        self.said: Said = (f"Tai ne JSON: {lt}", f"It is no JSON: {en}")


def json_of(text: str | bytes) -> tuple[Any, list[Said]]:
    """The value, and each name that stands twice in one object, as people are told. Raises NoJson."""
    twice: list[str] = []

    def each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        twice.extend(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        return dict(pairs)

    try:
        text = text if isinstance(text, str) else text.decode("utf-8-sig")
        data = json.loads(text, object_pairs_hook=each_once)
        json.dumps(data, ensure_ascii=False).encode()  # half a character is no text
    except (ValueError, RecursionError) as error:
        raise NoJson(*_why(error)) from None
    return data, [
        (f"{shown(name)} viename objekte yra du kartus", f"{shown(name)} stands twice in one object") for name in twice
    ]


def no_object(where: str) -> Said:
    """What stands somewhere is a value of another kind."""
    return f"{where}: ne JSON objektas", f"{where}: not a JSON object"


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


def _why(error: ValueError | RecursionError) -> Said:
    """Where, what is wrong, and what stands there."""
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
        case UnicodeDecodeError():
            return "tekstas ne UTF-8", "the text is no UTF-8"
        case UnicodeEncodeError():
            half = ascii(error.object[error.start])[1:-1]
            return f"tekste yra tik pusė simbolio: {half}", f"a text has half a character: {half}"
        case _:
            return "skaičius per ilgas", "a number is too long"
