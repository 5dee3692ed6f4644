"""What the reserve service says: over-plan revenue, uses of the reserve, transfers to it."""

from typing import Literal

from shared.events.ministry import ReserveUse
from shared.events.record import Record, event
from shared.kernel.fields import Cents, Code, Day, Document, Many, Rules, Year
from shared.kernel.reason import Reason
from shared.kernel.value import value


@event("surplus.allotted", about="{document}", points=("23", "HIL 15(4)"))
class SurplusAllotted(Record):
    """Over-plan revenue raises what an article has (point 23, HIL 15(4)). Cents."""

    year: Year
    article: Code
    amount_cents: Cents
    document: Document
    rules: Rules


@event("surplus.refused", about="{document}", points=("23", "HIL 15(4)"))
class SurplusRefused(Record):
    """Over-plan revenue is not given: every test that failed, with its numbers (point 23, HIL 15(4)). Cents."""

    year: Year
    article: Code
    amount_cents: Cents
    document: Document
    reasons: Many[Reason]
    rules: Rules


@event("reserve.use.allowed", about="{document}", points=("8", "23"))
class ReserveUseAllowed(ReserveUse):
    """The reserve holds what is to be used, and the decider may decide it (points 8, 23). Cents."""

    rules: Rules


@event("reserve.use.refused", about="{document}", points=("8", "23"))
class ReserveUseRefused(ReserveUse):
    """The reserve is not used (points 8, 23). Cents."""

    reasons: Many[Reason]
    rules: Rules


@value
class ReserveTransfer(Record):
    """A year's transfer to the reserve by point 9.1 or 9.2. Cents."""

    year: Year
    kind: Literal["9.1", "9.2"]
    amount_cents: Cents
    by: Day


@event("reserve.transfer.planned", about="{year}-{kind}", points=("9", "10"))
class ReserveTransferPlanned(ReserveTransfer):
    """The adopted edition asks for a transfer to the reserve by 31 December (points 9, 10). Cents."""

    rules: Rules


@event("reserve.transfer.warned", about="{year}-{kind}", points=("9", "10"))
class ReserveTransferWarned(ReserveTransfer):
    """On 1 December a planned transfer is not done (points 9, 10); told once. Cents."""

    rules: Rules


@event("reserve.transfer.ordered", about="{year}-{kind}", points=("9", "10"))
class ReserveTransferOrdered(ReserveTransfer):
    """An approved transfer is ordered on the next bank day (points 9, 10). Cents."""

    rules: Rules


@event("reserve.transfer.done", about="{year}-{kind}", points=("9", "10"))
class ReserveTransferDone(ReserveTransfer):
    """The treasury reports a transfer done (points 9, 10). Cents."""

    rules: Rules


@event("reserve.transfer.overdue", about="{year}-{kind}", points=("9", "10"))
class ReserveTransferOverdue(ReserveTransfer):
    """On the first day of the new year a planned transfer is not done (points 9, 10); told once. Cents."""

    rules: Rules


@event("reserve.transfer.refused", about="{year}-{kind}", points=("9", "10"))
class ReserveTransferRefused(ReserveTransfer):
    """An approval does not agree with what is planned (points 9, 10). Cents."""

    reasons: Many[Reason]
    rules: Rules
