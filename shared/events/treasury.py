"""What the treasury and its bank say."""

from typing import Annotated, Literal

from shared.events.record import Record, event
from shared.kernel.fields import Cents, Code, Day, Doc, Echo, Id, MoneySource, PayerCode, Text, Year


@event("account.credited", about="{payer}", points=("17", "24"))
class AccountCredited(Record):
    """Cash came to a payer's account, usable from its value day (points 17, 24). Cents."""

    payer: PayerCode
    source: MoneySource = "PSDF"
    amount_cents: Cents
    value_on: Day
    reference: Annotated[Id, Doc("the treasury's own: the same reference is the same credit")]


@event("payment.reported", about="{order_id}", points=("16",))
class PaymentReported(Record):
    """The bank's answer to one order (point 16); the first outcome stands, but what was executed may be returned."""

    order_id: Echo
    outcome: Annotated[
        Literal["executed", "rejected", "returned"], Doc("returned: executed before, and the money came back")
    ]
    on: Day
    reason: Annotated[Text | None, Doc("the bank's words where it rejected or returned")] = None


@event("administration.paid", about="{reference}", points=("HIL 14(3)", "11"))
class AdministrationPaid(Record):
    """An expense that no invoice asks for, the fund's administration, was paid: outside the queues. Cents."""

    payer: PayerCode
    year: Annotated[Year, Doc("the year of paid_on")]
    article: Annotated[Code, Doc("neither of health care nor Sodra's")]
    amount_cents: Cents
    paid_on: Day
    reference: Annotated[Id, Doc("the treasury's own: the same reference is the same payment")]

    def contradiction(self) -> str | None:
        """See what no single field shows."""
        if self.year != self.paid_on.year:
            return f"year {self.year} is not the year of paid_on {self.paid_on}"
        return None


@event("revenue.received", about="{reference}", points=("22", "23"))
class RevenueReceived(Record):
    """Revenue of the fund's budget came in, or was set off without money (points 22, 23). Cents."""

    year: Annotated[Year, Doc("the year of received_on")]
    code: Annotated[Code, Doc("the line of revenue")]
    amount_cents: Cents
    received_on: Day
    offset: Annotated[bool, Doc("set off: no money came")]
    reference: Annotated[Id, Doc("the treasury's own: the same reference is the same revenue")]

    def contradiction(self) -> str | None:
        """See what no single field shows."""
        if self.year != self.received_on.year:
            return f"year {self.year} is not the year of received_on {self.received_on}"
        return None


@event("reserve.transfer.reported", about="{year}-{kind}", points=("9", "10"))
class ReserveTransferReported(Record):
    """The treasury has moved a planned sum to the reserve's account (points 9, 10). Cents."""

    year: Year
    kind: Literal["9.1", "9.2"]
    amount_cents: Cents
    on: Day
