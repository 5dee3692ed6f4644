"""The languages in which a fund speaks: how each writes sums and days, and its words for what happens.

A language is data (``shared/statute/languages``, or a folder beside a fund's file). It is known by a tag: ``lt`` and
``en`` are those of the packaged fund, ``ro@cnam`` and ``en@cnam`` those of a fund with words of its own. What a fund
decides never depends on it.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Final

from shared.kernel.money import Cents
from shared.kernel.value import value

FOLDER: Final = Path(__file__).parents[1] / "statute" / "languages"  # the package itself reads funds, and needs this
NO_BREAK_SPACE: Final = "\u00a0"
UNWRITABLE: Final = re.compile(
    "[^ -~\u00a0-\u00ac\u00ae-\u024f\u0370-\u0482\u048a-\u04ff\u2010-\u2027\u2030-\u203e\u20ac\u2116]"
)
"""What the font of letters and reports can't draw, or draws as something else: control and direction marks."""
TEENS, FEW = range(11, 20), range(2, 10)


def _lithuanian(count: int) -> int:
    """``1 sąskaita``, ``2 sąskaitos``, ``10 sąskaitų``, ``21 sąskaita``."""
    last = count % 10
    return 2 if count % 100 in TEENS or last == 0 else 1 if last in FEW else 0


def _romanian(count: int) -> int:
    """``1 zi``, ``2 zile``, ``20 de zile``, ``101 zile``."""
    return 0 if count == 1 else 1 if count == 0 or 1 <= count % 100 <= TEENS.stop - 1 else 2


def _two_forms(count: int) -> int:
    """``1 day``, ``2 days``."""
    return 0 if count == 1 else -1


PLURALS: Final[Mapping[str, Callable[[int], int]]] = {"lt": _lithuanian, "ro": _romanian}
"""Which form of a noun a number asks for, by language; in all others 1 has a form of its own."""


@value
class ReasonWords:
    """Why a test failed, in a sentence; what can be done about it; and a label for tables, where there is one."""

    words: str
    advice: str
    label: str = ""


@value
class Language:
    """A language of a fund.

    ``currency`` stands after a sum, ``decimal`` before the cents. ``day`` is how a day is written (``{year}``,
    ``{month}`` in words, ``{day}``), ``percent`` how ``{number}`` percent are. ``sentences`` are told of events, by
    type; ``reasons`` by code; ``terms`` are the names of numbers; ``words`` those of reports, by key. ``instead`` are
    names that the packaged sentences say and this fund calls otherwise.
    """

    code: str
    currency: str
    decimal: str
    day: str
    percent: str
    months: tuple[str, ...]
    words: Mapping[str, str] = field(default_factory=dict)
    sentences: Mapping[str, str] = field(default_factory=dict)
    reasons: Mapping[str, ReasonWords] = field(default_factory=dict)
    terms: Mapping[str, str] = field(default_factory=dict)
    instead: Mapping[str, str] = field(default_factory=dict)

    def sum_of(self, cents: Cents) -> str:
        """Cents as a person reads them: ``1 234 567,89``."""
        whole = f"{abs(cents) // 100:,}".replace(",", " ")
        return f"{'-' if cents < 0 else ''}{whole}{self.decimal}{abs(cents) % 100:02d}"

    def form(self, count: int) -> int:
        """Which form of a noun the number asks for: an index into its forms."""
        return PLURALS.get(self.code, _two_forms)(count)

    def said(self, text: str) -> str:
        """A packaged text, with this fund's names in it."""
        for name, other in self.instead.items():
            text = text.replace(name, other)
        return text


def _packaged(name: str) -> Language:
    text = (FOLDER / f"{name}.toml").read_text(encoding="utf-8")
    told = tomllib.loads(text)
    return Language(**told | {"months": tuple(told["months"])})


LT, EN = "lt", "en"
LANGUAGES: Final[dict[str, Language]] = {name: _packaged(name) for name in (LT, EN)}
"""Every language that is known, by its tag; reading a fund's file adds those of the fund (``shared.statute``)."""
