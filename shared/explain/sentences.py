"""An event as a person reads it: one plain sentence, and the numbers of its tests; in the fund's own language first.

The sentences stand in ``story.toml``, reasons and the names of their numbers in the register (``shared/statute``); a
fund with words of its own brings them in the file of its language.
"""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, TypeAlias

from shared.kernel.language import EN, LANGUAGES
from shared.kernel.reason import REGISTER, register_words, term_name

Lang: TypeAlias = str
"""The tag of a language (``shared.kernel.language``)."""
Words: TypeAlias = Mapping[str, Mapping[str, str]]

NOTHING = "–"
CASES = {
    "invoice.submitted": "kind",
    "invoice.accepted": "kind",
    "invoice.reviewed": "verdict",
    "invoicing.invoice_waits": "waits_for",
    "payment.reported": "outcome",
    "sodra.statement.overdue": "what",
}
"""The field that tells which of a type's sentences is meant."""


def sentence(type_: str, data: Mapping[str, Any], lang: Lang) -> str:
    """What happened, in one sentence. A type without words is told by its name."""
    if type_ == "payment.deferred":
        data = {**data, "why": reason_sentence({"code": data["reason"], "terms": data["terms"]}, lang)}
    found = _told(f"{type_}:{case_of(type_, data)}", lang) or _told(type_, lang)
    return found.format_map(_Said(data, lang)) if found else f"{type_}."


def _told(key: str, lang: Lang) -> str | None:
    """The sentence of a type or case: the fund's own, else the packaged one, with the fund's names in it."""
    language = LANGUAGES[lang]
    packaged = sentences_of().get(key, {})
    said = packaged.get(language.code) or packaged.get(EN)
    return language.sentences.get(key) or (language.said(said) if said else None)


def has_words(type_: str) -> bool:
    """Whether there is a sentence for the type; a service's own memory has none."""
    return type_ in sentences_of()


def case_of(type_: str, data: Mapping[str, Any]) -> str | None:
    """Which of its sentences a type needs."""
    if type_ == "payment.scheduled":
        return "over" if data.get("notice_no") else None
    if type_ == "payment.overdue":
        return "interest" if data.get("interest_days") else None
    if type_ == "payment.ordered":
        return "partial" if data["partial"] else None
    if type_ == "overrun.notified":
        return data.get("how")
    name = CASES.get(type_)
    return str(data[name]) if name else None


def reason_sentence(reason: Mapping[str, Any], lang: Lang) -> str:
    """Why, in words: a reason of a refusal, return or flag."""
    code, terms = str(reason["code"]), reason.get("terms") or {}
    if code not in REGISTER:  # a clerk's own
        return str(terms.get("text", code))
    return register_words(code, reason.get("rule"), lang).format_map(_Said(terms, lang)).rstrip(".")


def point_name(number: str, lang: Lang) -> str:
    """A point as people of a language write it: HIL 14(3), an article of the law, is SDĮ 14 str. 3 d. in Lithuanian."""
    law, _, article = number.partition(" ")
    if law != "HIL" or lang != "lt":
        return number
    number, _, part = article.partition("(")
    return f"SDĮ {number} str." + (f" {part.rstrip(')')} d." if part else "")


def numbers(data: Mapping[str, Any], lang: Lang) -> list[tuple[str, str]]:
    """Every number of the tests that decided: its name and value, as a person reads them."""
    tests = [data.get("terms") or {}]
    tests += [reason.get("terms") or {} for key in ("reasons", "flags") for reason in data.get(key) or ()]
    return [row for terms in tests for name, term in terms.items() for row in _rows(name, term, lang)]


def _rows(name: str, term: Any, lang: Lang) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - any term
    if isinstance(term, list) and any(isinstance(entry, dict) for entry in term):
        for entry in term:
            for inner, value in entry.items():
                yield from _rows(inner, value, lang)
        return
    known = term_name(name, lang)
    yield known or name.removesuffix("_cents").replace("_", " "), _value(name, term, lang)


def _value(name: str, value: Any, lang: Lang) -> str:  # noqa: ANN401 - any field
    """A field as a person reads it."""
    if name.endswith("_cents"):
        language = LANGUAGES[lang]
        return f"{language.sum_of(value)} {language.currency}" if isinstance(value, int) else language.words["uncapped"]
    if name in ("reasons", "flags"):
        return "; ".join(reason_sentence(reason, lang) for reason in value) or NOTHING
    if name == "because":
        return LANGUAGES[lang].words.get(f"cause.{value}", str(value))
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return NOTHING if value in (None, "") else str(value)


class _Said(dict[str, str]):
    """The fields of an event and of its terms, as text; a field that is not there is a dash."""

    def __init__(self, data: Mapping[str, Any], lang: Lang) -> None:
        terms = data.get("terms")
        said = {**terms, **data} if isinstance(terms, dict) else data
        super().__init__({name: _value(name, value, lang) for name, value in said.items()})

    def __missing__(self, _name: str) -> str:
        return NOTHING


@cache
def sentences_of() -> Words:
    """Every packaged sentence, by type and case, in Lithuanian and English."""
    text = (files("shared.explain") / "story.toml").read_text(encoding="utf-8")
    found: Words = tomllib.loads(text)
    return found
