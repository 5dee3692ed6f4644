"""What the clock says."""

import datetime as dt
from typing import ClassVar

import msgspec
from pydantic import Field

from shared.kernel.calendar import midnight
from shared.messages.fields import Data, Day


class DayStarted(Data):
    """A day has started in Vilnius: the only way that time passes. It goes to each partition."""

    type: ClassVar[str] = "day.started"
    subject: ClassVar[str] = "{date}"
    speaker: ClassVar[tuple[str, ...]] = ("/clock",)

    date: Day = Field(description="the day in Vilnius of the event's time")


def day_started(day: dt.date) -> bytes:
    """The event that starts a day, as the clock says it; its id is the date."""
    envelope = {
        "specversion": "1.0",
        "id": day.isoformat(),
        "source": "/clock",
        "type": DayStarted.type,
        "subject": day.isoformat(),
        "time": midnight(day).isoformat(),
        "datacontenttype": "application/json",
        "data": {"date": day.isoformat()},
    }
    return msgspec.json.encode(envelope)
