"""What the fund says of its own journals."""

from typing import Annotated

from annotated_types import Ge

from shared.events.record import Record, event
from shared.kernel.fields import Code, Day, Doc, Pattern, Sha256

Base64 = Annotated[str, Pattern("^[0-9A-Za-z+/]+={0,2}$")]


@event("proof.sealed", about="{fund}/{number}")
class ProofSealed(Record):
    """All that was decided so far was sealed: whoever keeps the root can see if the past is rewritten later."""

    fund: Code
    number: Annotated[int, Ge(1), Doc("seals are numbered from 1 without gaps")]
    day: Annotated[Day, Doc("the last day that had started; of all days before it everything is sealed")]
    streams: Annotated[int, Ge(1), Doc("streams of the journals, each a leaf of the tree")]
    events: Annotated[int, Ge(0), Doc("events in them")]
    root: Annotated[Sha256, Doc("the root of the tree over the ends of all streams")]
    previous: Annotated[Sha256 | None, Doc("the digest of the statement of the seal before; null in the first")]
    public_key: Annotated[Base64, Doc("Ed25519, 32 bytes in base64")]
    signature: Annotated[Base64, Doc("of the statement, by that key, in base64")]
