"""From a decision to the messages that are told: what stands in the catalogue is told, field by field."""

import base64
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import cache
from hashlib import sha1
from operator import attrgetter
from string import Formatter
from typing import Any, ClassVar
from uuid import UUID

import msgspec

from shared.engine.codec import Codec, Decision, Received, decode_decisions
from shared.engine.journal import Commit
from shared.events.catalogue import CATALOGUE, INTERNAL, SERVICE
from shared.kernel.clock import Parked
from shared.kernel.value import value
from shared.messages.read import Event, parse, to_vilnius_iso
from shared.messages.write import bytes_of, written

NAMESPACE = UUID("6f0c1c9e-3d5c-5d0e-9c39-5a7f3d0d5890")
"""Names of service events are UUIDs of (service, stream, position) under this one: a replay gives the same."""
_NAMESPACE = NAMESPACE.bytes

_NO_DATA = msgspec.Raw()

PUBLISHED = SERVICE | INTERNAL.keys() | {Received.type, Parked.type}
"""Types of events that are told; all others are a service's own memory."""


class Message:
    """A message to be told: its topic (the event's type), and the event; its bytes are made when somebody asks.

    ``event`` is None where only the bytes are known; ``data`` is its record as it is stored. ``caused_by`` is the
    source of the event that led to it, empty where that is not known: the event names its cause by an id alone.
    """

    __slots__ = ("_data", "_raw", "caused_by", "event", "topic")

    def __init__(
        self,
        *,
        topic: str,
        raw: bytes = b"",
        event: Event | None = None,
        data: msgspec.Raw = _NO_DATA,
        caused_by: str = "",
    ) -> None:
        """Give the bytes, or the event and its data."""
        self.topic, self.event, self._raw, self._data, self.caused_by = topic, event, raw, data, caused_by

    @property
    def raw(self) -> bytes:
        """The CloudEvent's bytes."""
        if not self._raw and self.event is not None:
            self._raw = written(self.event, self._data)
        return self._raw

    def read(self) -> Event:
        """The event. Raises Malformed for bytes that are none."""
        if self.event is None:
            self.event = parse(self._raw, outside=False, topic=self.topic)
        return self.event


def message_of(
    service: str,
    stream: str,
    decision: Decision,
    offset: int,
    said: Any,  # noqa: ANN401 - any event of the service
    moment: datetime | None = None,
) -> Message | None:
    """The message of one event of a decision; None for what is only the service's own memory.

    ``said`` is the event, or the record of what was parked; ``moment`` is the decision's own, where it is at hand.
    """
    if said.type not in PUBLISHED:
        return None
    if said.type == Received.type:
        return Message(topic=_type_of(said.raw), raw=said.raw)
    if said.type == Parked.type:
        topic, subject = parked_topic(said.topic), said.topic
    else:
        topic, subject = said.type, subject_of(said)
    entry = decision.events[offset]
    event = Event(
        source=f"/{service}",
        id=name_of(service, stream, decision.position + offset),
        type=topic,
        subject=subject,
        time=moment or datetime.fromisoformat(decision.moment),
        data=said,
        traceparent=entry.traceparent or decision.traceparent,
        tracestate=None,
        causationid=decision.id,
        raw=b"",
    )
    event.say(decision.moment)
    return Message(topic=topic, event=event, data=entry.data, caused_by=decision.source)


def messages_of(service: str, commit: Commit, codec: Codec) -> Iterator[Message]:
    """All messages of a stored commit, as they were told or were to be told."""
    for decision in decode_decisions(commit.body):
        for offset, entry in enumerate(decision.events):
            said = ParkedRecord.read(entry.data) if entry.type == Parked.type else codec.decode(entry)
            if message := message_of(service, commit.stream, decision, offset, said):
                if entry.type == Received.type:
                    event = parse(message.raw, outside=False)  # it was taken, maybe when less was asked of it
                    message.event = replace(event, time=datetime.fromisoformat(decision.moment))
                yield message


@value
class ParkedRecord:
    """What was laid aside, as it came, with the reason."""

    type: ClassVar[str] = Parked.type
    topic: str
    received: str
    error: str
    raw_base64: str

    @staticmethod
    def of(parked: Parked, event: Event) -> "ParkedRecord":
        """The record of an event that can't be understood."""
        return ParkedRecord(
            topic=event.type,
            received=to_vilnius_iso(event.time),
            error=parked.error,
            raw_base64=base64.b64encode(bytes_of(event)).decode(),
        )

    @staticmethod
    def read(data: msgspec.Raw) -> "ParkedRecord":
        """The record as it is stored."""
        return msgspec.json.decode(data, type=ParkedRecord)


def parked_topic(topic: str) -> str:
    """Where what can't be understood goes."""
    return f"{topic}.parked"


class _Typed(msgspec.Struct):
    type: str


_typed = msgspec.json.Decoder(_Typed)


def _type_of(raw: bytes) -> str:
    return _typed.decode(raw).type


def name_of(service: str, stream: str, position: int) -> str:
    """The id of a service event: the UUIDv5 of ``{service}/{stream}/{position}``."""
    named = _NAMESPACE + f"{service}/{stream}/{position}".encode()
    digest = bytearray(sha1(named, usedforsecurity=False).digest())
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    name = digest.hex()
    return f"{name[:8]}-{name[8:12]}-{name[12:16]}-{name[16:20]}-{name[20:32]}"


@cache
def _subject(type_: str) -> Callable[[Any], str]:
    template = (CATALOGUE.get(type_) or INTERNAL[type_]).subject
    names = tuple(name for _, name, _, _ in Formatter().parse(template) if name)
    if template == f"{{{names[0]}}}":
        return attrgetter(names[0])
    return lambda said: template.format_map({name: getattr(said, name) for name in names})


def subject_of(said: Any) -> str:  # noqa: ANN401 - any event that is told
    """What an event is about: the fields that its type names."""
    return _subject(said.type)(said)
