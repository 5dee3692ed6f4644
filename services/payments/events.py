"""What happens in payments: facts that are kept in the journal for good.

An event whose kind stands in the catalogue is announced to all, field by field; the others are for our own memory.
Money is in euro cents, dates are legal days in Vilnius.
"""

from datetime import date, datetime
from typing import ClassVar, NamedTuple, TypeAlias

from shared.kernel.budget import Edition
from shared.kernel.clock import Parked
from shared.kernel.fields import Terms
from shared.kernel.money import Cents
from shared.kernel.value import value


class Pot(NamedTuple):
    """What a limit and a queue belong to: the payer, the expense article, and whose money it is (PSDF or STATE)."""

    payer: str
    article: str
    source: str


class Account(NamedTuple):
    """Where cash lies: one account for each payer and source of money."""

    payer: str
    source: str


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
    source: str
    service_month: str
    amount_cents: Cents
    accepted_on: date
    due_on: date
    arrived_at: datetime
    compensation: bool


@value
class Scheduled:
    """An invoice may be paid and is committed: 16, or 11 without a budget, 19 for state money, 18 under a notice.

    ``amount_cents`` is all that is committed of the invoice in the year; ``terms`` are the numbers of the tests passed.
    """

    type: ClassVar[str] = "payment.scheduled"
    payment_id: str
    invoice_id: str
    year: int
    payer: str
    article: str
    source: str
    amount_cents: Cents
    over_appropriation_cents: Cents
    notice_no: str | None
    accepted_on: date
    pay_on: date
    due_on: date
    terms: Terms
    rules: tuple[str, ...]


@value
class ScheduledAsBefore:
    """What went back to its queue passed again, with the sum, day and notice that were already announced."""

    type: ClassVar[str] = "payments.scheduled_as_before"
    invoice_id: str


@value
class Deferred:
    """An invoice may not be paid yet: the test that failed names the reason, the terms are its numbers."""

    type: ClassVar[str] = "payment.deferred"
    invoice_id: str
    year: int
    payer: str
    article: str
    source: str
    amount_cents: Cents
    accepted_on: date
    due_on: date
    reason: str
    terms: Terms
    rules: tuple[str, ...]


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
class Lowered:
    """What is unordered of an invoice was lowered by a credit or a set-off (points 14, 21)."""

    type: ClassVar[str] = "payment.lowered"
    invoice_id: str
    payment_id: str | None
    by: str
    lowered_cents: Cents
    amount_cents: Cents
    open_cents: Cents
    rules: tuple[str, ...]


@value
class CreditUnused:
    """What is still open of a credit is handed over for recovery (point 21)."""

    type: ClassVar[str] = "payment.credit.unused"
    by: str
    contract_id: str
    provider_code: str
    open_cents: Cents
    rules: tuple[str, ...]


@value
class Carried:
    """What was accepted and not ordered is the debt of 31 December, and is carried to the new year (point 24)."""

    type: ClassVar[str] = "payment.carried"
    invoice_id: str
    from_year: int
    to_year: int
    amount_cents: Cents
    accepted_on: date
    due_on: date
    rules: tuple[str, ...]


@value
class YearTurned:
    """A new fund year: nothing is committed in it yet."""

    type: ClassVar[str] = "payments.year_turned"
    year: int


@value
class Covered:
    """An invoice that a notice covers, and what of it lies over the appropriation."""

    invoice_id: str
    provider_code: str
    amount_cents: Cents
    over_cents: Cents
    accepted_on: date
    due_on: date


@value
class NoticePrepared:
    """The letter to the ministry is ready to be delivered: the four sums of point 18, and the invoices it covers."""

    type: ClassVar[str] = "notice.prepared"
    notice_no: str
    year: int
    article: str
    article_name: str
    allotted_cents: Cents
    transferred_cents: Cents
    exceeding_cents: Cents
    planned_cents: Cents
    invoices: tuple[Covered, ...]
    prepared_on: date


@value
class OverrunNotified:
    """The ministry was told in writing: what the notice covers may be paid over the appropriation (point 18)."""

    type: ClassVar[str] = "overrun.notified"
    notice_no: str
    year: int
    article: str
    allotted_cents: Cents
    transferred_cents: Cents
    exceeding_cents: Cents
    planned_cents: Cents
    invoices: tuple[str, ...]
    prepared_on: date
    letter_sha256: str
    delivered_on: date
    rules: tuple[str, ...]


@value
class OverrunWithdrawn:
    """A notice was not delivered before its numbers changed: it counts no more."""

    type: ClassVar[str] = "overrun.withdrawn"
    notice_no: str
    year: int
    article: str
    because: str
    rules: tuple[str, ...]


@value
class CashCredited:
    """The treasury credited an account; the money is usable from ``value_on``."""

    type: ClassVar[str] = "payments.cash_credited"
    payer: str
    source: str
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
    source: str
    year: int
    amount_cents: Cents


@value
class SetAsideReturned:
    """What was set aside is on its way to the VLK (point 25)."""

    type: ClassVar[str] = "payments.set_aside_returned"
    payer: str
    source: str
    year: int
    amount_cents: Cents


@value
class SetAsideReleased:
    """What was set aside for the return needs none: its payer was merged into the VLK, and it is the VLK's cash."""

    type: ClassVar[str] = "payments.set_aside_released"
    payer: str
    source: str
    year: int
    amount_cents: Cents


@value
class ShortageDeclared:
    """Cash does not suffice: earlier groups in full, one split pro rata, later ones nothing (point 17)."""

    type: ClassVar[str] = "shortage.declared"
    payer: str
    source: str
    on: date
    due_cents: Cents
    cash_cents: Cents
    group_accepted_on: date
    group_due_cents: Cents
    group_paid_cents: Cents
    rules: tuple[str, ...]


@value
class Ordered:
    """The bank is to transfer a sum: one order per payment and run."""

    type: ClassVar[str] = "payment.ordered"
    order_id: str
    payment_id: str
    invoice_id: str
    year: int
    payer: str
    article: str
    source: str
    iban: str | None
    amount_cents: Cents
    on: date
    partial: bool
    end_to_end_id: str
    rules: tuple[str, ...]


@value
class Executed:
    """The bank transferred an order."""

    type: ClassVar[str] = "payment.executed"
    order_id: str
    payment_id: str
    invoice_id: str
    amount_cents: Cents
    on: date
    rules: tuple[str, ...]


@value
class Rejected:
    """The bank rejected an order: the cash is back, and the sum is unordered again."""

    type: ClassVar[str] = "payment.rejected"
    order_id: str
    payment_id: str
    invoice_id: str
    amount_cents: Cents
    on: date
    reason: str | None
    rules: tuple[str, ...]


@value
class Overdue:
    """The due date passed and something is neither ordered nor lowered; told once."""

    type: ClassVar[str] = "payment.overdue"
    invoice_id: str
    due_on: date
    rest_cents: Cents
    rules: tuple[str, ...]


Event: TypeAlias = (
    DayBegun
    | RunClosed
    | EditionTaken
    | SharesTaken
    | AllotmentTaken
    | PayerJoined
    | MergerAwaited
    | InvoiceEntered
    | Scheduled
    | ScheduledAsBefore
    | Deferred
    | PutBack
    | CreditOpened
    | Lowered
    | CreditUnused
    | Carried
    | YearTurned
    | NoticePrepared
    | OverrunNotified
    | OverrunWithdrawn
    | CashCredited
    | CashMatured
    | CashSetAside
    | SetAsideReturned
    | SetAsideReleased
    | ShortageDeclared
    | Ordered
    | Executed
    | Rejected
    | Overdue
    | Parked
)
