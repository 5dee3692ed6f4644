"""From a decision to the messages that are told: what stands in the catalogue is told, field by field."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import cache
from string import Formatter
from typing import Any
from uuid import UUID, uuid5

import msgspec

from shared.engine.codec import Decision, Entry, Verbatim, decode_decisions
from shared.engine.journal import Commit
from shared.kernel.clock import Parked
from shared.kernel.value import value
from shared.messages.catalogue import CATALOGUE as SERVICE_MODELS
from shared.messages.catalogue import SERVICE
from shared.messages.envelope import Event, parse
from shared.messages.internal import INTERNAL

NAMESPACE = UUID("6f0c1c9e-3d5c-5d0e-9c39-5a7f3d0d5890")
"""Names of service events are UUIDs of (service, stream, position) under this one: a replay gives the same."""


@value
class Message:
    """A message to be told: its topic (the event's type), the CloudEvent's bytes, and the event, if it was read."""

    topic: str
    raw: bytes
    event: Event | None = None


class CloudEvent(msgspec.Struct, omit_defaults=True):
    """The envelope of a service event, in the order in which its attributes are written."""

    specversion: str
    id: str
    source: str
    type: str
    subject: str
    time: str
    datacontenttype: str
    causationid: str
    data: msgspec.Raw
    traceparent: str | None = None


_encoder = msgspec.json.Encoder()


def message_of(service: str, stream: str, decision: Decision, offset: int, entry: Entry) -> Message | None:
    """The message of one event of a decision; None for what is only the service's own memory."""
    if entry.type == Verbatim.type:
        raw = bytes(entry.data)
        return Message(topic=_type_of(raw), raw=raw)
    if entry.type == Parked.type:
        topic = parked_topic(_topic_of(entry))
        return Message(topic=topic, raw=_envelope(service, stream, decision, offset, topic, _topic_of(entry), entry))
    if entry.type not in SERVICE and entry.type not in INTERNAL:
        return None
    subject = subject_of(entry.type, entry.data)
    return Message(topic=entry.type, raw=_envelope(service, stream, decision, offset, entry.type, subject, entry))


def messages_of(service: str, commit: Commit) -> Iterator[Message]:
    """All messages of a stored commit, as they were told or were to be told."""
    for decision in decode_decisions(commit.body):
        for offset, entry in enumerate(decision.events):
            if message := message_of(service, commit.stream, decision, offset, entry):
                if entry.type == Verbatim.type:
                    event = parse(message.raw, outside=True)
                    message = replace(message, event=replace(event, time=datetime.fromisoformat(decision.moment)))
                yield message


def parked_topic(topic: str) -> str:
    """Where what can't be understood goes."""
    return f"{topic}.parked"


def _envelope(
    service: str, stream: str, decision: Decision, offset: int, type_: str, subject: str, entry: Entry
) -> bytes:
    event = CloudEvent(
        specversion="1.0",
        id=str(uuid5(NAMESPACE, f"{service}/{stream}/{decision.position + offset}")),
        source=f"/{service}",
        type=type_,
        subject=subject,
        time=decision.moment,
        datacontenttype="application/json",
        causationid=decision.id,
        data=entry.data,
        traceparent=decision.traceparent,
    )
    return _encoder.encode(event)


class _Typed(msgspec.Struct):
    type: str


class _Topical(msgspec.Struct):
    topic: str


_typed, _topical = msgspec.json.Decoder(_Typed), msgspec.json.Decoder(_Topical)


def _type_of(raw: bytes) -> str:
    return _typed.decode(raw).type


def _topic_of(entry: Entry) -> str:
    return _topical.decode(entry.data).topic


@cache
def _subject(type_: str) -> tuple[str, msgspec.json.Decoder[Any]]:
    template = (SERVICE_MODELS.get(type_) or INTERNAL[type_]).subject
    names = [name for _, name, _, _ in Formatter().parse(template) if name]
    struct = msgspec.defstruct("Subject", [(name, str | int) for name in names])
    return template, msgspec.json.Decoder(struct)


def subject_of(type_: str, data: msgspec.Raw) -> str:
    """What an event is about: the fields that its type names."""
    template, decoder = _subject(type_)
    named = decoder.decode(data)
    return template.format_map({name: getattr(named, name) for name in named.__struct_fields__})
