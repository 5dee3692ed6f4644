"""What contracts hears, and as which command; no rule here. All of it is decided in one stream, ``contracts``."""

from services.contracts import domain as d
from shared.engine.service import Domain, Heard, Service
from shared.events import invoicing, vlk
from shared.kernel.budget import edition_of
from shared.messages.envelope import Event

CONTRACTS_STREAM = "contracts"


def budget_approved(event: Event) -> Heard:
    """7. An edition of a budget law."""
    yield CONTRACTS_STREAM, d.ApproveBudget(edition=edition_of(event.of(vlk.BudgetApproved)))


def distribution_proposed(event: Event) -> Heard:
    """12. A distribution by quarter and by payer."""
    data = event.of(vlk.DistributionProposed)
    yield (
        CONTRACTS_STREAM,
        d.ProposeDistribution(
            year=data.year,
            edition=data.edition,
            quarters=data.quarters,
            shares=data.shares,
            revenue_quarters=data.revenue_quarters,
        ),
    )


def contract_proposed(event: Event) -> Heard:
    """13. A contract of a payer with a provider."""
    data = event.of(vlk.ContractProposed)
    yield (
        CONTRACTS_STREAM,
        d.ProposeContract(
            contract_id=data.contract_id,
            year=data.year,
            payer=data.payer,
            article=data.article,
            source=data.source,
            provider=d.Provider(code=data.provider.code, name=data.provider.name, iban=data.provider.iban),
            ceiling_cents=data.ceiling_cents,
            valid_from=data.valid_from,
            valid_to=data.valid_to,
            payment_days=data.payment_days,
            services=tuple(
                d.ServicePrice(code=service.code, unit_price_cents=service.unit_price_cents)
                for service in data.services
            ),
            review=data.review,
        ),
    )


def contract_change_proposed(event: Event) -> Heard:
    """13. A new ceiling."""
    data = event.of(vlk.ContractChangeProposed)
    yield CONTRACTS_STREAM, d.ProposeChange(contract_id=data.contract_id, ceiling_cents=data.ceiling_cents)


def contract_ended(event: Event) -> Heard:
    """13. A contract ends."""
    data = event.of(vlk.ContractEnded)
    yield CONTRACTS_STREAM, d.EndContract(contract_id=data.contract_id, on=data.on)


def invoice_accepted(event: Event) -> Heard:
    """13. What is accepted under a contract counts; a credit gives the ceiling back."""
    data = event.of(invoicing.InvoiceAccepted)
    sign = -1 if data.kind == "credit" else 1
    yield CONTRACTS_STREAM, d.CountAccepted(contract_id=data.contract_id, amount_cents=sign * data.amount_cents)


def payer_merged(event: Event) -> Heard:
    """A payer's contracts and shares become another's."""
    data = event.of(vlk.PayerMerged)
    yield CONTRACTS_STREAM, d.MergePayer(payer=data.payer, into=data.into, on=data.on)


CONTRACTS = Service(
    name="contracts",
    domains={
        CONTRACTS_STREAM: Domain(state=d.State, events=d.Event, decide=d.decide, evolve=d.evolve, waits=lambda _: True),
    },
    streams=(CONTRACTS_STREAM,),
    subscriptions={
        "budget.approved": budget_approved,
        "distribution.proposed": distribution_proposed,
        "contract.proposed": contract_proposed,
        "contract.change.proposed": contract_change_proposed,
        "contract.ended": contract_ended,
        "invoice.accepted": invoice_accepted,
        "payer.merged": payer_merged,
    },
)
