"""What the fund orders, as orders to the bank: payments, Sodra's compensation, transfers, balances that return."""

from datetime import date
from typing import TypeAlias

from shared.adapters.bank.orders import sepa_text
from shared.effects.bank.accounts import BankSettings
from shared.effects.bank.events import OrderCollected, OrderWithdrawn, ProviderNamed
from shared.events.contracts import ContractConcluded
from shared.events.payments import PaymentExecuted, PaymentOrdered, PaymentRejected
from shared.events.reconciliation import BalanceReturnOrdered
from shared.events.reserve import ReserveTransferOrdered
from shared.kernel.fund import Fund
from shared.kernel.order_ref import end_to_end_id
from shared.kernel.value import value

Said: TypeAlias = (
    PaymentOrdered
    | PaymentExecuted
    | PaymentRejected
    | BalanceReturnOrdered
    | ReserveTransferOrdered
    | ContractConcluded
)
HEARD = (
    ContractConcluded,
    PaymentOrdered,
    PaymentExecuted,
    PaymentRejected,
    BalanceReturnOrdered,
    ReserveTransferOrdered,
)
"""What the desk hears. Of a contract only the provider's name; of an outcome only that the order needs no file."""


@value
class Heard:
    """An event of the fund: its id, and the day on which it was told."""

    id: str
    on: date
    said: Said


def collected(
    fund: Fund, settings: BankSettings, names: dict[str, str], heard: Heard
) -> OrderCollected | OrderWithdrawn | ProviderNamed | None:
    """What an event of the fund asks of the bank; None where it asks nothing."""
    said = heard.said
    match said:
        case ContractConcluded():
            code, name = said.provider.code, sepa_text(said.provider.name, 70)
            return ProviderNamed(provider_code=code, name=name) if names.get(code) != name else None
        case PaymentExecuted():
            return OrderWithdrawn(order_id=said.order_id, outcome="executed")
        case PaymentRejected():
            return OrderWithdrawn(order_id=said.order_id, outcome="rejected")
        case PaymentOrdered():
            code = said.invoice_id.partition("/")[0]
            sodra = said.iban is None
            return OrderCollected(
                order_id=said.order_id,
                kind="payment",
                payer=said.payer,
                source=said.source,
                about=said.invoice_id,
                creditor=settings.sodra.name if sodra else names.get(code, ""),
                iban=said.iban or settings.sodra.iban,
                amount_cents=said.amount_cents,
                on=said.on,
                end_to_end_id=said.end_to_end_id,
            )
        case ReserveTransferOrdered():
            order_id = f"reserve/{said.year}-{said.kind}/{heard.id}"
            return OrderCollected(
                order_id=order_id,
                kind="transfer",
                payer=fund.state_payer,
                source="PSDF",
                about=f"{said.year}-{said.kind}",
                creditor=settings.reserve.name,
                iban=settings.reserve.iban,
                amount_cents=said.amount_cents,
                on=heard.on,
                end_to_end_id=end_to_end_id(order_id),
            )
        case BalanceReturnOrdered():
            order_id = f"balance/{said.payer}-{said.source}-{said.year}/{heard.id}"
            back_to = settings.accounts[fund.state_payer, said.source]
            return OrderCollected(
                order_id=order_id,
                kind="return",
                payer=said.payer,
                source=said.source,
                about=f"{said.payer}-{said.source}-{said.year}",
                creditor=back_to.name,
                iban=back_to.iban,
                amount_cents=said.amount_cents,
                on=heard.on,
                end_to_end_id=end_to_end_id(order_id),
            )
