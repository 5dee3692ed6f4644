"""A story: what happens to one service, through its real engine with a journal in memory, and what it says of it."""

import json
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any, TypeVar

from shared.adapters.sqlite.store import SqliteStore, connect
from shared.engine.engine import Engine
from shared.engine.service import Service
from shared.events.catalogue import INTERNAL, OUTSIDE
from shared.kernel.calendar import VILNIUS
from shared.kernel.fund import Fund
from shared.messages.read import Event, parse

Json = dict[str, Any]
T = TypeVar("T")

OPENING = 9 * 60
"""The minute of the day at which things begin to happen."""

_ids = count(1)


# -------------------------------------------------------------------------------------------------------- what happened


@dataclass(frozen=True, kw_only=True)
class Happening:
    """Something that happened: by type the sender and the data, in the order in which a service would rather hear it.

    Data may depend on the day: a value that is a function of it is asked when it happens.
    """

    forms: Mapping[str, tuple[str, Json]]
    on: str | None = None
    at: str | None = None
    id: str = field(default_factory=lambda: f"e{next(_ids)}")

    def again(self) -> "Happening":
        """The same told once more, under another id."""
        return replace(self, id=f"e{next(_ids)}")

    def late(self, on: str) -> "Happening":
        """The same, on another day."""
        return replace(self, on=on)


# ---------------------------------------------------------------------------------------------------- what must be said


@dataclass(frozen=True)
class Said:
    """What a service must say: the type, and the fields that matter (in ``terms`` all of them)."""

    type: str
    data: Json

    def fits(self, came: Json) -> bool:
        """Whether what came is this."""
        return came["type"] == self.type and _same(self.data, came["data"])


def _same(wanted: object, got: object) -> bool:
    if isinstance(wanted, Mapping):
        return isinstance(got, Mapping) and all(
            got.get(name) == value if name == "terms" else name in got and _same(value, got[name])
            for name, value in wanted.items()
        )
    if isinstance(wanted, list | tuple):
        return isinstance(got, list) and len(got) == len(wanted) and all(map(_same, wanted, got))
    return bool(wanted == got)


# ------------------------------------------------------------------------------------------------------------ the story


def at_once(work: Coroutine[Any, Any, T]) -> T:
    """The result of work that waits for nothing: a journal in memory never does."""
    try:
        work.send(None)
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]
    raise AssertionError("it waits for something")


class Story:
    """What happened to one service, and what it said of the last of it."""

    def __init__(self, service: Service, fund: Fund, since: str) -> None:
        self.service = service
        self.engine = Engine(service, fund, SqliteStore(connect(None), service.name))
        self.raws: list[bytes] = []
        self._raw: dict[str, bytes] = {}
        self._today, self._minute = date.fromisoformat(since), 0

    def given(self, *happened: Happening) -> "Story":
        """What happened before; all of it must be understood."""
        self.when(*happened)
        assert not (odd := [came for came in self.came if came["type"].endswith(".parked")]), _told(odd)
        return self

    def when(self, *happened: Happening) -> "Story":
        """What happens now, one after another."""
        self.raws = []
        for one in happened:
            self.raws += [message.raw for message in at_once(self.engine.handle([self.event_of(one)])).messages]
        return self

    def then(self, *expected: Said) -> "Story":
        """The service said exactly this, in this order."""
        return self._compare(self.came, expected)

    def then_of(self, kinds: str, *expected: Said) -> "Story":
        """Of the types that begin so (several apart by spaces) it said exactly this, in this order."""
        return self._compare([came for came in self.came if came["type"].startswith(tuple(kinds.split()))], expected)

    def _compare(self, came: list[Json], expected: tuple[Said, ...]) -> "Story":
        fits = len(came) == len(expected) and all(one.fits(got) for one, got in zip(expected, came, strict=True))
        wanted = [{"type": one.type, "data": one.data} for one in expected]
        assert fits, f"\nexpected:\n{_told(wanted)}\ncame:\n{_told(came)}"
        return self

    @property
    def came(self) -> list[Json]:
        """What the service told others of the last that happened."""
        return [told for told in map(json.loads, self.raws) if told["type"] not in INTERNAL]

    @property
    def letters(self) -> list[Json]:
        """The notices that are to be written to the ministry."""
        return self.inside("notice.prepared")

    def inside(self, type_: str) -> list[Json]:
        """What it told within the fund, of a type."""
        return [told["data"] for told in map(json.loads, self.raws) if told["type"] == type_]

    @property
    def state(self) -> Any:  # noqa: ANN401 - each service has its own
        """The state of the service's first stream."""
        return self.engine.state(self.service.streams[0])

    def event_of(self, happening: Happening) -> Event:
        """The event as the service hears it; the same happening is the same bytes."""
        type_ = next(form for form in happening.forms if form in self.engine.hears)
        if happening.id not in self._raw:
            moment = self._moment(happening)
            self._raw[happening.id] = envelope(happening, type_, moment)
        return parse(self._raw[happening.id], outside=type_ in OUTSIDE)

    def _moment(self, happening: Happening) -> datetime:
        on = date.fromisoformat(happening.on) if happening.on else self._today
        if on > self._today:
            self._today, self._minute = on, 0
        start = datetime(on.year, on.month, on.day, tzinfo=VILNIUS)
        if happening.at:
            hour, minute = map(int, happening.at.split(":"))
            return start + timedelta(hours=hour, minutes=minute)
        self._minute += 1
        return start + timedelta(minutes=OPENING + self._minute)


def envelope(happening: Happening, type_: str, moment: datetime) -> bytes:
    """The CloudEvent of a happening at a moment."""
    source, data = happening.forms[type_]
    told = {name.rstrip("_"): value(moment.date()) if callable(value) else value for name, value in data.items()}
    if told.get("arrived_at", ...) is None:
        told["arrived_at"] = moment.isoformat()
    attributes = {"specversion": "1.0", "id": happening.id, "source": source, "type": type_, "time": moment.isoformat()}
    if type_ not in OUTSIDE:
        attributes["causationid"] = "cause"
    return json.dumps({**attributes, "data": told}).encode()


def _told(events: list[Json]) -> str:
    lines = (f"  {one['type']} {json.dumps(one['data'], ensure_ascii=False)}" for one in events)
    return "\n".join(lines) or "  nothing"
