"""What the desk remembers, event by event: who did what, in its own journal and nowhere else.

``by`` is a name; ``identity`` is who an identity provider says that it is (``iss`` and ``sub``), of whom it knows.
"""

from typing import ClassVar, Literal, TypeAlias

from shared.kernel.reason import Reason
from shared.kernel.value import value

Outcome: TypeAlias = Literal["taken", "accepted", "returned", "refused", "waiting", "parked", "known", "done"]
"""What the fund answered; ``done`` where messages were released or dismissed."""

IDENTITY = ("identity",)
"""What is not written of who stands in the file of people."""


@value
class Drafted:
    """Somebody wrote something down, or wrote it anew. ``data`` is the event's data as JSON text."""

    type: ClassVar[str] = "desk.drafted"
    left_out: ClassVar[tuple[str, ...]] = IDENTITY
    matter: str
    act: str
    data: str
    about: str
    by: str
    role: str
    payer: str
    source: str
    identity: str | None = None


@value
class Proposed:
    """Who drafted it asks another person to confirm it."""

    type: ClassVar[str] = "desk.proposed"
    left_out: ClassVar[tuple[str, ...]] = IDENTITY
    matter: str
    by: str
    identity: str | None = None


@value
class Confirmed:
    """Another person confirmed it. ``raw`` is the CloudEvent that is sent; empty where parked messages are meant."""

    type: ClassVar[str] = "desk.confirmed"
    left_out: ClassVar[tuple[str, ...]] = IDENTITY
    matter: str
    by: str
    role: str
    raw: str
    identity: str | None = None


@value
class Refused:
    """Another person does not confirm it, and says why."""

    type: ClassVar[str] = "desk.refused"
    left_out: ClassVar[tuple[str, ...]] = IDENTITY
    matter: str
    by: str
    role: str
    words: str
    identity: str | None = None


@value
class Withdrawn:
    """Who drafted it takes it back."""

    type: ClassVar[str] = "desk.withdrawn"
    left_out: ClassVar[tuple[str, ...]] = IDENTITY
    matter: str
    by: str
    identity: str | None = None


@value
class Sent:
    """It lies on its topics (on the cluster): ``places`` are topic/partition, each with the offset behind it."""

    type: ClassVar[str] = "desk.sent"
    matter: str
    places: tuple[tuple[str, int], ...]


@value
class Answered:
    """What the fund said of it, once it was sent: the reasons of a refusal, or what could not be read."""

    type: ClassVar[str] = "desk.answered"
    matter: str
    outcome: Outcome
    reasons: tuple[Reason, ...] = ()
    told: tuple[str, ...] = ()


@value
class Asked:
    """The first of two signed-in persons asks for a deed of a command; ``sha256`` is of that and what it is done to."""

    type: ClassVar[str] = "desk.asked"
    left_out: ClassVar[tuple[str, ...]] = IDENTITY
    deed: str
    sha256: str
    by: str
    role: str
    identity: str | None = None


@value
class Agreed:
    """Another person asks for the same: it is done now."""

    type: ClassVar[str] = "desk.agreed"
    left_out: ClassVar[tuple[str, ...]] = IDENTITY
    deed: str
    sha256: str
    by: str
    role: str
    identity: str | None = None


@value
class SenderTold:
    """Somebody ticks that the sender of a parked message was told of it, or takes that back (``is_told`` is false)."""

    type: ClassVar[str] = "desk.sender.told"
    left_out: ClassVar[tuple[str, ...]] = IDENTITY
    parked: str
    is_told: bool
    by: str
    role: str
    identity: str | None = None


@value
class Hurried:
    """Somebody has the letter of a notice tried now, which waits for its next try. Nobody else's word is due."""

    type: ClassVar[str] = "desk.hurried"
    left_out: ClassVar[tuple[str, ...]] = IDENTITY
    notice_no: str
    by: str
    role: str
    identity: str | None = None


Event: TypeAlias = (
    Drafted | Proposed | Confirmed | Refused | Withdrawn | Sent | Answered | Asked | Agreed | SenderTold | Hurried
)
