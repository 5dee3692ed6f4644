"""What the reserve service says: over-plan revenue, uses of the reserve, transfers to it."""

from typing import ClassVar, Literal

from shared.messages.fields import Cents, Code, Day, Decision, Document, Many, Reason, Year
from shared.messages.ministry import ReserveUse


class SurplusAllotted(Decision):
    """Over-plan revenue raises what an article has (point 23, HIL 15(4)). Cents."""

    type: ClassVar[str] = "surplus.allotted"
    subject: ClassVar[str] = "{document}"
    speaker: ClassVar[tuple[str, ...]] = ("/reserve",)
    points: ClassVar[tuple[str, ...]] = ("23", "HIL 15(4)")

    year: Year
    article: Code
    amount_cents: Cents
    document: Document


class SurplusRefused(Decision):
    """Over-plan revenue is not given: every test that failed, with its numbers (point 23, HIL 15(4)). Cents."""

    type: ClassVar[str] = "surplus.refused"
    subject: ClassVar[str] = "{document}"
    speaker: ClassVar[tuple[str, ...]] = ("/reserve",)
    points: ClassVar[tuple[str, ...]] = ("23", "HIL 15(4)")

    year: Year
    article: Code
    amount_cents: Cents
    document: Document
    reasons: Many[Reason]


class ReserveUseAllowed(ReserveUse, Decision):
    """The reserve holds what is to be used, and the decider may decide it (points 8, 23). Cents."""

    type: ClassVar[str] = "reserve.use.allowed"
    subject: ClassVar[str] = "{document}"
    speaker: ClassVar[tuple[str, ...]] = ("/reserve",)
    points: ClassVar[tuple[str, ...]] = ("8", "23")


class ReserveUseRefused(ReserveUse, Decision):
    """The reserve is not used (points 8, 23). Cents."""

    type: ClassVar[str] = "reserve.use.refused"
    subject: ClassVar[str] = "{document}"
    speaker: ClassVar[tuple[str, ...]] = ("/reserve",)
    points: ClassVar[tuple[str, ...]] = ("8", "23")

    reasons: Many[Reason]


class ReserveTransfer(Decision):
    """A year's transfer to the reserve by point 9.1 or 9.2. Cents."""

    year: Year
    kind: Literal["9.1", "9.2"]
    amount_cents: Cents
    by: Day


class ReserveTransferPlanned(ReserveTransfer):
    """The adopted edition asks for a transfer to the reserve by 31 December (points 9, 10). Cents."""

    type: ClassVar[str] = "reserve.transfer.planned"
    subject: ClassVar[str] = "{year}-{kind}"
    speaker: ClassVar[tuple[str, ...]] = ("/reserve",)
    points: ClassVar[tuple[str, ...]] = ("9", "10")


class ReserveTransferWarned(ReserveTransfer):
    """On 1 December a planned transfer is not done (points 9, 10); told once. Cents."""

    type: ClassVar[str] = "reserve.transfer.warned"
    subject: ClassVar[str] = "{year}-{kind}"
    speaker: ClassVar[tuple[str, ...]] = ("/reserve",)
    points: ClassVar[tuple[str, ...]] = ("9", "10")


class ReserveTransferOrdered(ReserveTransfer):
    """An approved transfer is ordered on the next bank day (points 9, 10). Cents."""

    type: ClassVar[str] = "reserve.transfer.ordered"
    subject: ClassVar[str] = "{year}-{kind}"
    speaker: ClassVar[tuple[str, ...]] = ("/reserve",)
    points: ClassVar[tuple[str, ...]] = ("9", "10")


class ReserveTransferDone(ReserveTransfer):
    """The treasury reports a transfer done (points 9, 10). Cents."""

    type: ClassVar[str] = "reserve.transfer.done"
    subject: ClassVar[str] = "{year}-{kind}"
    speaker: ClassVar[tuple[str, ...]] = ("/reserve",)
    points: ClassVar[tuple[str, ...]] = ("9", "10")


class ReserveTransferOverdue(ReserveTransfer):
    """On the first day of the new year a planned transfer is not done (points 9, 10); told once. Cents."""

    type: ClassVar[str] = "reserve.transfer.overdue"
    subject: ClassVar[str] = "{year}-{kind}"
    speaker: ClassVar[tuple[str, ...]] = ("/reserve",)
    points: ClassVar[tuple[str, ...]] = ("9", "10")


class ReserveTransferRefused(ReserveTransfer):
    """An approval does not agree with what is planned (points 9, 10). Cents."""

    type: ClassVar[str] = "reserve.transfer.refused"
    subject: ClassVar[str] = "{year}-{kind}"
    speaker: ClassVar[tuple[str, ...]] = ("/reserve",)
    points: ClassVar[tuple[str, ...]] = ("9", "10")

    reasons: Many[Reason]
