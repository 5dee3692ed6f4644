"""Whatever comes in, it is read or it is malformed; nothing else."""

import json
from datetime import UTC
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.events.catalogue import CATALOGUE, OUTSIDE
from shared.messages.examples import EXAMPLES
from shared.messages.read import Event, Malformed, parse
from tests.hostile.making import places, put

KINDS = st.sampled_from(sorted(CATALOGUE))
NUMBERS = [
    "9" * 5000,
    "-" + "9" * 4400,
    "1e3",
    "1E400",
    "-0",
    "1.0",
    "0.1",
    "true",
    "null",
    str(2**63),
    str(10**14 + 1),
]
RAW = st.sampled_from(
    [*NUMBERS, "NaN", "Infinity", "[" * 300 + "]" * 300, '{"a":' * 150 + "1" + "}" * 150, '"\\ud800"']
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates().map(str)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)


def read(raw: bytes, *, outside: bool = True, topic: str | None = None) -> Event | None:
    """The event, or None where it is malformed; anything else that is raised fails the test."""
    try:
        event = parse(raw, outside=outside, topic=topic)
    except Malformed as malformed:
        topic, error = malformed.topic, malformed.error
    else:
        assert event.time.astimezone(UTC).year
        assert len(event.content) == (16 if event.type in OUTSIDE else 0)
        return event
    assert topic
    assert error
    assert error.isprintable()
    return None


@given(st.binary() | st.text().map(str.encode))
def test_any_bytes(raw: bytes) -> None:
    read(raw)
    read(raw, topic="invoice.submitted")


@given(st.dictionaries(st.sampled_from(["type", "id", "source", "time", "data", "specversion"]), VALUES), KINDS)
def test_any_json(event: dict[str, Any], kind: str) -> None:
    read(json.dumps(event).encode())
    read(json.dumps(event | {"type": kind}).encode())


@settings(max_examples=400)
@given(st.data(), KINDS, VALUES)
def test_any_value_in_any_place(data: st.DataObject, kind: str, value: object) -> None:
    event = EXAMPLES[kind]
    way = data.draw(st.sampled_from(places(event)))
    read(json.dumps(put(event, way, value)).encode(), outside=kind in OUTSIDE)


@settings(max_examples=400)
@given(st.data(), KINDS, RAW)
def test_any_spelling_in_any_place(data: st.DataObject, kind: str, spelling: str) -> None:
    event = EXAMPLES[kind]
    way = data.draw(st.sampled_from(places(event)))
    text = json.dumps(put(event, way, "THE-PLACE")).replace('"THE-PLACE"', spelling)
    read(text.encode(), outside=kind in OUTSIDE)


@settings(max_examples=200)
@given(st.data(), KINDS)
def test_any_byte_changed(data: st.DataObject, kind: str) -> None:
    raw = bytearray(json.dumps(EXAMPLES[kind], ensure_ascii=False).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    read(bytes(raw), outside=kind in OUTSIDE)


@given(st.data(), KINDS)
def test_the_content_does_not_depend_on_order_and_spaces(data: st.DataObject, kind: str) -> None:
    def shuffled(value: Any) -> Any:  # noqa: ANN401
        if isinstance(value, dict):
            return {key: shuffled(value[key]) for key in data.draw(st.permutations(sorted(value)))}
        return [shuffled(entry) for entry in value] if isinstance(value, list) else value

    event = EXAMPLES[kind]
    written = json.dumps(shuffled(event), indent=data.draw(st.sampled_from([None, 1]))).encode()
    first, second = (read(raw, outside=kind in OUTSIDE) for raw in (json.dumps(event).encode(), written))
    assert first
    assert second
    assert first.content == second.content


@settings(max_examples=300)
@given(st.data(), KINDS)
def test_another_number_is_another_content(data: st.DataObject, kind: str) -> None:
    event = EXAMPLES[kind]
    numbers = [way for way in places(event["data"]) if type(_at(event["data"], way)) is int]
    if not numbers:
        return
    way = data.draw(st.sampled_from(numbers))
    other = put(event, ("data", *way), _at(event["data"], way) + 1)
    first, second = (read(json.dumps(one).encode(), outside=kind in OUTSIDE) for one in (event, other))
    assert first
    assert second is None or kind not in OUTSIDE or second.content != first.content


def _at(value: Any, way: tuple[Any, ...]) -> Any:  # noqa: ANN401
    for key in way:
        value = value[key]
    return value
