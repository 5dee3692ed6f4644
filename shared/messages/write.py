"""Events as others of the fund write them: the clock, and what stands beside the services."""

from datetime import date

import msgspec

from shared.events.clock import DayStarted
from shared.kernel.calendar import midnight


def day_started(day: date) -> bytes:
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
