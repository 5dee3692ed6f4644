"""What a service says is read by its types, into the same record as with its limits; what does not fit is explained."""

import json
from copy import deepcopy
from dataclasses import MISSING, fields
from typing import Any

import pytest

from shared.events.catalogue import CATALOGUE, INTERNAL, OUTSIDE, SERVICE
from shared.events.contracts import ContractConcluded
from shared.messages.examples import EXAMPLES
from shared.messages.read import Event, Malformed, parse

KINDS = sorted(SERVICE)
INTERNAL_DATA: dict[str, dict[str, Any]] = {
    "notice.prepared": {
        "notice_no": "2022-04-1",
        "year": 2022,
        "article": "04",
        "article_name": "care",
        "allotted_cents": 1,
        "transferred_cents": 1,
        "exceeding_cents": 1,
        "planned_cents": 1,
        "invoices": [],
        "prepared_on": "2022-03-01",
    },
    "notice.delivered": {"notice_no": "2022-04-1", "letter_sha256": "0" * 64},
    "webhook.registered": {
        "source": "/providers/300111224",
        "url": "https://hooks.example.lt/psdf",
        "by": "Ona",
        "approved_by": "Petras",
    },
    "webhook.removed": {
        "source": "/providers/300111224",
        "reason": "it moved",
        "by": "Ona",
        "approved_by": "Petras",
    },
    "payer.merger.known": {"provider_code": "300111224", "payer": "TLK-A", "into": "VLK", "on": "2022-07-01"},
    "contract.account.known": {"provider_code": "300111224", "contract_id": "C", "iban": "LT601010012345678901"},
    "key.registered": {
        "source": "/providers/300111224",
        "keyid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
        "alg": "Ed25519",
        "public_key": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        "valid_from": "2022-01-01T00:00:00+02:00",
        "valid_to": "2023-01-01T00:00:00+02:00",
        "proof": "A" * 86 + "==",
        "by": "Ona",
        "approved_by": "Petras",
    },
    "key.revoked": {
        "keyid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
        "reason": "the laptop was lost",
        "by": "Ona",
        "approved_by": "Petras",
    },
}


def read(event: dict[str, Any], topic: str | None) -> Event:
    return parse(json.dumps(event).encode(), outside=False, topic=topic)


@pytest.mark.parametrize("kind", KINDS)
def test_both_ways_of_reading_give_the_same_record(kind: str) -> None:
    by_model, by_types = read(EXAMPLES[kind], None), read(EXAMPLES[kind], kind)
    assert type(by_model.data) is type(by_types.data) is CATALOGUE[kind]
    assert by_types.data == by_model.data
    assert by_types.data.key("psdf") == by_model.data.key("psdf")
    assert by_types.of(CATALOGUE[kind]) is by_types.data
    assert (by_types.moment, by_types.key, by_types.content) == (by_model.moment, by_model.key, by_model.content)
    assert (by_types.subject, by_types.causationid) == (by_model.subject, by_model.causationid)


@pytest.mark.parametrize("kind", KINDS)
def test_what_may_be_left_out_is_what_the_record_says(kind: str) -> None:
    left = (MISSING, MISSING)
    optional = {each.name for each in fields(CATALOGUE[kind]) if (each.default, each.default_factory) != left}  # type: ignore[arg-type]
    event = deepcopy(EXAMPLES[kind])
    event["data"] = {name: value for name, value in event["data"].items() if name not in optional}
    assert read(event, kind).data == read(event, None).data


def test_properties_come_along() -> None:
    concluded = read(EXAMPLES[ContractConcluded.type], ContractConcluded.type).of(ContractConcluded)
    assert concluded.provider_code == EXAMPLES[ContractConcluded.type]["data"]["provider"]["code"]


def test_a_moment_is_read_in_vilnius_time() -> None:
    event = {**EXAMPLES["invoice.accepted"], "time": "2022-02-07T22:30:00Z"}
    assert read(event, "invoice.accepted").moment == "2022-02-08T00:30:00+02:00"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"data": {"amount_cents": "12"}}, "data.amount_cents: '12' is not a whole number of cents"),
        ({"data": {"due_on": "2022-02-30"}}, "data.due_on: '2022-02-30' is not a day"),
        ({"data": {"kind": "gift"}}, "data.kind: 'gift' is not"),
        ({"source": "/payments"}, "source: '/payments' may not send this invoice.accepted"),
        ({"type": "invoice.refused"}, "type: 'invoice.refused' came on the topic of 'invoice.accepted'"),
        ({"time": "2022-02-07T10:00:00"}, "time: '2022-02-07T10:00:00' is not a moment"),
        ({"specversion": "0.3"}, "specversion: '0.3' is not '1.0'"),
    ],
)
def test_what_does_not_fit_is_explained_by_the_model(change: dict[str, Any], error: str) -> None:
    example = EXAMPLES["invoice.accepted"]
    event = {**example, **change, "data": {**example["data"], **change.get("data", {})}}
    with pytest.raises(Malformed) as caught:
        read(event, "invoice.accepted")
    assert error in caught.value.error


def with_more(value: object) -> Any:  # noqa: ANN401 - as it came
    """The same, as a newer version may say it: a field more in every record but terms, of which each has a name."""
    match value:
        case dict():
            said = {name: each if name == "terms" else with_more(each) for name, each in value.items()}
            return {**said, "added_later": {"by": ["a", 1]}}
        case list():
            return [with_more(each) for each in value]
        case _:
            return value


@pytest.mark.parametrize("by_topic", [True, False], ids=["by types", "by model"])
@pytest.mark.parametrize("kind", KINDS)
def test_s2_fields_that_a_newer_service_adds_are_passed_over(kind: str, *, by_topic: bool) -> None:
    topic = kind if by_topic else None
    more = {**EXAMPLES[kind], "data": with_more(EXAMPLES[kind]["data"]), "added_later": True}
    assert read(more, topic).data == read(EXAMPLES[kind], topic).data


@pytest.mark.parametrize("kind", sorted(INTERNAL))
def test_s2_also_in_what_never_leaves_the_fund(kind: str) -> None:
    data = INTERNAL_DATA[kind]
    envelope = {**EXAMPLES["invoice.accepted"], "type": kind, "source": INTERNAL[kind].sources[0]}
    known = read({**envelope, "data": data}, kind)
    assert read({**envelope, "data": {**data, "added_later": 1}}, kind).data == known.data


@pytest.mark.parametrize("kind", sorted(OUTSIDE))
def test_s2_from_outside_an_unknown_field_stays_an_error(kind: str) -> None:
    event = {**EXAMPLES[kind], "data": {**EXAMPLES[kind]["data"], "added_later": 1}}
    for outside in (True, False):
        with pytest.raises(Malformed, match=f"data.added_later is no field of {kind}"):
            parse(json.dumps(event).encode(), outside=outside, topic=kind)


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b"\xff", b"[" * 100_000, b'{"type":"invoice.accepted"}'])
def test_rubbish_is_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        parse(raw, outside=False, topic="invoice.accepted")


def impossible() -> list[tuple[str, str, object]]:
    """Of each type what no sum, day or month may be: its field, and what stands there."""
    found: list[tuple[str, str, object]] = []
    for kind in KINDS:
        for name, value in EXAMPLES[kind]["data"].items():
            if name.endswith("_cents") and isinstance(value, int):
                found += [(kind, name, -1), (kind, name, 10**30)]
            if isinstance(value, str) and len(value) == len("2022-01-01") and name.endswith(("_on", "_by", "on")):
                found += [(kind, name, "0001-01-01"), (kind, name, "2999-01-01")]
            if name in ("month", "service_month"):
                found += [(kind, name, month) for month in ("9999-12", "2022-13", "soon", "2022-01\n")]
    return found


@pytest.mark.parametrize(("kind", "name", "value"), impossible())
def test_A6_a_sum_a_day_or_a_month_that_cannot_be_is_not_believed(kind: str, name: str, value: object) -> None:
    """Seen at 091fbbb: -500 000.00 gave an article room, the year 1 (or a month) stopped the partition of payments."""
    event = deepcopy(EXAMPLES[kind])
    event["data"][name] = value
    with pytest.raises(Malformed, match=f"data.{name}"):
        read(event, kind)
