"""CloudEvents 1.0 in JSON: how an event is read, and what is said of one that can't be."""

import json
import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache
from hashlib import blake2b
from itertools import islice
from typing import Annotated, Any, Generic, Literal, TypeAlias, TypeVar, cast

import msgspec
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from shared.events.catalogue import CATALOGUE, INTERNAL, OUTSIDE, SERVICE
from shared.events.clock import DayStarted
from shared.events.record import Record
from shared.kernel.calendar import in_vilnius
from shared.kernel.fields import Expected, Id, JsonType, Moment
from shared.kernel.written import Written
from shared.messages.content import content_digest
from shared.messages.ours import decoder_of, is_possible
from shared.messages.strict import FIRST_YEAR, LAST_YEAR, gather, key_twice, other_subject, texts_of, wrong_texts

MAX_BYTES = 8_000_000
MAX_COMMAS = 250_000
"""The most commas of a message from outside: the largest event has a fifth, and each value costs a hundred bytes."""
UNKNOWN = "unknown"
_TOPIC = re.compile(r"[0-9A-Za-z._-]{1,200}")
_CODE = re.compile(r"[A-Z][A-Z0-9-]{0,39}")
_SHOWN = 60
_FAULTS_TOLD = 5
_FAULTS_READ = 1_000

D = TypeVar("D", bound=Record)
P = TypeVar("P")
Model: TypeAlias = type[D]
"""A class of records; where an event's own ``type`` hides the word."""


class Malformed(Exception):  # noqa: N818 - the word of the catalogue for what is parked
    """A message that can't be read. It goes to ``<topic>.parked`` with the error, one line for a person."""

    def __init__(self, topic: str, error: str) -> None:
        super().__init__(f"{topic}: {error}")
        self.topic = topic
        self.error = error


@dataclass(slots=True)
class Event:
    """An event, never changed. ``time`` is its moment in Vilnius time; ``raw`` the message as it came from outside.

    What a service of this process says was not read from bytes: its ``raw`` is empty, and its message has them.
    """

    source: str
    id: str
    type: str
    subject: str | None
    time: datetime
    data: Record
    traceparent: str | None
    tracestate: str | None
    causationid: str | None
    raw: bytes
    _content: bytes | None = field(default=None, init=False, repr=False, compare=False)
    _key: bytes = field(default=b"", init=False, repr=False, compare=False)
    _moment: str = field(default="", init=False, repr=False, compare=False)

    def of(self, model: Model[D]) -> D:
        """Give the data as the record that it is known to be."""
        assert self.type == model.type
        return cast("D", self.data)

    @property
    def day(self) -> date:
        """The legal day of its moment, in Vilnius."""
        return self.time.date()

    @property
    def moment(self) -> str:
        """Its moment as services write it: RFC 3339 in Vilnius time."""
        if not self._moment:
            self._moment = self.time.isoformat()
        return self._moment

    def say(self, moment: str) -> None:
        """Take over its moment as it is written already."""
        self._moment = moment

    @property
    def key(self) -> bytes:
        """A digest, 16 bytes, of what makes it unique: its source and id."""
        if not self._key:
            self._key = cause_key(self.source, self.id)
        return self._key

    @property
    def content(self) -> bytes:
        """A digest, 16 bytes, of what it says: the same for every spelling of the same type and data.

        Empty for what a service says: it names what it says by its place in its journal, and never says it otherwise.
        """
        if self._content is None:
            self._content = content_digest(self.data) if self.type in OUTSIDE else b""
        return self._content


def cause_key(source: str, event_id: str) -> bytes:
    """A digest, 16 bytes, of what makes an event unique."""
    return blake2b(f"{source}\n{event_id}".encode(), digest_size=16).digest()


def parse(
    raw: bytes, *, outside: bool, topic: str | None = None, max_bytes: int = MAX_BYTES, strict: bool = False
) -> Event:
    """Read one message; ``outside`` takes only what comes from outside, ``topic`` is where it lay, if it lay on one.

    Raises Malformed, and nothing else, for what can't be read: no JSON, a wrong schema, a value out of range, an
    unknown type, a day that is not the day of its time, a sender that speaks for another. From outside also for what
    could be read in two ways, as with ``strict``; what was taken before is read again with ``outside`` false.
    """
    if len(raw) > max_bytes:
        raise Malformed(topic or UNKNOWN, f"{len(raw)} bytes are more than the limit of {max_bytes}")
    if outside and (commas := raw.count(b",")) > MAX_COMMAS:
        raise Malformed(topic or UNKNOWN, f"{commas} commas are more than the limit of {MAX_COMMAS}")
    if topic in SERVICE and not outside and (said := _said(raw, topic)):
        return said
    peeked = _peeked(raw, topic)
    kind = str(peeked.type)
    parked = topic or (kind if _TOPIC.fullmatch(kind) else UNKNOWN)
    if kind not in CATALOGUE and (outside or kind not in INTERNAL):
        raise Malformed(parked, f"type: {_shown(kind)} is not in the catalogue")
    if topic is not None and kind != topic:
        raise Malformed(parked, f"type: {_shown(kind)} came on the topic of {_shown(topic)}")
    if outside and kind not in OUTSIDE:
        raise Malformed(parked, f"type: {_shown(kind)} is said by a service, never from outside")
    reader = _reader(kind)
    try:
        # a service of a newer version may say more than is known here; what comes from outside says what is known
        read = reader.envelope.model_validate_json(raw, extra=None if strict or kind in OUTSIDE else "ignore")
    except ValidationError as error:
        base64 = "data_base64: the data is JSON, send it in data; " if b'"data_base64"' in raw else ""
        raise Malformed(parked, base64 + _explained(error, kind)) from None
    except (ValueError, RecursionError) as error:
        raise Malformed(parked, f"not JSON: {_clipped(str(error))}") from None
    if fault := _contradiction(read, kind, reader) or ((outside or strict) and _read_in_two_ways(read, raw, peeked)):
        raise Malformed(parked, fault)
    return _event(read, kind, raw)


def _said(raw: bytes, topic: str) -> Event | None:
    """Read what a service says by its types; None for what does not fit, of which the model says why."""
    try:
        read = decoder_of(topic).decode(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    if _contradiction(read, topic, _reader(topic)) or not is_possible(read.data):
        return None
    event = _event(read, topic, raw)
    event.time = in_vilnius(event.time)
    return event


def _event(read: Any, kind: str, raw: bytes) -> Event:  # noqa: ANN401 - an envelope of either kind
    return Event(
        read.source,
        read.id,
        kind,
        read.subject,
        read.time,
        read.data,
        read.traceparent,
        read.tracestate,
        read.causationid,
        raw,
    )


def arrived(event: Event, moment: datetime) -> Event:
    """The event as of the moment at which it came, which no sender sets.

    Raises Malformed for a day that was told on another day: a clock that runs ahead neither starts a day nor uses up
    the day's id.
    """
    moment = in_vilnius(moment)
    if isinstance(event.data, DayStarted) and event.data.date != moment.date():
        error = (
            f"data.date: {event.data.date} was told on {moment.isoformat()}, and no day but that of its arrival starts"
        )
        raise Malformed(event.type, error)
    return replace(event, time=moment)


def to_vilnius_iso(moment: datetime) -> str:
    """Write a moment as the services do: RFC 3339 with the offset of Vilnius."""
    return in_vilnius(moment).isoformat()


# ------------------------------------------------------------------------------------------------------------- reading

_Any = Annotated[str, Field(max_length=1_000), Expected("text of at most 1000 characters")]
_Subject = Annotated[_Any, Written("as_it_was")]
_Tracing = Annotated[_Any, Written("line")]


class Envelope(BaseModel, Generic[P]):
    """The attributes of CloudEvents that the fund reads; extensions of others are allowed, and ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, defer_build=True)

    specversion: Literal["1.0"]
    id: Id
    source: Id
    type: str
    subject: _Subject | None = None
    time: Moment
    datacontenttype: JsonType | None = None
    traceparent: _Tracing | None = None
    tracestate: _Tracing | None = None
    causationid: Id | None = None
    data: P


class _Typed(msgspec.Struct):
    """As much of a message as tells how to read it, a second form of its data, and its two signatures."""

    type: str | msgspec.UnsetType = msgspec.UNSET
    time: msgspec.Raw = msgspec.Raw(b"")
    data_base64: msgspec.Raw = msgspec.Raw(b"")
    dssematerial: msgspec.Raw = msgspec.Raw(b"")
    jws: msgspec.Raw = msgspec.Raw(b"")

    @property
    def signatures(self) -> int:
        """How many of the two there are that hold no colon, as neither does (``key_twice``)."""
        return sum(len(each) > 0 and b":" not in bytes(each) for each in (self.dssematerial, self.jws))


_PEEK = msgspec.json.Decoder(_Typed)


def _peeked(raw: bytes, topic: str | None) -> _Typed:
    """Find the event's type. Raises Malformed where there is none to be read."""
    try:
        peeked = _PEEK.decode(raw)
    except msgspec.ValidationError as error:
        what = "type: not text" if "$.type" in str(error) else "not a JSON object"
        raise Malformed(topic or UNKNOWN, what) from None
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Malformed(topic or UNKNOWN, f"not JSON: {_clipped(str(error))}") from None
    if isinstance(peeked.type, msgspec.UnsetType):
        raise Malformed(topic or UNKNOWN, "type is missing")
    return peeked


@dataclass(frozen=True, slots=True)
class _Reader:
    """How the events of a type are read: the envelope with the type's own data, in one pass, and who may send them."""

    envelope: type[Envelope[Record]]
    sources: frozenset[str]
    voices: tuple[tuple[str, str | None], ...]
    """Sources that name someone: the stem, and the field that must say the same (None: it may be anyone)."""


@cache
def _reader(kind: str) -> _Reader:
    record = CATALOGUE.get(kind) or INTERNAL[kind]
    named = [pattern.rstrip("}").split("{") for pattern in record.sources if "{" in pattern]
    return _Reader(
        Envelope[record],  # type: ignore[valid-type] # which record is known at run time only
        frozenset(pattern for pattern in record.sources if "{" not in pattern),
        tuple((stem, name if hasattr(record, name) else None) for stem, name in named),
    )


def _contradiction(read: Envelope[Record], kind: str, reader: _Reader) -> str | None:
    """Find what no single field shows: the type said twice, another's voice, a day that is not the day of its time."""
    if text := read.data.contradiction():
        return f"data: {text}"
    if read.type != kind:
        return f"type stands twice: {_shown(kind)} and {_shown(read.type)}"
    data, source = read.data, read.source
    if source not in reader.sources and not any(_speaks(voice, source, data) for voice in reader.voices):
        named = [stem + (str(getattr(data, name)) if name else "...") for stem, name in reader.voices]
        allowed = " or ".join([*sorted(reader.sources), *named])
        return f"source: {_shown(source)} may not send this {kind}, which comes from {allowed}"
    if isinstance(data, DayStarted) and data.date != read.time.date():
        return f"data.date: {data.date} is not the day of its time {read.time.isoformat()} in Vilnius"
    return None


def _speaks(voice: tuple[str, str | None], source: str, data: Record) -> bool:
    """Tell whether the source is whom the data names; where it names none, whether it is a payer at all."""
    stem, name = voice
    if name is not None:
        return source == stem + str(getattr(data, name))
    return source.startswith(stem) and _CODE.fullmatch(source, len(stem)) is not None


def _read_in_two_ways(read: Envelope[Record], raw: bytes, peeked: _Typed) -> str | None:
    """Find what another reader, or a person, could take for something else (``strict``)."""
    texts: list[str] = []
    members = gather(read, texts_of(type(read)), texts) + peeked.signatures
    if fault := _of_json(raw, bytes(peeked.time).count(b":"), members, texts):
        return fault
    if peeked.data_base64:
        return "data and data_base64 stand side by side: nobody can say which of the two is meant"
    if not FIRST_YEAR <= read.time.year <= LAST_YEAR:
        return f"time: {read.time.isoformat()} in Vilnius is not a moment of {FIRST_YEAR} to {LAST_YEAR}"
    faults = islice(wrong_texts(read, texts), _FAULTS_TOLD)
    if told := "; ".join(f"{fault.where}: {_shown(fault.text)} {fault.why}" for fault in faults):
        return told
    if (due := other_subject(read.subject, read.data)) is not None:
        return f"subject: {_shown(read.subject)} is not {_shown(due)}, which is {read.data.subject} of the data"
    return None


def _of_json(raw: bytes, colons_of_time: int, members: int, texts: list[str]) -> str | None:
    try:
        twice = key_twice(raw, colons_of_time, members, texts)
    except ValueError as too_large:
        return str(too_large)
    if twice is None:
        return None
    return f"{_clipped(twice)} stands twice in one object: nobody can say which of the two is meant"


# --------------------------------------------------------------------------------------------------- errors, for people

_TOLD = {
    "bool_type": "{where}: {value} is not true or false",
    "dict_type": "{where}: {value} is not an object",
    "unexpected_keyword_argument": "{where} is no field of {kind}",
    "json_invalid": "not JSON: {told}",
    "list_type": "{where}: {value} is not a list",
    "literal_error": "{where}: {value} is not {expected}",
    "missing": "{where} is missing",
    "dataclass_type": "{where}: {value} is not an object",
    "model_type": "{where}: {value} is not an object",
    "not_expected": "{where}: {value} is not {told}",
    "string_type": "{where}: {value} is not text",
    "too_long": "{where}: more than the limit of {max_length} entries",
    "too_short": "{where}: {actual_length} entries are fewer than the {min_length} needed",
    "tuple_type": "{where}: {value} is not a list",
}
"""What is said of a fault, by pydantic's name for it; of others, what pydantic says."""


def _explained(error: ValidationError, kind: str) -> str:
    """Tell the first faults in one line, each with its field, the value, and what was expected."""
    if (count := error.error_count()) > _FAULTS_READ:
        return f"{count} faults, too many to be told"
    found = error.errors(include_url=False)
    # A list that stops at its first wrong entry also counts as too short.
    stopped = {fault["loc"][:depth] for fault in found for depth in range(len(fault["loc"]))}
    faults = [fault for fault in found if fault["type"] != "too_short" or fault["loc"] not in stopped]
    told = [_fault(fault, kind) for fault in faults[:_FAULTS_TOLD]]
    more = [f"and {len(faults) - _FAULTS_TOLD} more"] if len(faults) > _FAULTS_TOLD else []
    return "; ".join(told + more)


def _fault(found: ErrorDetails, kind: str) -> str:
    facts = {
        "where": ".".join(_clipped(str(part)) for part in found["loc"]),
        "value": _shown(found["input"]),
        "told": found["msg"],
        "kind": kind,
    }
    return _TOLD.get(found["type"], "{where}: {told}").format_map(found.get("ctx", {}) | facts)


def _shown(value: object) -> str:
    """Write a value as a person may read it, cut short."""
    match value:
        case bool() | None:
            return json.dumps(value)
        case int() if abs(value) >= 10**_SHOWN:
            return f"a number of more than {_SHOWN} digits"
        case int() | float():
            return str(value)
        case str():
            return f"'{_clipped(value)}'"
        case list() | tuple():
            return "a list"
        case _:
            return "an object"


def _clipped(text: str) -> str:
    """Put text on one line, cut short."""
    line = text if text.isprintable() else text[: _SHOWN + 1].encode("unicode_escape").decode()
    return line if len(line) <= _SHOWN else line[:_SHOWN] + "..."
