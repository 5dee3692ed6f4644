"""Days of the law and days of the bank (Civil Code 1.118-1.122; the settlement calendar TARGET).

A term of N days starts the day after the event, all days count, and where its last day is not a working day it ends on
the next one: ``roll``. A bank day is a working day in both calendars. Which days are holidays is data with dates.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from shared.kernel.value import value

VILNIUS = ZoneInfo("Europe/Vilnius")
DAY = timedelta(days=1)
SATURDAY = 5
DECEMBER = 12


def day_of(moment: datetime) -> date:
    """The legal day of a moment: what is received at 23:59 in Vilnius counts that day."""
    return moment.astimezone(VILNIUS).date()


_WINTER, _SUMMER = timedelta(hours=2), timedelta(hours=3)
_FIXED = {_WINTER: timezone(_WINTER), _SUMMER: timezone(_SUMMER)}


@lru_cache(maxsize=4096)
def _vilnius_offset(year: int, month: int, day: int, hour: int, offset: timedelta) -> timedelta:
    """The offset of Vilnius in the hour that someone with another offset calls so (no clock changes within an hour)."""
    there = datetime(year, month, day, hour, tzinfo=timezone(offset))
    return there.astimezone(VILNIUS).utcoffset() or timedelta()


def in_vilnius(moment: datetime) -> datetime:
    """The moment in Vilnius time, with a fixed offset.

    Two moments of one time zone object compare by their wall clocks, which is wrong in the hour that an autumn night
    repeats; with fixed offsets they compare, sort and subtract as moments.
    """
    own = moment.utcoffset() or timedelta()
    offset = _vilnius_offset(moment.year, moment.month, moment.day, moment.hour, own)
    if own == offset and moment.tzinfo is not VILNIUS:
        return moment
    return moment.astimezone(_FIXED.get(offset) or timezone(offset))


def midnight(day: date) -> datetime:
    """The moment at which a day starts in Vilnius."""
    return in_vilnius(datetime(day.year, day.month, day.day, tzinfo=VILNIUS))


def same_days(zone: ZoneInfo) -> bool:
    """Whether each legal day starts in another zone when it starts in Vilnius, in every year from 2004 on.

    Before, Lithuania had some years without summer time.
    """
    first, last = datetime(2004, 1, 1), datetime(2100, 1, 1)  # noqa: DTZ001 - wall clocks, of both zones
    midnights = (first + n * DAY for n in range((last - first).days))
    return zone is VILNIUS or all(
        at.replace(tzinfo=zone).utcoffset() == at.replace(tzinfo=VILNIUS).utcoffset() for at in midnights
    )


def days_between(after: date, until: date) -> Iterator[date]:
    """Each day after the first up to and including the last."""
    for n in range(1, (until - after).days + 1):
        yield after + n * DAY


def month_of(day: date) -> str:
    """The month of a day as the events write it: ``2022-03``."""
    return f"{day.year:04d}-{day.month:02d}"


def first_day(month: str) -> date:
    """The first day of a month written ``2022-03``."""
    return date(int(month[:4]), int(month[5:7]), 1)


def last_day(month: str) -> date:
    """The last day of a month written ``2022-03``."""
    year, number = int(month[:4]), int(month[5:7])
    return date(year, DECEMBER, 31) if number == DECEMBER else date(year, number + 1, 1) - DAY


def quarter_of(day: date) -> int:
    """The quarter of a day, 1 to 4."""
    return (day.month + 2) // 3


def quarter_end(year: int, quarter: int) -> date:
    """The last day of a quarter."""
    return last_day(f"{year:04d}-{quarter * 3:02d}")


@lru_cache(maxsize=512)
def easter(year: int) -> date:
    """Easter Sunday of a year, Gregorian calendar (Meeus, Jones, Butcher)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = b // 4, b % 4
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


@lru_cache(maxsize=512)
def orthodox_easter(year: int) -> date:
    """Easter Sunday of the Orthodox churches, in the Gregorian calendar (Meeus, for the Julian one)."""
    d = (19 * (year % 19) + 15) % 30
    e = (2 * (year % 4) + 4 * (year % 7) - d + 34) % 7
    month, day = divmod(d + e + 114, 31)
    return date(year, month, day + 1) + (year // 100 - year // 400 - 2) * DAY


@value
class Holiday:
    """A day that is closed each year: a fixed date, or so many days after Easter Sunday; from a year, to a year.

    ``easter`` says whose Easter: ``western`` or ``orthodox``.
    """

    name: str
    month: int = 0
    day: int = 0
    easter_offset: int | None = None
    from_year: int = 1
    to_year: int = 9999
    easter: Literal["western", "orthodox"] = "western"

    def on(self, year: int) -> date | None:
        """The date in that year; None where the holiday does not yet or no longer exist."""
        if not self.from_year <= year <= self.to_year:
            return None
        if self.easter_offset is not None:
            sunday = orthodox_easter(year) if self.easter == "orthodox" else easter(year)
            return sunday + self.easter_offset * DAY
        return date(year, self.month, self.day)


@value
class Closed:
    """A day without payments: what it is called in the country, and in the payment system; empty where that is open."""

    day: date
    legal: str
    settlement: str


class Calendar:
    """Working days of a country and settlement days of a payment system; both hold Saturday and Sunday closed."""

    def __init__(self, legal: tuple[Holiday, ...], settlement: tuple[Holiday, ...]) -> None:
        """Take the public holidays of the country and the closing days of the payment system."""
        self._legal, self._settlement = legal, settlement
        self._closed: dict[int, tuple[frozenset[date], frozenset[date]]] = {}
        self._rolled: dict[date, date] = {}
        self._bank_day_until: dict[date, date] = {}

    def _closed_in(self, year: int) -> tuple[frozenset[date], frozenset[date]]:
        if year not in self._closed:
            self._closed[year] = (
                frozenset(filter(None, (holiday.on(year) for holiday in self._legal))),
                frozenset(filter(None, (holiday.on(year) for holiday in self._settlement))),
            )
        return self._closed[year]

    def is_working_day(self, day: date) -> bool:
        """Whether a term may end on the day."""
        return day.weekday() < SATURDAY and day not in self._closed_in(day.year)[0]

    def is_settlement_day(self, day: date) -> bool:
        """Whether the payment system settles on the day."""
        return day.weekday() < SATURDAY and day not in self._closed_in(day.year)[1]

    def is_bank_day(self, day: date) -> bool:
        """Whether orders are run on the day: a working day in both calendars."""
        return self.is_working_day(day) and self.is_settlement_day(day)

    def closed(self, year: int) -> Iterator[Closed]:
        """The days of a year, but Saturdays and Sundays, on which no orders are run, in order."""
        legal, settlement = (
            {day: holiday.name for holiday in holidays if (day := holiday.on(year))}
            for holidays in (self._legal, self._settlement)
        )
        for day in sorted(legal.keys() | settlement.keys()):
            if day.weekday() < SATURDAY:
                yield Closed(day=day, legal=legal.get(day, ""), settlement=settlement.get(day, ""))

    def roll(self, day: date) -> date:
        """The day itself, or the next working day: where a term that ends on it really ends."""
        if day not in self._rolled:
            rolled = day
            while not self.is_working_day(rolled):
                rolled += DAY
            self._rolled[day] = rolled
        return self._rolled[day]

    def term(self, event: date, days: int) -> date:
        """The end of a term of so many days that starts the day after the event."""
        return self.roll(event + days * DAY)

    def bank_day_from(self, day: date) -> date:
        """The first bank day on or after the day."""
        while not self.is_bank_day(day):
            day += DAY
        return day

    def bank_day_until(self, day: date) -> date:
        """The last bank day on or before the day."""
        if day not in self._bank_day_until:
            found = day
            while not self.is_bank_day(found):
                found -= DAY
            self._bank_day_until[day] = found
        return self._bank_day_until[day]
