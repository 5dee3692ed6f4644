"""What Sodra, the State Social Insurance Fund Board, says."""

from typing import ClassVar

from pydantic import Field

from shared.messages.fields import Cents, Count, Data, Quarter, Year


class SodraStatementSubmitted(Data):
    """Sodra's statement of a quarter: what it transferred and set off, and what it asks for it (point 22). Cents."""

    type: ClassVar[str] = "sodra.statement.submitted"
    subject: ClassVar[str] = "{year}-Q{quarter}"
    speaker: ClassVar[tuple[str, ...]] = ("/sodra",)
    points: ClassVar[tuple[str, ...]] = ("22",)

    year: Year
    quarter: Quarter
    submission: Count = Field(description="1 for the first, then counted on")
    transferred_cents: Cents
    offset_cents: Cents = Field(description="set off against each other: no money came")
    related_cents: Cents = Field(description="sums that go with them; shown only")
    compensation_cents: Cents = Field(description="asked for collecting and transferring")
