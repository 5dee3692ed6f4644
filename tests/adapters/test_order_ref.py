"""16. An order's name at the bank: short, of the bank's set, always the same."""

import re

from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.order_ref import end_to_end_id


def test_16_an_order_is_always_called_the_same() -> None:
    assert end_to_end_id("300111224/A1#1") == "PSDFM7AB4KB6TUXNWOJRUBWU6LEF6MPHMZQ"


@given(st.text())
def test_16_any_order_has_a_name_that_the_bank_takes(order_id: str) -> None:
    assert re.fullmatch(r"PSDF[A-Z2-7]{31}", end_to_end_id(order_id))


def test_16_orders_of_an_invoice_have_names_of_their_own() -> None:
    assert len({end_to_end_id(f"300111224/A{n}#{m}") for n in range(100) for m in range(1, 5)}) == 400
