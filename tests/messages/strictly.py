"""An event of each type with all its fields, its values by their place, and whether it is taken."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from shared.events.catalogue import OUTSIDE
from shared.messages.examples import EXAMPLES
from shared.messages.read import Malformed, parse

Json = dict[str, Any]
Place = tuple[str | int, ...]
INVOICE = "invoice.submitted"
KINDS = sorted(OUTSIDE)


def error_of(raw: bytes) -> str:
    with pytest.raises(Malformed) as caught:
        parse(raw, outside=True)
    assert caught.value.error.isprintable()
    return caught.value.error


def encode(event: Json, *, ascii_only: bool = False) -> bytes:
    return json.dumps(event, ensure_ascii=ascii_only).encode()


def leaves(value: Any, way: Place = ()) -> Iterator[tuple[Place, Any]]:  # noqa: ANN401
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if inner is None:
        yield way, value
    else:
        for key, entry in inner:
            yield from leaves(entry, (*way, key))


def put(event: Json, way: Place, value: object) -> Json:
    event = deepcopy(event)
    place: Any = event
    for key in way[:-1]:
        place = place[key]
    place[way[-1]] = value
    return event


def full(kind: str) -> Json:
    """The example of a type with every optional attribute and with terms of all kinds, and no subject."""
    event = deepcopy(EXAMPLES[kind]) | {"subject": None, "tracestate": "a=1", "causationid": "c:1"}
    if kind in ("invoice.reviewed", "sodra.statement.reviewed"):
        terms = {"text": "a: b", "lines": [1, "two", {"name": "x"}], "record": {"name": "y"}}
        event["data"]["reasons"] = [{"code": "review", "rule": "15", "terms": terms}]
    if kind == "payment.reported":
        event["data"] |= {"outcome": "rejected", "reason": "AC04: account closed"}
    return event


def taken(raw: bytes) -> bool:
    try:
        parse(raw, outside=True)
    except Malformed:
        return False
    return True
