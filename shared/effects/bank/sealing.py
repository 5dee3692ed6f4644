"""When orders become a file: at the cut-off of a bank day, or when there are as many as a file may have. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from hashlib import sha256

from shared.adapters.bank.orders import Account, order_file
from shared.adapters.bank.orders import Order as FileOrder
from shared.effects.bank.accounts import BankSettings
from shared.effects.bank.events import FileSealed, OrderAnswered, Refused
from shared.effects.bank.state import Order, State
from shared.effects.bank.telling import told
from shared.kernel.calendar import DAY, VILNIUS, Calendar, day_of

LATE = timedelta(hours=1)
"""A running desk seals within seconds of a cut-off; so long after it the desk was away, or is that of a back-up."""
TEXT = {"payment": "Saskaita", "transfer": "Pervedimas i rezerva", "return": "Metu lesu likutis"}
"""What the creditor reads, by kind, before what the order is about."""


def cut_off_after(settings: BankSettings, calendar: Calendar, moment: datetime) -> datetime:
    """The first cut-off of a bank day that is not before a moment."""
    day = day_of(moment)
    while True:
        if calendar.is_bank_day(day):
            for at in settings.cut_offs:
                cut_off = datetime.combine(day, at, VILNIUS)
                if cut_off >= moment:
                    return cut_off
        day += DAY


def waiting(state: State) -> Mapping[tuple[str, str], list[Order]]:
    """The orders that wait for their file, by account, in the order in which they came."""
    found: dict[tuple[str, str], list[Order]] = {}
    for order_id in state.waiting:
        order = state.orders[order_id]
        found.setdefault((order.payer, order.source), []).append(order)
    return found


def due(
    state: State, settings: BankSettings, calendar: Calendar, now: datetime, *, at_once: bool
) -> Iterator[tuple[Account, Sequence[Order]]]:
    """The files to be sealed now, each of one account and of no more orders than a file may have."""
    most = settings.orders_per_file
    for account, orders in sorted(waiting(state).items()):
        whole = [orders[at : at + most] for at in range(0, len(orders), most)]
        over = at_once or cut_off_after(settings, calendar, orders[0].collected_at) <= now
        for part in whole:
            if over or len(part) == most:
                yield settings.accounts[account], part


def sealed(
    state: State, settings: BankSettings, calendar: Calendar, account: Account, orders: Sequence[Order], now: datetime
) -> FileSealed:
    """The file of an account's orders, to be carried out on a bank day: its bytes, and who must approve it.

    Raises BankFileError for an account that the schema of the file does not take.
    """
    on = calendar.bank_day_from(max(day_of(now), *(order.on for order in orders)))
    file = order_file(account, [_written(order) for order in orders], on=on, created_at=now)
    refused = {record.end_to_end_id: record.reason for record in file.refused}
    sent = [order for order in orders if order.end_to_end_id not in refused]
    sum_cents = sum(order.amount_cents for order in sent)
    not_sent = [order for order in orders if order.end_to_end_id in refused]
    late = any(came_late(order, settings, calendar, now) for order in sent)
    answers = [
        OrderAnswered(order_id=order.order_id, outcome="rejected", on=on, reason=refused[order.end_to_end_id])
        for order in not_sent
    ]
    content = file.content or b""
    return FileSealed(
        file_id=file.message_id,
        payer=account.payer,
        source=account.source,
        iban=account.iban,
        on=on,
        orders=tuple(order.order_id for order in sent),
        sum_cents=sum_cents,
        approvals=2 if sum_cents >= settings.four_eyes_cents or late else 0,
        content=content,
        sha256=sha256(content).hexdigest(),
        refused=tuple(Refused(order_id=order.order_id, reason=refused[order.end_to_end_id]) for order in not_sent),
        told=tuple(told(state, settings, iter(answers), iter(()), now)),
    )


def came_late(order: Order, settings: BankSettings, calendar: Calendar, now: datetime) -> bool:
    """Whether an order came after its day, or waited on after its cut-off: then two persons look first.

    The desk was away, its journal is new, or it is that of a back-up, which does not know what was given since.
    """
    return day_of(order.collected_at) > order.on or now - cut_off_after(settings, calendar, order.collected_at) > LATE


def _written(order: Order) -> FileOrder:
    return FileOrder(
        order_id=order.order_id,
        end_to_end_id=order.end_to_end_id,
        invoice_id=order.about,
        creditor_name=order.creditor,
        iban=order.iban,
        amount_cents=order.amount_cents,
        text=f"{TEXT[order.kind]} {order.about}",
    )


def execution_over(calendar: Calendar, on: date) -> date:
    """The last day on which the bank may book what was to be carried out on a day: one bank day after it."""
    return calendar.bank_day_from(on + DAY)
