"""Why something was refused, returned, flagged or deferred: the code, the point, and every number of the test.

Which codes there are stands in one register, ``shared/statute/reasons.toml``, for lawyers, providers and this program.
"""

import tomllib
from dataclasses import field
from pathlib import Path
from typing import Any

from shared.kernel.fields import ReasonCode, Rule, Terms
from shared.kernel.language import EN, LANGUAGES, ReasonWords
from shared.kernel.value import value

FOLDER = Path(__file__).parents[1] / "statute"


@value
class Reason:
    """One failed test: its code, the point of law, and every number that decided it."""

    code: ReasonCode
    rule: Rule
    terms: Terms = field(default_factory=dict)


@value
class ReasonKind:
    """A row of the register: the points that decide, the terms that are needed and those that may be left out.

    ``mends`` says whether the sender may mend it by sending it again. ``words`` are why, in a sentence, by language;
    ``label`` in a table, where it has one; ``advice`` is what to do about it.
    """

    code: str
    points: tuple[str, ...]
    terms: tuple[str, ...]
    optional: frozenset[str]
    mends: bool
    words: dict[str, str]
    label: dict[str, str]
    advice: dict[str, str]


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))


def _read() -> dict[str, ReasonKind]:
    return {
        key: ReasonKind(
            code=key.partition(":")[0],
            points=tuple(row["points"]),
            terms=tuple(name.rstrip("?") for name in row["terms"]),
            optional=frozenset(name.rstrip("?") for name in row["terms"] if name.endswith("?")),
            mends=row["mends"],
            words={"lt": row["lt"], "en": row["en"]},
            label=row.get("label", {}),
            advice=row["do"],
        )
        for key, row in _toml("reasons.toml").items()
    }


REGISTER = _read()
"""Every kind of reason, by its code (or ``code:point`` where that point has other terms)."""
TERMS: dict[str, dict[str, str]] = _toml("terms.toml")["terms"]
"""What each term is called, by language."""


def kind_of(code: str, point: str | None = None) -> ReasonKind:
    """The row of a code, as the point has it. Raises KeyError for a code that the register does not have."""
    return REGISTER.get(f"{code}:{point}") or REGISTER[code]


def register_words(code: str, point: str | None, lang: str) -> str:
    """Why a test failed, with its terms in braces, in the language of a tag; in English where it has no words."""
    own = _own(code, point, lang)
    return own.words if own else _packaged(kind_of(code, point).words, lang)


def label(code: str, lang: str) -> str:
    """The same in a table, without numbers. Raises KeyError for a code that has no label."""
    own = _own(code, None, lang)
    return (own.label if own else "") or _packaged(kind_of(code).label, lang)


def advice(code: str, point: str | None, lang: str) -> str:
    """What can be done about it."""
    own = _own(code, point, lang)
    return own.advice if own else _packaged(kind_of(code, point).advice, lang)


def term_name(name: str, lang: str) -> str | None:
    """What a term is called; None for one that has no name."""
    own = LANGUAGES[lang].terms.get(name) if lang in LANGUAGES else None
    return own or (_packaged(TERMS[name], lang) if name in TERMS else None)


def _own(code: str, point: str | None, lang: str) -> ReasonWords | None:
    reasons = LANGUAGES[lang].reasons if lang in LANGUAGES else {}
    return reasons.get(f"{code}:{point}") or reasons.get(code)


def _packaged(words: dict[str, str], lang: str) -> str:
    """The register's own words in a language, in English for one that it does not have; with the fund's names."""
    text = words.get(lang.partition("@")[0]) or words[EN]
    return LANGUAGES[lang].said(text) if lang in LANGUAGES else text


def reason(code: str, point: str | None = None, /, **terms: object) -> Reason:
    """A failed test as the register has it; ``point`` where the code has several. A fault in either is a bug."""
    kind = kind_of(code, point)
    assert point is None or point in kind.points, f"reasons.toml: {code} is not decided by point {point}"
    named, needed = terms.keys(), set(kind.terms) - kind.optional
    assert needed <= named <= set(kind.terms), f"reasons.toml: {code} has the terms {kind.terms}, not {tuple(named)}"
    return Reason(code=code, rule=point or kind.points[0], terms=terms)
