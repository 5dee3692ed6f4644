"""What the clock says."""

from typing import ClassVar

from pydantic import Field

from shared.messages.fields import Data, Day


class DayStarted(Data):
    """A day has started in Vilnius: the only way that time passes. It goes to each partition."""

    type: ClassVar[str] = "day.started"
    subject: ClassVar[str] = "{date}"
    speaker: ClassVar[tuple[str, ...]] = ("/clock",)

    date: Day = Field(description="the day in Vilnius of the event's time")
