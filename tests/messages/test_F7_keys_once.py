"""F7: an event from outside in which a key stands twice is parked, with its name."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.events.catalogue import CATALOGUE
from shared.messages.examples import EXAMPLES
from shared.messages.read import Envelope
from shared.messages.strict import Texts, texts_of
from tests.messages.strictly import INVOICE, KINDS, Json, encode, error_of, full, leaves, put, taken


@pytest.mark.parametrize(
    ("key", "at", "more"),
    [
        ("id", b'"id"', b'"id":"another",'),
        ("type", b'"type"', b'"type":"payer.merged",'),
        ("source", b'"source"', b'"source":"/providers/1",'),
        ("time", b'"time"', b'"time":"2022-01-01T00:00:00Z",'),
        ("data", b'"data"', b'"data":{},'),
        ("amount_cents", b'"amount_cents"', b'"amount_cents":1,'),
        ("amount_cents", b'"amount_cents"', b'"\\u0061mount_cents":1,'),
        ("service_code", b'"service_code"', b'"service_code":"ORT-1",'),
        ("number", b'"number"', b'"number":"2022-017",'),
        ("x", b'"id"', b'"ext":{"y":{"x":1,"x":1}},'),
        ("x", b'"id"', b'"x":"a:b","x":"c",'),
        ("jws", b'"id"', b'"jws":"e..a","jws":"e..b",'),
        ("id", b'"id"', b'"id":"another","jws":"e..a",'),
        ("x", b'"id"', b'"dssematerial":{"x":":","x":":"},'),
        ("", b'"id"', b'"":1,"":2,'),
        ("id", b'"id"', b'"ID":"another",'),
        ("data", b'"data"', b'"Data":{},'),
    ],
)
def test_F7_a_key_that_stands_twice_is_parked_with_its_name(key: str, at: bytes, more: bytes) -> None:
    raw = encode(EXAMPLES[INVOICE])
    assert taken(raw)
    assert error_of(raw.replace(at, more + at, 1)) == (
        f"{key} stands twice in one object: nobody can say which of the two is meant"
    )


def test_F7_a_key_without_a_name_that_stands_twice_hides_no_other() -> None:
    raw = encode(EXAMPLES[INVOICE]).replace(b'"id"', b'"x":{"":1,"":2},"id"', 1)
    assert not taken(raw.replace(b'"amount_cents"', b'"amount_cents":1,"amount_cents"', 1))


@pytest.mark.parametrize("written", ["e30=", None, {}])
def test_F7_data_in_both_of_its_forms_is_parked(written: object) -> None:
    """CloudEvents has one or the other: whoever reads ``data_base64`` would read another event."""
    error = "data and data_base64 stand side by side: nobody can say which of the two is meant"
    assert error_of(encode(EXAMPLES[INVOICE] | {"data_base64": written})) == error


def test_F7_a_term_that_stands_twice_is_parked() -> None:
    raw = encode(full("invoice.reviewed")).replace(b'"name": "y"', b'"name": "z", "name": "y"')
    assert error_of(raw).startswith("name stands twice")


def test_F7_colons_that_are_written_otherwise_hide_no_key() -> None:
    event = full(INVOICE) | {"time": "2022-02-07T10:00:00Z", "id": "a:b:c"}
    raw = encode(event)
    assert taken(raw)
    hidden = raw.replace(b"a:b:c", b"a\\u003ab\\u003ac")
    assert taken(hidden)
    twice = hidden.replace(b'"number"', b'"number":"2022-017","kind":"invoice","number"')
    assert error_of(twice).startswith("number stands twice")


def _as_written(event: Json, data: st.DataObject) -> str:
    """An event as somebody writes it: keys in any order, some of them twice, colons and keys escaped or not."""

    def text(value: str) -> str:
        written = json.dumps(value, ensure_ascii=data.draw(st.booleans()))
        return written.replace(":", "\\u003a") if data.draw(st.booleans()) else written

    def any_(value: Any) -> str:  # noqa: ANN401
        if isinstance(value, dict):
            pairs = data.draw(st.permutations(list(value.items())))
            if pairs and data.draw(st.integers(0, 30)) == 0:
                pairs = [data.draw(st.sampled_from(pairs)), *pairs]
            return "{" + ",".join(f"{text(key)}:{any_(entry)}" for key, entry in pairs) + "}"
        if isinstance(value, list):
            return "[" + ",".join(map(any_, value)) + "]"
        return text(value) if isinstance(value, str) else json.dumps(value)

    return any_(event)


EXTENSIONS: list[Json] = [
    {},
    {"partitionkey": "a:b", "ext": {"a": [{"b": ":"}]}},
    {"dssematerial": "eyJhIjoxfQ=="},
    {"dssematerial": "eyJhIjoxfQ==", "jws": "eyJh..YQ"},
    {"dssematerial": {"a": ":"}, "jws": "a:b"},
]


@settings(max_examples=400, deadline=None)
@given(st.data(), st.sampled_from(KINDS), st.sampled_from(EXTENSIONS))
def test_F7_every_event_is_taken_whose_keys_stand_once_and_no_other(
    data: st.DataObject, kind: str, extensions: Json
) -> None:
    raw = _as_written(full(kind) | extensions, data)
    twice: list[str] = []

    def look(pairs: list[tuple[str, object]]) -> None:
        keys = [key for key, _ in pairs]
        twice.extend(key for key in keys if keys.count(key) > 1)

    json.loads(raw, object_pairs_hook=look)
    assert taken(raw.encode()) == (not twice)


@pytest.mark.parametrize("kind", KINDS)
def test_F7_each_text_that_may_hold_a_colon_is_counted(kind: str) -> None:
    """A field of text that strict does not know must be of a pattern without colons."""

    def known(texts: Texts, where: str = "") -> Iterator[str]:
        yield from (where + name for name, _ in texts.own)
        yield from (f"{where}{name}" for name in texts.terms)
        for name, inner in (*texts.records, *texts.lists):
            yield from known(inner, f"{where}{name}.")

    written = set(known(texts_of(Envelope[CATALOGUE[kind]])))  # type: ignore[valid-type] # known at run time only
    for way, value in leaves(full(kind)):
        path = ".".join(key for key in way if isinstance(key, str))
        if isinstance(value, str) and not any(path == name or path.startswith(f"{name}.") for name in written):
            assert path in ("time", "type") or not taken(encode(put(full(kind), way, value[:1] + ":" + value[2:]))), (
                path
            )
