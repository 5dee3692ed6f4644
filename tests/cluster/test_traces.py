"""An invoice through real processes is one trace: as a receiver of OTLP sees it, and as ``psdf trace`` draws it."""

import asyncio
import io
import json
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from rich.console import Console

from deploy.local import Report
from shared.telemetry.tree import trace_tree
from tests.cluster.fleet import Fleet, fleet
from tests.telemetry.play import A1, A2, FUND_ID, SENDER, beginning, executed, invoice, root_of, started, trace_of
from tests.telemetry.prometheus import labels
from tests.telemetry.receiver import Receiver, receiving

pytestmark = pytest.mark.connected

SERVICES = ("contracts", "invoicing", "payments", "reserve", "reconciliation", "letters")
OF_PAYMENTS = {
    "psdf_queue_length": {"payer", "article", "source"},
    "psdf_queue_age_days": {"payer", "article", "source"},
    "psdf_article_left_cents": {"article"},
    "psdf_cash_cents": {"payer", "source"},
    "psdf_days_to_nearest_term": set[str](),
    "psdf_relay_lag": {"service"},
    "psdf_consumer_lag": {"service", "topic"},
    "psdf_commit_seconds": {"le", "service"},
    "psdf_decisions_total": {"service", "kind"},
    "psdf_deleted_total": {"service"},
    "psdf_skipped_total": {"service"},
    "psdf_ready": set[str](),
}
"""What a member of payments tells, with its labels; the whole of it is compared where the boards are."""


async def play(here: Fleet, *raws: bytes) -> None:
    for raw in raws:
        await here.send([raw])
        await here.quiet()


async def told(here: Fleet, type_: str, invoice_id: str) -> dict[str, Any]:
    """An event, which a kill may let be told twice: then each time the same."""
    first, *again = [each for each in await here.told([type_]) if each["data"]["invoice_id"] == invoice_id]
    assert all(each == first for each in again)
    return first


def given(span: Span) -> dict[str, str]:
    return {each.key: each.value.string_value for each in span.attributes}


def spans_of(receiver: Receiver, invoice_id: str) -> dict[tuple[str, str], Span]:
    return {(by, span.name): span for by, span in receiver.spans if given(span).get("psdf.invoice") == invoice_id}


async def test_a_receiver_gets_one_trace_from_the_providers_event_to_the_bank_order(
    stack: Report, fund: str, ministry: str, tmp_path: Path
) -> None:
    with receiving() as receiver:
        async with fleet(stack, fund, tmp_path, partitions=2, ministry=ministry) as here:
            here.env = {"PSDF_OTLP": receiver.url, "PSDF_TRACES": "1"}
            members = await here.started(*SERVICES)
            await play(
                here,
                *beginning(),
                invoice(A1, "2022-01", 1_720_000_000, "2022-02-07", SENDER),
                invoice(A2, "2022-02", 3_000_000, "2022-03-04"),
            )
            (payments,) = [member for member in members if member.name == "payments"]
            answer = await payments.answers("metrics")
            assert answer
            assert {name: labels(answer.text).get(name) for name in OF_PAYMENTS} == OF_PAYMENTS
            await play(here, started("2022-03-05"), started("2022-03-09"), started("2022-04-04"))
            for member in members:
                assert await member.stop() == 0, member.log.read_text()
            ordered = await told(here, "payment.ordered", A1)
    way = spans_of(receiver, A1)
    accepted, scheduled = way["invoicing", "invoice.accepted"], way["payments", "payment.scheduled"]
    order = way["payments", "payment.ordered"]
    assert {span.trace_id.hex() for span in way.values()} == {trace_of(A1)}
    assert (accepted.span_id.hex(), accepted.parent_span_id) == (root_of(A1), b"")
    (link,) = accepted.links
    assert [link.trace_id.hex(), link.span_id.hex()] == SENDER.split("-")[1:3]
    assert scheduled.parent_span_id == order.parent_span_id == accepted.span_id
    assert "traceparent" not in ordered, "a day caused it, and a day has no sender"
    covered = spans_of(receiver, A2)["payments", "payment.scheduled"]
    assert given(covered)["psdf.notice"] == "2022-04-1"
    by_id = {span.span_id: (by, span) for by, span in receiver.spans}
    delivered = by_id[covered.links[0].span_id]
    prepared = by_id[delivered[1].parent_span_id]
    day = by_id[prepared[1].links[0].span_id]
    (letter,) = [(by, span) for by, span in receiver.spans if span.name == "letter"]
    assert letter[1].parent_span_id == prepared[1].span_id
    assert [(by, span.name) for by, span in (delivered, letter, prepared, day)] == [
        ("payments", "notice.delivered"),
        ("letters", "letter"),
        ("payments", "notice.prepared"),
        ("payments", "day.started"),
    ]
    names = {name for by, span in receiver.spans if by == "payments" for name in [span.name]}
    assert names >= {"batch", "commit", "relay"}


async def test_files_of_several_processes_are_one_tree_after_a_kill(
    stack: Report, fund: str, ministry: str, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    async with fleet(stack, fund, tmp_path, partitions=2, ministry=ministry) as here:
        here.home, here.env = str(home), {"PSDF_TRACES": "1"}
        members = await here.started(*SERVICES)
        await play(here, *beginning(), invoice(A2, "2022-02", 3_000_000, "2022-03-04"))
        (payments,) = [member for member in members if member.name == "payments"]
        await asyncio.to_thread(payments.kill)
        await here.started("payments")
        await play(here, started("2022-04-04"), executed(f"{A2}#1", "2022-04-04"))
        await told(here, "payment.ordered", A2)
        for member in here.members:
            if member.lives:
                assert await member.stop() == 0
        lines = [json.loads(line) for line in members[0].log.read_text().splitlines()]
        assert all(line["level"] for line in lines)
    console = Console(file=io.StringIO(), width=200)
    console.print(trace_tree(home / "traces", FUND_ID, A2))
    tree = console.file.getvalue()  # type: ignore[attr-defined]
    places = [tree.index(name) for name in ("invoice.accepted", "payment.ordered", "payment.executed")]
    assert places == sorted(places)
    assert f"trace {trace_of(A2)}" in tree
    assert "invoicing" in tree
    assert "payments" in tree
