"""What Sodra, the State Social Insurance Fund Board, says."""

from typing import Annotated

from shared.events.record import Record, event
from shared.kernel.fields import Cents, Count, Doc, Quarter, Year


@event("sodra.statement.submitted", about="{year}-Q{quarter}", points=("22",))
class SodraStatementSubmitted(Record):
    """Sodra's statement of a quarter: what it transferred and set off, and what it asks for it (point 22). Cents."""

    year: Year
    quarter: Quarter
    submission: Annotated[Count, Doc("1 for the first, then counted on")]
    transferred_cents: Cents
    offset_cents: Annotated[Cents, Doc("set off against each other: no money came")]
    related_cents: Annotated[Cents, Doc("sums that go with them; shown only")]
    compensation_cents: Annotated[Cents, Doc("asked for collecting and transferring")]
