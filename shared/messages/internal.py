"""Messages that never leave the fund: what an effect on the outside world asks for, and its answer."""

from datetime import date
from typing import Annotated, ClassVar

from pydantic import Field

from shared.messages.fields import Cents, Data, Id, PayerCode  # noqa: F401


class CoveredInvoice(Data):
    """An invoice that a notice covers."""

    invoice_id: Id
    provider_code: str
    amount_cents: Cents
    over_cents: Cents
    accepted_on: date
    due_on: date


class NoticePrepared(Data):
    """A letter to the ministry is to be written and delivered (point 18)."""

    type: ClassVar[str] = "notice.prepared"
    subject: ClassVar[str] = "{notice_no}"
    speaker: ClassVar[tuple[str, ...]] = ("/payments",)

    notice_no: Id
    year: int
    article: str
    article_name: str
    allotted_cents: Cents
    transferred_cents: Cents
    exceeding_cents: Cents
    planned_cents: Cents
    invoices: tuple[CoveredInvoice, ...]
    prepared_on: date


class NoticeDelivered(Data):
    """The ministry has the letter; ``letter_sha256`` is of its bytes."""

    type: ClassVar[str] = "notice.delivered"
    subject: ClassVar[str] = "{notice_no}"
    speaker: ClassVar[tuple[str, ...]] = ("/letters",)

    notice_no: Id
    letter_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


INTERNAL: dict[str, type[Data]] = {model.type: model for model in (NoticePrepared, NoticeDelivered)}
"""The model of each internal type's data."""
