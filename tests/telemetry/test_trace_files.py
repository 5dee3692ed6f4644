"""Spans in files, and the tree that a person sees."""

import asyncio
from pathlib import Path

import msgspec
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
from opentelemetry.trace import StatusCode, Tracer
from rich.console import Console

from shared.telemetry.file import FileExporter, lines_with
from shared.telemetry.setup import Telemetry
from shared.telemetry.tree import Untraced, trace_tree
from tests.telemetry.play import A1, A2, FUND_ID, SENDER, Watched, trace_of, worked_start


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home") / "traces"
    asyncio.run(play(Telemetry(traces=1, folder=folder)))
    return folder


async def play(telemetry: Telemetry, traceparent: str | None = None) -> None:
    fund = Watched(telemetry)
    await fund.bus.start()
    await worked_start(fund, traceparent)
    telemetry.close()


def drawn(folder: Path, invoice_id: str) -> list[str]:
    console = Console(width=160, record=True, force_terminal=False)
    with console.capture() as captured:
        console.print(trace_tree(folder, FUND_ID, invoice_id))
    return captured.get().splitlines()


def tracer_of(exporter: FileExporter) -> Tracer:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return provider.get_tracer("test")


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_has_one_json_span_a_line(folder: Path) -> None:
    (path,) = folder.iterdir()
    spans = [msgspec.json.decode(line) for line in path.read_bytes().splitlines()]
    assert {"invoicing", "payments", "contracts", "letters"} <= {span["service"] for span in spans}
    assert all(span["start_ns"] <= span["end_ns"] for span in spans)


def test_the_tree_shows_services_decisions_points_reasons_and_sums(folder: Path) -> None:
    tree = drawn(folder, A2)
    assert tree[0] == f"invoice {A2}"
    decisions = [
        ("invoicing", "invoice.accepted  30 000.00 EUR  points 15, 16"),
        ("payments", "payment.deferred  30 000.00 EUR  points 16, 18  reason appropriation"),
        ("payments", "payment.scheduled  30 000.00 EUR  points 18, HIL 14(3)  notice 2022-04-1"),
        ("payments", f"payment.ordered  30 000.00 EUR  points 16  order {A2}#1"),
        ("payments", f"payment.executed  30 000.00 EUR  points 16  order {A2}#1"),
    ]
    found = [next(n for n, line in enumerate(tree) if service in line and said in line) for service, said in decisions]
    assert found == sorted(found)
    assert "2022-03-05, because of notice.delivered (a decision on several)" in tree[found[2] + 1]
    assert tree[found[2] + 2].strip("│├└─ ").startswith("after letters letter of notice 2022-04-1 (took ")
    assert "after payments notice.prepared of notice 2022-04-1 because of day.started (took " in tree[found[2] + 2]
    assert "durable after" in tree[found[0] + 1]
    assert "told after" in tree[found[0] + 1]


def test_what_is_decided_on_an_invoice_stands_below_its_acceptance(folder: Path) -> None:
    tree = drawn(folder, A1)
    accepted, *others = [
        next(line for line in tree if service in line and name in line).index("20")
        for service, name in (
            ("invoicing", "invoice.accepted"),
            ("payments", "payment.scheduled"),
            ("payments", "payment.ordered"),
        )
    ]
    assert {depth - accepted for depth in others} == {4}


def test_a_trace_is_found_by_its_id_too(folder: Path) -> None:
    assert drawn(folder, trace_of(A1)) == [trace_of(A1), *drawn(folder, A1)[2:]]


def test_a_senders_trace_is_named(tmp_path: Path) -> None:
    asyncio.run(play(Telemetry(traces=1, folder=tmp_path), SENDER))
    named = [line for line in drawn(tmp_path, A1) if f"(sent in trace {SENDER[3:35]})" in line]
    assert len(named) == 1
    assert "because of invoice.submitted" in named[0]


def test_an_invoice_without_a_trace_is_told_in_one_line(folder: Path) -> None:
    with pytest.raises(Untraced, match=r"holds no trace of 300111224/B1: PSDF_TRACES is the share"):
        trace_tree(folder, FUND_ID, "300111224/B1")
    with pytest.raises(Untraced, match=r"holds no trace of 300111224/A:"):
        trace_tree(folder, FUND_ID, "300111224/A")
    with pytest.raises(Untraced):
        trace_tree(folder / "nowhere", FUND_ID, A1)


def test_full_files_are_followed_and_the_oldest_go(tmp_path: Path) -> None:
    tracer = tracer_of(FileExporter(tmp_path, most_bytes=400, most_files=3))
    for number in range(40):
        tracer.start_span(f"span-{number}").end()
    kept = [int(line.name.removeprefix("span-")) for line in lines_with(tmp_path, ["span-"])]
    assert len(files(tmp_path)) == 3
    assert kept == list(range(kept[0], 40))
    assert all(path.stat().st_size < 800 for path in tmp_path.iterdir())


def test_a_restart_goes_on_in_the_last_file_after_a_line_that_was_cut_off(tmp_path: Path) -> None:
    tracer_of(FileExporter(tmp_path)).start_span("before").end()
    path = tmp_path / "00000001.jsonl"
    path.write_bytes(path.read_bytes() + b'{"trace":"span-cut')
    tracer_of(FileExporter(tmp_path)).start_span("after").end()
    assert files(tmp_path) == ["00000001.jsonl"]
    assert [line.name for line in lines_with(tmp_path, ["trace"])] == ["before", "after"]


def test_each_process_has_a_file_of_its_own_and_they_are_one_tree(tmp_path: Path) -> None:
    """Locks are of open files, so two exporters of one process are as two processes."""
    one, other, third = (FileExporter(tmp_path) for _ in range(3))
    tracer_of(one).start_span("span-one").end()
    tracer_of(other).start_span("span-other").end()
    tracer_of(one).start_span("span-one-again").end()
    assert files(tmp_path) == ["00000001.jsonl", "00000002.jsonl"]
    other.shutdown()
    tracer_of(third).start_span("span-third").end()
    assert files(tmp_path) == ["00000001.jsonl", "00000002.jsonl"], "a file that nobody holds is continued"
    assert [line.name for line in lines_with(tmp_path, ["span-"])] == [
        "span-one",
        "span-one-again",
        "span-other",
        "span-third",
    ]


def test_an_old_file_that_is_still_written_to_stays(tmp_path: Path) -> None:
    quiet, busy = FileExporter(tmp_path), FileExporter(tmp_path, most_bytes=400, most_files=3)
    tracer_of(quiet).start_span("span-quiet").end()
    tracer = tracer_of(busy)
    for number in range(40):
        tracer.start_span(f"span-{number}").end()
    tracer_of(quiet).start_span("span-quiet-again").end()
    assert files(tmp_path)[0] == "00000001.jsonl"
    assert len(files(tmp_path)) == 1 + 3
    assert [line.name for line in lines_with(tmp_path, ["span-quiet"])] == ["span-quiet", "span-quiet-again"]


def test_what_failed_says_why(tmp_path: Path) -> None:
    span = tracer_of(FileExporter(tmp_path)).start_span("letter")
    span.set_status(StatusCode.ERROR, "the ministry answered 500")
    span.end()
    assert [line.error for line in lines_with(tmp_path, ["letter"])] == ["the ministry answered 500"]


def test_a_full_disk_loses_spans_and_nothing_else(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    exporter = FileExporter(tmp_path / "traces")
    (tmp_path / "traces").rmdir()
    (tmp_path / "traces").write_text("no folder any more")
    tracer_of(exporter).start_span("lost").end()
    assert exporter.export([]) == SpanExportResult.FAILURE
    assert "spans are not written" in caplog.text
