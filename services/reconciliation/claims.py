"""Claims: points 20 and 21, followed to their end: demanded, set off, repaid, written off."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar, TypeAlias, assert_never

from services.reconciliation.law import more_than_claim
from shared.events.reconciliation import (
    RecoveryDemanded,
    RecoveryRefused,
    RecoveryRepaid,
    RecoverySetOff,
    RecoveryWrittenOff,
)
from shared.kernel.clock import Now, Parked, StartDay
from shared.kernel.money import Cents
from shared.kernel.payers import Payers, not_yours, payer_of, wrong_merger
from shared.kernel.reason import Reason, reason
from shared.kernel.value import value

# --- commands


@value
class KnowInvoice:
    """An invoice was accepted: a claim may name it, and a set-off may lower it."""

    invoice_id: str
    provider_code: str
    contract_id: str
    service_month: str
    amount_cents: Cents
    payer: str


@value
class Claim:
    """A payer claims damage from a provider."""

    claim_id: str
    provider_code: str
    invoice_id: str | None
    amount_cents: Cents
    basis: str
    reason: str


@value
class Settle:
    """A claim is settled in part or in full: ``repaid``, ``set_off`` against an invoice, or ``written_off``."""

    claim_id: str
    amount_cents: Cents
    how: str
    invoice_id: str | None
    document: str


@value
class HandOver:
    """A credit (or a set-off) found nothing more to lower: what is open is to be recovered."""

    by: str
    contract_id: str
    provider_code: str
    open_cents: Cents


@value
class MergePayer:
    """A payer is merged into another from the start of a day."""

    payer: str
    into: str
    on: date


Command: TypeAlias = StartDay | KnowInvoice | Claim | Settle | HandOver | MergePayer


# --- events


@value
class DayBegun:
    """A day started."""

    type: ClassVar[str] = "claims.day_begun"
    on: date


@value
class InvoiceKnown:
    """An accepted invoice is known."""

    type: ClassVar[str] = "claims.invoice_known"
    invoice_id: str
    provider_code: str
    contract_id: str
    service_month: str
    amount_cents: Cents
    payer: str = ""


@value
class ClaimOpened:
    """Who is claimed from, and why; ``payer`` is whose claim it is, empty where an old journal does not say."""

    type: ClassVar[str] = "claims.claim_opened"
    claim_id: str
    provider_code: str
    invoice_id: str | None
    amount_cents: Cents
    basis: str
    reason: str
    payer: str = ""


@value
class MergerAwaited:
    """A payer will be merged into another when a day starts."""

    type: ClassVar[str] = "claims.merger_awaited"
    payer: str
    into: str
    on: date


@value
class PayerJoined:
    """A payer's claims are from now on another's."""

    type: ClassVar[str] = "claims.payer_joined"
    payer: str
    into: str


Event: TypeAlias = (
    DayBegun
    | InvoiceKnown
    | ClaimOpened
    | MergerAwaited
    | PayerJoined
    | RecoveryDemanded
    | RecoveryRepaid
    | RecoverySetOff
    | RecoveryWrittenOff
    | RecoveryRefused
    | Parked
)


# --- state


@dataclass(slots=True, kw_only=True)
class OpenClaim:
    """A claim and what is left of it."""

    opened: ClaimOpened
    rest_cents: Cents = 0


@dataclass(slots=True, kw_only=True)
class State:
    """Accepted invoices, whose the contracts are that they were sent under, and all claims."""

    today: date | None = None
    payers: Payers = field(default_factory=Payers)
    invoices: dict[str, InvoiceKnown] = field(default_factory=dict)
    payer_of_contract: dict[str, str] = field(default_factory=dict)
    claims: dict[str, OpenClaim] = field(default_factory=dict)

    def invoice(self, invoice_id: str | None, provider_code: str) -> InvoiceKnown | None:
        """An accepted invoice of the provider."""
        found = self.invoices.get(invoice_id or "")
        return found if found and found.provider_code == provider_code else None


# --- decisions


def decide(now: Now, command: Command, state: State) -> Iterator[Event]:
    """What follows from a command."""
    match command:
        case StartDay():
            yield DayBegun(on=now.day)
            for payer, into in state.payers.due(now.day):
                yield PayerJoined(payer=state.payers.resolve(payer), into=state.payers.resolve(into))
        case KnowInvoice():
            yield InvoiceKnown(
                invoice_id=command.invoice_id,
                provider_code=command.provider_code,
                contract_id=command.contract_id,
                service_month=command.service_month,
                amount_cents=command.amount_cents,
                payer=command.payer,
            )
        case Claim():
            yield from claim(now, state, command)
        case Settle():
            yield from settle(now, state, command)
        case HandOver():
            yield from hand_over(state, command)
        case MergePayer():
            yield from merge_payer(now, state, command)
        case _:
            assert_never(command)


def merge_payer(now: Now, state: State, command: MergePayer) -> Iterator[Event]:
    """A merged payer's claims are the other's from the start of the day; what contracts refuses acts nowhere."""
    if any(wrong_merger(now, command.payer, command.into)):
        return
    if command.on > now.day:
        yield MergerAwaited(payer=command.payer, into=command.into, on=command.on)
        return
    payer, into = state.payers.resolve(command.payer), state.payers.resolve(command.into)
    if payer != into:
        yield PayerJoined(payer=payer, into=into)


def not_its_own(now: Now, state: State, owner: str | None, rule: str) -> Iterator[Reason]:
    """20, 21. "Valstybinė ligonių kasa ir teritorinės ligonių kasos ... reikalauja": whose a claim is.

    A territorial fund claims and settles for its own contracts. The VLK may for any: the damage is the fund's, and the
    points do not bind it to its own contracts, as point 15 does. ``owner`` is None or empty where nobody is known.
    """
    if owner and payer_of(now.source, now) != now.fund.state_payer:
        yield from not_yours(now, state.payers, owner, rule)


def claim(now: Now, state: State, command: Claim) -> Iterator[Event]:
    """20. "reikalauja grąžinti neteisėtai panaudotas lėšas": a claim never exceeds the invoice that it names."""
    asked = {name: getattr(command, name) for name in Claim.__dataclass_fields__}
    opened = ClaimOpened(**asked, payer=payer_of(now.source, now))
    known = state.claims.get(command.claim_id)
    if known is not None:
        if any(getattr(known.opened, name) != said for name, said in asked.items()):
            yield Parked(error=f"claim_id: {command.claim_id} is that of another claim (points 20, 21)")
        return
    reasons: list[Reason] = []
    if command.invoice_id is not None:
        invoice = state.invoice(command.invoice_id, command.provider_code)
        if invoice is None:
            reasons.append(reason("unknown_invoice", command.basis))
        else:
            reasons += not_its_own(now, state, invoice.payer, command.basis)
            reasons += more_than_claim(invoice.amount_cents, command.amount_cents)
    if reasons:
        yield refused(command.claim_id, command.amount_cents, 0, command.invoice_id, reasons)
        return
    yield opened
    yield demanded(state, command.claim_id, command.amount_cents)


def demanded(state: State, claim_id: str, cents: Cents) -> Event:
    """The announcement that so much more is demanded."""
    known = state.claims[claim_id]
    return RecoveryDemanded(
        claim_id=claim_id,
        amount_cents=cents,
        rest_cents=known.rest_cents + cents,
        invoice_id=known.opened.invoice_id,
        rules=(known.opened.basis,),
    )


def refused(claim_id: str, cents: Cents, rest: Cents, invoice_id: str | None, reasons: list[Reason]) -> Event:
    """The announcement of a refusal."""
    return RecoveryRefused(
        claim_id=claim_id,
        amount_cents=cents,
        rest_cents=rest,
        invoice_id=invoice_id,
        reasons=tuple(reasons),
        rules=("20", "21"),
    )


def settle(now: Now, state: State, command: Settle) -> Iterator[Event]:
    """21. "privalo atlyginti nuostolius": never more than the claim's rest; each way has what it needs."""
    known = state.claims.get(command.claim_id)
    if known is None:
        reasons = [reason("unknown_claim")]
        yield refused(command.claim_id, command.amount_cents, 0, command.invoice_id, reasons)
        return
    invoice = state.invoice(command.invoice_id, known.opened.provider_code)
    reasons = list(not_its_own(now, state, known.opened.payer, known.opened.basis))
    reasons += more_than_claim(known.rest_cents, command.amount_cents)
    if command.how == "set_off" and invoice is None:
        reasons.append(reason("unknown_invoice", "21"))
    if command.how == "written_off" and not command.document.strip():
        reasons.append(reason("no_document", "21"))
    if reasons:
        yield refused(command.claim_id, command.amount_cents, known.rest_cents, command.invoice_id, reasons)
        return
    yield settled(known, command, invoice)


def settled(known: OpenClaim, command: Settle, invoice: InvoiceKnown | None) -> Event:
    """The announcement of a settlement, and what is left of the claim."""
    rest, rules = known.rest_cents - command.amount_cents, (known.opened.basis,)
    if command.how == "set_off" and invoice is not None:
        return RecoverySetOff(
            claim_id=command.claim_id,
            amount_cents=command.amount_cents,
            rest_cents=rest,
            invoice_id=invoice.invoice_id,
            contract_id=invoice.contract_id,
            service_month=invoice.service_month,
            rules=rules,
        )
    way = RecoveryRepaid if command.how == "repaid" else RecoveryWrittenOff
    return way(
        claim_id=command.claim_id,
        amount_cents=command.amount_cents,
        rest_cents=rest,
        invoice_id=command.invoice_id,
        rules=rules,
    )


def hand_over(state: State, command: HandOver) -> Iterator[Event]:
    """21. What a credit found nothing to lower by is a claim; of a set-off it is the rest of the claim it came from."""
    if command.by not in state.claims:
        yield ClaimOpened(
            claim_id=command.by,
            provider_code=command.provider_code,
            invoice_id=command.by,
            amount_cents=command.open_cents,
            basis="21",
            reason="credit not used",
            payer=state.payer_of_contract.get(command.contract_id, ""),
        )
    yield demanded(state, command.by, command.open_cents)


# --- what each event changes


def evolve(state: State, event: Event) -> None:
    """Fold one event into the state."""
    match event:
        case InvoiceKnown():
            state.invoices[event.invoice_id] = event
            state.payer_of_contract[event.contract_id] = event.payer
        case ClaimOpened():
            state.claims[event.claim_id] = OpenClaim(opened=event)
        case RecoveryDemanded() | RecoveryRepaid() | RecoverySetOff() | RecoveryWrittenOff():
            state.claims[event.claim_id].rest_cents = event.rest_cents
        case MergerAwaited():
            state.payers.wait_for(event.on, event.payer, event.into)
        case PayerJoined():
            state.payers.join(event.payer, event.into)
        case DayBegun():
            state.today = event.on
        case RecoveryRefused() | Parked():
            pass
        case _:
            assert_never(event)
