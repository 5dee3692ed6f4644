"""A small fund to be watched: the worked start, on a journal in memory or in a file."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec
from opentelemetry.trace import format_span_id

from services.all import SERVICES
from services.payments.service import FUND
from services.payments.state import State
from shared.adapters.local import LocalBus
from shared.adapters.sqlite.store import SqliteStore, connect
from shared.effects.letters import Letter, delivered
from shared.engine.engine import Engine
from shared.engine.ingress import INGRESS
from shared.engine.outbox import Message
from shared.kernel.calendar import VILNIUS
from shared.messages.read import parse
from shared.statute.load import load_fund
from shared.telemetry.context import INVOICE, Subject
from shared.telemetry.setup import Telemetry
from tests.bench import world

LIMIT = 1_721_000_000
A1, A2 = "300111224/A1", "300111224/A2"
FUND_ID = "psdf"
SENDER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def trace_of(invoice_id: str) -> str:
    """The trace of an invoice, which everybody knows."""
    return Subject(FUND_ID, INVOICE, invoice_id).trace


def root_of(invoice_id: str) -> str:
    return format_span_id(Subject(FUND_ID, INVOICE, invoice_id).root.span_id)


def at(day: str, hour: int = 10) -> datetime:
    return datetime.fromisoformat(f"{day}T{hour:02}:00:00").replace(tzinfo=VILNIUS)


def beginning() -> list[bytes]:
    """Budget, shares, cash and a contract: article 04 has 17.21 million."""
    budget = {
        "year": 2022,
        "edition": 1,
        "law": "XIV-745",
        "in_force_from": "2022-01-01",
        "revenue": [{"code": "01", "name": "revenue", "sodra": True, "amount_cents": 2 * LIMIT}],
        "revenue_total_cents": 2 * LIMIT,
        "expenses": [
            {"article": article, "name": "care", "health_care": True, "amount_cents": LIMIT} for article in ("01", "04")
        ],
        "expenses_total_cents": 2 * LIMIT,
        "working_capital_cents": 0,
        "reserve_main_cents": 0,
        "reserve_risk_cents": 0,
        "state_funds_cents": 0,
    }
    quarters = {"q1_cents": LIMIT, "q2_cents": 0, "q3_cents": 0, "q4_cents": 0}
    distribution = {
        "year": 2022,
        "edition": 1,
        "quarters": [{"article": "04", **quarters}],
        "shares": [{"payer": "VLK", "article": "04", "amount_cents": LIMIT}],
    }
    cash = {"payer": "VLK", "amount_cents": 2_000_000_000, "value_on": "2022-01-03", "reference": "cash"}
    contract = world.contract(1) | {"article": "04", "services": [], "contract_id": "C-1"}
    contract["provider"] |= {"code": "300111224"}
    when = at("2022-01-03")
    return [
        world.event("/vlk", "b", "budget.approved", when, budget),
        world.event("/vlk", "d", "distribution.proposed", when, distribution),
        world.event("/treasury", "t", "account.credited", when, cash),
        world.event("/vlk", "c", "contract.proposed", when, contract),
    ]


def invoice(invoice_id: str, month: str, cents: int, day: str, traceparent: str | None = None) -> bytes:
    code, _, number = invoice_id.partition("/")
    line = {"service_code": "S", "quantity": 1, "unit_price_cents": cents, "amount_cents": cents}
    data = {
        "invoice_id": invoice_id,
        "number": number,
        "kind": "invoice",
        "corrects": None,
        "contract_id": "C-1",
        "provider_code": code,
        "payer": "VLK",
        "article": "04",
        "source": "PSDF",
        "service_month": month,
        "issued_on": day,
        "lines": [line],
        "amount_cents": cents,
    }
    raw = world.event(f"/providers/{code}", f"i-{number}", "invoice.submitted", at(day), data)
    return traced(raw, traceparent) if traceparent else raw


def traced(raw: bytes, traceparent: str) -> bytes:
    return msgspec.json.encode(msgspec.json.decode(raw) | {"traceparent": traceparent})


def executed(order_id: str, day: str) -> bytes:
    data = {"order_id": order_id, "outcome": "executed", "on": day}
    return world.event("/treasury", f"r-{order_id}", "payment.reported", at(day, 12), data)


def started(day: str) -> bytes:
    return world.started(date.fromisoformat(day))


class Watched:
    """A fund with telemetry; ``told`` is every message that became durable."""

    def __init__(self, telemetry: Telemetry | None, path: Path | None = None) -> None:
        self.fund, self.connection = load_fund(), connect(path)
        self.engines = {
            service.name: Engine(service, self.fund, SqliteStore(self.connection, service.name))
            for service in (INGRESS, *SERVICES)
        }
        self.told: list[Message] = []
        self.telemetry = telemetry
        if telemetry:
            for engine in self.engines.values():
                telemetry.watch(engine)
            telemetry.fund(lambda: self.state, self.fund, ready=lambda: True)
        self.bus = LocalBus(
            self.engines[INGRESS.name], [self.engines[service.name] for service in SERVICES], [self._listen]
        )

    def _listen(self, messages: Sequence[Message]) -> None:
        self.told += messages

    @property
    def state(self) -> State:
        state: State = self.engines["payments"].state(FUND)
        return state

    async def send(self, *raws: bytes) -> None:
        for raw in raws:
            await self.bus.receive([raw])

    async def close(self) -> None:
        """End, and leave the file to another process."""
        await self.bus.close()
        self.connection.close()

    async def deliver(self, notice_no: str, day: str) -> None:
        """The letter of a notice is delivered, as the letters adapter does it."""
        assert self.telemetry
        with self.telemetry.letter(self.fund.fund_id, notice_no):
            letter = Letter(notice={"notice_no": notice_no}, prepared_at=at(day))
            message = delivered(letter, "0" * 64, letter.prepared_at)
            await self.bus.answer(parse(message.raw, outside=False))

    def said(self, topic: str) -> list[dict[str, Any]]:
        """The events of a type that were told."""
        return self.said_after(topic, 0)

    def said_after(self, topic: str, known: int) -> list[dict[str, Any]]:
        """The events of a type that were told after so many messages."""
        return [msgspec.json.decode(message.raw) for message in self.told[known:] if message.topic == topic]


async def worked_start(fund: Watched, traceparent: str | None = None) -> None:
    """A1 is scheduled, ordered and paid; A2 is deferred, told to the ministry, scheduled, ordered and paid."""
    await fund.send(
        *beginning(),
        invoice(A1, "2022-01", 1_720_000_000, "2022-02-07", traceparent),
        invoice(A2, "2022-02", 3_000_000, "2022-03-04"),
        started("2022-03-05"),
    )
    await fund.deliver("2022-04-1", "2022-03-05")
    await fund.send(
        started("2022-03-09"),
        executed(f"{A1}#1", "2022-03-09"),
        started("2022-04-04"),
        executed(f"{A2}#1", "2022-04-04"),
    )
