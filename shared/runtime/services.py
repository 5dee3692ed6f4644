"""The services of the fund, in the order in which they hear a message."""

from services.contracts.app import CONTRACTS
from services.invoicing.app import INVOICING
from services.payments.service import PAYMENTS
from services.reconciliation.app import RECONCILIATION
from services.reserve.app import RESERVE
from shared.engine.service import Service

SERVICES: tuple[Service, ...] = (CONTRACTS, INVOICING, PAYMENTS, RESERVE, RECONCILIATION)
