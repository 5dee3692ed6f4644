"""What the services say, read by its types alone.

Only services may write to these topics of Kafka, and what they decide comes from what was checked at the edge. Whoever
hears it needs the fields: so they are read into the record without its limits, in a sixth of the time. What does not
fit is read as from outside, which says why. The embedded stack reads with the limits, and so every test that plays a
year there shows that what the services say keeps them.

A field that is not known here is passed over: while services are upgraded one after another, those of the new version
say more than those of the old one know. From outside such a field stays an error.
"""

from datetime import datetime
from functools import cache
from typing import Annotated, Any, Literal

import msgspec

from shared.events.catalogue import CATALOGUE


class SaidEnvelope(msgspec.Struct, frozen=True, kw_only=True):
    """The attributes of a service's CloudEvent; ``decoder_of`` adds its ``data``."""

    specversion: Literal["1.0"]
    id: str
    source: str
    type: str
    time: Annotated[datetime, msgspec.Meta(tz=True)]
    subject: str | None = None
    datacontenttype: Literal["application/json"] | None = None
    traceparent: str | None = None
    tracestate: str | None = None
    causationid: str | None = None


@cache
def decoder_of(kind: str) -> msgspec.json.Decoder[Any]:
    """Reads the CloudEvents of a type. Raises msgspec.MsgspecError, ValueError or RecursionError for others."""
    record = CATALOGUE[kind]
    envelope = msgspec.defstruct(
        f"{record.__name__}Envelope", [("data", record)], bases=(SaidEnvelope,), frozen=True, kw_only=True
    )
    return msgspec.json.Decoder(envelope)
