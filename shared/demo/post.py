"""The post office of the demo: drafts become CloudEvents with ascending moments and ids that count up."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias

from shared.kernel.calendar import VILNIUS

Event: TypeAlias = dict[str, Any]
Sent: TypeAlias = Event | bytes
Data: TypeAlias = dict[str, Any]

SECONDS_A_DAY = 24 * 60 * 60
CUT_AT = 200  # bytes that arrive of a message that breaks off


def clock(hour: int, minute: int = 0) -> int:
    """Seconds since midnight."""
    return (hour * 60 + minute) * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What somebody outside says: not before ``at`` (seconds since midnight); ``broken`` arrives cut off, as bytes."""

    at: int
    source: str
    kind: str
    subject: str
    data: Data
    broken: bool = False


Ears: TypeAlias = dict[str, Callable[[date, Data], Iterable[Draft]]]
"""What somebody answers to what the fund's services say, by type of event."""


class Post:
    """Sends drafts: every event has an id of its own, and no event of a day is dated before the one sent earlier."""

    def __init__(self, seed: int | str) -> None:
        """Start counting ids for the seed."""
        self._seed = seed
        self._sent = 0
        self._day = date.min
        self._last = 0
        self._offset = ""

    def open(self, day: date) -> None:
        """Start a day."""
        self._day, self._last = day, 0
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=VILNIUS).isoformat()
        self._offset = noon[-6:]

    def send(self, drafts: Iterable[Draft]) -> list[Sent]:
        """Put drafts into envelopes, earliest first; a draft that comes late is dated a second after the last one."""
        return [self._envelope(draft) for draft in sorted(drafts, key=lambda draft: draft.at)]

    def _envelope(self, draft: Draft) -> Sent:
        self._sent += 1
        self._last = max(self._last + 1, draft.at)
        assert self._last < SECONDS_A_DAY, f"{self._day}: the outside world said more than a day has seconds"
        minutes, second = divmod(self._last, 60)
        hour, minute = divmod(minutes, 60)
        event: Event = {
            "specversion": "1.0",
            "id": f"demo-{self._seed}-{self._sent:06d}",
            "source": draft.source,
            "type": draft.kind,
            "subject": draft.subject,
            "time": f"{self._day}T{hour:02d}:{minute:02d}:{second:02d}{self._offset}",
            "datacontenttype": "application/json",
            "data": draft.data,
        }
        return json.dumps(event, ensure_ascii=False).encode()[:CUT_AT] if draft.broken else event


def day_started(day: date) -> Event:
    """The clock's event that starts a day; its id is the date."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=VILNIUS)
    return {
        "specversion": "1.0",
        "id": day.isoformat(),
        "source": "/clock",
        "type": "day.started",
        "subject": day.isoformat(),
        "time": midnight.isoformat(),
        "datacontenttype": "application/json",
        "data": {"date": day.isoformat()},
    }


def speaker(payer: str) -> str:
    """The source under which a payer speaks."""
    return "/vlk" if payer == "VLK" else f"/tlk/{payer}"
