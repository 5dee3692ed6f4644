"""Claims: points 20 and 21, followed to their end: demanded, set off, repaid, written off."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import date
from itertools import islice
from struct import Struct
from typing import ClassVar, TypeAlias, assert_never

from services.reconciliation.law import more_than_claim
from shared.events.invoicing import InvoiceAccepted
from shared.events.payments import PaymentCreditUnused
from shared.events.reconciliation import (
    RecoveryDemanded,
    RecoveryRefused,
    RecoveryRepaid,
    RecoverySetOff,
    RecoveryWrittenOff,
)
from shared.events.vlk import PayerMerged, RecoveryClaimed, RecoverySettled
from shared.kernel.clock import Now, Parked, StartDay
from shared.kernel.compact import KEY_BYTES, Records, key_of
from shared.kernel.money import Cents
from shared.kernel.payers import Payers, not_yours, payer_of, unknown_payers, wrong_merger
from shared.kernel.reason import Reason, reason
from shared.kernel.value import value

Heard: TypeAlias = StartDay | InvoiceAccepted | RecoveryClaimed | RecoverySettled | PaymentCreditUnused | PayerMerged
"""What this matter decides on."""

ASKED = tuple(each.name for each in fields(RecoveryClaimed))


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


CONTRACT_MONTH_CENTS = Struct(">IHq")


@dataclass(slots=True, kw_only=True)
class AcceptedInvoices:
    """Accepted invoices in 26 bytes each: a claim may name any of them, however old.

    ``contracts`` are the contracts with their provider and payer, the earliest used first.
    """

    contracts: dict[tuple[str, str, str], int] = field(default_factory=dict)
    records: Records = field(default_factory=lambda: Records(KEY_BYTES + CONTRACT_MONTH_CENTS.size))

    def keep(self, known: InvoiceKnown) -> None:
        """One more."""
        place = self.contracts.setdefault((known.contract_id, known.provider_code, known.payer), len(self.contracts))
        year, month = map(int, known.service_month.split("-"))
        said = CONTRACT_MONTH_CENTS.pack(place, 12 * year + month - 1, known.amount_cents)
        self.records.keep(key_of(known.invoice_id), said)

    def get(self, invoice_id: str | None) -> InvoiceKnown | None:
        """An accepted invoice by its number; None where it is not known."""
        record = self.records.find(key_of(invoice_id)) if invoice_id else None
        if record is None:
            return None
        place, months, amount_cents = CONTRACT_MONTH_CENTS.unpack(record[KEY_BYTES:])
        contract_id, provider_code, payer = next(islice(self.contracts, place, None))
        return InvoiceKnown(
            invoice_id=invoice_id or "",
            provider_code=provider_code,
            contract_id=contract_id,
            service_month=f"{months // 12:04}-{months % 12 + 1:02}",
            amount_cents=amount_cents,
            payer=payer,
        )


@dataclass(slots=True, kw_only=True)
class State:
    """Accepted invoices, whose the contracts are that they were sent under, and all claims."""

    today: date | None = None
    payers: Payers = field(default_factory=Payers)
    invoices: AcceptedInvoices = field(default_factory=AcceptedInvoices)
    payer_of_contract: dict[str, str] = field(default_factory=dict)
    claims: dict[str, OpenClaim] = field(default_factory=dict)

    def invoice(self, invoice_id: str | None, provider_code: str) -> InvoiceKnown | None:
        """An accepted invoice of the provider."""
        found = self.invoices.get(invoice_id)
        return found if found and found.provider_code == provider_code else None


# --- decisions


def decide(now: Now, heard: Heard, state: State) -> Iterator[Event]:
    """What follows from what was heard."""
    match heard:
        case StartDay():
            yield DayBegun(on=now.day)
            for payer, into in state.payers.due(now.day):
                yield PayerJoined(payer=state.payers.resolve(payer), into=state.payers.resolve(into))
        case InvoiceAccepted():
            if heard.kind == "invoice":  # a claim may name it
                yield InvoiceKnown(
                    invoice_id=heard.invoice_id,
                    provider_code=heard.provider_code,
                    contract_id=heard.contract_id,
                    service_month=heard.service_month,
                    amount_cents=heard.amount_cents,
                    payer=heard.payer,
                )
        case RecoveryClaimed():
            yield from claim(now, state, heard)
        case RecoverySettled():
            yield from settle(now, state, heard)
        case PaymentCreditUnused():
            yield from hand_over(state, heard)
        case PayerMerged():
            yield from merge_payer(now, state, heard)
        case _:
            assert_never(heard)


def merge_payer(now: Now, state: State, merger: PayerMerged) -> Iterator[Event]:
    """A merged payer's claims are the other's from the start of the day; what contracts refuses acts nowhere."""
    if any(wrong_merger(now, merger.payer, merger.into)):
        return
    if merger.on > now.day:
        yield MergerAwaited(payer=merger.payer, into=merger.into, on=merger.on)
        return
    payer, into = state.payers.resolve(merger.payer), state.payers.resolve(merger.into)
    if payer != into:
        yield PayerJoined(payer=payer, into=into)


def not_its_own(now: Now, state: State, owner: str | None, rule: str) -> Iterator[Reason]:
    """20, 21. "Valstybinė ligonių kasa ir teritorinės ligonių kasos ... reikalauja": whose a claim is.

    A territorial fund claims and settles for its own contracts, and sets off against invoices of its own: what lowers a
    payment is another's cash. The VLK may for any: the damage is the fund's, and the
    points do not bind it to its own contracts, as point 15 does. ``owner`` is None or empty where nobody is known.
    """
    if owner and payer_of(now.source, now) != now.fund.state_payer:
        yield from not_yours(now, state.payers, owner, rule)


def claim(now: Now, state: State, claimed: RecoveryClaimed) -> Iterator[Event]:
    """20. "reikalauja grąžinti neteisėtai panaudotas lėšas": a claim never exceeds the invoice that it names."""
    asked = {name: getattr(claimed, name) for name in ASKED}
    opened = ClaimOpened(**asked, payer=payer_of(now.source, now))
    known = state.claims.get(claimed.claim_id)
    if known is not None:
        if any(getattr(known.opened, name) != said for name, said in asked.items()):
            yield Parked(error=f"claim_id: {claimed.claim_id} is that of another claim (points 20, 21)")
        return
    reasons = list(unknown_payers(now, claimed.basis, opened.payer))
    if claimed.invoice_id is not None:
        invoice = state.invoice(claimed.invoice_id, claimed.provider_code)
        if invoice is None:
            reasons.append(reason("unknown_invoice", claimed.basis))
        else:
            reasons += not_its_own(now, state, invoice.payer, claimed.basis)
            reasons += more_than_claim(invoice.amount_cents, claimed.amount_cents)
    if reasons:
        yield refused(claimed.claim_id, claimed.amount_cents, 0, claimed.invoice_id, reasons)
        return
    yield opened
    yield demanded(state, claimed.claim_id, claimed.amount_cents)


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


def settle(now: Now, state: State, settlement: RecoverySettled) -> Iterator[Event]:
    """21. "privalo atlyginti nuostolius": never more than the claim's rest; each way has what it needs."""
    known = state.claims.get(settlement.claim_id)
    if known is None:
        reasons = [reason("unknown_claim")]
        yield refused(settlement.claim_id, settlement.amount_cents, 0, settlement.invoice_id, reasons)
        return
    invoice = state.invoice(settlement.invoice_id, known.opened.provider_code)
    reasons = list(not_its_own(now, state, known.opened.payer, known.opened.basis))
    if invoice and settlement.how == "set_off" and not reasons:
        reasons += not_its_own(now, state, invoice.payer, known.opened.basis)
    reasons += more_than_claim(known.rest_cents, settlement.amount_cents)
    if settlement.how == "set_off" and invoice is None:
        reasons.append(reason("unknown_invoice", "21"))
    if settlement.how == "written_off" and not settlement.document.strip():
        reasons.append(reason("no_document", "21"))
    if reasons:
        yield refused(settlement.claim_id, settlement.amount_cents, known.rest_cents, settlement.invoice_id, reasons)
        return
    yield settled(known, settlement, invoice)


def settled(known: OpenClaim, settlement: RecoverySettled, invoice: InvoiceKnown | None) -> Event:
    """The announcement of a settlement, and what is left of the claim."""
    rest, rules = known.rest_cents - settlement.amount_cents, (known.opened.basis,)
    if settlement.how == "set_off" and invoice is not None:
        return RecoverySetOff(
            claim_id=settlement.claim_id,
            amount_cents=settlement.amount_cents,
            rest_cents=rest,
            invoice_id=invoice.invoice_id,
            contract_id=invoice.contract_id,
            service_month=invoice.service_month,
            rules=rules,
        )
    way = RecoveryRepaid if settlement.how == "repaid" else RecoveryWrittenOff
    return way(
        claim_id=settlement.claim_id,
        amount_cents=settlement.amount_cents,
        rest_cents=rest,
        invoice_id=settlement.invoice_id,
        rules=rules,
    )


def hand_over(state: State, unused: PaymentCreditUnused) -> Iterator[Event]:
    """21. What a credit found nothing to lower by is a claim; of a set-off it is the rest of the claim it came from."""
    if unused.by not in state.claims:
        yield ClaimOpened(
            claim_id=unused.by,
            provider_code=unused.provider_code,
            invoice_id=unused.by,
            amount_cents=unused.open_cents,
            basis="21",
            reason="credit not used",
            payer=state.payer_of_contract.get(unused.contract_id, ""),
        )
    yield demanded(state, unused.by, unused.open_cents)


# --- what each event changes


def evolve(state: State, event: Event) -> None:
    """Fold one event into the state."""
    match event:
        case InvoiceKnown():
            state.invoices.keep(event)
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
