"""What the reserve hears; all of it is decided in one stream, ``reserve``."""

from services.reserve.decide import decide
from services.reserve.state import Event, State, evolve
from shared.engine.service import Domain, Service, all_to, always
from shared.events.contracts import BudgetAdopted
from shared.events.ministry import ReserveUseProposed, SurplusProposed
from shared.events.treasury import ReserveTransferReported, RevenueReceived
from shared.events.vlk import ReserveTransferApproved

RESERVE_STREAM = "reserve"

RESERVE = Service(
    name="reserve",
    domains={RESERVE_STREAM: Domain(state=State, events=Event, decide=decide, evolve=evolve, waits=always)},
    streams=(RESERVE_STREAM,),
    routes=all_to(
        RESERVE_STREAM,
        BudgetAdopted,
        RevenueReceived,
        SurplusProposed,
        ReserveUseProposed,
        ReserveTransferApproved,
        ReserveTransferReported,
    ),
)
