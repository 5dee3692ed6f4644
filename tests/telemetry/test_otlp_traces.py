"""An invoice from submitted to ordered and paid is one trace, as a real receiver of OTLP sees it."""

import time
from collections.abc import Iterator

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from shared.telemetry.setup import Telemetry
from tests.telemetry.play import A1, A2, SENDER, Watched, root_of, trace_of, worked_start
from tests.telemetry.receiver import Receiver, receiving

BATCHES = ("batch", "commit", "relay")
PATIENCE_S, LONGEST_TRY_S = 0.2, 5.0


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


async def played(receiver: Receiver, traceparent: str | None = None, traces: float = 1.0) -> Watched:
    telemetry = Telemetry(traces=traces, otlp=receiver.url)
    fund = Watched(telemetry)
    await fund.bus.start()
    await worked_start(fund, traceparent)
    telemetry.close()
    return fund


def given(span: Span) -> dict[str, object]:
    found: dict[str, object] = {}
    for each in span.attributes:
        value = each.value
        kind = value.WhichOneof("value")
        assert kind is not None
        found[each.key] = (
            [item.string_value for item in value.array_value.values] if kind == "array_value" else getattr(value, kind)
        )
    return found


def of_invoice(receiver: Receiver, invoice_id: str, service: str) -> dict[str, Span]:
    return {
        span.name: span
        for name, span in receiver.spans
        if name == service and given(span).get("psdf.invoice") == invoice_id
    }


def named(receiver: Receiver, service: str, name: str) -> list[Span]:
    return [span for by, span in receiver.spans if (by, span.name) == (service, name)]


async def test_an_invoice_is_one_trace_with_the_right_parents(receiver: Receiver) -> None:
    await played(receiver)
    accepted = of_invoice(receiver, A1, "invoicing")["invoice.accepted"]
    payments = of_invoice(receiver, A1, "payments")
    assert list(payments) == ["payment.scheduled", "payment.ordered", "payment.executed"]
    assert {span.trace_id for span in (accepted, *payments.values())} == {accepted.trace_id}
    assert accepted.parent_span_id == b""
    assert (accepted.trace_id.hex(), accepted.span_id.hex()) == (trace_of(A1), root_of(A1))
    assert {span.parent_span_id for span in payments.values()} == {accepted.span_id}
    assert all(span.start_time_unix_nano <= span.end_time_unix_nano for _, span in receiver.spans)


async def test_a_decision_says_invoice_stream_points_reason_cents_and_notice(receiver: Receiver) -> None:
    await played(receiver)
    spans = of_invoice(receiver, A2, "payments")
    deferred, scheduled = given(spans["payment.deferred"]), given(spans["payment.scheduled"])
    assert deferred == {
        "psdf.stream": "fund",
        "psdf.day": "2022-03-04",
        "psdf.cause": "invoice.accepted",
        "psdf.points": ["16", "18"],
        "psdf.reason": "appropriation",
        "psdf.invoice": A2,
        "psdf.cents": 3_000_000,
    }
    assert scheduled["psdf.notice"] == "2022-04-1"
    assert scheduled["psdf.points"] == ["18", "HIL 14(3)"]
    assert given(spans["payment.ordered"])["psdf.order"] == f"{A2}#1"


async def test_the_trace_of_the_sender_is_a_link_of_what_was_decided_on_its_event(receiver: Receiver) -> None:
    fund = await played(receiver, SENDER)
    accepted, payments = of_invoice(receiver, A1, "invoicing")["invoice.accepted"], of_invoice(receiver, A1, "payments")
    (link,) = accepted.links
    assert (link.trace_id.hex(), link.span_id.hex()) == tuple(SENDER.split("-")[1:3])
    assert given(accepted)["psdf.sender"] == SENDER[3:35]
    assert {span.trace_id.hex() for span in (accepted, *payments.values())} == {trace_of(A1)}
    assert SENDER[3:35] not in {link.trace_id.hex() for span in payments.values() for link in span.links}
    (told,) = [event for event in fund.said("invoice.accepted") if event["data"]["invoice_id"] == A1]
    assert told["traceparent"] == SENDER, "what follows from an event carries its sender's trace, as without spans"


async def test_of_a_small_share_nothing_is_recorded_but_the_letter_and_what_it_is_about(receiver: Receiver) -> None:
    await played(receiver, SENDER, traces=1e-9)
    recorded = {(service, span.name) for service, span in receiver.spans if span.name not in BATCHES}
    assert recorded == {
        ("payments", "day.started"),
        ("payments", "notice.prepared"),
        ("letters", "letter"),
        ("payments", "notice.delivered"),
    }


async def test_a_day_for_many_invoices_is_linked_to_what_it_decided(receiver: Receiver) -> None:
    await played(receiver)
    days = {span.span_id: span for span in named(receiver, "payments", "day.started")}
    ordered = of_invoice(receiver, A1, "payments")["payment.ordered"]
    (link,) = ordered.links
    day = days[link.span_id]
    assert given(day)["psdf.day"] == "2022-03-09"
    assert given(day)["psdf.invoices"] == 1
    assert day.trace_id != ordered.trace_id


async def test_batches_link_to_the_decisions_in_them_and_hold_commit_and_relay(receiver: Receiver) -> None:
    await played(receiver)
    scheduled = of_invoice(receiver, A1, "payments")["payment.scheduled"]
    (batch,) = [b for b in named(receiver, "payments", "batch") if scheduled.span_id in {e.span_id for e in b.links}]
    parts = [span for _, span in receiver.spans if span.trace_id == batch.trace_id and span.span_id != batch.span_id]
    assert sorted(span.name for span in parts) == ["commit", "relay"]
    assert {span.parent_span_id for span in parts} == {batch.span_id}
    relay = next(span for span in parts if span.name == "relay")
    assert relay.start_time_unix_nano == batch.end_time_unix_nano


async def test_a_letter_is_a_part_of_what_prepared_the_notice(receiver: Receiver) -> None:
    await played(receiver)
    (letter,) = named(receiver, "letters", "letter")
    (delivered,) = named(receiver, "payments", "notice.delivered")
    (prepared,) = named(receiver, "payments", "notice.prepared")
    assert prepared.parent_span_id == b""
    assert {letter.parent_span_id, delivered.parent_span_id} == {prepared.span_id}
    assert letter.trace_id == delivered.trace_id == prepared.trace_id
    (link,) = prepared.links
    day = next(span for span in named(receiver, "payments", "day.started") if span.span_id == link.span_id)
    assert "notice.prepared" in str(given(day)["psdf.decided"])
    assert given(letter) == {"psdf.notice": "2022-04-1"}
    (link,) = of_invoice(receiver, A2, "payments")["payment.scheduled"].links
    assert link.span_id == delivered.span_id


async def test_the_metrics_come_by_otlp_too(receiver: Receiver) -> None:
    await played(receiver, traces=0)
    assert receiver.spans == []
    (cash,) = receiver.metrics["psdf_cash_cents"].gauge.data_points
    assert cash.as_int == 2_000_000_000 - 1_720_000_000 - 3_000_000
    assert receiver.metrics["psdf_commit_seconds"].histogram.data_points


async def test_a_receiver_that_is_away_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.telemetry.setup.PATIENCE_S", PATIENCE_S)
    with receiving() as gone:
        url = gone.url
    telemetry = Telemetry(traces=1, otlp=url)
    fund = Watched(telemetry)
    await fund.bus.start()
    await worked_start(fund)
    assert len(fund.said("payment.executed")) == 2
    began = time.monotonic()
    telemetry.close()
    assert time.monotonic() - began < 10 * PATIENCE_S + LONGEST_TRY_S
