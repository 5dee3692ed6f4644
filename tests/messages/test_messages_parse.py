"""What is read, and which messages say the same."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from shared.events.catalogue import CATALOGUE, OUTSIDE, SERVICE
from shared.events.providers import InvoiceSubmitted
from shared.messages.examples import EXAMPLES
from shared.messages.read import Malformed, parse, to_vilnius_iso
from tests.cases.judge import CASES
from tests.messages.wrong import Json, changed, encode, error_of, read

WORKED_START = Path(__file__).parents[1] / "runtime" / "worked-start.jsonl"

INVOICE = "invoice.submitted"


# ------------------------------------------------------------------------------------------------------- what is read


@pytest.mark.parametrize("kind", CATALOGUE)
def test_every_type_has_an_example_that_is_read(kind: str) -> None:
    event = read(EXAMPLES[kind])
    assert event.type == kind
    assert event.subject == event.data.about()
    assert type(event.data) is CATALOGUE[kind]
    assert (event.causationid is None) == (kind in OUTSIDE)


def test_every_example_is_of_a_type() -> None:
    assert list(EXAMPLES) == list(CATALOGUE)
    assert CATALOGUE.keys() == OUTSIDE | SERVICE
    assert not OUTSIDE & SERVICE


@pytest.mark.parametrize("kind", CATALOGUE)
def test_what_a_model_writes_is_read_as_the_same(kind: str) -> None:
    event = read(EXAMPLES[kind])
    again = read({**EXAMPLES[kind], "data": json.loads(msgspec.json.encode(event.data))})
    assert again.data == event.data
    assert again.content == event.content


def test_an_event_tells_its_envelope_and_its_bytes() -> None:
    raw = encode({**EXAMPLES[INVOICE], "tracestate": "a=1", "myextension": {"is": ["ignored"]}})
    event = parse(raw, outside=True, topic=INVOICE)
    assert (event.source, event.type, event.subject) == ("/providers/300111224", INVOICE, "300111224/2022-017")
    assert event.time == datetime(2022, 2, 7, 8, tzinfo=UTC)
    assert event.traceparent == "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    assert (event.tracestate, event.causationid, event.raw) == ("a=1", None, raw)
    data = event.of(InvoiceSubmitted)
    assert data.issued_on == date(2022, 2, 5)
    assert [line.quantity for line in data.lines] == [10, 10]


def test_optional_attributes_may_be_null_or_left_out() -> None:
    for name in ("subject", "datacontenttype", "traceparent"):
        assert read(changed(INVOICE, name, None)).content == read(changed(INVOICE, name, ...)).content


def test_the_time_is_shown_in_vilnius_and_keeps_its_moment() -> None:
    times = {
        "2022-02-07T08:00:00Z": "2022-02-07T10:00:00+02:00",
        "2022-07-01T23:30:00.250+00:00": "2022-07-02T02:30:00.250000+03:00",
        "2022-07-01t12:00:00-10:00": "2022-07-02T01:00:00+03:00",
    }
    for written, shown in times.items():
        moment = read(changed(INVOICE, "time", written)).time
        assert moment.isoformat() == to_vilnius_iso(moment) == shown


def test_moments_of_the_repeated_hour_of_autumn_keep_their_order() -> None:
    first = read(changed(INVOICE, "time", "2022-10-30T00:30:00Z")).time
    second = read(changed(INVOICE, "time", "2022-10-30T01:10:00Z")).time
    assert (first.isoformat(), second.isoformat()) == ("2022-10-30T03:30:00+03:00", "2022-10-30T03:10:00+02:00")
    assert first < second
    assert second - first == timedelta(minutes=40)


def test_services_are_heard_from_inside_only() -> None:
    raw = encode(EXAMPLES["payment.ordered"])
    assert parse(raw, outside=False).type == "payment.ordered"
    assert error_of(raw) == (
        "payment.ordered",
        "type: 'payment.ordered' is said by a service, never from outside",
    )


@pytest.mark.parametrize("kind", CATALOGUE)
def test_the_key_is_the_provider_where_invoicing_decides(kind: str) -> None:
    keys = {
        "invoice.submitted": "300111224",
        "invoice.reviewed": "302223334",
        "contract.concluded": "300111224",
        "contract.changed": "300111224",
    }
    assert read(EXAMPLES[kind]).data.key("the-fund") == keys.get(kind, "the-fund")


# --------------------------------------------------------------------------------------------------------- the content

SAME: dict[str, Callable[[Json], Json]] = {
    "order of keys": lambda event: dict(reversed(event.items())) | {"data": dict(reversed(event["data"].items()))},
    "another id and time": lambda event: event | {"id": "another", "time": "2022-03-01T10:00:00+02:00"},
}


@pytest.mark.parametrize("kind", sorted(OUTSIDE - {"day.started"}))
@pytest.mark.parametrize("how", SAME)
def test_the_content_does_not_depend_on_how_it_is_written(kind: str, how: str) -> None:
    event = EXAMPLES[kind]
    assert len(read(event).content) == 16
    assert read(SAME[how](event)).content == read(event).content


def test_the_content_does_not_depend_on_spaces_escapes_and_defaults() -> None:
    event = EXAMPLES["contract.proposed"]
    content = read(event).content
    assert parse(json.dumps(event, indent=3).encode(), outside=True).content == content
    assert read(changed("contract.proposed", "data/payment_days", ...)).content == content
    assert read(changed("contract.proposed", "data/payment_days", 31)).content != content


def test_the_content_does_not_depend_on_the_order_of_terms() -> None:
    reason = {"code": "review", "rule": "15", "terms": {"text": "no signature", "line": 2}}
    turned = reason | {"terms": {"line": 2, "text": "no signature"}}
    one, other = (read(changed("invoice.reviewed", "data/reasons", [each])) for each in (reason, turned))
    assert one.content == other.content


def test_what_a_service_says_is_named_by_its_id_alone() -> None:
    assert {read(EXAMPLES[kind]).content for kind in SERVICE} == {b""}


# ------------------------------------------------------------------------------------------------------ the design pack


def test_the_inputs_of_the_hand_computed_cases_are_read() -> None:
    parked: dict[str, list[str]] = {}
    for path in CASES:
        for event in json.loads(path.read_text(encoding="utf-8"))["input"]:
            try:
                parse(encode(event), outside=True, topic=event["type"])
            except Malformed as malformed:
                parked.setdefault(path.stem, []).append(malformed.error)
    assert parked == {"57-parked": ["data.patient is no field of invoice.submitted", "data.lines is missing"]}


def test_the_worked_start_is_read() -> None:
    lines = WORKED_START.read_bytes().splitlines()
    assert [parse(line, outside=True).id for line in lines] == [f"ws-{n}" for n in range(1, 10)]
