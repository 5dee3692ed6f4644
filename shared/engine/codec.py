"""How decisions and states are written: events by their stable type names, never by a class path.

The body of a commit is a JSON array of decisions; a decision names its cause, its moment and day, the wording of the
Rules that it was taken under, and its events in order. Old types are turned into today's by ``Upcaster`` at this edge.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, ClassVar, get_args

import msgspec

from shared.kernel.clock import Parked
from shared.kernel.value import value
from shared.messages.write import encode_record

Upcaster = Callable[[dict[str, Any]], tuple[str, dict[str, Any]]]
"""Turns the data of an old type into a type and data of today."""


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """An event as it is stored: its type and its data.

    ``traceparent`` is written no more: journals of before may hold one, and tell it again as they told it.
    """

    type: str
    data: msgspec.Raw
    traceparent: str | None = None


class Decision(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one command decided, and why it was asked.

    ``source`` and ``id`` name the event that caused it, ``content`` is the digest of what that event said (hex);
    ``position`` is the number of the first event in its stream; ``moment`` is RFC 3339 in Vilnius time.
    """

    source: str
    id: str
    content: str
    moment: str
    day: date
    rules: str
    position: int
    events: tuple[Entry, ...]
    traceparent: str | None = None


_encoder = msgspec.json.Encoder()
_decisions = msgspec.json.Decoder(tuple[Decision, ...])


def encode_decisions(decisions: Sequence[Decision]) -> bytes:
    """The body of a commit."""
    return _encoder.encode(decisions)


def decode_decisions(body: bytes) -> tuple[Decision, ...]:
    """The decisions of a commit's body. Raises ValueError for a body that is none."""
    return _decisions.decode(body)


@value
class Received:
    """An event from outside, kept byte for byte as it came."""

    type: ClassVar[str] = "door.received"
    raw: bytes


class Codec:
    """Events of one service, to bytes and back."""

    def __init__(self, events: object, upcasters: Mapping[str, Upcaster] | None = None) -> None:
        """Take the union of the service's event classes, each with its ``type``; ``parked`` is every service's."""
        classes = [*get_args(events), Parked]
        self._decoders = {cls.type: msgspec.json.Decoder(cls) for cls in classes if cls is not Received}
        self._upcasters = dict(upcasters or {})

    def entry(self, event: Any) -> Entry:  # noqa: ANN401 - as for decode
        """The event as it is stored."""
        data = event.raw if isinstance(event, Received) else encode_record(event)
        return Entry(event.type, msgspec.Raw(data))

    def decode(self, entry: Entry) -> Any:  # noqa: ANN401 - the event classes are the service's own
        """The event of an entry. Raises KeyError for a type that this version does not know."""
        type_, data = entry.type, entry.data
        if type_ == Received.type:
            return Received(raw=bytes(data))
        while type_ in self._upcasters:
            type_, old = self._upcasters[type_](msgspec.json.decode(data))
            data = msgspec.Raw(_encoder.encode(old))
        if type_ not in self._decoders:
            message = f"event type {type_} is not known to this version: it was written by a newer one"
            raise KeyError(message)
        return self._decoders[type_].decode(data)


class StateCodec:
    """States of one class, to bytes and back: MessagePack, so that keys may be tuples."""

    def __init__(self, state: type) -> None:
        """Take the class of the state, a dataclass."""
        self._decoder: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(state)
        self._encoder = msgspec.msgpack.Encoder()

    def encode(self, state: object) -> bytes:
        """The state as bytes."""
        return self._encoder.encode(state)

    def decode(self, body: bytes | memoryview) -> Any:  # noqa: ANN401 - the state class is the service's own
        """The state of bytes. Raises ValueError for bytes that are none: rebuild it from the journal."""
        return self._decoder.decode(body)
