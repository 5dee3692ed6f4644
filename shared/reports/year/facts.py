"""What happened in a year and is told in words: the stored events of payments that no state keeps."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from services.payments import events as e
from services.payments.state import PSDF, State
from shared.engine.codec import Decision
from shared.events.internal import NoticePrepared
from shared.events.payments import (
    AdministrationCounted,
    OverrunNotified,
    OverrunWithdrawn,
    PaymentCarried,
    PaymentCreditUnused,
    PaymentDeferred,
    PaymentExecuted,
    PaymentLowered,
    PaymentOrdered,
    PaymentOverdue,
    PaymentRejected,
    PaymentReturned,
    ShortageDeclared,
)
from shared.kernel.calendar import DAY, quarter_of
from shared.kernel.money import Cents
from shared.kernel.value import value
from shared.reports.year.interest import LateRest

QUARTERS = 4


@value
class Late:
    """An invoice whose due date passed with something neither ordered nor lowered (point 16)."""

    invoice_id: str
    payer: str
    article: str
    source: str
    due_on: date
    told_on: date
    rest_cents: Cents


@dataclass(slots=True, kw_only=True)
class Notice:
    """A notice of an overrun, and what became of it: delivered, withdrawn, or under way (point 18)."""

    prepared: NoticePrepared
    told: OverrunNotified | None = None
    withdrawn_on: date | None = None
    because: str = ""

    @property
    def delivered_on(self) -> date | None:
        """The day on which the ministry got the letter."""
        return self.told.delivered_on if self.told else None


@dataclass(slots=True, kw_only=True)
class Sum:
    """How many, and how much."""

    count: int = 0
    cents: Cents = 0

    def add(self, cents: Cents) -> None:
        """One more."""
        self.count += 1
        self.cents += cents


@dataclass(slots=True, kw_only=True)
class Flow:
    """All money of one source since the journal began: credited, ordered, what came back, and returned to the VLK."""

    credited: Cents = 0
    ordered: Cents = 0
    came_back: Cents = 0
    returned: Cents = 0


@dataclass(slots=True, kw_only=True)
class PaymentFacts:
    """The facts of a year. ``see`` is a watch of the fold of payments.

    ``ordered`` is of the year's orders that did not come back; ``executed`` is what the journal says,
    ``at_bank`` what the orders asked that the bank carried out: by (payer, source) too. ``by_quarter`` is what was
    transferred of the fund's money by article and the quarter of the bank's day; what the bank carried out after the
    year counts to the fourth.
    """

    year: int
    editions: list[tuple[date, e.EditionTaken]] = field(default_factory=list)
    notices: dict[str, Notice] = field(default_factory=dict)
    shortages: list[ShortageDeclared] = field(default_factory=list)
    late: list[Late] = field(default_factory=list)
    carried_in: dict[e.Pot, Sum] = field(default_factory=dict)
    carried_out: dict[e.Pot, Sum] = field(default_factory=dict)
    deferred: dict[str, Sum] = field(default_factory=dict)
    lowered: Sum = field(default_factory=Sum)
    entered: Sum = field(default_factory=Sum)
    unused: list[tuple[date, PaymentCreditUnused]] = field(default_factory=list)
    merged: list[tuple[date, e.PayerJoined]] = field(default_factory=list)
    orders: dict[str, tuple[e.Pot, Cents]] = field(default_factory=dict)
    ordered: dict[e.Account, Cents] = field(default_factory=dict)
    executed: dict[e.Account, Cents] = field(default_factory=dict)
    at_bank: dict[e.Account, Cents] = field(default_factory=dict)
    by_quarter: dict[tuple[str, int], Cents] = field(default_factory=dict)
    flows: dict[str, Flow] = field(default_factory=dict)
    apart: list[AdministrationCounted] = field(default_factory=list)
    late_rests: dict[str, LateRest] = field(default_factory=dict)

    def see(self, decision: Decision, event: Any, state: State) -> None:  # noqa: ANN401 - any event of payments
        """Take what the year's report tells of."""
        if look := LOOKS.get(type(event)):
            look(self, decision, event, state)

    def rest_changes(self, invoice_id: str, day: date, cents: Cents) -> None:
        """Of a late invoice so much is unpaid from a day on."""
        if late := self.late_rests.get(invoice_id):
            self.late_rests[invoice_id] = replace(late, rests=(*late.rests, (day, cents)))

    def transferred(self, article: str, on: date, cents: Cents) -> None:
        """So much of an article was transferred on the bank's day."""
        key = article, quarter_of(on) if on.year == self.year else QUARTERS
        self.by_quarter[key] = self.by_quarter.get(key, 0) + cents

    def flow(self, source: str) -> Flow:
        """The money of a source."""
        return self.flows.setdefault(source, Flow())


Look = Callable[[PaymentFacts, Decision, Any, State], None]


def _entered(facts: PaymentFacts, decision: Decision, event: e.InvoiceEntered, _state: State) -> None:
    if decision.day.year == facts.year and not event.compensation:
        facts.entered.add(event.amount_cents)


def _ordered(facts: PaymentFacts, decision: Decision, event: PaymentOrdered, state: State) -> None:
    facts.rest_changes(event.invoice_id, decision.day, state.invoices[event.invoice_id].rest_cents - event.amount_cents)
    facts.flow(event.source).ordered += event.amount_cents
    if event.year == facts.year:
        account = e.Account(event.payer, event.source)
        facts.orders[event.order_id] = (e.Pot(event.payer, event.article, event.source), event.amount_cents)
        facts.ordered[account] = facts.ordered.get(account, 0) + event.amount_cents


def _executed(facts: PaymentFacts, _decision: Decision, event: PaymentExecuted, _state: State) -> None:
    if order := facts.orders.get(event.order_id):
        pot, ordered = order
        account = e.Account(pot.payer, pot.source)
        facts.executed[account] = facts.executed.get(account, 0) + event.amount_cents
        facts.at_bank[account] = facts.at_bank.get(account, 0) + ordered
        if pot.source == PSDF:
            facts.transferred(pot.article, event.on, event.amount_cents)


def _rejected(facts: PaymentFacts, decision: Decision, event: PaymentRejected, state: State) -> None:
    rest = state.invoices[event.invoice_id].rest_cents + event.amount_cents
    facts.rest_changes(event.invoice_id, decision.day, rest)
    facts.flow(state.orders[event.order_id].pot.source).came_back += event.amount_cents
    if order := facts.orders.get(event.order_id):
        facts.ordered[e.Account(order[0].payer, order[0].source)] -= event.amount_cents


def _came_back(facts: PaymentFacts, decision: Decision, event: PaymentReturned, state: State) -> None:
    order, invoice = state.paid_order(event.order_id), state.invoices.get(event.invoice_id)
    assert order is not None
    rest = (invoice.rest_cents if invoice else 0) + event.amount_cents
    facts.rest_changes(event.invoice_id, decision.day, rest)
    facts.flow(order.pot.source).came_back += event.amount_cents
    if known := facts.orders.get(event.order_id):
        account = e.Account(known[0].payer, known[0].source)
        if known[0].source == PSDF:
            facts.transferred(known[0].article, event.on, -event.amount_cents)
        for sums in (facts.ordered, facts.executed, facts.at_bank):
            sums[account] -= event.amount_cents


def _deferred(facts: PaymentFacts, _decision: Decision, event: PaymentDeferred, _state: State) -> None:
    if event.year == facts.year:
        facts.deferred.setdefault(event.reason, Sum()).add(event.amount_cents)


def _lowered(facts: PaymentFacts, decision: Decision, event: PaymentLowered, _state: State) -> None:
    facts.rest_changes(event.invoice_id, decision.day, event.amount_cents)
    if decision.day.year == facts.year:
        facts.lowered.add(event.lowered_cents)


def _carried(facts: PaymentFacts, _decision: Decision, event: PaymentCarried, state: State) -> None:
    for of_year, sums in ((event.to_year, facts.carried_in), (event.from_year, facts.carried_out)):
        if of_year == facts.year:
            sums.setdefault(state.invoices[event.invoice_id].pot, Sum()).add(event.amount_cents)


def _edition(facts: PaymentFacts, decision: Decision, event: e.EditionTaken, _state: State) -> None:
    if event.edition.year == facts.year:
        facts.editions.append((decision.day, event))


def _prepared(facts: PaymentFacts, _decision: Decision, event: NoticePrepared, _state: State) -> None:
    if event.year == facts.year:
        facts.notices[event.notice_no] = Notice(prepared=event)


def _notified(facts: PaymentFacts, _decision: Decision, event: OverrunNotified, _state: State) -> None:
    if notice := facts.notices.get(event.notice_no):
        notice.told = event


def _withdrawn(facts: PaymentFacts, decision: Decision, event: OverrunWithdrawn, _state: State) -> None:
    if notice := facts.notices.get(event.notice_no):
        notice.withdrawn_on, notice.because = decision.day, event.because


def _shortage(facts: PaymentFacts, _decision: Decision, event: ShortageDeclared, _state: State) -> None:
    if event.on.year == facts.year:
        facts.shortages.append(event)


def _overdue(facts: PaymentFacts, decision: Decision, event: PaymentOverdue, state: State) -> None:
    pot, since = state.invoices[event.invoice_id].pot, event.due_on + DAY
    facts.late_rests[event.invoice_id] = LateRest(
        invoice_id=event.invoice_id, payer=pot.payer, rests=((since, event.rest_cents),)
    )
    if decision.day.year == facts.year:
        facts.late.append(
            Late(
                invoice_id=event.invoice_id,
                payer=pot.payer,
                article=pot.article,
                source=pot.source,
                due_on=event.due_on,
                told_on=decision.day,
                rest_cents=event.rest_cents,
            )
        )


def _unused(facts: PaymentFacts, decision: Decision, event: PaymentCreditUnused, _state: State) -> None:
    if decision.day.year == facts.year:
        facts.unused.append((decision.day, event))


def _merged(facts: PaymentFacts, decision: Decision, event: e.PayerJoined, _state: State) -> None:
    if decision.day.year == facts.year:
        facts.merged.append((decision.day, event))


def _credited(facts: PaymentFacts, _decision: Decision, event: e.CashCredited, _state: State) -> None:
    facts.flow(event.source).credited += event.amount_cents


def _returned(facts: PaymentFacts, _decision: Decision, event: e.SetAsideReturned, _state: State) -> None:
    facts.flow(event.source).returned += event.amount_cents


def _apart(facts: PaymentFacts, _decision: Decision, event: AdministrationCounted, _state: State) -> None:
    if event.year == facts.year:
        facts.apart.append(event)
        facts.transferred(event.article, event.paid_on, event.amount_cents)


LOOKS: dict[type, Look] = {
    e.InvoiceEntered: _entered,
    PaymentOrdered: _ordered,
    PaymentExecuted: _executed,
    PaymentRejected: _rejected,
    PaymentReturned: _came_back,
    PaymentDeferred: _deferred,
    PaymentLowered: _lowered,
    PaymentCarried: _carried,
    e.EditionTaken: _edition,
    NoticePrepared: _prepared,
    OverrunNotified: _notified,
    OverrunWithdrawn: _withdrawn,
    ShortageDeclared: _shortage,
    PaymentOverdue: _overdue,
    PaymentCreditUnused: _unused,
    e.PayerJoined: _merged,
    e.CashCredited: _credited,
    e.SetAsideReturned: _returned,
    AdministrationCounted: _apart,
}
