"""Whose trace a decision belongs to: across restarts, faults, and where not all is recorded; nothing of it is stored."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from services.payments.service import PAYMENTS
from shared.adapters.sqlite.store import SqliteStore
from shared.engine.codec import decode_decisions, encode_decisions
from shared.engine.engine import Engine
from shared.engine.faults import Unavailable
from shared.engine.journal import GENESIS, Commit, chain
from shared.engine.outbox import messages_of
from shared.messages.read import parse
from shared.reports.replay import replay as replayed
from shared.telemetry.context import EVENT, INVOICE, NOTICE, Subject
from shared.telemetry.file import Line, lines_with
from shared.telemetry.setup import Telemetry
from shared.telemetry.share import Share
from tests.telemetry.play import (
    A1,
    SENDER,
    Watched,
    beginning,
    executed,
    invoice,
    root_of,
    started,
    trace_of,
    traced,
    worked_start,
)

JULY = "00-11111111111111111111111111111111-2222222222222222-01"
UNRECORDED = SENDER[:53] + "00"


def spans(folder: Path) -> list[Line]:
    return list(lines_with(folder, ['"trace"']))


def renamed(raw: bytes, id_: str) -> bytes:
    """The same from another event."""
    return msgspec.json.encode(msgspec.json.decode(raw) | {"id": id_})


async def scheduled(fund: Watched, traceparent: str | None = None) -> None:
    await fund.bus.start()
    await fund.send(*beginning(), invoice(A1, "2022-01", 1_000_000, "2022-02-07", traceparent))


async def test_after_a_restart_an_invoice_is_ordered_in_its_old_trace(tmp_path: Path) -> None:
    path, folder = tmp_path / "fund.sqlite3", tmp_path / "traces"
    before = Watched(Telemetry(traces=1, folder=folder), path)
    await scheduled(before, SENDER)
    await before.close()
    after = Watched(Telemetry(traces=1, folder=tmp_path / "after"), path)
    await after.bus.start()
    await after.send(started("2022-03-09"), executed(f"{A1}#1", "2022-03-09"))
    assert before.telemetry
    assert after.telemetry
    before.telemetry.close()
    after.telemetry.close()
    (accepted,) = [line for line in spans(folder) if line.name == "invoice.accepted"]
    assert (accepted.trace, accepted.span) == (trace_of(A1), root_of(A1))
    later = {line.name: line for line in spans(tmp_path / "after") if line.attributes.get("psdf.invoice") == A1}
    assert set(later) >= {"payment.ordered", "payment.executed"}
    assert {(line.trace, line.parent) for line in later.values()} == {(accepted.trace, accepted.span)}


async def test_a_start_reads_no_more_with_telemetry_than_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """House 3.2: every commit of every journal was read to recall traces."""
    path = tmp_path / "fund.sqlite3"
    before = Watched(None, path)
    await scheduled(before)
    await before.close()
    read, reads = SqliteStore.read, list[str | None]()

    def noted(store: SqliteStore, stream: str | None = None, after: int = 0) -> AsyncIterator[Commit]:
        reads.append(stream)
        return read(store, stream, after)

    monkeypatch.setattr(SqliteStore, "read", noted)
    bare = Watched(None, path)
    await bare.bus.start()
    without, reads = reads, []
    await Watched(Telemetry(traces=1, folder=tmp_path / "traces"), path).bus.start()
    assert reads == without
    assert None not in reads


async def test_an_invoice_that_entered_untraced_is_traced_from_now_on(tmp_path: Path) -> None:
    path = tmp_path / "fund.sqlite3"
    before = Watched(None, path)
    await scheduled(before)
    await before.close()
    after = Watched(Telemetry(traces=1, folder=tmp_path / "traces"), path)
    await after.bus.start()
    await after.send(started("2022-03-09"), executed(f"{A1}#1", "2022-03-09"))
    assert after.telemetry
    after.telemetry.close()
    later = {line.name: line for line in spans(tmp_path / "traces") if line.trace == trace_of(A1)}
    assert set(later) >= {"payment.ordered", "payment.executed"}


async def test_what_comes_in_another_trace_is_decided_in_the_invoices_trace_and_linked(tmp_path: Path) -> None:
    folder = tmp_path / "traces"
    fund = Watched(Telemetry(traces=1, folder=folder))
    await scheduled(fund, SENDER)
    await fund.send(started("2022-03-09"), traced(executed(f"{A1}#1", "2022-03-09"), JULY))
    assert fund.telemetry
    fund.telemetry.close()
    (paid,) = [line for line in spans(folder) if line.name == "payment.executed" and line.service == "payments"]
    assert (paid.trace, paid.parent) == (trace_of(A1), root_of(A1))
    assert paid.links == [(JULY[3:35], JULY[36:52])]


async def test_a_trace_that_its_sender_does_not_record_is_no_link(tmp_path: Path) -> None:
    fund = Watched(Telemetry(traces=1, folder=tmp_path))
    await scheduled(fund, UNRECORDED)
    assert fund.telemetry
    fund.telemetry.close()
    (accepted,) = [line for line in spans(tmp_path) if line.name == "invoice.accepted"]
    assert (accepted.trace, accepted.links) == (trace_of(A1), [])


async def test_an_invoice_that_was_returned_and_came_again_is_one_trace_with_one_beginning(tmp_path: Path) -> None:
    fund = Watched(Telemetry(traces=1, folder=tmp_path))
    await fund.bus.start()
    wrong, right = (invoice(A1, month, 1_000, "2022-02-07") for month in ("2022-02", "2022-01"))
    await fund.send(*beginning(), wrong, renamed(right, "again"), renamed(invoice(A1, "2022-01", 7, "2022-02-07"), "3"))
    assert fund.telemetry
    fund.telemetry.close()
    answers = [line for line in spans(tmp_path) if line.service == "invoicing" and line.trace == trace_of(A1)]
    assert [line.name for line in answers] == ["invoice.returned", "invoice.accepted", "invoice.refused"]
    assert [line.parent for line in answers] == [None] * 3
    assert [line.span == root_of(A1) for line in answers] == [False, True, False]


async def test_the_share_of_traces_is_a_setting_and_no_sender_changes_it(tmp_path: Path) -> None:
    fund = Watched(Telemetry(traces=0.5, folder=tmp_path))
    await fund.bus.start()
    await fund.send(*beginning())
    submitted = [
        invoice(f"300111224/{n}", f"{2000 + n // 12}-{n % 12 + 1:02}", 1, "2022-02-07", SENDER) for n in range(200)
    ]
    await fund.bus.receive(submitted)
    assert fund.telemetry
    fund.telemetry.close()
    recorded = [line for line in spans(tmp_path) if line.name == "invoice.refused"]
    assert len(fund.said("invoice.refused")) == 200
    assert 60 < len(recorded) < 140


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


def test_a_share_is_as_large_as_it_says() -> None:
    ids = [f"{300_000_000 + 37 * provider}/V-{number:04}" for provider in range(50) for number in range(200)]
    for share in (0.01, 0.1, 0.5):
        assert sum(map(Share(share).has, ids)) == pytest.approx(share * len(ids), rel=0.2)
    assert not any(map(Share(0).has, ids))
    assert all(map(Share(1).has, ids))


async def test_a_fault_of_a_sender_in_its_traceparent_is_no_link(tmp_path: Path) -> None:
    fund = Watched(Telemetry(traces=1, folder=tmp_path))
    await scheduled(fund, "00-00000000000000000000000000000000-00f067aa0ba902b7-01")
    assert fund.telemetry
    fund.telemetry.close()
    (accepted,) = [line for line in spans(tmp_path) if line.name == "invoice.accepted"]
    assert (accepted.trace, accepted.links) == (trace_of(A1), [])


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
    assert len(fund.said("payment.scheduled")) == len(entered) == 1
    assert ordered.trace == entered[0].trace


async def test_a_fault_in_a_trace_stops_no_payment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def broken(*_: object) -> dict[str, list[int]]:
        raise RuntimeError("made up")

    monkeypatch.setattr("shared.telemetry.watcher.by_invoice", broken)
    fund = Watched(Telemetry(traces=1, folder=tmp_path))
    await worked_after_start(fund)
    assert len(fund.said("payment.executed")) == 2


async def worked_after_start(fund: Watched) -> None:
    await fund.bus.start()
    await worked_start(fund)


async def bodies(fund: Watched) -> dict[str, list[bytes]]:
    """What lies in the journal of each service."""
    return {name: [commit.body async for commit in engine.store.read()] for name, engine in fund.engines.items()}


async def test_journal_and_messages_are_the_same_with_and_without_to_the_byte(tmp_path: Path) -> None:
    watched, other = (Watched(Telemetry(traces=share, folder=tmp_path / f"{share}")) for share in (1, 0.5))
    bare, told = Watched(None), list[bytes]()
    raws = [*beginning(), invoice(A1, "2022-01", 1_000_000, "2022-02-07", SENDER), started("2022-03-09")]
    for fund in (watched, other, bare):
        await fund.bus.start()
        await fund.send(*raws)
    await replayed(raws, told.append, bare.fund)
    assert await bodies(watched) == await bodies(other) == await bodies(bare)
    said = [[message.raw for message in fund.told] for fund in (watched, other, bare)]
    assert said[0] == said[1] == said[2]
    decided = [raw for raw in said[0] if b'"causationid"' in raw]
    assert decided
    assert decided == [raw for raw in told if b'"causationid"' in raw]


async def test_a_replay_watches_nobody() -> None:
    told: list[bytes] = []
    fund = Watched(None)
    await replayed([*beginning(), invoice(A1, "2022-01", 1_000_000, "2022-02-07", SENDER)], told.append, fund.fund)
    carried = [event["traceparent"] for raw in told if "traceparent" in (event := msgspec.json.decode(raw))]
    assert set(carried) == {SENDER}


async def test_engines_may_share_a_store_that_another_marks(tmp_path: Path) -> None:
    """As in the cluster: an engine a partition, one store, one relay."""
    path = tmp_path / "fund.sqlite3"
    before = Watched(Telemetry(traces=1, folder=tmp_path / "before"), path)
    await scheduled(before, SENDER)
    telemetry = Telemetry(traces=1, folder=tmp_path / "traces")
    shared = telemetry.store(SqliteStore(before.connection, "payments"), "payments")
    engine = Engine(PAYMENTS, before.fund, shared)
    telemetry.watch(engine)
    await engine.start()
    told = await engine.handle([parse(started("2022-03-09"), outside=True)])
    lag = 'psdf_relay_lag{service="payments"}'
    assert f"{lag} 1.0" in telemetry.metrics.text().decode()
    await shared.mark(told.versions)
    assert f"{lag} 0.0" in telemetry.metrics.text().decode()
    telemetry.close()
    found = {line.name: line for line in spans(tmp_path / "traces")}
    assert set(found) >= {"payment.ordered", "batch", "commit", "relay"}
    assert found["payment.ordered"].trace == trace_of(A1)


async def test_traceparents_of_old_journals_are_read_and_told_again(tmp_path: Path) -> None:
    """Entries of before carry a traceparent where their decision has another; none is written any more."""
    fund = Watched(Telemetry(traces=1, folder=tmp_path))
    await scheduled(fund, SENDER)
    commits = [commit async for commit in fund.engines["payments"].store.read() if commit.stream == "fund"]
    (commit,) = [each for each in commits if b"payments.invoice_entered" in each.body]
    decisions = decode_decisions(commit.body)
    assert all(entry.traceparent is None for decision in decisions for entry in decision.events)
    old = [
        replace(decision, events=tuple(replace(entry, traceparent=JULY) for entry in decision.events))
        for decision in decisions
    ]
    codec = fund.engines["payments"].memory.codec("fund")
    told = messages_of("payments", chain("fund", 1, encode_decisions(old), GENESIS), codec)
    carried = {message.topic: msgspec.json.decode(message.raw)["traceparent"] for message in told}
    assert carried == {"payment.scheduled": JULY}


def test_a_trace_id_never_changes_and_is_of_one_fund_and_one_kind() -> None:
    """Who looks for an invoice's trace computes it, in files and collectors of earlier versions too."""
    assert trace_of("390024185/2111-0030") == "b3a602e3c0de59fa30c98e06ba0c717c"
    ids = {Subject(fund, kind, "1").trace for fund in ("psdf", "other") for kind in (INVOICE, NOTICE, EVENT)}
    assert len(ids) == 6
