"""Why a message was laid aside is said in Lithuanian to who decides on it, for each fault that is found in practice."""

import re

import pytest

from shared.desk.faults import fault_said
from shared.messages.read import Malformed, parse
from tests.runtime.funds import event

ENGLISH = re.compile(
    r"\b(the|is|was|not|missing|of|may|which|from|more|than|a|in|or|be|byte|line|invalid|expected|trailing|number|recursion)\b"
)
WHEN = "2022-02-07T10:00:00+02:00"
LINE = {"service_code": "X", "quantity": 1, "unit_price_cents": 7, "amount_cents": 7}
INVOICE = {
    "invoice_id": "300111224/A1", "number": "A1", "kind": "invoice", "corrects": None, "contract_id": "C-1", "provider_code": "300111224",
    "payer": "VLK", "article": "04", "source": "PSDF", "service_month": "2022-01", "issued_on": "2022-02-05", "amount_cents": 7, "lines": [LINE],
}  # fmt: skip


def sent(
    source: str = "/providers/300111224", type_: str = "invoice.submitted", when: str = WHEN, **other: object
) -> bytes:
    return event(source, "x", type_, when, INVOICE | other)


@pytest.mark.parametrize(
    "raw",
    [
        b"\x00\xff not json", b'{"a":"\xff"}', b"{", b'{"a" 1}', b'{"a":1 "b"}', b'{"a":[1 2]}', b'{"a":1,}', b'{"a":[1,]}', b'{"a":01}', b"{'a':1}",
        b'{"a":"\\x"}', b'{"\\x":1}', b'{"a":"\\u12"}', b"{} x", b'{"a":' * 100_000, b'{"type":"invoice.submitted","a":"\\ud800"}', b'{"type":"invoice.submitted","a":' + b"[" * 500 + b"]" * 500 + b"}",
        b'{"type":"invoice.submitted","a":1e999}', b'{"type":"invoice.submitted","id":"\\ud800"}', b"[]", b"{}", b'{"type": 1}', sent(type_="strange"), sent(type_="invoice.accepted"), sent(source="/providers/1"),
        sent(pastaba="x"), sent(amount_cents=1.5), sent(amount_cents=-1), sent(service_month="2022-13"), sent(issued_on="x"), sent(payer="vlk"),
        sent(when="yesterday"), sent(number=""), sent(lines=[]), sent(lines={}), sent(lines=[LINE | {"quantity": 0}]), sent(contract_id=7),
        event("/providers/300111224", "x", "invoice.submitted", WHEN, {}), event("/clock", "x", "day.started", WHEN, {"date": "2022-02-08"}),
    ],
)  # fmt: skip
def test_a_fault_is_said_in_lithuanian_and_stays_english_for_others(raw: bytes) -> None:
    with pytest.raises(Malformed) as malformed:
        parse(raw, outside=True)
    error = malformed.value.error
    said = fault_said(error, "lt")
    technical = re.sub(r"\(type\)|data\.\S+", "", said)
    assert not ENGLISH.search(technical), (error, said)
    assert fault_said(error, "en") == error


@pytest.mark.parametrize("other", ["", "somebody's own words", "x: y is not what is wanted here", "z" * 3_000])
def test_what_is_not_known_stays_as_it_is(other: str) -> None:
    assert fault_said(other, "lt") == other
