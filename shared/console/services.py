"""The five services whose journals people ask about, in the order in which they hear a message."""

from collections.abc import Mapping
from typing import Final

from services.contracts.service import CONTRACTS
from services.invoicing.service import INVOICING
from services.payments.service import PAYMENTS
from services.reconciliation.service import RECONCILIATION
from services.reserve.service import RESERVE
from shared.engine.journal import Store
from shared.engine.service import Service

SERVICES: Final[tuple[Service, ...]] = (CONTRACTS, INVOICING, PAYMENTS, RESERVE, RECONCILIATION)

Stores = Mapping[str, Store]
"""The journals of a fund, by the name of the service."""
