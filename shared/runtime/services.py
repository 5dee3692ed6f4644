"""The services of the fund, in the order in which they hear a message."""

from services.contracts.service import CONTRACTS
from services.invoicing.service import INVOICING
from services.payments.service import PAYMENTS
from services.reconciliation.service import RECONCILIATION
from services.reserve.service import RESERVE
from shared.engine.service import Service

SERVICES: tuple[Service, ...] = (CONTRACTS, INVOICING, PAYMENTS, RESERVE, RECONCILIATION)
