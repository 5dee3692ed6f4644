"""The five services of the fund, in the order in which they hear a message, and what each hears."""

from services.contracts.service import CONTRACTS
from services.invoicing.service import INVOICING
from services.payments.service import PAYMENTS
from services.reconciliation.service import RECONCILIATION
from services.reserve.service import RESERVE
from shared.engine.service import Service
from shared.events.catalogue import CATALOGUE, INTERNAL
from shared.events.clock import DayStarted

SERVICES: tuple[Service, ...] = (CONTRACTS, INVOICING, PAYMENTS, RESERVE, RECONCILIATION)

PAYMENTS_WAY = frozenset({INVOICING.name, PAYMENTS.name})
"""Those that an invoice passes until it is scheduled."""

RECEIVES: dict[str, tuple[str, ...]] = {
    each.name: tuple(kind for kind in CATALOGUE if kind in each.routes or kind == DayStarted.type) for each in SERVICES
}
"""What each service hears of the contract, in the order of the catalogue; a day is told to all."""

RECEIVES_INSIDE: dict[str, tuple[str, ...]] = {
    each.name: tuple(kind for kind in INTERNAL if kind in each.routes) for each in SERVICES
}
"""What each service hears that never leaves the fund."""
