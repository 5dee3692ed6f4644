"""Every panel of every board, asked of a real Prometheus that reads a running fund: a value, or an explicit zero."""

import json
import math
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from deploy.boards import boards
from deploy.local import free_port
from tests.deploy.prometheus import Prometheus, promtool, require_prometheus, serving, until
from tests.runtime.funds import psdf, start_fund, worked_start

RANGE = "$__range"
"""Grafana puts in the time that the board shows."""
EXPRESSIONS = [
    (board["title"], panel["title"], target["expr"].replace(RANGE, "5m"))
    for board in map(json.loads, boards().values())
    for panel in board["panels"]
    for target in panel["targets"]
]


@pytest.fixture(params=["just started", "after the worked start"])
def asked(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Prometheus]:
    """A Prometheus that has read a fund three times, so that rates can be told."""
    require_prometheus()
    port = free_port()
    process = start_fund(tmp_path / "home", port)
    try:
        if request.param != "just started":
            events = tmp_path / "events.jsonl"
            events.write_bytes(b"\n".join(worked_start()))
            published = psdf("publish", events, home=tmp_path / "home")
            assert published.returncode == 0, published.stderr
        with serving(tmp_path, {"psdf": f"127.0.0.1:{port}"}) as prometheus:
            until(lambda: prometheus.now("sum_over_time(up[1m]) >= 3"), "the fund was read three times")
            yield prometheus
    finally:
        process.terminate()
        process.communicate(timeout=30)


def test_every_panel_has_a_value_or_an_explicit_zero(asked: Prometheus) -> None:
    empty = []
    for board, panel, expression in EXPRESSIONS:
        values = [float(series["value"][1]) for series in asked.now(expression)]
        if not values or not all(map(math.isfinite, values)):
            empty.append(f"{board}, {panel}: {values} of {expression}")
    assert empty == []


def test_promtool_takes_what_a_running_fund_tells(tmp_path: Path) -> None:
    require_prometheus()
    port = free_port()
    process = start_fund(tmp_path / "home", port)
    try:
        text = httpx.get(f"http://127.0.0.1:{port}/metrics").text
    finally:
        process.terminate()
        process.communicate(timeout=30)
    checked = promtool("check", "metrics", given=text)
    about = [
        line for line in checked.stderr.splitlines() if line and 'use base unit "seconds" instead of "days"' not in line
    ]
    assert about == [], "terms are in days, as the law has them; nothing else is amiss"
