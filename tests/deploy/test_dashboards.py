"""Dashboards and alarms: valid, on metrics that exist, and each alarm with its chapter in the runbook."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

import deploy
from shared.runtime.http import fund_app
from tests.runtime.funds import fund, worked_start
from tests.telemetry.prometheus import labels

FOLDER = Path(deploy.__file__).parent
DASHBOARDS = sorted((FOLDER / "dashboards").glob("*.json"))
RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((FOLDER / "dashboards" / "alerts.yaml").read_text())["groups"]
    for rule in group["rules"]
]
UP = "up"
LABELS: dict[str, set[str]] = {
    "psdf_queue_length": {"payer", "article", "source"},
    "psdf_queue_age_days": {"payer", "article", "source"},
    "psdf_article_left_cents": {"article"},
    "psdf_cash_cents": {"payer", "source"},
    "psdf_days_to_nearest_term": set(),
    "psdf_parked_total": {"topic"},
    "psdf_relay_lag": {"service"},
    "psdf_commit_seconds": {"le", "service"},
    "psdf_decisions_total": {"service", "kind"},
    "psdf_ready": set(),
    "psdf_bank_alarms": set(),
    "psdf_deleted_total": {"service"},
    "psdf_skipped_total": {"service"},
    UP: set(),
}
"""What the processes tell, as a test of each stack compares; ``up`` is Prometheus's own."""
OF_THE_CLUSTER = {"psdf_deleted_total", "psdf_skipped_total", "psdf_bank_alarms"}
"""Of what reads topics: nothing is deleted in the embedded stack's door, and one reader stands there. Of the bank's desk."""
OF_EVERY_TARGET = {"job", "instance"}


def metrics(expression: str) -> set[str]:
    names = set(re.findall(r"\bpsdf_\w+|\bup\b", expression))
    return {re.sub(r"^psdf_commit_seconds_(bucket|count|sum)$", "psdf_commit_seconds", name) for name in names}


def grouped_by(expression: str) -> set[str]:
    return {label.strip() for group in re.findall(r"\b(?:by|on) \(([^)]*)\)", expression) for label in group.split(",")}


def check_expression(expression: str) -> None:
    used = metrics(expression)
    assert used, expression
    assert used <= LABELS.keys()
    known = OF_EVERY_TARGET.union(*(LABELS[name] for name in used))
    assert grouped_by(expression) <= known, expression
    assert expression.count("(") == expression.count(")")


@pytest.mark.parametrize("file", DASHBOARDS, ids=lambda file: file.stem)
def test_a_dashboard_is_whole_and_shows_what_is_measured(file: Path) -> None:
    dashboard = json.loads(file.read_text())
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells = [
        (x, y)
        for panel in panels
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(set(cells)) == len(cells), "panels do not overlap"
    assert max(x for x, _ in cells) < 24
    for panel in panels:
        assert panel["title"]
        for target in panel["targets"]:
            check_expression(target["expr"])


async def test_a_running_fund_tells_what_is_shown(tmp_path: Path) -> None:
    async with fund(tmp_path / "home") as stack:
        await stack.publish([*worked_start(), b"not JSON"])
        app = fund_app(stack)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
            answer = await client.get("/metrics")
    told = labels(answer.text)
    elsewhere = OF_THE_CLUSTER | {UP}
    here = {name: those for name, those in LABELS.items() if name not in elsewhere}
    assert {name: told.get(name) for name in here} == here
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")


def test_there_are_three_dashboards_with_names_of_their_own() -> None:
    assert [file.stem for file in DASHBOARDS] == ["fund", "services", "terms"]
    assert len({json.loads(file.read_text())["uid"] for file in DASHBOARDS}) == 3


def test_every_metric_is_shown_somewhere() -> None:
    shown = {
        name
        for file in DASHBOARDS
        for panel in json.loads(file.read_text())["panels"]
        for target in panel["targets"]
        for name in metrics(target["expr"])
    }
    assert shown == LABELS.keys()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alarm_stands_on_what_is_measured_and_has_its_chapter(rule: dict[str, Any]) -> None:
    check_expression(rule["expr"])
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    used = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
    assert used <= OF_EVERY_TARGET | grouped_by(rule["expr"])
    assert f"\n### {rule['alert']}\n" in (FOLDER / "README.md").read_text()


def test_the_runbook_has_no_chapter_for_an_alarm_that_is_gone() -> None:
    chapters = re.findall(r"^### (Psdf\w+)$", (FOLDER / "README.md").read_text(), re.MULTILINE)
    assert chapters == [rule["alert"] for rule in RULES]


def test_links_of_the_runbook_lead_somewhere() -> None:
    text = (FOLDER / "README.md").read_text()
    headings = {
        re.sub(r"[^\w -]", "", line.lstrip("# ")).lower().replace(" ", "-")
        for line in text.splitlines()
        if line.startswith("#")
    }
    for target in re.findall(r"\]\(([^)]+)\)", text):
        assert target[1:] in headings if target.startswith("#") else (FOLDER / target).exists(), target
