"""An account, a day and its orders: what the tests of the bank's files start from."""

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from shared.adapters.bank.answers import BankRecord, read_answer
from shared.adapters.bank.orders import Account, Order
from shared.kernel.order_ref import end_to_end_id

DAY = date(2022, 3, 9)
CREATED = datetime(2022, 3, 9, 8, 30, tzinfo=ZoneInfo("Europe/Vilnius"))
VLK = Account(payer="VLK", source="PSDF", name="Valstybinė ligonių kasa", iban="LT121000011101001000")
IBAN = "LT601010012345678901"


def order(number: str, cents: int, **changes: object) -> Order:
    order_id = f"300111224/{number}#1"
    made = Order(
        order_id=order_id,
        end_to_end_id=end_to_end_id(order_id),
        invoice_id=f"300111224/{number}",
        creditor_name="UAB „Žvaigždė & Ąžuolas“",
        iban=IBAN,
        amount_cents=cents,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


ORDERS = [order("A1", 1_720_000_000), order("A2", 5), order("A3", 99_999_999_999)]


def bank_answers(content: bytes) -> list[BankRecord]:
    """The records of an answer, those of a statement too."""
    answer = read_answer(content)
    return [*answer.records, *(record for each in answer.statements for record in each.records)]
