"""The register of reasons for others: each code with its points, what it means, what to do, and its terms."""

from typing import Any

from shared.kernel.reason import REGISTER, TERMS, ReasonKind

LISTS = {
    "articles": {"lt": "straipsniai, kiekvienas su savo sumomis", "en": "the articles, each with its sums"},
    "lines": {"lt": "sąskaitos eilučių numeriai, nuo 1", "en": "numbers of the invoice's lines, from 1"},
}
"""Terms that are lists, and what they hold."""


def reasons() -> dict[str, Any]:
    """The register, by code; a code that means something else at another point stands as ``code:point`` too."""
    return {key: _row(kind) for key, kind in REGISTER.items()}


def _row(kind: ReasonKind) -> dict[str, Any]:
    return {
        "code": kind.code,
        "points": list(kind.points),
        "send_again": kind.mends,
        "means": kind.words,
        "do": kind.advice,
        "terms": [
            {"name": name, "optional": name in kind.optional, **(LISTS.get(name) or TERMS[name])} for name in kind.terms
        ],
    }
