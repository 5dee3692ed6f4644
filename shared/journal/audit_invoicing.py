"""A second book of invoicing: what is accepted is what was sent, under a contract that was concluded."""

from dataclasses import dataclass, field, replace
from typing import Any

from services.invoicing.state import AccountLearned, ContractLearned, InvoiceWaits
from shared.events.invoicing import InvoiceAccepted, InvoiceReturned


@dataclass(slots=True)
class InvoicingAudit:
    """The contracts and the waiting invoices of one provider. Feed it every event of its stream in order."""

    contracts: dict[str, ContractLearned] = field(default_factory=dict)
    waiting: dict[str, InvoiceWaits] = field(default_factory=dict)

    def take(self, event: Any) -> str | None:  # noqa: ANN401 - any event of invoicing
        """Enter one event; what it says otherwise than what it follows from."""
        match event:
            case ContractLearned():
                self.contracts[event.contract_id] = event
            case AccountLearned():
                known = self.contracts[event.contract_id]
                self.contracts[event.contract_id] = replace(known, iban=event.iban)
            case InvoiceWaits():
                return self._waits(event)
            case InvoiceAccepted():
                return self._accepted(event)
            case InvoiceReturned():
                self.waiting.pop(event.invoice_id, None)
            case _:
                pass
        return None

    def _waits(self, event: InvoiceWaits) -> str | None:
        """It waits for a contract first, and then for a review: as it was sent."""
        known = self.waiting.get(event.invoice_id)
        self.waiting[event.invoice_id] = event
        names = "contract_id provider_code kind corrects service_month amount_cents content"
        return _differs(f"{event.invoice_id} waits", names, event, known) if known else None

    def _accepted(self, event: InvoiceAccepted) -> str | None:
        what = f"{event.invoice_id} is accepted"
        contract = self.contracts.get(event.contract_id)
        if contract is None:
            return f"{what} under {event.contract_id}, a contract that this provider does not have"
        known = self.waiting.pop(event.invoice_id, None)
        names = "contract_id provider_code kind corrects service_month amount_cents content"
        return _differs(what, "iban article source", event, contract) or (
            _differs(what, names, event, known) if known else None
        )


def _differs(what: str, names: str, event: object, before: object) -> str | None:
    for name in names.split():
        ours, theirs = getattr(event, name), getattr(before, name)
        if ours != theirs:
            return f"{what} with {name} {ours}, and it was {theirs} before"
    return None
