"""Whose trace a decision belongs to: across restarts, lost races, faults, and where nothing is recorded."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.payments.service import PAYMENTS
from shared.adapters.sqlite import SqliteStore
from shared.engine.codec import decode_decisions
from shared.engine.handle import Engine
from shared.engine.journal import GENESIS, Commit, Unavailable, chain
from shared.messages.envelope import parse
from shared.runtime.replay import replay
from shared.runtime.telemetry import Telemetry
from shared.runtime.telemetry_context import is_sampled
from shared.runtime.telemetry_file import Line, lines_with
from shared.runtime.telemetry_memory import Memory
from shared.runtime.telemetry_share import Share
from tests.telemetry.play import (
    A1,
    SENDER,
    Watched,
    beginning,
    executed,
    invoice,
    started,
    traced,
    worked_start,
)

JULY = "00-11111111111111111111111111111111-2222222222222222-01"
UNRECORDED = SENDER[:53] + "00"


def trace_of(event: dict[str, Any]) -> str:
    return str(event["traceparent"][3:35])


def is_recorded(event: dict[str, Any]) -> bool:
    return is_sampled(event.get("traceparent", UNRECORDED))


def spans(folder: Path) -> list[Line]:
    return list(lines_with(folder, ['"trace"']))


async def scheduled(fund: Watched, traceparent: str | None = None) -> None:
    await fund.bus.start()
    await fund.send(*beginning(), invoice(A1, "2022-01", 1_000_000, "2022-02-07", traceparent))


async def test_after_a_restart_an_invoice_is_ordered_in_its_old_trace(tmp_path: Path) -> None:
    path, folder = tmp_path / "fund.sqlite3", tmp_path / "traces"
    before = Watched(Telemetry(traces=1, folder=folder), path)
    await scheduled(before, SENDER)
    await before.bus.close()
    before.connection.close()
    after = Watched(Telemetry(traces=1, folder=folder), path)
    await after.bus.start()
    await after.send(started("2022-03-09"), executed(f"{A1}#1", "2022-03-09"))
    (ordered,), (paid,) = after.said("payment.ordered"), after.said("payment.executed")
    assert trace_of(ordered) == trace_of(paid) == SENDER[3:35]
    assert after.telemetry
    after.telemetry.close()
    (entered,) = before.said("payment.scheduled")
    (span,) = [line for line in spans(folder) if line.name == "payment.ordered" and line.service == "payments"]
    assert span.parent == entered["traceparent"][36:52]


async def test_an_invoice_that_entered_untraced_takes_no_days_trace_for_its_own(tmp_path: Path) -> None:
    path = tmp_path / "fund.sqlite3"
    before = Watched(None, path)
    await scheduled(before)
    await before.bus.close()
    before.connection.close()
    after = Watched(Telemetry(traces=1, folder=tmp_path / "traces"), path)
    await after.bus.start()
    await after.send(started("2022-03-09"), executed(f"{A1}#1", "2022-03-09"))
    (ordered,), (paid,) = after.said("payment.ordered"), after.said("payment.executed")
    assert trace_of(ordered) != trace_of(paid)


async def test_what_another_trace_decides_on_an_invoice_stands_in_the_invoices_trace_too(tmp_path: Path) -> None:
    folder = tmp_path / "traces"
    fund = Watched(Telemetry(traces=1, folder=folder))
    await scheduled(fund, SENDER)
    await fund.send(started("2022-03-09"), traced(executed(f"{A1}#1", "2022-03-09"), JULY))
    assert fund.telemetry
    fund.telemetry.close()
    (paid,) = fund.said("payment.executed")
    assert trace_of(paid) == SENDER[3:35]
    (reported,) = [line for line in spans(folder) if line.name == "payment.reported"]
    (there,) = [line for line in spans(folder) if line.name == "payment.executed" and line.service == "payments"]
    assert (reported.trace, reported.parent) == (JULY[3:35], JULY[36:52])
    assert there.links == [(reported.trace, reported.span)]


async def test_a_trace_that_its_sender_does_not_record_is_not_recorded_and_goes_on(tmp_path: Path) -> None:
    fund = Watched(Telemetry(traces=1, folder=tmp_path))
    await scheduled(fund, UNRECORDED)
    await fund.send(started("2022-03-09"))
    assert fund.telemetry
    fund.telemetry.close()
    assert [event["traceparent"] for event in fund.said("payment.ordered")] == [UNRECORDED]
    assert SENDER[3:35] not in {line.trace for line in spans(tmp_path)}


async def test_the_share_of_traces_that_begin_here_is_a_setting(tmp_path: Path) -> None:
    fund = Watched(Telemetry(traces=0.5, folder=tmp_path))
    await fund.bus.start()
    await fund.send(*beginning())
    submitted = [invoice(f"300111224/{n}", f"{2000 + n // 12}-{n % 12 + 1:02}", 1, "2022-02-07") for n in range(200)]
    await fund.bus.receive(submitted)
    recorded = [is_recorded(event) for event in fund.said("invoice.refused")]
    assert len(recorded) == 200
    assert 60 < sum(recorded) < 140


async def test_every_service_chooses_the_same_invoices(tmp_path: Path) -> None:
    fund = Watched(Telemetry(traces=0.5, folder=tmp_path))
    await fund.bus.start()
    ids = [f"300111224/A{month}" for month in range(1, 11)]
    submitted = [invoice(id_, f"2022-{n:02}", 1_000, f"2022-{n + 1:02}-07") for n, id_ in enumerate(ids, 1)]
    await fund.send(*beginning(), *submitted, started("2022-12-31"))
    orders = [event["data"]["order_id"] for event in fund.said("payment.ordered")]
    await fund.send(*(executed(order, "2022-12-31") for order in orders))
    assert fund.telemetry
    fund.telemetry.close()
    chosen = sorted(filter(Share(0.5).has, ids))
    assert 0 < len(chosen) < len(ids)
    for name in ("invoice.accepted", "payment.scheduled", "payment.ordered", "payment.executed"):
        assert sorted(str(line.attributes["psdf.invoice"]) for line in spans(tmp_path) if line.name == name) == chosen
    assert sorted(e["data"]["invoice_id"] for e in fund.said("payment.executed") if is_recorded(e)) == chosen


def test_a_share_is_as_large_as_it_says() -> None:
    ids = [f"{300_000_000 + 37 * provider}/V-{number:04}" for provider in range(50) for number in range(200)]
    for share in (0.01, 0.1, 0.5):
        assert sum(map(Share(share).has, ids)) == pytest.approx(share * len(ids), rel=0.2)
    assert not any(map(Share(0).has, ids))
    assert all(map(Share(1).has, ids))


async def test_a_fault_of_a_sender_in_its_traceparent_begins_a_trace(tmp_path: Path) -> None:
    fund = Watched(Telemetry(traces=1, folder=tmp_path))
    await scheduled(fund, "00-00000000000000000000000000000000-00f067aa0ba902b7-01")
    (entered,) = fund.said("payment.scheduled")
    assert trace_of(entered) != "0" * 32


async def test_spans_are_of_what_became_durable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "traces"
    fund = Watched(Telemetry(traces=1, folder=folder))
    await fund.bus.start()
    await fund.send(*beginning())
    store = fund.engines["payments"].store
    append, failures = store._store.append, iter([True, True, False])  # type: ignore[attr-defined]

    async def full_disk(commits: Sequence[Commit]) -> None:
        if next(failures, False):
            raise Unavailable("the disk is full")
        await append(commits)

    monkeypatch.setattr(store._store, "append", full_disk)  # type: ignore[attr-defined]
    await fund.send(invoice(A1, "2022-01", 1_000_000, "2022-02-07"), started("2022-03-09"))
    assert fund.telemetry
    fund.telemetry.close()
    entered = [line for line in spans(folder) if line.name == "payment.scheduled"]
    (ordered,) = [line for line in spans(folder) if line.name == "payment.ordered" and line.service == "payments"]
    assert [line.span for line in entered] == [ordered.parent]
    assert [event["traceparent"][36:52] for event in fund.said("payment.scheduled")] == [ordered.parent]


async def test_a_fault_in_a_trace_stops_no_payment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def broken(*_: object) -> dict[str, list[int]]:
        raise RuntimeError("made up")

    monkeypatch.setattr("shared.runtime.telemetry_spans.by_invoice", broken)
    fund = Watched(Telemetry(traces=1, folder=tmp_path))
    await worked_after_start(fund)
    assert len(fund.said("payment.executed")) == 2


async def worked_after_start(fund: Watched) -> None:
    await fund.bus.start()
    await worked_start(fund)


async def test_the_journal_keeps_the_traceparent_of_each_decision(tmp_path: Path) -> None:
    fund = Watched(Telemetry(traces=1, folder=tmp_path))
    await scheduled(fund, SENDER)
    (told,) = fund.said("payment.scheduled")
    stored = [
        decision.traceparent
        async for commit in fund.engines["payments"].store.read()
        for decision in decode_decisions(commit.body)
        if decision.events[0].type == "payments.invoice_entered"
    ]
    assert stored == [told["traceparent"]]
    assert trace_of(told) == SENDER[3:35]


async def test_decisions_are_the_same_with_and_without(tmp_path: Path) -> None:
    watched, bare = Watched(Telemetry(traces=1, folder=tmp_path)), Watched(None)
    for fund in (watched, bare):
        await fund.bus.start()
        await fund.send(*beginning(), invoice(A1, "2022-01", 1_000_000, "2022-02-07"), started("2022-03-09"))

    def said(fund: Watched) -> list[dict[str, Any]]:
        events = [msgspec.json.decode(message.raw) for message in fund.told]
        return [{name: given for name, given in event.items() if name != "traceparent"} for event in events]

    assert said(watched) == said(bare)


async def test_a_replay_watches_nobody() -> None:
    told: list[bytes] = []
    fund = Watched(None)
    await replay([*beginning(), invoice(A1, "2022-01", 1_000_000, "2022-02-07", SENDER)], told.append, fund.fund)
    carried = [event["traceparent"] for raw in told if "traceparent" in (event := msgspec.json.decode(raw))]
    assert set(carried) == {SENDER}


def test_a_commit_that_cannot_be_read_is_passed_over() -> None:
    memory = Memory()
    memory.recall(chain("fund", 1, b'[{"events":[{"type":"t","data":{"invoice_id":7}}]}]', GENESIS))
    assert memory.home("7") is None


async def test_engines_may_share_a_store_that_another_marks(tmp_path: Path) -> None:
    """As in the cluster: an engine a partition, one store, one relay."""
    path = tmp_path / "fund.sqlite3"
    before = Watched(Telemetry(traces=1, folder=tmp_path / "before"), path)
    await scheduled(before, SENDER)
    telemetry = Telemetry(traces=1, folder=tmp_path / "traces")
    shared = telemetry.store(SqliteStore(before.connection, "payments"), "payments")
    assert [commit.version async for commit in shared.read()], "a pass over the store recalls the traces"
    engine = Engine(PAYMENTS, before.fund, shared)
    telemetry.watch(engine)
    await engine.start()
    told = await engine.handle([parse(started("2022-03-09"), outside=True)])
    assert [trace_of(msgspec.json.decode(each.raw)) for each in told.messages] == [SENDER[3:35]]
    lag = 'psdf_relay_lag{service="payments"}'
    assert f"{lag} 1.0" in telemetry.metrics.text().decode()
    await shared.mark(told.versions)
    assert f"{lag} 0.0" in telemetry.metrics.text().decode()
    telemetry.close()
    assert {line.name for line in spans(tmp_path / "traces")} >= {"payment.ordered", "batch", "commit", "relay"}


def test_the_memory_is_bounded_and_forgets_the_oldest() -> None:
    memory = Memory(most=2)
    for invoice_id in ("a", "b", "c"):
        memory.enter(invoice_id, SENDER)
    assert [memory.home(invoice_id) for invoice_id in ("a", "b", "c")] == [None, SENDER, SENDER]


async def test_a_crash_before_an_event_is_told_leaves_it_in_its_invoices_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "fund.sqlite3"
    before = Watched(Telemetry(traces=1, folder=tmp_path / "traces"), path)
    await scheduled(before, SENDER)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(before.engines["payments"].store, "mark", killed)
    with pytest.raises(KeyboardInterrupt):
        await before.send(started("2022-03-09"))
    before.connection.close()
    after = Watched(None, path)
    await after.bus.start()
    (ordered,) = after.said("payment.ordered")
    assert trace_of(ordered) == SENDER[3:35]
    assert [event["traceparent"] for event in before.said("payment.ordered")] == [ordered["traceparent"]]
