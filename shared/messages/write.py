"""How an event is written: the one place that knows the attributes of a CloudEvent and their order."""

from datetime import date
from typing import Any

import msgspec

from shared.events.catalogue import INTERNAL, SERVICE
from shared.events.clock import DayStarted
from shared.kernel.calendar import midnight
from shared.messages.read import Event


class _CloudEvent(msgspec.Struct, omit_defaults=True):
    """The attributes, in the order in which they are written."""

    specversion: str
    id: str
    source: str
    type: str
    subject: str | msgspec.UnsetType
    time: str
    datacontenttype: str
    causationid: str | msgspec.UnsetType
    data: Any
    traceparent: str | None = None
    dataref: str | None = None
    datasha256: str | None = None


encode = msgspec.json.Encoder().encode
"""Records and plain data as JSON, as they are told and as they are stored."""


def encode_record(record: Any) -> bytes:  # noqa: ANN401 - any record
    """A record as JSON; what its type leaves out where it is None is not written."""
    absent = [name for name in getattr(record, "left_out", ()) if getattr(record, name) is None]
    if not absent:
        return encode(record)
    plain = msgspec.to_builtins(record)
    for name in absent:
        del plain[name]
    return encode(plain)


def cloud_event(
    *,
    id_: str,
    source: str,
    type_: str,
    subject: str | None,
    time: str,
    data: object,
    cause: str | None = None,
    original: tuple[str, str] | None = None,
) -> bytes:
    """An event on one line: ``data`` is a record or plain data, ``time`` RFC 3339, ``cause`` what led to it.

    ``original`` is where the document lies that it was read from, and the document's SHA-256.
    """
    dataref, datasha256 = original or (None, None)
    return encode(
        _CloudEvent(
            specversion="1.0",
            id=id_,
            source=source,
            type=type_,
            subject=subject or msgspec.UNSET,
            time=time,
            datacontenttype="application/json",
            causationid=cause or msgspec.UNSET,
            data=data,
            dataref=dataref,
            datasha256=datasha256,
        )
    )


def written(event: Event, data: msgspec.Raw) -> bytes:
    """What a service says, as it is told: ``data`` is its record as it is stored."""
    return encode(
        _CloudEvent(
            specversion="1.0",
            id=event.id,
            source=event.source,
            type=event.type,
            subject=event.subject or "",
            time=event.moment,
            datacontenttype="application/json",
            causationid=event.causationid or msgspec.UNSET,
            data=data,
            traceparent=event.traceparent,
        )
    )


def bytes_of(event: Event) -> bytes:
    """An event as it came, were it nothing at all; of what a service of this process says, as it is told."""
    said = not event.raw and (event.type in SERVICE or event.type in INTERNAL)
    return written(event, msgspec.Raw(encode_record(event.data))) if said else event.raw


def day_started(day: date) -> bytes:
    """The event that starts a day, as the clock says it; its id is the date."""
    name = day.isoformat()
    data = DayStarted(date=day)
    return cloud_event(
        id_=name, source="/clock", type_=DayStarted.type, subject=name, time=midnight(day).isoformat(), data=data
    )
