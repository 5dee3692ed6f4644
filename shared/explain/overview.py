"""Where the fund stands, from the views of its services: the one record that command line, HTTP and console show."""

import sqlite3
from collections.abc import Callable

from services.all import SERVICES
from services.contracts.service import CONTRACTS_STREAM
from services.contracts.views import ContractedPot, QuarterStanding, contracted, quarter_plans
from services.invoicing.views import WaitingInvoice, waiting
from services.payments.service import FUND
from services.payments.views import FundStanding, TermStanding, fund_standing, terms
from shared.adapters.sqlite.store import SqliteStore
from shared.engine.engine import Engine
from shared.kernel.fund import Fund
from shared.kernel.value import value

AT_RISK_DAYS = 10
SHOWN = ("contracts", "invoicing", "payments")


@value
class Overview:
    """The fund today: payments, terms that are near or missed, what is contracted, and what waits for its check."""

    fund: str
    standing: FundStanding
    terms: tuple[TermStanding, ...]
    contracted: tuple[ContractedPot, ...]
    quarters: tuple[QuarterStanding, ...]
    waiting: tuple[WaitingInvoice, ...]


def overview(fund: Fund, engine: Callable[[str], Engine]) -> Overview:
    """Where the fund stands; ``engine`` gives a service's streams by its name."""
    payments, contracts = engine("payments").state(FUND), engine("contracts").state(CONTRACTS_STREAM)
    invoicing = engine("invoicing")
    return Overview(
        fund=fund.fund_id,
        standing=fund_standing(payments, fund),
        terms=tuple(terms(payments, AT_RISK_DAYS, fund.interest)),
        contracted=tuple(contracted(contracts, payments.year)),
        quarters=tuple(quarter_plans(contracts, payments.today)) if payments.today else (),
        waiting=tuple(waiting(invoicing.state(name) for name in invoicing.streams())),
    )


async def overview_of(connection: sqlite3.Connection, fund: Fund) -> Overview:
    """Where the fund stands by its journal alone. Raises Broken where the journal contradicts itself."""
    engines = {
        service.name: Engine(service, fund, SqliteStore(connection, service.name))
        for service in SERVICES
        if service.name in SHOWN
    }
    for engine in engines.values():
        await engine.start()
    return overview(fund, engines.__getitem__)
