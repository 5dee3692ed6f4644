"""Days as the door reads them: text YYYY-MM-DD of 2000 to 2199, in Python a ``date``."""

import re
from datetime import date
from typing import Annotated

from pydantic import BeforeValidator

_DAY = re.compile(r"2[01][0-9]{2}-[0-9]{2}-[0-9]{2}")


def _day(given: object) -> date:
    if type(given) is date and given.year // 100 in (20, 21):
        return given
    if isinstance(given, str) and _DAY.fullmatch(given):
        return date.fromisoformat(given)
    raise ValueError("not a day YYYY-MM-DD from 2000 to 2199")


Day = Annotated[date, BeforeValidator(_day)]


def last_day(month: str) -> date:
    """The last day of a month YYYY-MM."""
    year, number = int(month[:4]), int(month[5:])
    following = date(year + number // 12, number % 12 + 1, 1)
    return date.fromordinal(following.toordinal() - 1)
