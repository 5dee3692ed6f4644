"""Where the reserve stands, for people and alarms: plain records, each number by the state's own functions. Cents."""

from services.reserve.state import State
from shared.kernel.fund import Fund
from shared.kernel.money import Cents
from shared.kernel.value import value

WHOLE = 100
"""Per cent."""


@value
class ReserveStanding:
    """23. The reserve of the year, the least that it must hold (None: last year's Sodra revenue is not known).

    ``untransferred_cents`` is what is planned to be transferred to it this year and is not done (9, 10).
    """

    year: int
    reserve_cents: Cents
    least_cents: Cents | None
    untransferred_cents: Cents


def reserve_standing(state: State, fund: Fund) -> ReserveStanding | None:
    """Where the reserve stands on the last started day; None before the first."""
    if state.today is None:
        return None
    year = state.today.year
    sodra, percent = state.sodra_cents(year - 1), fund.statute.amount("surplus_reserve_percent", state.today)
    transfers = (each for each in state.transfers.values() if each.year == year and each.status != "done")
    return ReserveStanding(
        year=year,
        reserve_cents=state.reserve_cents(year, state.today),
        least_cents=None if sodra is None else -(-sodra * percent // WHOLE),
        untransferred_cents=sum(each.amount_cents for each in transfers),
    )
