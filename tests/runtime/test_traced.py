"""Traces of real processes: ``psdf run`` to a receiver, across a kill; ``psdf publish`` to files for ``psdf trace``."""

import json
import time
from pathlib import Path

import httpx
import pytest

from deploy.local import free_port
from tests.runtime.funds import PATIENCE_S, WORKED_START, day, psdf, start_fund, worked_start
from tests.telemetry.play import A1, SENDER, root_of, trace_of
from tests.telemetry.receiver import Receiver, receiving

TRACE = trace_of(A1)
LINES = {"Content-Type": "application/x-ndjson"}


def with_sender(raws: list[bytes]) -> list[bytes]:
    """The invoice A1 comes with a trace of its provider."""
    events = [json.loads(raw) for raw in raws]
    return [
        json.dumps(each | ({"traceparent": SENDER} if each["data"].get("invoice_id") == A1 else {})).encode()
        for each in events
    ]


def names(receiver: Receiver) -> list[tuple[str, str]]:
    return [(service, span.name) for service, span in receiver.spans if span.trace_id.hex() == TRACE]


def wait_for(receiver: Receiver, wanted: tuple[str, str]) -> None:
    until_s = time.monotonic() + PATIENCE_S
    while wanted not in names(receiver):
        assert time.monotonic() < until_s, f"{wanted} did not come, but {names(receiver)}"
        time.sleep(0.02)


def test_a_running_fund_tells_a_receiver_and_goes_on_in_the_trace_after_a_kill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, port = tmp_path / "home", free_port()
    until_a1 = with_sender(worked_start())[:5]
    with receiving() as receiver:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url)
        running = start_fund(home, port, PSDF_TRACES="1")
        try:
            answer = httpx.post(f"http://127.0.0.1:{port}/events", content=b"\n".join(until_a1), headers=LINES)
            assert answer.status_code == 200, answer.text
            wait_for(receiver, ("payments", "payment.scheduled"))
        finally:
            running.kill()
            running.communicate(timeout=PATIENCE_S)
        running = start_fund(home, port, PSDF_TRACES="1")
        try:
            httpx.post(f"http://127.0.0.1:{port}/events", content=day("2022-03-09"), headers=LINES).raise_for_status()
        finally:
            running.terminate()
            told, _ = running.communicate(timeout=PATIENCE_S)
        assert running.returncode == 0, told
        way = {(by, span.name): span for by, span in receiver.spans if span.trace_id.hex() == TRACE}
    accepted, scheduled = way["invoicing", "invoice.accepted"], way["payments", "payment.scheduled"]
    assert (accepted.span_id.hex(), accepted.parent_span_id) == (root_of(A1), b"")
    (link,) = accepted.links
    assert [link.trace_id.hex(), link.span_id.hex()] == SENDER.split("-")[1:3]
    assert scheduled.parent_span_id == way["payments", "payment.ordered"].parent_span_id == accepted.span_id
    assert "psdf_cash_cents" in receiver.metrics
    assert not (home / "traces").exists()


def test_what_is_published_can_be_drawn_as_a_tree(tmp_path: Path) -> None:
    home = tmp_path / "home"
    published = psdf("publish", WORKED_START, "--moment", "event", home=home, PSDF_TRACES="1")
    assert published.returncode == 0, published.stderr
    tree = psdf("trace", A1, home=home).stdout
    places = [tree.index(name) for name in ("invoice.accepted", "payment.scheduled", "payment.ordered", A1 + "#1")]
    assert places == sorted(places)
    by_id = psdf("trace", trace_of(A1), home=home).stdout
    assert by_id.splitlines()[1:] == tree.splitlines()[2:]
    none = psdf("trace", "300111224/B1", home=home)
    assert (none.returncode, none.stderr.count("\n")) == (1, 1)
    assert "holds no trace of 300111224/B1" in none.stderr


def test_without_a_share_nothing_is_written(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert psdf("publish", WORKED_START, "--moment", "event", home=home, PSDF_TRACES="0").returncode == 0
    assert not (home / "traces").exists()
    wrong = psdf("publish", WORKED_START, home=home, PSDF_TRACES="2")
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
    assert wrong.stderr.startswith("psdf: PSDF_TRACES=2: ")
    wrong = psdf("publish", WORKED_START, home=home, OTEL_EXPORTER_OTLP_ENDPOINT="collector:4318")
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
    assert wrong.stderr.startswith("psdf: OTEL_EXPORTER_OTLP_ENDPOINT=collector:4318: ")


def test_where_traces_cannot_be_written_it_is_said(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "traces").write_text("no folder")
    done = psdf("publish", WORKED_START, "--moment", "event", home=home)
    assert (done.returncode, done.stderr) == (
        1,
        f"psdf: {home}/traces: File exists; PSDF_TRACES=0 goes without traces\n",
    )
