"""What the services say, read by its types alone.

Only services may write to these topics of Kafka, and what they decide comes from what was checked at the edge. Whoever
hears it needs the fields: so they are read into the record by their types, in a sixth of the time, and of its limits
those of sums, days and months are tried: no sum below nothing and none without end, none out of the calendar. What does
not fit is read as from outside, which says why. Replays read with all limits, and so every test that plays a year shows
that what the services say keeps them.

A field that is not known here is passed over: while services are upgraded one after another, those of the new version
say more than those of the old one know. From outside such a field stays an error.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from annotated_types import Ge, Gt, Le

from shared.events.catalogue import CATALOGUE
from shared.events.record import Record
from shared.kernel.fields import Month, Pattern

FIRST_YEAR, LAST_YEAR = 2000, 2199
"""Years of days, as ``kernel.fields`` has them."""
(_OF_MONTH,) = (mark for mark in get_args(Month) if isinstance(mark, Pattern))
_MONTH = re.compile(_OF_MONTH.regex)


class SaidEnvelope(msgspec.Struct, frozen=True, kw_only=True):
    """The attributes of a service's CloudEvent; ``decoder_of`` adds its ``data``."""

    specversion: Literal["1.0"]
    id: str
    source: str
    type: str
    time: Annotated[datetime, msgspec.Meta(tz=True)]
    subject: str | None = None
    datacontenttype: Literal["application/json"] | None = None
    traceparent: str | None = None
    tracestate: str | None = None
    causationid: str | None = None


@cache
def decoder_of(kind: str) -> msgspec.json.Decoder[Any]:
    """Reads the CloudEvents of a type. Raises msgspec.MsgspecError, ValueError or RecursionError for others."""
    record = CATALOGUE[kind]
    envelope = msgspec.defstruct(
        f"{record.__name__}Envelope", [("data", record)], bases=(SaidEnvelope,), frozen=True, kw_only=True
    )
    return msgspec.json.Decoder(envelope)


def _marks(hint: object) -> Iterator[object]:
    """What stands beside a type as data, also beside that of a value that may be missing; not of a list's entries."""
    if get_origin(hint) in (Annotated, Union, UnionType):
        yield from getattr(hint, "__metadata__", ())
        for inner in get_args(hint):
            yield from _marks(inner)


@cache
def _limits(kind: str) -> tuple[tuple[str, int, int], ...]:
    """The whole numbers of a type that have limits, with the least and the most that each may be."""
    found = []
    for name, hint in get_type_hints(CATALOGUE[kind], include_extras=True).items():
        bounds: dict[type, Any] = {type(mark): mark for mark in _marks(hint)}
        least = bounds[Gt].gt + 1 if Gt in bounds else bounds[Ge].ge if Ge in bounds else None
        if least is not None and Le in bounds:
            found.append((name, int(least), int(bounds[Le].le)))
    return tuple(found)


@cache
def _days(kind: str) -> tuple[str, ...]:
    """The days of a type."""
    return tuple(name for name, hint in get_type_hints(CATALOGUE[kind]).items() if hint in (date, date | None))


@cache
def _months(kind: str) -> tuple[str, ...]:
    """The months of a type."""
    hints = get_type_hints(CATALOGUE[kind], include_extras=True)
    return tuple(name for name, hint in hints.items() if _OF_MONTH in _marks(hint))


def is_possible(record: Record) -> bool:
    """Whether its sums, days and months are within their limits; those of entries of its lists are not asked."""
    for name, least, most in _limits(record.type):
        given = getattr(record, name)
        if given is not None and not least <= given <= most:
            return False
    for name in _days(record.type):
        day = getattr(record, name)
        if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
            return False
    months = (getattr(record, name) for name in _months(record.type))
    return all(month is None or _MONTH.fullmatch(month) for month in months)
