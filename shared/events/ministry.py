"""What the minister of health and the Government decide. Who may decide what is a rule, tested by the reserve."""

from typing import Literal

from shared.events.record import Record, event
from shared.kernel.fields import Cents, Code, Day, Document, Text, Year
from shared.kernel.value import value


@event("surplus.proposed", about="{document}", points=("23", "HIL 15(4)"))
class SurplusProposed(Record):
    """Over-plan revenue is given to an article of health care, in December (point 23, HIL 15(4)). Cents."""

    year: Year
    article: Code
    amount_cents: Cents
    decided_on: Day
    document: Document


@value
class ReserveUse(Record):
    """What a use of the reserve is for. Cents."""

    year: Year
    part: Literal["main", "risk"]
    amount_cents: Cents
    purpose: Text
    article: Code | None = None
    decided_on: Day
    document: Document


@event("reserve.use.proposed", about="{document}", by=("/ministry", "/government"), points=("8", "HIL 23"))
class ReserveUseProposed(ReserveUse):
    """Money of the reserve is to be used: its main part by the Government, its risk part by the minister (HIL 23)."""
