"""What invoicing hears; each provider is a stream of its own."""

from typing import TypeAlias

from services.invoicing.decide import decide
from services.invoicing.state import Event, State, evolve
from shared.engine.service import Domain, Service, by
from shared.events.contracts import ContractChanged, ContractConcluded
from shared.events.internal import AccountKnown, MergerKnown
from shared.events.providers import InvoiceSubmitted
from shared.events.vlk import InvoiceReviewed

Provided: TypeAlias = (
    InvoiceSubmitted | InvoiceReviewed | ContractConcluded | ContractChanged | AccountKnown | MergerKnown
)


def stream_of(heard: Provided) -> str:
    """The stream that decides on a provider's invoices."""
    return f"provider:{heard.provider_code}"


PROVIDER = Domain(state=State, events=Event, decide=decide, evolve=evolve, waits=lambda state: bool(state.waiting))

INVOICING = Service(
    name="invoicing",
    domains={"provider": PROVIDER, "days": PROVIDER},
    streams=(),
    routes=by(
        stream_of, InvoiceSubmitted, InvoiceReviewed, ContractConcluded, ContractChanged, AccountKnown, MergerKnown
    ),
)
