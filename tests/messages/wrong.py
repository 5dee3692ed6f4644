"""An event as bytes, one that is changed, and the error with which it is not read."""

import json
from copy import deepcopy
from typing import Any

import pytest

from shared.events.catalogue import OUTSIDE
from shared.messages.examples import EXAMPLES
from shared.messages.read import Event, Malformed, parse

Json = dict[str, Any]


def encode(event: object) -> bytes:
    return json.dumps(event, ensure_ascii=False).encode()


def read(event: Json) -> Event:
    return parse(encode(event), outside=event["type"] in OUTSIDE)


def changed(kind: str, path: str, value: object) -> Json:
    """The example of the type with one value changed, by its path; ``...`` takes the field out."""
    event = deepcopy(EXAMPLES[kind])
    place: Any = event
    *way, last = (int(part) if part.isdigit() else part for part in path.split("/"))
    for part in way:
        place = place[part]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return event


def error_of(raw: bytes, *, outside: bool = True, topic: str | None = None) -> tuple[str, str]:
    with pytest.raises(Malformed) as caught:
        parse(raw, outside=outside, topic=topic)
    assert "\n" not in caught.value.error
    assert len(caught.value.error) < 2_000
    return caught.value.topic, caught.value.error
