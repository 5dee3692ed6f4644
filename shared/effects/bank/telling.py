"""What the fund is told of the bank: events of the treasury, whose ids follow from what they say.

``payment.reported`` has the id of its order and outcome, ``account.credited`` that of its account and reference: told
twice, each is one event.
"""

import unicodedata
from collections.abc import Iterator
from datetime import datetime
from uuid import uuid5

import msgspec

from shared.effects.bank.accounts import BankSettings
from shared.effects.bank.events import Credited, OrderAnswered
from shared.effects.bank.state import State
from shared.engine.outbox import NAMESPACE
from shared.events.record import Record
from shared.events.treasury import AccountCredited, PaymentReported, ReserveTransferReported
from shared.messages.read import to_vilnius_iso

LONGEST_REASON, LONGEST_REFERENCE = 500, 150


def told(
    state: State,
    settings: BankSettings,
    answered: Iterator[OrderAnswered],
    credited: Iterator[Credited],
    moment: datetime,
) -> Iterator[str]:
    """The events that follow from outcomes and credits, as the door takes them."""
    for each in answered:
        order = state.orders[each.order_id]
        if order.kind == "payment":
            reported = PaymentReported(
                order_id=order.order_id,
                outcome=each.outcome,
                on=each.on,
                reason=free_text(each.reason) if each.outcome != "executed" else None,
            )
            yield event(f"bank/{order.order_id}/{each.outcome}", reported, moment)
        elif order.kind == "transfer" and each.outcome == "executed":
            year, _, kind = order.about.partition("-")
            moved = ReserveTransferReported(year=int(year), kind=kind, amount_cents=order.amount_cents, on=each.on)  # type: ignore[arg-type]
            yield event(f"bank/{order.order_id}/{each.outcome}", moved, moment)
    for credit in credited:
        account = settings.of_iban(credit.iban)
        assert account is not None
        came = AccountCredited(
            payer=account.payer,
            source=account.source,  # type: ignore[arg-type] # checked when the bank file was read
            amount_cents=credit.amount_cents,
            value_on=credit.value_on,
            reference=f"{identifier(credit.reference)}@{credit.iban[-8:]}",
        )
        yield event(f"bank/{credit.iban}/{credit.reference}", came, moment)


def event(name: str, said: Record, moment: datetime) -> str:
    """A CloudEvent of the treasury; its id is the UUIDv5 of a name."""
    envelope = {
        "specversion": "1.0",
        "id": str(uuid5(NAMESPACE, name)),
        "source": "/treasury",
        "type": said.type,
        "subject": said.about(),
        "time": to_vilnius_iso(moment),
        "datacontenttype": "application/json",
        "data": msgspec.to_builtins(said),
    }
    return msgspec.json.encode(envelope).decode()


def free_text(text: str) -> str | None:
    """The bank's words as the door takes them: what can be seen, on one line, not too long; None where nothing is."""
    plain = "".join(c if c.isprintable() else " " for c in unicodedata.normalize("NFC", text))
    return " ".join(plain.split())[:LONGEST_REASON].strip() or None


def identifier(text: str) -> str:
    """The bank's reference as an identifier: printable ASCII, other characters as a dot."""
    plain = "".join(c if c.isascii() and c.isprintable() else "." for c in text)
    return " ".join(plain.split())[:LONGEST_REFERENCE].strip()
