"""What the parts of the reference model share: days, numbers, and a stream that starts its days by itself.

Independent of ``services``: only the calendar and the holiday data are the project's own.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

from shared.kernel.calendar import DAY, VILNIUS, midnight
from shared.statute.load import load_fund

Data = dict[str, Any]
Event = dict[str, Any]
Emit = Callable[[str, datetime, Data], None]

CALENDAR = load_fund().calendar
VLK = "VLK"
CAME_BACK = ("rejected", "returned")
"""Outcomes after which an order has paid nothing."""

PAYERS = ("VLK", "TLK-VILNIUS", "TLK-KAUNAS", "TLK-KLAIPEDA", "TLK-SIAULIAI", "TLK-PANEVEZYS")


def day(text: str) -> date:
    return date.fromisoformat(text)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def vilnius(when: datetime) -> date:
    return when.astimezone(VILNIUS).date()


def term(start: date, days: int) -> date:
    """A term of so many days that starts the day after: Civil Code 1.118-1.122."""
    return CALENDAR.roll(start + days * DAY)


def month_end(month: str) -> date:
    year, number = int(month[:4]), int(month[5:7])
    return (date(year + 1, 1, 1) if number == 12 else date(year, number + 1, 1)) - DAY


def month_of(on: date) -> str:
    return on.isoformat()[:7]


def reason(code: str, **terms: object) -> Data:
    return {"code": code, "rule": "", "terms": terms}


class Stream:
    """One writer: its own ``today``, its own knowledge of merged payers."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self.today: date | None = None
        self.first = date.max
        self.now = datetime(1, 1, 1, tzinfo=VILNIUS)
        self.merges: list[Data] = []
        self.into: dict[str, str] = {}

    def say(self, kind: str, data: Data) -> None:
        self._emit(kind, self.now, data)

    def park(self, event: Event, why: str) -> None:
        self._emit(f"{event['type']}.parked", self.now, {"topic": event["type"], "error": why})

    @property
    def day(self) -> date:
        assert self.today is not None
        return self.today

    def reach(self, until: date) -> None:
        """Start all days up to this one, each as a decision of its own, at its midnight."""
        for on in self._days(until):
            self.today, self.now = on, midnight(on)
            self._merge_due()
            self.start_day()
            self.after_day()

    def _days(self, until: date) -> Iterator[date]:
        if self.today is None:
            yield until
            return
        on = self.today
        while on < until:
            on += DAY
            yield on

    def hear(self, event: Event) -> None:
        when = moment(event["time"])
        self.reach(vilnius(when))
        self.now = when
        if event["type"] == "day.started":
            return
        if event["type"] == "payer.merged":
            self.merges.append(event["data"])
            if self._merge_due():
                self.merged_late()
            return
        self.handle(event)

    def _merge_due(self) -> bool:
        due = [m for m in self.merges if day(m["on"]) <= self.day]
        self.merges = [m for m in self.merges if m not in due]
        for merge in due:
            payer, into = self.payer(merge["payer"]), self.payer(merge["into"])
            self.into[payer] = into
            self.merge(payer, into)
        return bool(due)

    def payer(self, name: str) -> str:
        """The payer as it is read now: a merged one is the other."""
        while name in self.into:
            name = self.into[name]
        return name

    def start_day(self) -> None:
        """Do the steps of a day."""

    def after_day(self) -> None:
        """Do what follows a day at once."""

    def merge(self, payer: str, into: str) -> None:
        """Make all of a payer the other's."""

    def merged_late(self) -> None:
        """Do what follows a merger that did not wait for the start of a day."""

    def handle(self, event: Event) -> None:
        """Decide on an event."""
