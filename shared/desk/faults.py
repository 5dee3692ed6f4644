"""Why a message can't be read, in Lithuanian for who decides what becomes of it; the journal and its sender have it in English."""

import re
from collections.abc import Iterator
from typing import Final

from shared.desk.words import phrase
from shared.explain.sentences import Lang
from shared.kernel.language import LT

_SAID: Final = (
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
            yield lithuanian.format(*found.groups())
    if (found := IS_NOT.fullmatch(error)) and (wanted := phrase(found[3], "lt")) != found[3]:
        yield f"{found[1]}: {found[2]} netinka, reikia: {wanted}"
