"""A fund in memory: all services on one connection, a bank that executes, a ministry that receives at once."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import count
from typing import Any

from shared.adapters.local import LocalBus
from shared.adapters.sqlite.store import SqliteStore, connect
from shared.engine.engine import Answer, Engine
from shared.engine.ingress import INGRESS
from shared.engine.outbox import Message
from shared.journal.services import SERVICES
from shared.kernel.calendar import VILNIUS, days_between
from shared.kernel.fund import Fund
from shared.reports.replay import deliver_at_once
from shared.statute.load import load_fund

Data = dict[str, Any]


class World:
    """Send events at a day and hour; the bank answers each order at noon, unless told otherwise."""

    def __init__(
        self,
        fund: Fund | None = None,
        connection: sqlite3.Connection | None = None,
        answer: Answer | None = deliver_at_once,
    ) -> None:
        self.fund = fund or load_fund()
        self.connection = connection or connect(None)
        self.stores = {service.name: SqliteStore(self.connection, service.name) for service in SERVICES}
        engines = [Engine(service, self.fund, self.stores[service.name], answer=answer) for service in SERVICES]
        door = Engine(INGRESS, self.fund, SqliteStore(self.connection, INGRESS.name))
        self.bus = LocalBus(door, engines, [self._hear], check=True)
        self.told: list[Data] = []
        self.sent: list[bytes] = []
        self.unanswered: list[Data] = []
        self.reject: set[str] = set()
        self.silent: set[str] = set()
        self.today = date.min
        self._ids = count(1)

    def _hear(self, messages: Sequence[Message]) -> None:
        for message in messages:
            event = json.loads(message.raw)
            self.told.append(event)
            if message.topic == "payment.ordered":
                self.unanswered.append(event["data"])

    def of(self, type_: str) -> list[Data]:
        return [event["data"] for event in self.told if event["type"] == type_]

    async def send(self, type_: str, source: str, data: Mapping[str, Any], on: date, hour: int = 9) -> None:
        raw = raw_event(f"t-{next(self._ids)}", type_, source, data, on, hour)
        self.sent.append(raw)
        await self.bus.receive([raw])

    async def start(self, on: date) -> None:
        self.today = on
        await self.send("day.started", "/clock", {"date": on.isoformat()}, on, 0)

    async def to(self, until: date) -> None:
        """Start each day up to one, and let the bank answer what was ordered."""
        for day in days_between(self.today, until):
            await self.start(day)
            await self.bank(day)

    async def bank(self, on: date) -> None:
        orders, self.unanswered = self.unanswered, []
        for order in orders:
            order_id = order["order_id"]
            if order["invoice_id"] in self.silent:
                self.unanswered.append(order)
                continue
            rejected = order["invoice_id"] in self.reject
            self.reject.discard(order["invoice_id"])
            data = {"order_id": order_id, "outcome": "rejected" if rejected else "executed", "on": on.isoformat()}
            await self.send("payment.reported", "/treasury", data, on, 12)


def raw_event(event_id: str, type_: str, source: str, data: Mapping[str, Any], on: date, hour: int = 9) -> bytes:
    moment = datetime(on.year, on.month, on.day, hour, tzinfo=VILNIUS)
    event = {
        "specversion": "1.0",
        "id": event_id,
        "source": source,
        "type": type_,
        "time": moment.isoformat(),
        "datacontenttype": "application/json",
        "data": data,
    }
    return json.dumps(event, ensure_ascii=False).encode()


def contract(contract_id: str, payer: str, article: str, provider: str, year: int, **changes: object) -> Data:
    return {
        "contract_id": contract_id,
        "year": year,
        "payer": payer,
        "article": article,
        "source": "PSDF",
        "provider": {"code": provider, "name": f"Įstaiga {provider}", "iban": "LT121000011101001000"},
        "ceiling_cents": None,
        "valid_from": f"{year}-01-01",
        "valid_to": f"{year}-12-31",
        "services": [],
        **changes,
    }


def invoice(of: Data, number: str, month: str, cents: int, **changes: object) -> Data:
    provider = of["provider"]["code"]
    return {
        "invoice_id": f"{provider}/{number}",
        "number": number,
        "kind": "invoice",
        "corrects": None,
        "contract_id": of["contract_id"],
        "provider_code": provider,
        "payer": of["payer"],
        "article": of["article"],
        "source": of["source"],
        "service_month": month,
        "issued_on": f"{month}-28",
        "lines": [{"service_code": "S1", "quantity": 1, "unit_price_cents": cents, "amount_cents": cents}],
        "amount_cents": cents,
        **changes,
    }


def who(payer: str) -> str:
    return "/vlk" if payer == "VLK" else f"/tlk/{payer}"
