"""Messages that never leave the fund: what an effect on the outside world asks for, and its answer."""

from typing import Annotated, ClassVar

from pydantic import Field

from shared.messages.fields import (
    All,
    Code,
    Data,
    Day,
    Entry,
    Id,
    InvoiceId,
    PayerCode,
    ProviderCode,
    Sha256,
    SumCents,
    Year,
)


class CoveredInvoice(Entry):
    """An invoice that a notice covers. Cents."""

    invoice_id: InvoiceId
    provider_code: ProviderCode
    amount_cents: SumCents
    over_cents: SumCents
    accepted_on: Day
    due_on: Day


class NoticePrepared(Data):
    """A letter to the ministry is to be written and delivered (point 18)."""

    type: ClassVar[str] = "notice.prepared"
    subject: ClassVar[str] = "{notice_no}"
    speaker: ClassVar[tuple[str, ...]] = ("/payments",)

    notice_no: Id
    year: Year
    article: Code
    article_name: Annotated[str, Field(max_length=300)]
    """The article's code where no edition names it; empty in journals of before that was so."""
    allotted_cents: SumCents
    transferred_cents: SumCents
    exceeding_cents: SumCents
    planned_cents: SumCents
    invoices: All[CoveredInvoice]
    prepared_on: Day


class NoticeDelivered(Data):
    """The ministry has the letter; ``letter_sha256`` is of its bytes."""

    type: ClassVar[str] = "notice.delivered"
    subject: ClassVar[str] = "{notice_no}"
    speaker: ClassVar[tuple[str, ...]] = ("/letters",)

    notice_no: Id
    letter_sha256: Sha256


class MergerKnown(Data):
    """A provider's invoices name payers; from the start of a day, one of them is read as naming another."""

    type: ClassVar[str] = "payer.merger.known"
    subject: ClassVar[str] = "{payer}"
    speaker: ClassVar[tuple[str, ...]] = ("/contracts",)
    keyed_by: ClassVar[str | None] = "provider_code"

    provider_code: ProviderCode
    payer: PayerCode
    into: PayerCode
    on: Day


INTERNAL: dict[str, type[Data]] = {model.type: model for model in (NoticePrepared, NoticeDelivered, MergerKnown)}
"""The model of each internal type's data."""
