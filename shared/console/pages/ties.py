"""The line that proves that nothing is lost and nothing doubled: what one service said beside what another holds.

What was accepted is what invoicing and reconciliation said; where it is, payments' own state says. What was ordered,
executed and refused is what payments said, event by event; what is not answered, its state.
"""

from shared.console.pages.view import View
from shared.kernel.money import Cents
from shared.kernel.value import value

_TOLD = """
SELECT type, json_extract(body, '$.invoice_id') AS invoice, json_extract(body, '$.order_id') AS payment,
       coalesce(json_extract(body, '$.lowered_cents'), json_extract(body, '$.amount_cents')) AS cents
FROM event WHERE day <= ? AND (type IN ('compensation.due', 'payment.lowered', 'payment.ordered', 'payment.executed',
'payment.rejected', 'payment.returned') OR (type = 'invoice.accepted' AND json_extract(body, '$.kind') = 'invoice'))
"""
_SUMS = f"SELECT type, count(*) - count(DISTINCT payment) AS again, sum(cents) AS cents FROM ({_TOLD}) GROUP BY type"
_OVERPAID = f"""
SELECT count(*) AS many FROM (SELECT sum(CASE WHEN type IN ('payment.ordered', 'payment.lowered') THEN cents
WHEN type = 'payment.executed' THEN 0 ELSE -cents END) AS over FROM ({_TOLD}) GROUP BY invoice HAVING over > 0)
"""
ONCE = ("payment.ordered", "payment.executed", "payment.rejected")
"""What can be said of an order once."""


@value
class Ties:
    """Sums in cents that must be one, and how many payments there are that were made twice."""

    accepted: Cents
    scheduled: Cents
    waiting: Cents
    reduced: Cents
    ordered: Cents
    executed: Cents
    refused: Cents
    unanswered: Cents
    doubles: int

    @property
    def astray(self) -> Cents:
        """What was accepted and is nowhere; less than nothing where more is somewhere than was accepted."""
        return self.accepted - self.scheduled - self.waiting - self.reduced

    @property
    def unexplained(self) -> Cents:
        """What was ordered, and of which nobody knows what became."""
        return self.ordered - self.executed - self.refused - self.unanswered

    @property
    def hold(self) -> bool:
        """Whether all of it is so."""
        return not (self.astray or self.unexplained or self.doubles)


def ties_of(view: View) -> Ties | None:
    """The sums as they stand; None before the first day."""
    money = view.index.money()
    if money is None:
        return None
    told = {row["type"]: row for row in view.index.rows(_SUMS, [view.index.day])}

    def said(*types: str) -> Cents:
        return sum(told[type_]["cents"] for type_ in types if type_ in told)

    overpaid = view.index.one(_OVERPAID, [view.index.day])
    assert overpaid is not None
    return Ties(
        accepted=said("invoice.accepted", "compensation.due"),
        scheduled=money.flow.ordered_cents + money.flow.unordered_cents,
        waiting=money.flow.waiting_cents,
        reduced=said("payment.lowered"),
        ordered=said("payment.ordered"),
        executed=said("payment.executed"),
        refused=said("payment.rejected"),
        unanswered=money.flow.unanswered_cents,
        doubles=overpaid["many"] + sum(told[type_]["again"] for type_ in ONCE if type_ in told),
    )
