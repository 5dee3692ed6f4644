"""What happens in the territorial funds' years: facts that are kept in the journal for good. Money is in euro cents."""

from datetime import date
from typing import ClassVar, TypeAlias

from shared.events.reconciliation import BalanceReturnOrdered, PayerYearAccepted, PayerYearOverdue, PayerYearRefused
from shared.kernel.clock import Parked
from shared.kernel.fields import MoneySource
from shared.kernel.money import Cents
from shared.kernel.value import value


@value
class DayBegun:
    """A day started."""

    type: ClassVar[str] = "close.day_begun"
    on: date


@value
class SharesTaken:
    """These payers have a share in the year."""

    type: ClassVar[str] = "close.shares_taken"
    year: int
    payers: tuple[str, ...]


@value
class CreditCounted:
    """A credit belongs to the year of its value day."""

    type: ClassVar[str] = "close.credit_counted"
    payer: str
    source: MoneySource
    year: int
    amount_cents: Cents
    reference: str


@value
class OrderCounted:
    """An order was used out of the year of its day."""

    type: ClassVar[str] = "close.order_counted"
    order_id: str
    payer: str
    source: MoneySource
    year: int
    amount_cents: Cents


@value
class OrderSettled:
    """The bank answered an order; a rejected one was not used."""

    type: ClassVar[str] = "close.order_settled"
    order_id: str
    rejected: bool


@value
class OrderReturned:
    """The money of an executed order came back: it was not used."""

    type: ClassVar[str] = "close.order_returned"
    order_id: str


@value
class MergerAwaited:
    """A payer will be merged into another when a day starts."""

    type: ClassVar[str] = "close.merger_awaited"
    payer: str
    into: str
    on: date


@value
class PayerJoined:
    """A payer's ledger is from now on another's; it reports no more."""

    type: ClassVar[str] = "close.payer_joined"
    payer: str
    into: str


Event: TypeAlias = (
    DayBegun
    | SharesTaken
    | CreditCounted
    | OrderCounted
    | OrderSettled
    | OrderReturned
    | PayerYearAccepted
    | PayerYearRefused
    | PayerYearOverdue
    | BalanceReturnOrdered
    | MergerAwaited
    | PayerJoined
    | Parked
)
