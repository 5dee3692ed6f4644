"""The boards of Grafana, from what dashboards/boards.yaml says that they show. ``deploy.render`` writes them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import yaml

Json: TypeAlias = dict[str, Any]

DASHBOARDS = Path(__file__).parent / "dashboards"
WIDTH = 24
"""Cells of a row of Grafana's grid."""
UNITS = {"eur": {"unit": "currencyEUR", "decimals": 0}}
SOURCE = {"type": "prometheus", "uid": "${source}"}
LAST = {"calcs": ["lastNotNull"], "fields": "", "values": False}
OPTIONS: Mapping[str, Json] = {
    "stat": {"reduceOptions": LAST, "colorMode": "value", "graphMode": "area"},
    "bargauge": {"reduceOptions": LAST, "orientation": "horizontal", "displayMode": "basic"},
    "timeseries": {
        "legend": {"displayMode": "table", "placement": "right", "calcs": ["lastNotNull"], "showLegend": True},
        "tooltip": {"mode": "multi", "sort": "desc"},
    },
    "table": {"showHeader": True},
}
CONSOLE = "http://127.0.0.1:8090"
"""Where the console is, unless whoever looks at the board says otherwise."""
VARIABLES = [
    {"name": "source", "label": "Prometheus", "type": "datasource", "query": "prometheus"},
    {
        "name": "console",
        "label": "Console",
        "type": "textbox",
        "query": CONSOLE,
        "current": {"text": CONSOLE, "value": CONSOLE},
    },
]


def boards() -> dict[str, str]:
    """Each board as JSON, by the name of its file."""
    said = yaml.safe_load((DASHBOARDS / "boards.yaml").read_text(encoding="utf-8"))["boards"]
    return {f"{board['file']}.json": json.dumps(_board(board), ensure_ascii=False, indent=1) + "\n" for board in said}


def _board(said: Json) -> Json:
    others = {"type": "dashboards", "tags": ["psdf"], "title": "PSDF", "asDropdown": False, "keepTime": True}
    console = {"type": "link", "title": "Console", "url": f"${{console}}{said['console']}", "targetBlank": True}
    return {
        "uid": said["uid"],
        "title": said["title"],
        "description": said["about"],
        "tags": ["psdf"],
        "timezone": "Europe/Vilnius",
        "schemaVersion": 41,
        "version": 1,
        "refresh": "30s",
        "editable": True,
        "time": {"from": "now-7d", "to": "now"},
        "links": [others | {"includeVars": True}, console],
        "templating": {"list": VARIABLES},
        "annotations": {"list": []},
        "panels": list(_panels(said["panels"])),
    }


def _panels(said: Sequence[Json]) -> Iterator[Json]:
    """The panels, one beside the other as long as a row has room."""
    x = y = row_height = 0
    for number, panel in enumerate(said, 1):
        width, height = panel["size"]
        if x + width > WIDTH:
            x, y, row_height = 0, y + row_height, 0
        yield _panel(number, panel, {"x": x, "y": y, "w": width, "h": height})
        x, row_height = x + width, max(row_height, height)


def _panel(number: int, said: Json, place: Json) -> Json:
    return {
        "id": number,
        "title": said["title"],
        "description": said["about"],
        "type": said["type"],
        "datasource": SOURCE,
        "gridPos": place,
        "fieldConfig": {"defaults": _defaults(said), "overrides": []},
        "options": OPTIONS[said["type"]],
        "targets": [_target(at, ask, said["type"]) for at, ask in enumerate(said["ask"])],
    }


def _defaults(said: Json) -> Json:
    """Unit, the colours from which value on, and where a click leads."""
    defaults: Json = dict(UNITS.get(said["unit"], {"unit": said["unit"]}))
    if steps := said.get("steps"):
        base = {"color": said.get("base", "green"), "value": None}
        above = [{"color": color, "value": value} for color, value in steps.items()]
        defaults |= {"thresholds": {"mode": "absolute", "steps": [base, *above]}, "color": {"mode": "thresholds"}}
    if link := said.get("link"):
        defaults["links"] = [{"title": "Console", "url": f"${{console}}{link}", "targetBlank": True}]
    return defaults


def _target(at: int, ask: Sequence[Any], type_: str) -> Json:
    expression, legend = ask
    target: Json = {"refId": chr(ord("A") + at), "expr": expression, "legendFormat": str(legend)}
    return target | {"instant": True, "format": "table"} if type_ == "table" else target
