"""Pictures as SVG, made of numbers: no colour alone says anything, each has a title, and the page gives the same numbers.

Attributes only, no styles, so that a strict content policy lets them be; classes are coloured by the style sheet.
"""

import math
from collections.abc import Callable, Sequence
from datetime import date, datetime
from html import escape
from itertools import pairwise

from services.payments.payer_views import PayerArticle
from services.payments.views import ArticleStanding, PotStanding
from shared.kernel.calendar import VILNIUS

WIDTH = 720
"""Of a whole picture, in units of its own; the page scales it."""
BAR_WIDTH, BAR_HEIGHT = 160, 14
WIDEST = 90
"""A column is no wider."""
LETTER = 5.6
"""About how wide a letter of a label is."""
MILLION, THOUSAND = 100_000_000, 100_000
"""In cents."""
DAY_S = 86_400


def bar(parts: Sequence[tuple[str, int]], limit: int, label: str) -> str:
    """One bar: parts (class, cents) side by side against a limit, whose end is marked; what is over it is hatched."""
    whole = max(limit, sum(cents for _, cents in parts), 1)
    body, at = [], 0.0
    for css, cents in parts:
        width = BAR_WIDTH * max(cents, 0) / whole
        if width > 0:
            body.append(f'<rect class="{css}" x="{at:.1f}" y="2" width="{max(width - 1, 0.5):.1f}" height="10"/>')
        at += width
    tick = BAR_WIDTH * limit / whole
    body.append(f'<path class="tick" d="M{min(tick, BAR_WIDTH - 0.5):.1f} 0V{BAR_HEIGHT}"/>')
    return _svg(BAR_WIDTH, BAR_HEIGHT, label, "".join(body), "bar")


def execution(of: ArticleStanding | PayerArticle | PotStanding, limit: int, label: str) -> str:
    """A bar of what is transferred, committed beyond that, and waits, against a limit."""
    ordered = of.committed_cents - of.transferred_cents
    parts = [("part-a", of.transferred_cents), ("part-b", ordered), ("part-c", of.waiting_cents)]
    return bar(parts, limit, label)


def columns(values: Sequence[tuple[str, Sequence[tuple[str, int]]]], label: str, height: int = 150) -> str:
    """Columns side by side: each a label and its parts (class, cents), piled up; every few have their label written."""
    most = max((sum(cents for _, cents in parts) for _, parts in values), default=0) or 1
    step = min(WIDTH / max(len(values), 1), WIDEST)
    every = max(1, len(values) // 12)
    body = [f'<path class="axis" d="M0 {height - 20}H{WIDTH}"/>']
    for number, (name, parts) in enumerate(values):
        x, y = number * step, float(height - 20)
        for css, cents in parts:
            tall = (height - 30) * cents / most
            y -= tall
            if tall > 0:
                width = max(step - 3, 1)
                body.append(
                    f'<rect class="{css}" x="{x + 1:.1f}" y="{y:.1f}" width="{width:.1f}" height="{tall:.1f}"/>'
                )
        if number % every == 0:
            half = len(name) * LETTER / 2
            at = min(max(x + step / 2, half), WIDTH - half)  # the first and the last are not cut off
            body.append(f'<text x="{at:.1f}" y="{height - 5}" text-anchor="middle">{escape(name)}</text>')
    return _svg(WIDTH, height, label, "".join(body), "columns")


def lines(
    days: Sequence[date],
    series: Sequence[tuple[str, Sequence[int | None]]],
    label: str,
    marks: Sequence[tuple[date, str]] = (),
    height: int = 220,
) -> str:
    """Lines over days: each a class and its cents (None: nothing then), drawn as steps; marks are days with a word."""
    most = max((value for _, values in series for value in values if value is not None), default=0) or 1
    first, span = days[0], max((days[-1] - days[0]).days, 1)
    left, top, floor = 62, 8, height - 20

    def x_of(day: date) -> float:
        return left + (WIDTH - left - 4) * (day - first).days / span

    def y_of(cents: int) -> float:
        return floor - (floor - top) * max(cents, 0) / most

    body = [f'<path class="axis" d="M{left} {floor}H{WIDTH}"/>']
    for part in range(5):
        cents = most * part // 4
        body.append(f'<path class="grid" d="M{left} {y_of(cents):.1f}H{WIDTH}"/>')
        body.append(f'<text x="{left - 6}" y="{y_of(cents) + 3:.1f}" text-anchor="end">{_millions(cents, most)}</text>')
    body += [f'<text x="{x_of(day):.1f}" y="{height - 5}">{day:%m}</text>' for day in days if day.day == 1]
    body += [
        f'<path class="mark" d="M{x_of(day):.1f} {top}V{floor}"><title>{escape(word)}</title></path>'
        for day, word in marks
        if days[0] <= day <= days[-1]
    ]
    for css, values in series:
        path, before = "", False
        for day, value in zip(days, values, strict=True):
            if value is None:
                before = False
                continue
            x, y = x_of(day), y_of(value)
            path += f"H{x:.1f}V{y:.1f}" if before else f"M{x:.1f} {y:.1f}"
            before = True
        body.append(f'<path class="line {css}" d="{path}"/>')
    return _svg(WIDTH, height, label, "".join(body), "lines")


def over_time(
    series: Sequence[tuple[str, Sequence[tuple[float, float]]]],
    label: str,
    written: Callable[[float], str],
    height: int = 180,
) -> str:
    """Lines over moments: each a name and its values by seconds since 1970; a legend below tells them apart.

    ``written`` writes a value beside the axis. A line ends where nothing was told for more than twice the usual.
    """
    values = [value for _, points in series for _, value in points] or [0.0]
    moments = [at for _, points in series for at, _ in points] or [0.0]
    least, most = min(0.0, *values), max(0.0, *values)
    most = most if most > least else least + 1
    first, span = min(moments), max(max(moments) - min(moments), 1.0)
    left, top, floor = 82, 8, height - 20

    def x_of(at: float) -> float:
        return left + (WIDTH - left - 4) * (at - first) / span

    def y_of(value: float) -> float:
        return floor - (floor - top) * (value - least) / (most - least)

    body = [f'<path class="axis" d="M{left} {y_of(0):.1f}H{WIDTH}"/>']
    for part in range(5):
        value = least + (most - least) * part / 4
        body.append(f'<path class="grid" d="M{left} {y_of(value):.1f}H{WIDTH}"/>')
        said = escape(written(value))
        body.append(f'<text x="{left - 6}" y="{y_of(value) + 3:.1f}" text-anchor="end">{said}</text>')
    form = "%H:%M" if span <= 2 * DAY_S else "%m-%d"
    for part in range(6):
        at = first + span * part / 6
        moment = datetime.fromtimestamp(at, VILNIUS)
        body.append(f'<text x="{x_of(at):.1f}" y="{height - 5}">{moment:{form}}</text>')
    for number, (name, points) in enumerate(series, 1):
        usual = min((after - at for (at, _), (after, _) in pairwise(points)), default=0.0)
        path, before = "", -math.inf
        for at, value in points:
            path += f"{'L' if at - before <= 2 * usual else 'M'}{x_of(at):.1f} {y_of(value):.1f}"
            before = at
        path += "h1" if len(points) == 1 else ""
        y = height + 16 * number - 6
        body.append(f'<path class="line s{number}" d="{path}"/><path class="line s{number}" d="M{left} {y}h34"/>')
        body.append(f'<text x="{left + 42}" y="{y + 4}">{escape(name)}</text>')
    return _svg(WIDTH, height + 16 * len(series) + 4, label, "".join(body), "lines")


def clock(points: Sequence[tuple[date, str, str]], today: date, label: str) -> str:
    """The legal clock: days in order (day, words, class) on one line, and today; what is past its day is hatched."""
    days = sorted({day for day, _, _ in points} | {today})
    first, span = days[0], max((days[-1] - days[0]).days, 1)
    left, right, y = 40, 40, 46

    def x_of(day: date) -> float:
        return left + (WIDTH - left - right) * (day - first).days / span

    body = [f'<path class="axis" d="M{left} {y}H{WIDTH - right}"/>']
    body.append(f'<path class="passed" d="M{left} {y}H{x_of(min(today, days[-1])):.1f}"/>')
    rows = [-1e9, -1e9, -1e9, -1e9]
    levels = (y - 14, y + 22, y - 30, y + 38)
    for day, words, css in points:
        x = x_of(day)
        text = f"{day:%m-%d} {words}"
        wide = len(text) * LETTER
        anchor, begin = (
            ("start", x - 4)
            if x < WIDTH / 4
            else ("end", x - wide + 4)
            if x > WIDTH * 3 / 4
            else ("middle", x - wide / 2)
        )
        row = next((number for number, end in enumerate(rows) if begin > end + 6), 3)
        rows[row] = begin + wide
        at = x - 4 if anchor == "start" else x + 4 if anchor == "end" else x
        body.append(f'<circle class="{css}" cx="{x:.1f}" cy="{y}" r="5"/>')
        body.append(f'<text x="{at:.1f}" y="{levels[row]}" text-anchor="{anchor}">{escape(text)}</text>')
    body.append(f'<path class="now" d="M{x_of(today):.1f} {y - 9}V{y + 9}"/>')
    return _svg(WIDTH, 96, label, "".join(body), "clock")


def ruler(value: int, needed: int, label: str) -> str:
    """A value against what it must reach: a bar and a mark."""
    whole = max(value, needed, 1) * 1.15
    x, mark = WIDTH * value / whole, WIDTH * needed / whole
    body = f'<rect class="part-a" x="0" y="10" width="{x:.1f}" height="16"/><path class="tick" d="M{mark:.1f} 4V32"/>'
    return _svg(WIDTH, 36, label, body, "ruler")


def _millions(cents: int, most: int) -> str:
    """A sum for an axis, short: in millions, or thousands where all is small."""
    if most >= MILLION:
        return f"{cents / MILLION:.1f} M" if most < 20 * MILLION else f"{cents / MILLION:.0f} M"
    return f"{cents / THOUSAND:.0f} k"


def _svg(width: int, height: int, label: str, body: str, css: str) -> str:
    return (
        f'<svg class="{css}" role="img" viewBox="0 0 {width} {height}" aria-label="{escape(label, quote=True)}">'
        f"<title>{escape(label)}</title>{body}</svg>"
    )
