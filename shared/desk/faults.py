"""Why a message can't be read, in Lithuanian for who decides what becomes of it; the journal and its sender have it in English."""

import re
from collections.abc import Iterator
from typing import Final

from shared.desk.words import phrase
from shared.explain.sentences import Lang
from shared.kernel.language import LT

_SAID: Final = (
    (r"not JSON: JSON is malformed: (.*) \(byte (\d+)\)", "tai ne JSON: {1} baite {0}"),
    (r"not JSON: JSON is malformed: (.*) \(b[^)]*\.\.\.", "tai ne JSON: {0}"),  # cut short before its place
    (r"not JSON: Input data was truncated", "tai ne JSON: netikėtai baigiasi"),
    (r"not JSON: 'utf-8' codec can't .*", "tai ne JSON: tekstas ne UTF-8"),
    (r"not JSON: maximum recursion depth exceeded.*", "tai ne JSON: skliaustai skliaustuose per giliai"),
    (r"not JSON: Invalid JSON: (.*) at line (\d+) column (\d+)", "tai ne JSON: {1} eilutė, {2} simbolis: {0}"),
    (r"not JSON: (.*)", "tai ne JSON: {0}"),
    (r"not a JSON object", "tai ne JSON objektas"),
    (r"type is missing", "nenurodyta rūšis (type)"),
    (r"type: not text", "rūšis (type) – ne tekstas"),
    (r"type: (.*) is not in the catalogue", "rūšies {0} kataloge nėra"),
    (r"type: (.*) is said by a service, never from outside", "rūšį {0} sako tik tarnybos, iš išorės ji nepriimama"),
    (r"type: (.*) came on the topic of (.*)", "rūšies {0} pranešimas atėjo temoje {1}"),
    (r"source: (.*) may not send this (\S+), which comes from (.*)", "siuntėjas {0} negali siųsti šio {1}: jį siunčia {2}"),
    (r"data\.date: (\S+) is not the day of its time (\S+) in Vilnius", "data.date: {0} nėra to laiko ({1}) diena Vilniuje"),
    (r"(\S+) is no field of (\S+)", "{1} neturi lauko {0}"),
    (r"(\S+) is missing", "trūksta lauko {0}"),
    (r"(\S+): more than the limit of (\d+) entries", "{0}: eilučių daugiau nei {1}"),
    (r"(\S+): (\d+) entries are fewer than the (\d+) needed", "{0}: eilučių {1}, o reikia bent {2}"),
    (r"and (\d+) more", "ir dar {0}"),
    (r"(\d+) bytes are more than the limit of (\d+)", "dydis {0} B, o riba – {1} B"),
    (r"(\d+) commas are more than the limit of (\d+)", "kablelių {0}, o riba – {1}"),
    (r"(.*) stands twice in one object: nobody can say which of the two is meant", "{0} viename objekte yra du kartus: neaišku, kuris tikras"),
)  # fmt: skip
SAID: Final = tuple((re.compile(pattern, re.DOTALL), lithuanian) for pattern, lithuanian in _SAID)
_NO_JSON: Final = {
    "expected ',' or '}'": "reikia kablelio arba }",
    "expected ',' or ']'": "reikia kablelio arba ]",
    "expected ':'": "reikia dvitaškio",
    "invalid character": "čia negalimas simbolis",
    "invalid character in unicode escape": "po \\u ne keturi šešioliktainiai skaitmenys",
    "invalid escape character in string": "po \\ stovi ne tai, ką žino JSON",
    "invalid escaped character": "po \\ stovi ne tai, ką žino JSON",
    "invalid number": "neteisingai parašytas skaičius",
    "invalid unicode code point": "tik pusė simbolio",
    "number out of range": "skaičius per didelis",
    "object keys must be strings": "lauko vardas turi būti tarp kabučių",
    "recursion limit exceeded": "skliaustai skliaustuose per giliai",
    "trailing characters": "JSON jau baigėsi",
    "trailing comma in array": "po paskutinės reikšmės – kablelis",
    "trailing comma in object": "po paskutinio lauko – kablelis",
    "unexpected end of hex escape": "tik pusė simbolio",
}
"""Why a text is no JSON, as its readers say it (msgspec, pydantic)."""
IS_NOT: Final = re.compile(r"(\S+): (.*?) is not (.+)", re.DOTALL)
LONGEST: Final = 2_000
"""What is longer stays as it is."""


def fault_said(error: str, lang: Lang) -> str:
    """Why a message was laid aside; in English where the Lithuanian of it is not known."""
    if lang.partition("@")[0] != LT or len(error) > LONGEST:
        return error
    return "; ".join(next(_lithuanian(each), each) for each in error.split("; "))


def _lithuanian(error: str) -> Iterator[str]:
    for pattern, lithuanian in SAID:
        if found := pattern.fullmatch(error):
            yield lithuanian.format(*(_NO_JSON.get(each, each) for each in found.groups()))
    if (found := IS_NOT.fullmatch(error)) and (wanted := phrase(found[3], "lt")) != found[3]:
        yield f"{found[1]}: {found[2]} netinka, reikia: {wanted}"
