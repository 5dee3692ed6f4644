"""The boards of Grafana (`deploy/dashboards`) as records, and one panel of them as a block of ours."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, TypeAlias

import msgspec

from shared.console.pages import svg, units
from shared.console.pages.blocks import Block, Card, Cell, Chart, Row, Table, Text, Tone
from shared.console.pages.view import View
from shared.console.prometheus import Series
from shared.kernel.value import value

MOST_LINES, MOST_ROWS = 8, 50
"""So many lines are told apart in a picture, and so many rows of a table shown."""
WHOLE = 10_000
"""Into so many parts a bar is divided."""
TONES: dict[str, Tone] = {"green": "good", "orange": "warn", "red": "bad"}
CONSOLE = "${console}"


class _Step(msgspec.Struct):
    color: str
    value: float | None


class _Thresholds(msgspec.Struct):
    steps: list[_Step] = []


class _Link(msgspec.Struct):
    url: str


class _Defaults(msgspec.Struct):
    unit: str
    thresholds: _Thresholds = msgspec.field(default_factory=_Thresholds)
    links: list[_Link] = []


class _Fields(msgspec.Struct):
    defaults: _Defaults


class Target(msgspec.Struct):
    """What a panel asks: a PromQL expression, and how its series are called."""

    expr: str
    legend: str = msgspec.field(name="legendFormat")


class Panel(msgspec.Struct):
    """A panel as Grafana reads it, as far as it is drawn here; its title and what it is about in two languages."""

    title: str
    description: str
    type: str
    field_config: _Fields = msgspec.field(name="fieldConfig")
    targets: list[Target] = []

    @property
    def unit(self) -> str:
        """Of its values."""
        return self.field_config.defaults.unit

    def tone(self, value: float) -> Tone:
        """How good a value is, by the panel's thresholds."""
        steps = self.field_config.defaults.thresholds.steps
        reached = [each for each in steps if each.value is None or value >= each.value]
        return TONES.get(reached[-1].color, "") if reached else ""

    @property
    def path(self) -> str:
        """The page of ours that it leads to; empty where there is none, or one that a series names."""
        for link in self.field_config.defaults.links:
            path = link.url.removeprefix(CONSOLE)
            return "" if "${" in path else path
        return ""


class Board(msgspec.Struct):
    """A board: its id, its title, what it is about, its panels. What is said stands in two languages (``told``)."""

    uid: str
    title: str
    description: str
    panels: list[Panel]


@value
class Asked:
    """What a panel asked, and what came of it: series, or why there are none."""

    target: Target
    series: tuple[Series, ...] = ()
    fault: str = ""


Found: TypeAlias = Sequence[Asked]


@cache
def boards() -> Mapping[str, Board]:
    """All boards by their ids."""
    folder = files("deploy") / "dashboards"
    found = [each.read_bytes() for each in folder.iterdir() if each.name.endswith(".json")]
    made = [msgspec.json.decode(raw, type=Board) for raw in found]
    return {board.uid: board for board in sorted(made, key=lambda board: board.title)}


def told(view: View, text: str) -> str:
    """What is said in Lithuanian before a stroke and in English behind it, in the reader's language; else as it is."""
    lt, _, en = text.partition(" / ")
    return view.t(lt, en or lt)


def named(legend: str, labels: Mapping[str, str], otherwise: str) -> str:
    """What a series is called: its legend, filled in; else its labels, else what it is otherwise."""
    for name, said in labels.items():
        legend = legend.replace(f"{{{{{name}}}}}", said)
    said = legend if "{{" not in legend else " ".join(labels.values())
    return said.strip() or " ".join(labels.values()) or otherwise


def cards(view: View, panel: Panel, found: Found) -> Iterator[Card]:
    """A stat: a card for its value, or one for each of its series."""
    href = view.url(panel.path) if panel.path else ""
    lasts = list(_lasts(view, panel, found))
    for name, last in lasts:
        label = f"{told(view, panel.title)}: {name}" if len(lasts) > 1 else told(view, panel.title)
        said, brief = units.said(view, last, panel.unit), units.brief(view, last, panel.unit)
        note = f"{'' if brief == said else f'{said}. '}{told(view, panel.description)}"
        yield Card(label=label, value=brief, note=note, href=href, tone=panel.tone(last))
    if not lasts:
        yield Card(label=told(view, panel.title), value="–", note=_why_not(view, found), tone="warn")


def block(view: View, number: int, panel: Panel, found: Found) -> Block:
    """Any other panel; what can't be asked is said in its place."""
    if not any(each.series for each in found):
        return Text(title=told(view, panel.title), text=_why_not(view, found), tone="warn")
    match panel.type:
        case "timeseries":
            return _lines(view, number, panel, found)
        case "gauge":
            return _gauge(view, number, panel, found)
        case "bargauge":
            return _bars(view, number, panel, found)
        case _:
            return _table(view, number, panel, found)


def _lasts(view: View, panel: Panel, found: Found) -> Iterator[tuple[str, float]]:
    for each in found:
        for series in each.series:
            if series.last is not None:
                yield named(told(view, each.target.legend), series.labels, told(view, panel.title)), series.last


def _faults(found: Found) -> str:
    return "; ".join(dict.fromkeys(each.fault for each in found if each.fault))


def _why_not(view: View, found: Found) -> str:
    faults = _faults(found)
    return f"Prometheus: {faults}" if faults else view.t("Duomenų nėra.", "No data.")


def _note(view: View, panel: Panel, found: Found) -> str:
    """What it is about; and what of it could not be asked."""
    faults = _faults(found)
    return " ".join(filter(None, (told(view, panel.description), f"Prometheus: {faults}" if faults else "")))


def _numbers(view: View, number: int, panel: Panel, rows: Sequence[tuple[Cell, ...]], note: str, **heads: str) -> Table:
    columns = view.columns(**heads)
    shown = tuple(Row(cells=cells) for cells in rows[: view.most(MOST_ROWS)])
    return Table(key=f"p{number}", title=told(view, panel.title), columns=columns, rows=shown, note=note)


def _bars(view: View, number: int, panel: Panel, found: Found) -> Table:
    lasts = list(_lasts(view, panel, found))
    most = 1.0 if panel.unit == "percentunit" else max((last for _, last in lasts), default=0) or 1.0
    rows = [
        (
            name,
            units.said(view, last, panel.unit),
            svg.bar([("part-a", round(WHOLE * max(last, 0) / most))], WHOLE, name),
        )
        for name, last in lasts
    ]
    note = _note(view, panel, found)
    return _numbers(view, number, panel, rows, note, name="Kas|What", value="Reikšmė|Value|count", bar="Dalis|Part|bar")


def _gauge(view: View, number: int, panel: Panel, found: Found) -> Chart:
    """A value against the last threshold, or the whole of a part."""
    steps = [each.value for each in panel.field_config.defaults.thresholds.steps if each.value is not None]
    (name, last), *_ = _lasts(view, panel, found)
    needed = steps[-1] if steps else 1.0
    sentence = f"{name}: {units.said(view, last, panel.unit)} / {units.said(view, needed, panel.unit)}"
    picture = svg.ruler(round(WHOLE * last), round(WHOLE * needed), sentence)
    table = _numbers(view, number, panel, [(sentence,)], "", value="Reikšmė|Value")
    return Chart(
        title=told(view, panel.title), svg=picture, sentence=_note(view, panel, found) or sentence, table=table
    )


def _lines(view: View, number: int, panel: Panel, found: Found) -> Chart:
    every = [
        (named(told(view, each.target.legend), series.labels, told(view, panel.title)), series)
        for each in found
        for series in each.series
        if series.values
    ]
    drawn = sorted(every, key=lambda each: -max(abs(value) for _, value in each[1].values))[:MOST_LINES]
    left = len(every) - len(drawn)
    more = view.t(f"Dar eilučių, tik lentelėje: {left}.", f"{left} more are in the table alone.") if left else ""
    sentence = ". ".join(filter(None, (_note(view, panel, found), more))) or told(view, panel.title)
    picture = svg.over_time(
        [(name, series.values) for name, series in drawn],
        told(view, panel.title),
        lambda at: units.short(view, at, panel.unit),
    )
    rows = []
    for name, series in every:
        numbers = [value for _, value in series.values]
        rows.append((name, *(units.said(view, each, panel.unit) for each in (numbers[-1], min(numbers), max(numbers)))))
    table = _numbers(
        view, number, panel, rows, "", name="Kas|What", last="Paskutinė|Last|count", least="Mažiausia|Least|count",
        most="Didžiausia|Most|count",
    )  # fmt: skip
    return Chart(title=told(view, panel.title), svg=picture, sentence=sentence, table=table)


def _table(view: View, number: int, panel: Panel, found: Found) -> Table:
    every = [series for each in found for series in each.series]
    other = "en" if view.lithuanian else "lt"
    labels = [name for name in dict.fromkeys(name for each in every for name in each.labels) if name != other]
    rows = [
        (*(each.labels.get(name) for name in labels), units.said(view, each.last, panel.unit))
        for each in every
        if each.last is not None
    ]
    heads = {name: f"{name}|{name}" for name in labels}
    return _numbers(view, number, panel, rows, _note(view, panel, found), **heads, value="Reikšmė|Value|count")


def as_data(view: View, panel: Panel, found: Found) -> dict[str, Any]:
    """A panel for a machine: what it asks, and the last value of each series."""
    asked = [
        {
            "expression": each.target.expr,
            "fault": each.fault,
            "series": [{"labels": dict(one.labels), "last": one.last} for one in each.series],
        }
        for each in found
    ]
    return {"title": told(view, panel.title), "type": panel.type, "unit": panel.unit, "asked": asked}
