"""What the clock says."""

from typing import Annotated

from shared.events.record import Record, event
from shared.kernel.fields import Day, Doc


@event("day.started", about="{date}")
class DayStarted(Record):
    """A day has started in Vilnius: the only way that time passes. It goes to each partition."""

    date: Annotated[Day, Doc("the day in Vilnius of the event's time")]
