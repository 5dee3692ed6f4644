"""Log lines are JSON, and name the trace of what was in hand."""

import io
import json
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from shared.engine.faults import Unavailable
from shared.engine.journal import Commit
from shared.telemetry.context import NOTICE, Subject, TraceIds
from shared.telemetry.file import lines_with
from shared.telemetry.logs import JsonLines
from shared.telemetry.setup import Telemetry
from tests.runtime.funds import WORKED_START, psdf
from tests.telemetry.play import A1, FUND_ID, SENDER, Watched, beginning, invoice, root_of, trace_of


class Lines:
    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def said(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]


@pytest.fixture
def lines() -> Iterator[Lines]:
    lines, root = Lines(), logging.getLogger()
    handler = logging.StreamHandler(lines.stream)
    handler.setFormatter(JsonLines())
    handler.addFilter(TraceIds())
    root.addHandler(handler)
    yield lines
    root.removeHandler(handler)


async def test_a_store_that_is_away_is_logged_with_the_trace_in_hand(
    lines: Lines, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fund = Watched(Telemetry(traces=1, folder=tmp_path))
    await fund.bus.start()
    await fund.send(*beginning())
    inner = fund.engines["invoicing"].store._store  # type: ignore[attr-defined]
    append, failures = inner.append, iter([True])

    async def full_disk(commits: Sequence[Commit]) -> None:
        if next(failures, False):
            raise Unavailable("the disk is full")
        await append(commits)

    monkeypatch.setattr(inner, "append", full_disk)
    await fund.send(invoice(A1, "2022-01", 1_000_000, "2022-02-07", SENDER))
    (line,) = [line for line in lines.said if "can't write" in line["message"]]
    assert line["level"] == "warning"
    assert (line["trace_id"], line["span_id"]) == (trace_of(A1), root_of(A1))


async def test_what_fails_with_a_letter_is_logged_with_its_trace(lines: Lines, tmp_path: Path) -> None:
    telemetry = Telemetry(traces=1, folder=tmp_path)
    with telemetry.letter(FUND_ID, "2022-04-1"):
        logging.getLogger("letters").error("not delivered")
    telemetry.close()
    (line,), (span,) = lines.said, lines_with(tmp_path, ["letter"])
    assert (line["trace_id"], line["span_id"]) == (span.trace, span.span)
    assert line["trace_id"] == Subject(FUND_ID, NOTICE, "2022-04-1").trace


def test_a_line_without_a_trace_names_none(lines: Lines) -> None:
    logging.getLogger("any").warning("all is well")
    (line,) = lines.said
    assert "trace_id" not in line


def test_what_a_command_sets_of_logging_is_its_own_and_later_tests_hear_all(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Given a command that is run in this process and asks for its own lines, then warnings are heard here as before."""
    assert psdf("publish", WORKED_START, "--moment", "event", home=tmp_path).returncode == 0
    logging.getLogger("httpx").warning("heard as before")
    assert caplog.messages[-1:] == ["heard as before"]
    assert logging.getLogger("httpx").level == logging.NOTSET
