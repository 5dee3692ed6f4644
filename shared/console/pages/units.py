"""Numbers of a board as a person reads them, by Grafana's names of their units."""

from shared.console.pages.view import View
from shared.kernel.language import NO_BREAK_SPACE
from shared.reports.year.words import MINUS

MILLION, THOUSAND = ("M", 1e6), ("k", 1e3)
LARGE = 100_000
BYTES = (("GB", 1e9), ("MB", 1e6), ("kB", 1e3))
BEHIND = {"s": ("s", "s"), "d": ("d.", "d"), "ops": ("per sek.", "a second")}
"""What stands behind a number of a unit."""


def said(view: View, value: float, unit: str) -> str:
    """A number with its unit; ``short`` and what is not known here are the number alone."""
    if unit == "currencyEUR":
        return view.eur(round(value * 100))
    if unit == "percentunit":
        return f"{number(view, value * 100)}{NO_BREAK_SPACE}%"
    if unit == "bytes":
        name, whole = next(((name, whole) for name, whole in BYTES if abs(value) >= whole), ("B", 1.0))
        return f"{number(view, value / whole)}{NO_BREAK_SPACE}{name}"
    behind = BEHIND.get(unit)
    return number(view, value) + (f"{NO_BREAK_SPACE}{view.t(*behind)}" if behind else "")


def brief(view: View, value: float, unit: str) -> str:
    """The same where little room is: a large sum in millions or thousands."""
    if unit != "currencyEUR" or abs(value) < LARGE:
        return said(view, value, unit)
    return f"{short(view, value, unit)}{NO_BREAK_SPACE}{view.say.language.currency}"


def short(view: View, value: float, unit: str) -> str:
    """The same for an axis: a sum in millions or thousands."""
    if unit != "currencyEUR":
        return said(view, value, unit)
    for name, whole in (MILLION, THOUSAND):
        if abs(value) >= whole:
            return f"{number(view, value / whole)}{NO_BREAK_SPACE}{name}"
    return number(view, value)


def number(view: View, value: float) -> str:
    """A number: whole, or with three digits that count."""
    small = abs(value) < 100  # noqa: PLR2004 - of three digits
    text = f"{value:.3g}" if small and value != int(value) and abs(value) >= 0.001 else f"{value:,.0f}"  # noqa: PLR2004
    text = text.replace(",", NO_BREAK_SPACE).replace("-", MINUS)
    return text.replace(".", ",") if view.lithuanian else text
