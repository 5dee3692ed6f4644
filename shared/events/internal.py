"""Messages that never leave the fund: what an effect on the outside world asks for, and its answer."""

from typing import Annotated

from annotated_types import MaxLen

from shared.events.record import Record, event
from shared.kernel.fields import All, Code, Day, Iban, Id, InvoiceId, PayerCode, ProviderCode, Sha256, SumCents, Year
from shared.kernel.value import value


@value
class CoveredInvoice:
    """An invoice that a notice covers. Cents."""

    invoice_id: InvoiceId
    provider_code: ProviderCode
    amount_cents: SumCents
    over_cents: SumCents
    accepted_on: Day
    due_on: Day
    service_month: str = ""


@event("notice.prepared", about="{notice_no}", by=("/payments",))
class NoticePrepared(Record):
    """A letter to the ministry is to be written and delivered (point 18)."""

    notice_no: Id
    year: Year
    article: Code
    article_name: Annotated[str, MaxLen(300)]
    """The article's code where no edition names it; empty in journals of before that was so."""
    allotted_cents: SumCents
    transferred_cents: SumCents
    exceeding_cents: SumCents
    planned_cents: SumCents
    invoices: All[CoveredInvoice]
    prepared_on: Day
    surplus_cents: SumCents = 0
    """What of the allotted is over-plan revenue (point 23)."""
    office: str = ""
    signed_by: str = ""
    address: str = ""
    prepared_by: str = ""
    contacts: str = ""


@event("notice.delivered", about="{notice_no}", by=("/letters",))
class NoticeDelivered(Record):
    """The ministry has the letter; ``letter_sha256`` is of its bytes."""

    notice_no: Id
    letter_sha256: Sha256


@event("payer.merger.known", about="{payer}", by=("/contracts",), keyed_by="provider_code")
class MergerKnown(Record):
    """A provider's invoices name payers; from the start of a day, one of them is read as naming another."""

    provider_code: ProviderCode
    payer: PayerCode
    into: PayerCode
    on: Day


@event("contract.account.known", about="{contract_id}", by=("/contracts",), keyed_by="provider_code")
class AccountKnown(Record):
    """A contract's invoices are from now on accepted for this account."""

    provider_code: ProviderCode
    contract_id: Id
    iban: Iban
