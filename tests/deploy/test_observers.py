"""Who looks on beside the stack: how each is started, what is told where one is missing, what Prometheus reads."""

import json
from pathlib import Path

import pytest
import yaml

from deploy.local import Stack, StackError, artefacts, observers, tools
from deploy.local.observers import Prometheus, Relay, Zipkin, scraped, tell_targets
from deploy.local.records import Child, Name, Report
from deploy.local.state import State
from shared.cli.cluster import used_by
from tests.deploy.prometheus import promtool, require_prometheus
from tests.runtime.funds import psdf

CONSOLE = "http://127.0.0.1:8090"
PORTS = {"zipkin": 20_005, "relay": 20_006, "prometheus": 20_007}


def known() -> State:
    return State(ports=dict(PORTS))  # type: ignore[arg-type] # their names are literals


def report(folder: Path, **states: str) -> Report:
    def child(name: Name, state: str = "running") -> Child:
        return Child(
            name=name,
            program=name,
            state=state,  # type: ignore[arg-type] # a literal
            address=f"127.0.0.1:{PORTS.get(name, 20_001)}",
            pid=1,
            since=None,
            log=folder,
        )

    seen: tuple[Name, ...] = ("zipkin", "relay", "prometheus")
    looking = tuple(child(name, states[name]) for name in seen if name in states)
    return Report(folder=folder, kafka=child("kafka"), mongo=child("mongo"), observers=looking)


def test_zipkin_listens_to_this_machine_alone_and_leads_back(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tools, "find", lambda tool: f"java for {tool.needed_for}")
    monkeypatch.setattr(artefacts, "jars_of", lambda *_: tmp_path)
    (tmp_path / "zipkin.jar").touch()
    state = known()
    argv = Zipkin(CONSOLE).prepare(state, tmp_path, print)
    assert argv[0] == "java for running Zipkin"
    assert Zipkin(CONSOLE).mark(state, tmp_path) in argv
    assert {"--armeria.ports[0].address=127.0.0.1", "--armeria.ports[0].port=20005"} <= set(argv)
    assert f"--zipkin.ui.logs-url={CONSOLE}/traces/{{traceId}}" in argv


def test_the_relay_brings_traces_to_that_zipkin(tmp_path: Path) -> None:
    argv = Relay().prepare(known(), tmp_path, print)
    assert argv[2:5] == ["deploy.local.relay", "127.0.0.1:20006", "http://127.0.0.1:20005"]


def test_a_missing_java_is_told_with_what_it_is_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(StackError, match="java 17 or newer is needed for running Zipkin, and there is no java on PATH"):
        Zipkin(CONSOLE).prepare(known(), tmp_path, print)


def test_a_missing_prometheus_is_told_and_the_others_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    servers, notes = Stack(tmp_path)._wanted(observe=True)
    assert [server.name for server in servers] == ["kafka", "mongo", "zipkin", "relay"]
    assert notes == [observers.PROMETHEUS_IS_MISSING]
    assert Stack(tmp_path)._wanted(observe=False)[1] == []


def test_prometheus_takes_what_it_is_told_to_read(tmp_path: Path) -> None:
    require_prometheus()
    argv = Prometheus("127.0.0.1:8080").prepare(known(), tmp_path, print)
    assert "--web.listen-address=127.0.0.1:20007" in argv
    checked = promtool("check", "config", tmp_path / "prometheus.yaml")
    assert checked.returncode == 0, checked.stderr
    fund, processes = yaml.safe_load(scraped("127.0.0.1:8080"))["scrape_configs"]
    assert fund["static_configs"] == [{"targets": ["127.0.0.1:8080"]}]
    assert processes["file_sd_configs"] == [{"files": ["targets/*.json"]}]


def test_processes_say_where_they_are_read_and_only_beside_a_stack(tmp_path: Path) -> None:
    tell_targets(tmp_path / "stack", {"payments": "127.0.0.1:9001"})
    assert not (tmp_path / "stack").exists()
    (tmp_path / "stack").mkdir()
    tell_targets(tmp_path / "stack", {"payments": "127.0.0.1:9001"})
    (file,) = (tmp_path / "stack" / "targets").iterdir()
    assert json.loads(file.read_text()) == [{"targets": ["127.0.0.1:9001"], "labels": {"job": "payments"}}]
    tell_targets(tmp_path / "stack", {})
    assert json.loads(file.read_text()) == []


def test_what_is_to_be_exported_is_told_of_what_runs(tmp_path: Path) -> None:
    alone = "export PSDF_KAFKA=127.0.0.1:20001 PSDF_MONGO=mongodb://127.0.0.1:20001/"
    assert list(used_by(report(tmp_path), CONSOLE)) == [alone]
    assert list(used_by(report(tmp_path, zipkin="crashed", relay="running"), CONSOLE)) == [alone]
    traces = f"PSDF_TRACES_URL='http://127.0.0.1:20005/zipkin/traces/{{trace}}' PSDF_CONSOLE_URL={CONSOLE}"
    assert list(used_by(report(tmp_path, zipkin="running", relay="running", prometheus="running"), CONSOLE)) == [
        "traces: http://127.0.0.1:20005/zipkin/",
        "metrics: http://127.0.0.1:20007/",
        "boards: psdf console --prometheus http://127.0.0.1:20007",
        alone,
        f"export PSDF_OTLP=http://127.0.0.1:20006 {traces}",
    ]


def test_to_observe_is_for_up_alone(tmp_path: Path) -> None:
    done = psdf("stack", "down", "--observe", home=tmp_path)
    assert (done.returncode, done.stderr) == (2, "psdf: --observe is for psdf stack up, and not for down\n")
