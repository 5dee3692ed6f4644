"""What the bank's desk remembers, and what each of its events changes: nothing else does."""

from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from typing import Literal, TypeAlias, assert_never

from shared.effects.bank.events import (
    AnswerRefused,
    AnswerTaken,
    Credited,
    Event,
    FileApproved,
    FileLeaves,
    FileSealed,
    FileSent,
    Kind,
    OrderAnswered,
    OrderCollected,
    OrderRepeated,
    OrderWithdrawn,
    ProviderNamed,
    Settled,
    StatementTaken,
)
from shared.kernel.money import Cents

Outcome: TypeAlias = Literal["executed", "rejected", "returned"]
FileState: TypeAlias = Literal["sealed", "approved", "leaves", "sent", "acknowledged", "closed"]


@dataclass(slots=True, kw_only=True)
class Order:
    """An order and what became of it; ``file_id`` is None until it is sealed, ``early`` a return told before it was."""

    order_id: str
    kind: Kind
    payer: str
    source: str
    about: str
    creditor: str
    iban: str
    amount_cents: Cents
    on: date
    end_to_end_id: str
    collected_at: datetime
    file_id: str | None = None
    outcome: Outcome | None = None
    early: OrderAnswered | None = None


@dataclass(slots=True, kw_only=True)
class File:
    """A sealed file: its bytes, who approved it, and how far it is."""

    sealed: FileSealed
    sealed_at: datetime
    approvals: list[FileApproved] = field(default_factory=list)
    leaves: bool = False
    sent_at: datetime | None = None
    receipt: str = ""
    acknowledged: bool = False
    answered: bool = False
    open_orders: int = 0

    @property
    def counted(self) -> list[FileApproved]:
        """The approvals that count: where persons have signed in, a typed name is nobody's."""
        return [each for each in self.approvals if each.identity] or self.approvals

    @property
    def approved_by(self) -> list[str]:
        """The names of who let it go."""
        return [each.by for each in self.counted]

    @property
    def state(self) -> FileState:
        """How far it is."""
        if self.sent_at and not self.open_orders:
            return "closed"
        if self.acknowledged:
            return "acknowledged"
        if self.sent_at:
            return "sent"
        if self.leaves:
            return "leaves"
        return "approved" if len(self.approved_by) >= self.sealed.approvals else "sealed"


@dataclass(slots=True, kw_only=True)
class Aside:
    """What a person must look at, and when it was set aside."""

    number: int
    at: datetime
    text: str


@dataclass(slots=True, kw_only=True)
class State:
    """Orders by id and by end-to-end id, files by id, answers by digest, credits by account and reference.

    ``booked`` is what the fund was told of an account's day since its last statement: each entry with its sum, a debit
    below 0.
    """

    names: dict[str, str] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    by_end_to_end: dict[str, str] = field(default_factory=dict)
    waiting: dict[str, None] = field(default_factory=dict)
    withdrawn: set[str] = field(default_factory=set)  # answered before they were heard
    failed: dict[str, None] = field(default_factory=dict)  # not carried out, and not ordered again by the fund itself
    files: dict[str, File] = field(default_factory=dict)
    open_files: dict[str, None] = field(default_factory=dict)
    answers: set[str] = field(default_factory=set)
    credits: dict[tuple[str, str], Credited] = field(default_factory=dict)
    booked: dict[str, dict[date, dict[str, Cents]]] = field(default_factory=dict)
    statements: dict[str, StatementTaken] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    aside: dict[int, Aside] = field(default_factory=dict)
    set_aside: int = 0

    def to_approve(self) -> tuple[int, Cents]:
        """How many files wait for an approval, and what they hold together."""
        waiting = [file for file_id in self.open_files if (file := self.files[file_id]).state == "sealed"]
        return len(waiting), sum(file.sealed.sum_cents for file in waiting)

    def order_of(self, end_to_end_id: str) -> Order | None:
        """The order that went under an end-to-end id."""
        order_id = self.by_end_to_end.get(end_to_end_id)
        return self.orders[order_id] if order_id else None


def evolve(state: State, event: Event, at: datetime) -> None:
    """Fold one event, of a moment, into the state."""
    match event:
        case OrderCollected():
            order_collected(state, event, at)
        case OrderWithdrawn():
            order_withdrawn(state, event)
        case FileSealed():
            file_sealed(state, event, at)
        case FileApproved():
            state.files[event.file_id].approvals.append(event)
        case FileLeaves():
            state.files[event.file_id].leaves = True
        case FileSent():
            file = state.files[event.file_id]
            file.sent_at, file.receipt = at, event.receipt
            close_if_done(state, event.file_id)
        case AnswerTaken():
            answer_taken(state, event, at)
        case AnswerRefused():
            state.refused[event.sha256] = put_aside(state, f"{event.name} is refused: {event.reason}", at)
        case ProviderNamed():
            state.names[event.provider_code] = event.name
        case Settled():
            state.aside.pop(event.number, None)
        case OrderRepeated():
            order_repeated(state, event)
        case _:
            assert_never(event)


def order_collected(state: State, event: OrderCollected, at: datetime) -> None:
    """A new order waits for its file."""
    said = {each.name: getattr(event, each.name) for each in fields(event)}
    state.orders[event.order_id] = Order(**said, collected_at=at)
    state.by_end_to_end[event.end_to_end_id] = event.order_id
    state.waiting[event.order_id] = None


def order_withdrawn(state: State, event: OrderWithdrawn) -> None:
    """An order that waits waits no more; one that is not heard yet will not."""
    if order := state.orders.get(event.order_id):
        order.outcome = event.outcome
        del state.waiting[event.order_id]
    else:
        state.withdrawn.add(event.order_id)


def file_sealed(state: State, event: FileSealed, at: datetime) -> None:
    """Its orders wait no more; those that no bank takes are rejected."""
    for order_id in event.orders:
        state.orders[order_id].file_id = event.file_id
        del state.waiting[order_id]
    for refused in event.refused:
        order_answered(
            state, OrderAnswered(order_id=refused.order_id, outcome="rejected", on=event.on, reason=refused.reason)
        )
        del state.waiting[refused.order_id]
    if event.orders:
        state.files[event.file_id] = File(sealed=event, sealed_at=at, open_orders=len(event.orders))
        state.open_files[event.file_id] = None


def answer_taken(state: State, event: AnswerTaken, at: datetime) -> None:
    """What the bank said of files, orders, credits and days."""
    state.answers.add(event.sha256)
    for file_id in event.acknowledged:
        state.files[file_id].acknowledged = True
    for answered in event.answered:
        order_answered(state, answered)
    for early in event.early:
        state.orders[early.order_id].early = early
    for credit in event.credits:
        state.credits[credit.iban, credit.reference] = credit
        book(state, credit.iban, credit.on, credit.reference, credit.amount_cents)
    for statement in event.statements:
        state.statements[statement.iban] = statement
        days = state.booked.get(statement.iban, {})
        for day in [day for day in days if day <= statement.on]:
            del days[day]
    for text in event.aside:
        put_aside(state, text, at)
    state.aside.pop(state.refused.get(event.sha256, 0), None)  # it was refused once, and is taken now


def put_aside(state: State, text: str, at: datetime) -> int:
    """A person must look at something; gives its number."""
    state.set_aside += 1
    state.aside[state.set_aside] = Aside(number=state.set_aside, at=at, text=text)
    return state.set_aside


def order_answered(state: State, answered: OrderAnswered) -> None:
    """An order's last outcome; its file is closed with the last of its orders."""
    order = state.orders[answered.order_id]
    if order.outcome is None and order.file_id:
        state.files[order.file_id].open_orders -= 1
    order.outcome = answered.outcome
    if order.kind != "payment" and answered.outcome != "executed":
        state.failed[order.order_id] = None
    if order.file_id is None:
        return
    iban = state.files[order.file_id].sealed.iban
    if answered.outcome == "executed":
        book(state, iban, answered.on, entry_of(order.end_to_end_id, answered.outcome), -order.amount_cents)
    if answered.outcome == "returned":
        order.early = None
        book(state, iban, answered.on, entry_of(order.end_to_end_id, answered.outcome), order.amount_cents)
    close_if_done(state, order.file_id)


def entry_of(end_to_end_id: str, outcome: str) -> str:
    """What an order's entry on a statement is known by: the debit, or its return."""
    return end_to_end_id if outcome == "executed" else f"{end_to_end_id} {outcome}"


def book(state: State, iban: str, on: date, entry: str, cents: Cents) -> None:
    """Remember an entry of an account's day until its statement."""
    state.booked.setdefault(iban, {}).setdefault(on, {})[entry] = cents


def close_if_done(state: State, file_id: str) -> None:
    """A file of which nothing is open is no longer looked at."""
    if state.files[file_id].state == "closed":
        state.open_files.pop(file_id, None)


def order_repeated(state: State, event: OrderRepeated) -> None:
    """Another order of the same waits; what the bank says of the old one is still known."""
    old = state.orders[event.order_id]
    del state.failed[event.order_id]
    new = replace(old, order_id=event.new_order_id, end_to_end_id=event.end_to_end_id, file_id=None, outcome=None)
    state.orders[new.order_id] = new
    state.by_end_to_end[new.end_to_end_id] = new.order_id
    state.waiting[new.order_id] = None
