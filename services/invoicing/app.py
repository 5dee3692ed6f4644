"""What invoicing hears, and as which command; no rule here. Each provider is a stream of its own."""

from services.invoicing import domain as d
from shared.engine.service import Domain, Heard, Service
from shared.events import contracts, providers, vlk
from shared.events.internal import MergerKnown
from shared.messages.envelope import Event


def stream_of(provider_code: str) -> str:
    """The stream that decides on a provider's invoices."""
    return f"provider:{provider_code}"


def invoice_submitted(event: Event) -> Heard:
    """14. An invoice or a credit of a provider."""
    data = event.of(providers.InvoiceSubmitted)
    yield (
        stream_of(data.provider_code),
        d.Submit(
            invoice_id=data.invoice_id,
            kind=data.kind,
            corrects=data.corrects,
            contract_id=data.contract_id,
            provider_code=data.provider_code,
            payer=data.payer,
            article=data.article,
            source=data.source,
            service_month=data.service_month,
            lines=data.lines,
            amount_cents=data.amount_cents,
            content=event.content.hex(),
        ),
    )


def invoice_reviewed(event: Event) -> Heard:
    """15. A clerk's verdict."""
    data = event.of(vlk.InvoiceReviewed)
    yield (
        stream_of(data.provider_code),
        d.Review(
            invoice_id=data.invoice_id,
            contract_id=data.contract_id,
            verdict=data.verdict,
            reasons=data.reasons,
        ),
    )


def contract_concluded(event: Event) -> Heard:
    """13. A contract that invoices may name."""
    data = event.of(contracts.ContractConcluded)
    yield (
        stream_of(data.provider_code),
        d.LearnContract(
            contract_id=data.contract_id,
            payer=data.payer,
            article=data.article,
            source=data.source,
            iban=data.provider.iban,
            ceiling_cents=data.ceiling_cents,
            valid_from=data.valid_from,
            valid_to=data.valid_to,
            payment_days=data.payment_days,
            prices={service.code: service.unit_price_cents for service in data.services},
            review=data.review,
            formerly=data.formerly,
        ),
    )


def contract_changed(event: Event) -> Heard:
    """13. A contract's new ceiling, end or payer."""
    data = event.of(contracts.ContractChanged)
    yield (
        stream_of(data.provider_code),
        d.LearnChange(
            contract_id=data.contract_id,
            ceiling_cents=data.ceiling_cents,
            ended_on=data.ended_on,
            payer=data.payer,
            formerly=data.formerly,
        ),
    )


def merger_known(event: Event) -> Heard:
    """Whom a payer's name stands for, and since when."""
    data = event.of(MergerKnown)
    yield stream_of(data.provider_code), d.LearnMerger(payer=data.payer, into=data.into, on=data.on)


PROVIDER = Domain(
    state=d.State, events=d.Event, decide=d.decide, evolve=d.evolve, waits=lambda state: bool(state.waiting)
)

INVOICING = Service(
    name="invoicing",
    domains={"provider": PROVIDER, "days": PROVIDER},
    streams=(),
    subscriptions={
        "invoice.submitted": invoice_submitted,
        "invoice.reviewed": invoice_reviewed,
        "contract.concluded": contract_concluded,
        "contract.changed": contract_changed,
        "payer.merger.known": merger_known,
    },
)
