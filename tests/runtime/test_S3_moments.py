"""S3, A11: the limits of moments hold in Vilnius; whatever is taken, every answer to it can be written and read back."""

import asyncio
import json
import tempfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.engine.outbox import Message
from shared.events.catalogue import OUTSIDE
from shared.events.parked import Parked
from shared.kernel.calendar import in_vilnius
from shared.messages.read import Envelope, Malformed, parse
from tests.runtime.funds import Event, day, decided, event, fund

FIRST, LAST = "2000-01-01T00:00:00+02:00", "2099-12-31T23:59:59.999999+02:00"
EARLIEST, LATEST = datetime.fromisoformat(FIRST), datetime.fromisoformat(LAST)
SOURCES = ("/clock", "/vlk", "/treasury", "/tlk/TLK-VILNIUS", "/sodra", "/ministry", "/government", "/providers/1")


def credit(moment: str, id_: str = "c", **other: object) -> bytes:
    data = {"payer": "VLK", "amount_cents": 5_000, "value_on": "2022-02-07", "reference": id_}
    return event("/treasury", id_, "account.credited", moment, data | other)


def read_back(messages: Sequence[Message]) -> None:
    """Each message can be read as what it is said to be."""
    for message in messages:
        if message.topic.endswith(".parked"):
            Envelope[Parked].model_validate_json(message.raw)
        else:
            again = parse(message.raw, outside=False)
            assert again.type == message.topic


async def lives(folder: Path, raws: Sequence[bytes]) -> list[Message]:
    """A fund takes what it is sent and tells what can be read; and so it does after a restart."""
    async with fund(folder) as stack:
        told = await stack.publish(raws)
        read_back(told)
    before = decided(folder)
    async with fund(folder) as stack:
        read_back(await stack.publish(raws[-1:]))
    assert decided(folder)[: len(before)] or not before
    return told


@pytest.mark.parametrize(
    ("moment", "in_vilnius"),
    [
        ("2099-12-31T23:30:00-01:00", "2100-01-01T02:30:00+02:00"),
        ("2099-12-31T22:00:00Z", "2100-01-01T00:00:00+02:00"),
        ("2000-01-01T00:00:00+05:00", "1999-12-31T21:00:00+02:00"),
        ("2000-01-01T01:59:59.999999+02:01", "2000-01-01T01:58:59.999999+02:00"),
    ],
)
def test_S3_A11_a_moment_that_is_of_other_years_in_vilnius_is_parked_at_the_door(moment: str, in_vilnius: str) -> None:
    raw = credit(moment)
    if in_vilnius.startswith("2000"):
        assert parse(raw, outside=True).moment == in_vilnius
        return
    with pytest.raises(Malformed) as caught:
        parse(raw, outside=True)
    assert caught.value.error == f"time: {in_vilnius} in Vilnius is not a moment of 2000 to 2099"


@pytest.mark.parametrize("moment", ["2099-12-31T23:30:00-01:00", "2000-01-01T00:00:00+05:00"])
@pytest.mark.parametrize("first", [True, False])
async def test_S3_A11_such_an_event_stops_no_fund_not_after_a_restart_either(
    moment: str, first: bool, tmp_path: Path
) -> None:
    good = credit("2022-02-07T10:00:00+02:00", "good")
    told = await lives(tmp_path, [credit(moment), good] if first else [good, credit(moment)])
    topics = [message.topic for message in told]
    assert topics.count("account.credited.parked") == 1
    assert topics.count("account.credited") == 1


# -------------------------------------------------------------------------------------------- whatever is taken is answered


@st.composite
def moments(draw: st.DrawFn) -> str:
    """Moments at the limits and between them, with every offset, as text."""
    near = draw(st.sampled_from([EARLIEST, LATEST, datetime(2022, 2, 7, tzinfo=UTC), datetime(2050, 1, 1, tzinfo=UTC)]))
    away = timedelta(microseconds=draw(st.sampled_from([0, 1, -1]) | st.integers(-(10**12), 10**12)))
    offset = timedelta(minutes=draw(st.sampled_from([0, 120, -60, 300, 1439, -1439]) | st.integers(-1439, 1439)))
    return (near + away).astimezone(timezone(offset)).isoformat()


YEARS = st.sampled_from([2000, 2001, 2022, 2099, 2100, 2197, 2198, 2199])
DAYS = st.sampled_from(["2000-01-01", "2000-12-31", "2022-02-28", "2099-12-31", "2100-01-01", "2199-12-31"]) | st.dates(
    date(2000, 1, 1), date(2199, 12, 31)
).map(date.isoformat)
CENTS = st.sampled_from([0, 1, 1_000, 10**14])
COUNTS = st.integers(1, 3)
PAYERS = st.sampled_from(["VLK", "TLK-VILNIUS", "TLK-KAUNAS"])
MONTHS = DAYS.map(lambda day: day[:7])
DOCUMENTS = st.sampled_from(["", " ", "V-1"])
QUARTERS = [f"q{n}_cents" for n in range(1, 5)]
SUMS = [
    "working_capital_cents",
    "reserve_main_cents",
    "reserve_risk_cents",
    "state_funds_cents",
    "reserve_transfer_cents",
]


def _budget(year: int, day: str, cents: int) -> Event:
    line = {"amount_cents": cents}
    return {
        "year": year, "edition": 1, "law": "law", "in_force_from": day,
        "revenue": [{"code": "01", "name": "Sodra", "sodra": True, **line}], "revenue_total_cents": cents,
        "expenses": [{"article": "04", "name": "care", "health_care": True, **line}], "expenses_total_cents": cents,
        **dict.fromkeys(SUMS, cents),
    }  # fmt: skip


def _distribution(year: int, cents: int) -> Event:
    quarters = {"article": "04", **dict.fromkeys(QUARTERS, 0), "q1_cents": cents}
    return {
        "year": year,
        "edition": 1,
        "quarters": [quarters],
        "shares": [{"payer": "VLK", "article": "04", "amount_cents": cents}],
    }


def _contract(year: int, days: tuple[str, str], term: int, review: str) -> Event:
    return {
        "contract_id": "C-1", "year": year, "payer": "VLK", "article": "04", "source": "PSDF",
        "provider": {"code": "1", "name": "clinic", "iban": "LT1"}, "ceiling_cents": None, "valid_from": min(days),
        "valid_to": max(days), "payment_days": term, "services": [], "review": review,
    }  # fmt: skip


def _invoice(month: str, day: str, cents: int, kind: str) -> Event:
    return {
        "invoice_id": "1/A1", "number": "A1", "kind": kind, "corrects": "1/A1" if kind == "credit" else None,
        "contract_id": "C-1", "provider_code": "1", "payer": "VLK", "article": "04", "source": "PSDF",
        "service_month": month, "issued_on": day, "amount_cents": cents or 1,
        "lines": [{"service_code": "S", "quantity": 1, "unit_price_cents": cents or 1, "amount_cents": cents or 1}],
    }  # fmt: skip


def _data(**fields: object) -> st.SearchStrategy[Event]:
    given_ = {name: value if isinstance(value, st.SearchStrategy) else st.just(value) for name, value in fields.items()}
    return st.fixed_dictionaries(given_)


SAID: dict[str, st.SearchStrategy[Any]] = {
    "budget.approved": st.builds(_budget, YEARS, DAYS, CENTS),
    "distribution.proposed": st.builds(_distribution, YEARS, CENTS),
    "contract.proposed": st.builds(
        _contract, YEARS, st.tuples(DAYS, DAYS), st.sampled_from([0, 30, 3650]), st.sampled_from(["automatic", "clerk"])
    ),
    "contract.ended": _data(contract_id="C-1", on=DAYS),
    "contract.change.proposed": _data(contract_id="C-1", ceiling_cents=CENTS),
    "contract.account.proposed": _data(contract_id="C-1", iban="LT2"),
    "month.plan.approved": _data(month=MONTHS, expenses=[{"article": "04", "amount_cents": 1}], document=DOCUMENTS),
    "invoice.submitted": st.builds(_invoice, MONTHS, DAYS, CENTS, st.sampled_from(["invoice", "credit"])),
    "invoice.reviewed": _data(invoice_id="1/A1", contract_id="C-1", verdict=st.sampled_from(["accept", "return"])),
    "account.credited": _data(payer=PAYERS, amount_cents=CENTS, value_on=DAYS, reference="r"),
    "payment.reported": _data(order_id="1/A1#1", outcome=st.sampled_from(["executed", "rejected", "returned"]), on=DAYS),
    "administration.paid": DAYS.flatmap(
        lambda day: _data(payer=PAYERS, year=int(day[:4]), article="04", amount_cents=CENTS, paid_on=day, reference="a")
    ),
    "overrun.delivered": _data(
        notice_no=DAYS.map(lambda day: f"{day[:4]}-04-1"), how="by_hand", delivered_by="Ona", delivered_on=DAYS,
        delivered_at="23:59", document="D", letter_sha256="0" * 64,
    ),
    "revenue.received": DAYS.flatmap(
        lambda day: _data(year=int(day[:4]), code="01", amount_cents=CENTS, received_on=day, offset=False, reference="v")
    ),
    "surplus.proposed": _data(year=YEARS, article="04", amount_cents=CENTS, decided_on=DAYS, document=DOCUMENTS),
    "reserve.use.proposed": _data(
        year=YEARS, part="risk", amount_cents=CENTS, purpose=DOCUMENTS, decided_on=DAYS, document=DOCUMENTS
    ),
    "reserve.transfer.approved": _data(year=YEARS, kind="9.1", amount_cents=CENTS, document=DOCUMENTS),
    "reserve.transfer.reported": _data(year=YEARS, kind="9.1", amount_cents=CENTS, on=DAYS),
    "sodra.statement.submitted": _data(
        year=YEARS, quarter=st.integers(1, 4), submission=COUNTS, transferred_cents=CENTS, offset_cents=CENTS,
        related_cents=CENTS, compensation_cents=CENTS,
    ),
    "sodra.statement.reviewed": _data(year=YEARS, quarter=st.integers(1, 4), submission=COUNTS, verdict="approve"),
    "payer.year.reported": _data(
        payer="TLK-VILNIUS", year=YEARS, received_cents=CENTS, used_cents=CENTS, balance_cents=CENTS
    ),
    "payer.merged": _data(payer="TLK-VILNIUS", into=st.sampled_from(["VLK", "TLK-KAUNAS"]), on=DAYS),
    "recovery.claimed": _data(claim_id="K", provider_code="1", amount_cents=CENTS, basis="20", reason="damage"),
    "recovery.settled": _data(
        claim_id="K", amount_cents=CENTS, how=st.sampled_from(["repaid", "written_off", "set_off"]), invoice_id="1/A1",
        document=DOCUMENTS,
    ),
}  # fmt: skip
SPEAKERS = {
    "account": "/treasury", "payment": "/treasury", "revenue": "/treasury", "administration": "/treasury", "reserve.transfer.reported": "/treasury",
    "surplus": "/ministry", "reserve.use": "/ministry", "sodra.statement.submitted": "/sodra",
    "payer.year": "/tlk/TLK-VILNIUS", "invoice.submitted": "/providers/1",
}  # fmt: skip


def speaker(kind: str) -> str:
    return next((source for stem, source in SPEAKERS.items() if kind.startswith(stem)), "/vlk")


def ordinary_at(day: date) -> list[tuple[str, Event]]:
    """A budget, its distribution, a contract, cash, and an invoice of the month before a day."""
    year, month = day.year, (day.replace(day=1) - timedelta(days=1)).isoformat()[:7]
    return [
        ("budget.approved", _budget(year, str(day), 10_000)),
        ("distribution.proposed", _distribution(year, 10_000)),
        ("contract.proposed", _contract(int(month[:4]), (f"{month}-01", f"{month[:4]}-12-31"), 3650, "automatic")),
        ("account.credited", {"payer": "VLK", "amount_cents": 500, "value_on": str(day), "reference": "cash"}),
        ("account.credited", {"payer": "TLK-VILNIUS", "amount_cents": 9, "value_on": str(day), "reference": "tlk"}),
        ("invoice.submitted", _invoice(month, str(day), 1_000, "invoice")),
    ]


def sent(said: Sequence[tuple[str, Event]], at: str) -> list[bytes]:
    return [
        event("/clock" if kind == "day.started" else speaker(kind), f"e{n}", kind, at, data)
        for n, (kind, data) in enumerate(said)
    ]


@pytest.mark.parametrize("at", [LAST, "2099-12-31T22:59:59.999999+01:00", "2000-02-01T00:00:00+02:00"])
async def test_S3_the_first_and_the_last_moments_are_ordinary_ones(at: str, tmp_path: Path) -> None:
    day = in_vilnius(datetime.fromisoformat(at)).date()
    topics = {message.topic for message in await lives(tmp_path, sent(ordinary_at(day), at))}
    assert {"budget.adopted", "distribution.adopted", "contract.concluded", "invoice.accepted"} <= topics
    assert topics & {"payment.scheduled", "payment.deferred"}
    assert not any(topic.endswith(".parked") for topic in topics)


def test_S3_every_type_that_comes_from_outside_is_said() -> None:
    assert SAID.keys() == OUTSIDE - {"day.started"}


@st.composite
def histories(draw: st.DrawFn) -> list[bytes]:
    """A fund year's beginnings at one moment, whatever is said then, and something a while later."""
    at = draw(moments())
    day = in_vilnius(datetime.fromisoformat(at)).date()
    ordinary = ordinary_at(day)
    kinds = draw(st.lists(st.sampled_from(sorted(SAID)), min_size=1, max_size=6))
    said = [(kind, draw(SAID[kind])) for kind in kinds]
    started = [("day.started", {"date": str(day)})] if draw(st.booleans()) else []
    given_ = [*started, *(ordinary if draw(st.booleans()) else []), *said]
    raws = sent(given_, at)
    later = datetime.fromisoformat(at) + timedelta(days=draw(st.sampled_from([0, 1, 40])))
    return [*raws, credit(later.isoformat(), "later")]


@settings(max_examples=80, deadline=None)
@given(histories())
def test_S3_whatever_is_taken_every_answer_to_it_can_be_written_and_read_back(raws: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        told = asyncio.run(lives(Path(folder), raws))
    for raw in raws:
        time = in_vilnius(datetime.fromisoformat(json.loads(raw)["time"]))
        if not EARLIEST <= time <= LATEST:
            with pytest.raises(Malformed):
                parse(raw, outside=True)
    assert told


# ------------------------------------------------------------------------------------- what was taken before stays readable


async def test_F8_what_an_older_version_took_and_did_not_hand_on_is_handed_on_after_an_upgrade(tmp_path: Path) -> None:
    """The door's bytes of then are read again at the start: they need not be what is asked of a message now."""
    old = credit("2022-02-07T10:00:00+02:00", "c\u200b ").replace(b'"payer"', b'"payer": "VLK", "payer"', 1)
    with pytest.raises(Malformed):
        parse(old, outside=True)
    async with fund(tmp_path) as stack:
        await stack.publish([day("2022-02-07")])
        await stack.engine("door").handle([parse(old, outside=False)])  # durable, and the process ends
    async with fund(tmp_path) as stack:
        assert stack.payments.cash[("VLK", "PSDF")] == 5_000
        (answer,) = await stack.publish([old])
        assert answer.topic == "account.credited.parked"
    assert any("c\\u200b " in data for _, _, data in decided(tmp_path))
