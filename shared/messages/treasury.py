"""What the treasury and its bank say."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from shared.messages.fields import Cents, Code, Data, Day, Echo, Id, MoneySource, PayerCode, Text, Year, contradiction


class AccountCredited(Data):
    """Cash came to a payer's account, usable from its value day (points 17, 24). Cents."""

    type: ClassVar[str] = "account.credited"
    subject: ClassVar[str] = "{payer}"
    speaker: ClassVar[tuple[str, ...]] = ("/treasury",)
    points: ClassVar[tuple[str, ...]] = ("17", "24")

    payer: PayerCode
    source: MoneySource = "PSDF"
    amount_cents: Cents
    value_on: Day
    reference: Id = Field(description="the treasury's own: the same reference is the same credit")


class PaymentReported(Data):
    """The bank's answer to one order (point 16); the first outcome stands."""

    type: ClassVar[str] = "payment.reported"
    subject: ClassVar[str] = "{order_id}"
    speaker: ClassVar[tuple[str, ...]] = ("/treasury",)
    points: ClassVar[tuple[str, ...]] = ("16",)

    order_id: Echo
    outcome: Literal["executed", "rejected"]
    on: Day
    reason: Text | None = Field(default=None, description="the bank's words where it rejected")


class RevenueReceived(Data):
    """Revenue of the fund's budget came in, or was set off without money (points 22, 23). Cents."""

    type: ClassVar[str] = "revenue.received"
    subject: ClassVar[str] = "{reference}"
    speaker: ClassVar[tuple[str, ...]] = ("/treasury",)
    points: ClassVar[tuple[str, ...]] = ("22", "23")

    year: Year = Field(description="the year of received_on")
    code: Code = Field(description="the line of revenue")
    amount_cents: Cents
    received_on: Day
    offset: bool = Field(description="set off: no money came")
    reference: Id = Field(description="the treasury's own: the same reference is the same revenue")

    @model_validator(mode="after")
    def _year_is_that_of_the_day(self) -> Self:
        if self.year != self.received_on.year:
            raise contradiction(
                "year {year} is not the year of received_on {received_on}",
                year=self.year,
                received_on=self.received_on.isoformat(),
            )
        return self


class ReserveTransferReported(Data):
    """The treasury has moved a planned sum to the reserve's account (points 9, 10). Cents."""

    type: ClassVar[str] = "reserve.transfer.reported"
    subject: ClassVar[str] = "{year}-{kind}"
    speaker: ClassVar[tuple[str, ...]] = ("/treasury",)
    points: ClassVar[tuple[str, ...]] = ("9", "10")

    year: Year
    kind: Literal["9.1", "9.2"]
    amount_cents: Cents
    on: Day
