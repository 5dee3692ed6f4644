"""A reason as who sent the event reads it: the sentence in both languages, and what can be done about it."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.explain.sentences import reason_sentence
from shared.kernel.reason import REGISTER, kind_of


def explained(reason: Mapping[str, Any]) -> dict[str, Any]:
    """The reason with its words, ``why`` and ``advice`` (``{lt, en}``), and ``mends``: whether its sender can."""
    code = str(reason["code"])
    kind = kind_of(code, reason.get("rule")) if code in REGISTER else None
    mends = kind is None or kind.mends
    return {
        **reason,
        "why": {"lt": reason_sentence(reason, "lt"), "en": reason_sentence(reason, "en")},
        "mends": mends,
        "advice": kind.advice if kind else None,
    }


def all_explained(reasons: Sequence[Mapping[str, Any]] | None) -> list[dict[str, Any]] | None:
    """Each reason with its words; None where there are none."""
    return [explained(reason) for reason in reasons] if reasons is not None else None
