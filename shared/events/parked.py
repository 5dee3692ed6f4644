"""What could not be read or decided: laid aside as it came, with the error; it can be released again by hand."""

from typing import Annotated

from annotated_types import MinLen

from shared.events.record import Record, event
from shared.kernel.fields import Doc, Moment, Sha256


@event(
    "{topic}.parked",
    about="{topic}",
    by=("/contracts", "/invoicing", "/payments", "/reserve", "/reconciliation", "/door", "/gate"),
)
class Parked(Record):
    """What could not be read, as it came, with the error; it can be released again by hand."""

    topic: Annotated[str, MinLen(1), Doc("the type that it was sent as, else unknown")]
    received: Moment
    error: Annotated[str, Doc("one line: the field, the value, and what was expected")]
    raw_base64: Annotated[str, Doc("the message, byte for byte; the beginning of a longer one than can be kept")]
    size_bytes: Annotated[int | None, Doc("how long the whole is, where it was cut")] = None
    sha256: Annotated[Sha256 | None, Doc("the digest of the whole, where it was cut")] = None
    lies_at: Annotated[str | None, Doc("where the whole lies, as topic/partition/offset, where it was cut")] = None
