"""What happens in payments: facts that are kept in the journal for good.

An event whose kind stands in the catalogue is announced to all, field by field; the others are for our own memory.
Money is in euro cents, dates are legal days in Vilnius.
"""

from datetime import date, datetime
from typing import ClassVar, NamedTuple, TypeAlias

from shared.events.internal import NoticePrepared
from shared.events.payments import Announced
from shared.kernel.budget import Edition
from shared.kernel.clock import Parked
from shared.kernel.fields import MoneySource
from shared.kernel.money import Cents
from shared.kernel.value import value


class Pot(NamedTuple):
    """What a limit and a queue belong to: the payer, the expense article, and whose money it is (PSDF or STATE)."""

    payer: str
    article: str
    source: MoneySource


class Account(NamedTuple):
    """Where cash lies: one account for each payer and source of money."""

    payer: str
    source: MoneySource


@value
class DayBegun:
    """A day started; ``run_from`` is the first day whose run of orders is still to come."""

    type: ClassVar[str] = "payments.day_begun"
    on: date
    run_from: date


@value
class RunClosed:
    """From here on nothing more joins the day's run of orders; the next one is on ``run_from``."""

    type: ClassVar[str] = "payments.run_closed"
    run_from: date


@value
class EditionTaken:
    """An adopted edition of a budget is known (points 4, 7)."""

    type: ClassVar[str] = "payments.edition_taken"
    edition: Edition


@value
class SharesTaken:
    """The shares of some articles of a year are known, payer by payer (point 12)."""

    type: ClassVar[str] = "payments.shares_taken"
    year: int
    shares: dict[str, dict[str, Cents]]


@value
class AllotmentTaken:
    """Over-plan revenue was allotted to an article (point 23)."""

    type: ClassVar[str] = "payments.allotment_taken"
    year: int
    article: str
    amount_cents: Cents


@value
class PayerJoined:
    """All that was one payer's is from now on another's."""

    type: ClassVar[str] = "payments.payer_joined"
    payer: str
    into: str


@value
class MergerAwaited:
    """A payer will be merged into another when a day starts."""

    type: ClassVar[str] = "payments.merger_awaited"
    payer: str
    into: str
    on: date


@value
class InvoiceEntered:
    """An accepted invoice (or Sodra's compensation) enters the queue of its pot with its whole sum."""

    type: ClassVar[str] = "payments.invoice_entered"
    invoice_id: str
    contract_id: str
    provider_code: str
    iban: str | None
    payer: str
    article: str
    source: MoneySource
    service_month: str
    amount_cents: Cents
    accepted_on: date
    due_on: date
    arrived_at: datetime
    compensation: bool


@value
class AccountConfirmed:
    """All of a contract that is not ordered is paid to this account, and nothing of it is held any more (point 16)."""

    type: ClassVar[str] = "payments.account_confirmed"
    contract_id: str
    iban: str


@value
class ScheduledAsBefore:
    """What went back to its queue passed again, with the sum, day and notice that were already announced."""

    type: ClassVar[str] = "payments.scheduled_as_before"
    invoice_id: str


@value
class PutBack:
    """Without a budget what is scheduled and not ordered goes back to its queue when a month starts (point 11)."""

    type: ClassVar[str] = "payments.put_back"
    invoice_id: str


@value
class CreditOpened:
    """A credit or a set-off lowers what is not ordered; what it finds nothing to lower by stays open."""

    type: ClassVar[str] = "payments.credit_opened"
    by: str
    contract_id: str
    provider_code: str
    amount_cents: Cents
    hand_over_on: date


@value
class YearTurned:
    """A new fund year: nothing is committed in it yet."""

    type: ClassVar[str] = "payments.year_turned"
    year: int


@value
class CashCredited:
    """The treasury credited an account; the money is usable from ``value_on``."""

    type: ClassVar[str] = "payments.cash_credited"
    payer: str
    source: MoneySource
    amount_cents: Cents
    value_on: date
    reference: str


@value
class CashMatured:
    """Credits whose ``value_on`` has come may be used."""

    type: ClassVar[str] = "payments.cash_matured"
    on: date


@value
class CashSetAside:
    """A past year's money of a territorial fund waits for its return to the VLK (point 25)."""

    type: ClassVar[str] = "payments.cash_set_aside"
    payer: str
    source: MoneySource
    year: int
    amount_cents: Cents


@value
class SetAsideReturned:
    """What was set aside is on its way to the VLK (point 25)."""

    type: ClassVar[str] = "payments.set_aside_returned"
    payer: str
    source: MoneySource
    year: int
    amount_cents: Cents


@value
class SetAsideReleased:
    """What was set aside for the return needs none: its payer was merged into the VLK, and it is the VLK's cash."""

    type: ClassVar[str] = "payments.set_aside_released"
    payer: str
    source: MoneySource
    year: int
    amount_cents: Cents


Event: TypeAlias = (
    Announced
    | DayBegun
    | RunClosed
    | EditionTaken
    | SharesTaken
    | AllotmentTaken
    | PayerJoined
    | MergerAwaited
    | InvoiceEntered
    | AccountConfirmed
    | ScheduledAsBefore
    | PutBack
    | CreditOpened
    | YearTurned
    | NoticePrepared
    | CashCredited
    | CashMatured
    | CashSetAside
    | SetAsideReturned
    | SetAsideReleased
    | Parked
)
