"""What the minister of health and the Government decide. Who may decide what is a rule, tested by the reserve."""

from typing import ClassVar, Literal

from shared.messages.fields import Cents, Code, Data, Day, Document, Text, Year


class SurplusProposed(Data):
    """Over-plan revenue is given to an article of health care, in December (point 23, HIL 15(4)). Cents."""

    type: ClassVar[str] = "surplus.proposed"
    subject: ClassVar[str] = "{document}"
    speaker: ClassVar[tuple[str, ...]] = ("/ministry",)
    points: ClassVar[tuple[str, ...]] = ("23", "HIL 15(4)")

    year: Year
    article: Code
    amount_cents: Cents
    decided_on: Day
    document: Document


class ReserveUse(Data):
    """What a use of the reserve is for. Cents."""

    year: Year
    part: Literal["main", "risk"]
    amount_cents: Cents
    purpose: Text
    article: Code | None = None
    decided_on: Day
    document: Document


class ReserveUseProposed(ReserveUse):
    """Money of the reserve is to be used: its main part by the Government, its risk part by the minister (HIL 23)."""

    type: ClassVar[str] = "reserve.use.proposed"
    subject: ClassVar[str] = "{document}"
    speaker: ClassVar[tuple[str, ...]] = ("/ministry", "/government")
    points: ClassVar[tuple[str, ...]] = ("8", "HIL 23")
