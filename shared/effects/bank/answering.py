"""What an answer of the bank says of our orders, accounts and days. Pure: the same after the same past.

The first outcome of an order stands, but what was executed may be returned. A refusal of a whole file counts only where
the bank had not taken it before. What can't be joined with anything of ours is set aside for a person, and nothing is
left out. Only what is booked is executed; a return that is told before its debit waits for it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from shared.adapters.bank.answers import Answer, BankFileError, BankRecord, Statement
from shared.effects.bank.accounts import BankSettings
from shared.effects.bank.events import AnswerTaken, Credited, OrderAnswered, StatementTaken
from shared.effects.bank.state import Order, State, entry_of
from shared.kernel.money import euro

HAS_IT = frozenset({"ACTC", "ACCP", "ACSP", "ACSC", "ACWC", "ACFC", "PART", "PATC", "PDNG", "RCVD"})
"""Statuses by which the bank says that it has taken a file, or an order of it."""


@dataclass(slots=True)
class Reading:
    """An answer while it is read: what it says, over what was known before."""

    state: State
    settings: BankSettings
    acknowledged: dict[str, None] = field(default_factory=dict)
    answered: list[OrderAnswered] = field(default_factory=list)
    early: list[OrderAnswered] = field(default_factory=list)
    credits: dict[tuple[str, str], Credited] = field(default_factory=dict)
    statements: list[StatementTaken] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)
    outcomes: dict[str, str] = field(default_factory=dict)

    def outcome(self, order: Order) -> str | None:
        """An order's last outcome, this answer's word included."""
        return self.outcomes.get(order.order_id, order.outcome)

    def answer(self, order: Order, outcome: str, record: BankRecord) -> None:
        """An order has an outcome."""
        said = OrderAnswered(order_id=order.order_id, outcome=outcome, on=record.on, reason=record.reason)  # type: ignore[arg-type]
        self.answered.append(said)
        self.outcomes[order.order_id] = outcome
        if outcome == "executed" and order.early:
            self.answered.append(order.early)
            self.outcomes[order.order_id] = "returned"


def read(state: State, settings: BankSettings, answer: Answer, name: str, sha256: str) -> AnswerTaken:
    """Join an answer with what is known. ``told`` is left empty.

    Raises BankFileError for what is of an account that is not ours, and for a statement before which one is missing.
    """
    reading = Reading(state, settings)
    named = {record.end_to_end_id for record in answer.records if record.end_to_end_id}
    if strange := foreign(settings, answer):
        raise BankFileError(f"{name} is about account {strange}, which is none of the fund's: whose file is it?")
    for record in answer.records:
        if not is_closed(reading, record):
            take(reading, record, named)
    for statement in answer.statements:
        take_statement(reading, statement)
    return AnswerTaken(
        sha256=sha256,
        name=name,
        kind=answer.kind,
        acknowledged=tuple(reading.acknowledged),
        answered=tuple(reading.answered),
        early=tuple(reading.early),
        credits=tuple(reading.credits.values()),
        statements=tuple(reading.statements),
        aside=tuple(reading.aside),
        told=(),
    )


def foreign(settings: BankSettings, answer: Answer) -> str | None:
    """The first account that an answer is about and that is not ours."""
    named = [*(record.iban for record in answer.records), *(each.iban for each in answer.statements)]
    return next((iban for iban in named if iban and settings.of_iban(iban) is None), None)


def take(reading: Reading, record: BankRecord, named: set[str]) -> None:
    """One record of an answer; ``named`` are the orders that it answers one by one."""
    if record.outcome == "credited":
        take_credit(reading, record)
    elif not record.end_to_end_id and not record.iban:
        take_file(reading, record, named)
    elif record.outcome == "other":
        acknowledge(reading, record)
    else:
        take_order(reading, record)


def take_file(reading: Reading, record: BankRecord, named: set[str]) -> None:
    """A word on a whole file. "I have it already" rejects nothing, and a refusal counts only of what was not taken."""
    file = reading.state.files.get(record.message_id)
    if file is None:
        reading.aside.append(f"the bank speaks of file {record.message_id} ({record.reason}), which we did not send")
    elif record.outcome == "other":
        if file.sent_at is None and not file.leaves:
            reading.aside.append(f"the bank says of file {record.message_id}, not sent yet: {record.reason}")
        acknowledge(reading, record)
    elif file.acknowledged or record.message_id in reading.acknowledged or file.sent_at is None:
        reading.aside.append(
            f"file {record.message_id} is refused ({record.reason}), and was "
            f"{'taken before' if file.sent_at else 'not sent yet'}: it rejects no order; ask the bank"
        )
    else:
        for order_id in file.sealed.orders:
            order = reading.state.orders[order_id]
            if order.end_to_end_id not in named:
                settle(reading, order, record)


def acknowledge(reading: Reading, record: BankRecord) -> None:
    """What decides nothing may still say that the bank has a file; what neither does is a person's."""
    if record.status in HAS_IT and record.message_id in reading.state.files:
        reading.acknowledged[record.message_id] = None
    elif not record.status:
        known = reading.state.order_of(record.end_to_end_id)
        about = f"order {known.order_id}" if known else f"entry {record.reference or record.end_to_end_id}"
        reading.aside.append(f"the bank says of {about}: {record.reason}; it decides nothing")


def take_order(reading: Reading, record: BankRecord) -> None:
    """A word on one order, by its end-to-end id, if the sum agrees."""
    order = reading.state.order_of(record.end_to_end_id)
    said = f"{record.outcome} {record.on} {record.reason}".strip()
    if order is None or order.file_id is None:
        reading.aside.append(f"the bank says of {record.end_to_end_id or 'no order'}: {said}; we sent no such order")
    elif record.amount_cents not in (None, order.amount_cents):
        reading.aside.append(
            f"the bank says of order {order.order_id}: {said}, with {euro(record.amount_cents or 0)} EUR; "
            f"it is of {euro(order.amount_cents)} EUR"
        )
    else:
        settle(reading, order, record)


def settle(reading: Reading, order: Order, record: BankRecord) -> None:
    """The first outcome stands; only what was executed may be returned, once."""
    before, now = reading.outcome(order), record.outcome
    if before == now or (before, now) == ("returned", "executed"):
        return
    if now == "returned" and before is None:
        early = OrderAnswered(order_id=order.order_id, outcome="returned", on=record.on, reason=record.reason)
        if early.order_id not in {each.order_id for each in reading.early} and order.early is None:
            reading.early.append(early)
    elif before is None or (before, now) == ("executed", "returned"):
        reading.answer(order, now, record)
    else:
        reading.aside.append(
            f"order {order.order_id} was {before}, and now the bank says {now} on {record.on} ({record.reason}): "
            "the first outcome stands"
        )


def take_credit(reading: Reading, record: BankRecord) -> None:
    """Money from elsewhere, once by its account and the bank's reference."""
    key = (record.iban, record.reference)
    known = reading.credits.get(key) or reading.state.credits.get(key)
    if record.amount_cents is None or not record.iban:
        reading.aside.append(f"a credit {record.reference} of no sum in euro, or to no account: nothing was told")
    elif known and known.amount_cents != record.amount_cents:
        reading.aside.append(
            f"credit {record.reference} to {record.iban} was {euro(known.amount_cents)} EUR, "
            f"and now is {euro(record.amount_cents)} EUR: the first stands"
        )
    elif not known:
        reading.credits[key] = Credited(
            iban=record.iban,
            reference=record.reference,
            amount_cents=record.amount_cents,
            on=record.on,
            value_on=record.value_on or record.on,
        )


def is_closed(reading: Reading, record: BankRecord) -> bool:
    """Whether the statement of a notified credit's very day agrees without it: it is set aside, no new money."""
    closed = reading.state.statements.get(record.iban)
    if record.outcome != "credited" or (record.iban, record.reference) in reading.state.credits or closed is None:
        return False
    if record.on != closed.on or closed.ours_cents != closed.closing_cents:
        return False
    which = name_of(closed)
    reading.aside.append(
        f"credit {record.reference} came after {which}, which agrees without it: the fund is not told of it"
    )
    return True


def name_of(statement: Statement | StatementTaken) -> str:
    """How a statement is called where a person reads of it."""
    return f"statement {statement.number} of {statement.iban} ({statement.on})"


def take_statement(reading: Reading, statement: Statement) -> None:
    """An account's day: what it alone tells is settled from it, and what does not agree is a person's."""
    last = next((each for each in reversed(reading.statements) if each.iban == statement.iban), None)
    last = last or reading.state.statements.get(statement.iban)
    which = name_of(statement)
    if last and statement.number <= last.number and statement.on.year == last.on.year:
        if (statement.number, statement.closing_cents) != (last.number, last.closing_cents):
            reading.aside.append(f"{which} came after {last.number} of {last.on}, and was not compared")
        return
    expected = last.number + 1 if last and statement.on.year == last.on.year else None
    if expected and statement.number != expected:
        raise BankFileError(f"{which} came, and {expected} is missing: ask the bank for it, and give this one again")
    if last and statement.on.year != last.on.year and statement.number not in (1, last.number + 1):
        raise BankFileError(f"{which} is the first of its year, and neither 1 nor {last.number + 1}")
    before = last.closing_cents if last else statement.opening_cents
    if before != statement.opening_cents:
        reading.aside.append(f"{which} opens with {euro(statement.opening_cents)} EUR, not {euro(before)} EUR")
    if statement.opening_cents + statement.entries_cents != statement.closing_cents:
        reading.aside.append(
            f"{which}: {euro(statement.opening_cents)} EUR and its entries make "
            f"{euro(statement.opening_cents + statement.entries_cents)} EUR, it closes with "
            f"{euro(statement.closing_cents)} EUR: an entry is missing"
        )
    ours = before + sum(compare(reading, statement, which, before))
    if ours != statement.closing_cents:
        reading.aside.append(f"{which} closes with {euro(statement.closing_cents)} EUR, the fund has {euro(ours)} EUR")
    reading.statements.append(
        StatementTaken(
            iban=statement.iban,
            number=statement.number,
            on=statement.on,
            closing_cents=statement.closing_cents,
            ours_cents=ours,
        )
    )


def compare(reading: Reading, statement: Statement, which: str, before: int) -> Iterator[int]:
    """The sums of the day, a debit below 0, as the fund was told of them; what differs is set aside.

    Where all that was told already makes the closing balance of the one ``before``, a credit that the statement names
    otherwise is no new money: a bank may name an entry by another reference here, or several as one.
    """
    days = reading.state.booked.get(statement.iban, {})
    told = {entry: cents for day, entries in days.items() if day <= statement.on for entry, cents in entries.items()}
    yield from told.values()
    agrees = before + sum(told.values()) == statement.closing_cents
    shown: set[str] = set()
    for record in statement.records:
        entry = record.reference if record.outcome == "credited" else entry_of(record.end_to_end_id, record.outcome)
        shown.add(entry)
        if entry in told:
            continue
        if agrees and record.outcome == "credited":
            reading.aside.append(f"{which} names credit {entry}, and agrees without it: the fund is not told of it")
            continue
        answered, credited = len(reading.answered), len(reading.credits)
        take(reading, record, set())
        news: list[OrderAnswered | Credited] = [*reading.answered[answered:]]
        news += list(reading.credits.values())[credited:]
        if news:
            reading.aside.append(f"{which} alone tells of {entry}: no camt.054 came for it")
        yield from map_sums(reading.state, news)
    for entry in told.keys() - shown:
        reading.aside.append(f"{which} does not show {entry}, which was told to be booked by then")


def map_sums(state: State, news: Sequence[OrderAnswered | Credited]) -> Iterator[int]:
    """What each makes of the account: a debit below 0."""
    for each in news:
        if isinstance(each, Credited):
            yield each.amount_cents
        elif each.outcome != "rejected":
            cents = state.orders[each.order_id].amount_cents
            yield -cents if each.outcome == "executed" else cents
