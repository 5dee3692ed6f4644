"""The alarms on a real Prometheus: each fires when it should and not else, by cases and on the demo's year."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

import deploy
from shared.kernel.calendar import DAY
from tests.deploy import backtest
from tests.deploy.prometheus import promtool, require_prometheus

DASHBOARDS = Path(deploy.__file__).parent / "dashboards"
CASES: list[dict[str, Any]] = yaml.safe_load((DASHBOARDS / "alerts_test.yaml").read_text(encoding="utf-8"))["tests"]
SEVERITY = {rule["alert"]: rule["labels"]["severity"] for group in backtest.GROUPS for rule in group["rules"]}
TRIED = [tried for case in CASES for tried in case["alert_rule_test"]]


def test_where_prometheus_is_missing_tests_are_left_out_loudly_and_ci_fails(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("PSDF_REQUIRE_CONNECTED", raising=False)
    with pytest.raises(pytest.skip.Exception, match="NO PROMETHEUS HERE: prometheus and promtool not on PATH"):
        require_prometheus()
    monkeypatch.setenv("PSDF_REQUIRE_CONNECTED", "1")
    with pytest.raises(pytest.fail.Exception, match="apt-get install prometheus brings both"):
        require_prometheus()


def test_promtool_takes_the_rules() -> None:
    require_prometheus()
    checked = promtool("check", "rules", DASHBOARDS / "alerts.yaml")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert f"{len(backtest.ALARMS)} rules found" in checked.stdout


def test_each_alarm_fires_when_it_should_and_says_what_it_should() -> None:
    require_prometheus()
    tried = promtool("test", "rules", DASHBOARDS / "alerts_test.yaml")
    assert tried.returncode == 0, tried.stdout + tried.stderr


@pytest.mark.parametrize("alarm", backtest.ALARMS)
def test_each_alarm_has_a_case_that_fires_and_one_that_must_not(alarm: str) -> None:
    fires = {bool(tried["exp_alerts"]) for tried in TRIED if tried["alertname"] == alarm}
    assert fires == {True, False}


def test_no_case_is_of_an_alarm_that_is_gone() -> None:
    assert {tried["alertname"] for tried in TRIED} == backtest.ALARMS.keys()


def test_on_the_demos_year_each_alarm_fires_on_the_days_of_the_table() -> None:
    require_prometheus()
    found, told = backtest.backtest()
    short = sorted({event["data"]["on"] for event in told if event["type"] == "shortage.declared"})
    assert [str(day) for day in found["PsdfCashShort"]] == short
    assert short == ["2022-05-05", "2022-08-29", "2022-08-30", "2022-08-31"]
    assert [day + DAY for day in found["PsdfCashAhead"]] == found["PsdfCashShort"], "it is said the day before"
    without_budget = date(2022, 1, 20)
    assert min(found["PsdfArticleExhausted"]) > without_budget, "without a budget no article is exhausted"
    machines = [name for name, days in found.items() if days and SEVERITY[name] == "critical"]
    assert machines == [], "a year of the fund wakes nobody"
    assert backtest.TABLE.read_text(encoding="utf-8") == backtest.page(found), (
        "python -m tests.deploy.backtest writes it anew"
    )
