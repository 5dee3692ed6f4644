"""What can't be read: each error names the field, the value and what was expected."""

import time
from collections.abc import Callable

import pytest

from shared.events.providers import InvoiceSubmitted
from shared.messages.examples import EXAMPLES
from shared.messages.read import Malformed, parse
from tests.messages.wrong import changed, encode, error_of, read

INVOICE = "invoice.submitted"

BILLION = "100000000000000"
CENTS, POSITIVE = (f"a whole number of cents from {least} to {BILLION}" for least in (0, 1))
WRONG: list[tuple[str, str, object, str]] = [
    # money and numbers
    (INVOICE, "data/lines/0/amount_cents", 12.5, f"data.lines.0.amount_cents: 12.5 is not {POSITIVE}"),
    (INVOICE, "data/lines/1/amount_cents", "500", f"data.lines.1.amount_cents: '500' is not {POSITIVE}"),
    (INVOICE, "data/lines/0/amount_cents", 0, f"data.lines.0.amount_cents: 0 is not {POSITIVE}"),
    (INVOICE, "data/amount_cents", True, f"data.amount_cents: true is not {POSITIVE}"),
    (INVOICE, "data/amount_cents", -1, f"data.amount_cents: -1 is not {POSITIVE}"),
    (INVOICE, "data/amount_cents", 5.0, f"data.amount_cents: 5.0 is not {POSITIVE}"),
    (INVOICE, "data/amount_cents", None, f"data.amount_cents: null is not {POSITIVE}"),
    (INVOICE, "data/amount_cents", 10**14 + 1, f"data.amount_cents: 100000000000001 is not {POSITIVE}"),
    (INVOICE, "data/amount_cents", 10**70, f"data.amount_cents: a number of more than 60 digits is not {POSITIVE}"),
    (INVOICE, "data/lines/0/quantity", 1.5, "data.lines.0.quantity: 1.5 is not a whole number from 1 to 1000000000"),
    (INVOICE, "data/lines/0/quantity", 0, "data.lines.0.quantity: 0 is not a whole number from 1 to 1000000000"),
    ("account.credited", "data/amount_cents", -1, f"data.amount_cents: -1 is not {CENTS}"),
    ("contract.proposed", "data/ceiling_cents", "none", f"data.ceiling_cents: 'none' is not {CENTS}"),
    ("sodra.statement.submitted", "data/quarter", 5, "data.quarter: 5 is not a quarter from 1 to 4"),
    ("sodra.statement.submitted", "data/quarter", 0, "data.quarter: 0 is not a quarter from 1 to 4"),
    ("payer.year.reported", "data/year", 20222, "data.year: 20222 is not a year from 2000 to 2199"),
    # days and months
    (
        INVOICE,
        "data/service_month",
        "2022-13",
        "data.service_month: '2022-13' is not a month YYYY-MM from 2000 to 2199",
    ),
    (INVOICE, "data/service_month", "2022-1", "data.service_month: '2022-1' is not a month YYYY-MM from 2000 to 2199"),
    (INVOICE, "data/issued_on", "2022-02-30", "data.issued_on: '2022-02-30' is not a day YYYY-MM-DD from 2000 to 2199"),
    (INVOICE, "data/issued_on", "1644019200", "data.issued_on: '1644019200' is not a day YYYY-MM-DD from 2000 to 2199"),
    (INVOICE, "data/issued_on", 1644019200, "data.issued_on: 1644019200 is not a day YYYY-MM-DD from 2000 to 2199"),
    (
        INVOICE,
        "data/issued_on",
        "2022-02-05T00:00:00",
        "data.issued_on: '2022-02-05T00:00:00' is not a day YYYY-MM-DD from 2000 to 2199",
    ),
    # codes, texts, lists
    (INVOICE, "data/kind", "debit", "data.kind: 'debit' is not 'invoice' or 'credit'"),
    (INVOICE, "data/source", "psdf", "data.source: 'psdf' is not 'PSDF' or 'STATE'"),
    (
        INVOICE,
        "data/payer",
        "vlk",
        "data.payer: 'vlk' is not a payer's code: 1 to 40 capitals, digits or hyphens, such as VLK or TLK-VILNIUS",
    ),
    (
        INVOICE,
        "data/contract_id",
        "",
        "data.contract_id: '' is not an id: text of 1 to 200 characters without control characters",
    ),
    (
        INVOICE,
        "data/contract_id",
        "a\nb",
        "data.contract_id: 'a\\nb' is not an id: text of 1 to 200 characters without control characters",
    ),
    (INVOICE, "data/lines", [], "data.lines: 0 entries are fewer than the 1 needed"),
    (INVOICE, "data/lines", {}, "data.lines: an object is not a list"),
    (INVOICE, "data/lines/0", 5, "data.lines.0: 5 is not an object"),
    ("revenue.received", "data/offset", 1, "data.offset: 1 is not true or false"),
    (
        "invoice.reviewed",
        "data/reasons/0/terms/text",
        1.5,
        "data.reasons.0.terms.text: 1.5 is not a whole number, a text, null, or a list or record of these",
    ),
    # fields
    (INVOICE, "data/patient", "x", "data.patient is no field of invoice.submitted"),
    (INVOICE, "data/lines/0/patient", "x", "data.lines.0.patient is no field of invoice.submitted"),
    (INVOICE, "data/lines", ..., "data.lines is missing"),
    ("contract.proposed", "data/ceiling_cents", ..., "data.ceiling_cents is missing"),
    # fields that contradict each other
    (
        INVOICE,
        "data/invoice_id",
        "300111224/A2",
        "data: invoice_id '300111224/A2' is not '300111224/2022-017', the provider's code and the number",
    ),
    (
        "contract.proposed",
        "data/valid_to",
        "2021-12-31",
        "data: valid_to 2021-12-31 is before valid_from 2022-01-01",
    ),
    ("revenue.received", "data/year", 2021, "data: year 2021 is not the year of received_on 2022-02-14"),
    ("payer.merged", "data/into", "TLK-KAUNAS", "data: payer TLK-KAUNAS can't be merged into itself"),
    ("budget.approved", "data/expenses/1/article", "04", "data: expenses: article 04 stands twice"),
    ("budget.approved", "data/revenue/1/code", "01.01", "data: revenue: line 01.01 stands twice"),
    ("contract.proposed", "data/services/1/code", "ORT-1", "data: services: ORT-1 stands twice"),
    (
        "day.started",
        "data/date",
        "2022-03-10",
        "data.date: 2022-03-10 is not the day of its time 2022-03-09T00:00:00+02:00 in Vilnius",
    ),
    (
        "day.started",
        "time",
        "2022-03-08T21:59:59Z",
        "data.date: 2022-03-09 is not the day of its time 2022-03-08T23:59:59+02:00 in Vilnius",
    ),
    # the envelope
    (INVOICE, "specversion", "0.3", "specversion: '0.3' is not '1.0'"),
    (INVOICE, "specversion", ..., "specversion is missing"),
    (INVOICE, "id", "", "id: '' is not an id: text of 1 to 200 characters without control characters"),
    (INVOICE, "id", ..., "id is missing"),
    (INVOICE, "id", 7, "id: 7 is not an id: text of 1 to 200 characters without control characters"),
    (INVOICE, "source", ..., "source is missing"),
    (INVOICE, "time", ..., "time is missing"),
    (INVOICE, "data", ..., "data is missing"),
    (INVOICE, "data", [], "data: a list is not an object"),
    (
        INVOICE,
        "datacontenttype",
        "text/xml",
        "datacontenttype: 'text/xml' is not JSON: application/json, or a media type that ends in +json",
    ),
    # another's voice
    (
        INVOICE,
        "source",
        "/providers/305000000",
        "source: '/providers/305000000' may not send this invoice.submitted, which comes from /providers/300111224",
    ),
    (
        "contract.proposed",
        "source",
        "/tlk/TLK-KAUNAS",
        "source: '/tlk/TLK-KAUNAS' may not send this contract.proposed, which comes from /vlk or /tlk/VLK",
    ),
    (
        "contract.ended",
        "source",
        "/tlk/",
        "source: '/tlk/' may not send this contract.ended, which comes from /vlk or /tlk/...",
    ),
    (
        "payer.year.reported",
        "source",
        "/vlk",
        "source: '/vlk' may not send this payer.year.reported, which comes from /tlk/TLK-KAUNAS",
    ),
    (
        "surplus.proposed",
        "source",
        "/vlk",
        "source: '/vlk' may not send this surplus.proposed, which comes from /ministry",
    ),
    ("day.started", "source", "/clock/", "source: '/clock/' may not send this day.started, which comes from /clock"),
]


@pytest.mark.parametrize(("kind", "path", "value", "error"), WRONG)
def test_an_error_names_the_field_the_value_and_what_was_expected(
    kind: str, path: str, value: object, error: str
) -> None:
    assert error_of(encode(changed(kind, path, value))) == (kind, error)


@pytest.mark.parametrize(
    "moment",
    [
        "2022-02-07T10:00:00",
        "2022-02-07",
        "2022-02-07 10:00:00+02:00",
        "1644220800",
        1644220800,
        "2022-02-07T25:00:00Z",
        "2022-02-07T10:00:00+25:00",
        "1999-12-31T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "",
        None,
    ],
)
def test_a_time_is_a_moment_with_its_offset(moment: object) -> None:
    topic, error = error_of(encode(changed(INVOICE, "time", moment)))
    assert topic == INVOICE
    assert error.startswith("time: ")
    assert error.endswith("by RFC 3339 with its offset, such as 2022-02-07T10:00:00+02:00")


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b'{"type":"day.started","x":NaN}', "not JSON"),
        (b"[" * 100_000, "not"),
        (b'{"a":' * 100_000, "not JSON"),
        (b"[]", "not a JSON object"),
        (b'"invoice.submitted"', "not a JSON object"),
        (b'{"type":5}', "type: not text"),
        (b"{}", "type is missing"),
    ],
)
def test_what_has_no_type_is_unknown(raw: bytes, error: str) -> None:
    topic, told = error_of(raw)
    assert topic == "unknown"
    assert told.startswith(error)
    assert error_of(raw, topic=INVOICE)[0] == INVOICE


def test_an_unknown_type_is_told() -> None:
    assert error_of(b'{"type":"invoice.paid"}') == ("invoice.paid", "type: 'invoice.paid' is not in the catalogue")
    assert error_of(encode({"type": "no topic\n" * 50}))[0] == "unknown"


def test_a_type_on_another_topic_is_parked_where_it_lay() -> None:
    raw = encode(EXAMPLES[INVOICE])
    assert error_of(raw, topic="day.started") == (
        "day.started",
        "type: 'invoice.submitted' came on the topic of 'day.started'",
    )


def test_a_type_that_stands_twice_is_no_type() -> None:
    raw = encode(EXAMPLES["day.started"])[:-1] + b', "type": "payer.merged"}'
    _, error = error_of(raw)
    assert error


def test_what_is_too_large_is_not_read() -> None:
    raw = encode(EXAMPLES[INVOICE])
    with pytest.raises(Malformed, match=f"{len(raw)} bytes are more than the limit of 100"):
        parse(raw, outside=True, max_bytes=100)


def test_what_has_too_many_values_is_not_read() -> None:
    raw = b'{"type":"invoice.submitted","data":[' + b"1," * 250_001 + b"1]}"
    assert error_of(raw)[1] == "250002 commas are more than the limit of 250000"


def test_an_invoice_has_at_most_ten_thousand_lines() -> None:
    line = EXAMPLES[INVOICE]["data"]["lines"][0]
    data = read(changed(INVOICE, "data/lines", [line] * 10_000)).of(InvoiceSubmitted)
    assert len(data.lines) == 10_000
    assert error_of(encode(changed(INVOICE, "data/lines", [line] * 10_001))) == (
        INVOICE,
        "data.lines: more than the limit of 10000 entries",
    )


def test_the_first_five_faults_are_told() -> None:
    event = changed(INVOICE, "data", {f"x{n}": n for n in range(4)})
    _, error = error_of(encode(event))
    assert error.count(";") == 5
    assert error.endswith("; and 12 more")


def test_a_provider_can_not_take_the_code_of_the_compensations() -> None:
    event = changed(INVOICE, "source", "/providers/SODRA")
    event["data"] |= {"provider_code": "SODRA", "number": "2022-Q1", "invoice_id": "SODRA/2022-Q1"}
    assert error_of(encode(event))[1] == "data: provider_code SODRA is kept for the compensations of point 22"


LONG: dict[str, Callable[[], bytes]] = {
    "lines": lambda: b'{"type":"invoice.submitted","data":{"lines":[' + b"1," * 249_900 + b"1]}}",
    "fields": lambda: b'{"type":"day.started","data":{' + b",".join(b'"%d":1' % n for n in range(249_900)) + b"}}",
    "digits": lambda: b'{"type":"invoice.submitted","data":{"amount_cents":' + b"9" * 7_900_000 + b"}}",
    "id": lambda: b'{"type":"invoice.submitted","id":"' + b"x" * 7_900_000 + b'"}',
    "type": lambda: encode({"type": "x" * 7_900_000}),
}


@pytest.mark.parametrize("what", LONG)
def test_a_long_wrong_message_costs_little(what: str) -> None:
    raw = LONG[what]()
    started = time.process_time()
    error_of(raw)
    assert time.process_time() - started < 3
