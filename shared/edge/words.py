"""A reason as who sent the event reads it: the sentence in both languages of the fund, and what can be done."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from shared.explain.sentences import reason_sentence
from shared.kernel.language import EN, LT
from shared.kernel.reason import REGISTER, advice, kind_of

Languages: TypeAlias = tuple[str, str]
"""The tags of a fund's own language and of its English."""
PACKAGED: Languages = (LT, EN)


def in_both(languages: Languages, said: Mapping[str, str]) -> dict[str, str]:
    """What is said by the tag of its language, by the language's code: ``{"lt": ..., "en": ...}``."""
    return {tag.partition("@")[0]: said[tag] for tag in languages}


def explained(reason: Mapping[str, Any], languages: Languages = PACKAGED) -> dict[str, Any]:
    """The reason with its words, ``why`` and ``advice`` by language, and ``mends``: whether its sender can."""
    code, point = str(reason["code"]), reason.get("rule")
    known = code in REGISTER
    return {
        **reason,
        "why": in_both(languages, {tag: reason_sentence(reason, tag) for tag in languages}),
        "mends": kind_of(code, point).mends if known else True,
        "advice": in_both(languages, {tag: advice(code, point, tag) for tag in languages}) if known else None,
    }


def all_explained(
    reasons: Sequence[Mapping[str, Any]] | None, languages: Languages = PACKAGED
) -> list[dict[str, Any]] | None:
    """Each reason with its words; None where there are none."""
    return [explained(reason, languages) for reason in reasons] if reasons is not None else None
