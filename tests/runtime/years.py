"""Random years of a whole fund with its journals, and what ``psdf verify`` says of them.

``python -m tests.runtime.years 1000`` plays a thousand, and names each that an honest fund would be called broken for.
"""

import json
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time

from services.all import SERVICES
from shared.adapters.local import LocalBus
from shared.adapters.sqlite.store import SqliteStore, connect
from shared.effects.letters import Letter, delivered
from shared.engine.engine import Engine
from shared.engine.ingress import INGRESS
from shared.engine.outbox import Message
from shared.journal.journals import SqliteJournals
from shared.journal.verify import verify
from shared.kernel.calendar import DAY, VILNIUS
from shared.messages.read import parse
from tests.engine.story import at_once
from tests.given import FUND
from tests.model.generate import history

TLK = "TLK-KAUNAS"
ORDERS = frozenset({"payment.ordered", "payment.executed", "payment.rejected"})


class Year:
    """A fund that hears a random history and a turn of the year; the ministry has each letter before the next event."""

    def __init__(self, seed: int, connection: sqlite3.Connection | None = None) -> None:
        """Play the history of a seed to its end, with snapshots in the middle and at the end."""
        self.connection = connection or connect(None)
        self._orders: dict[str, int] = {}
        self._notices: list[tuple[str, datetime]] = []
        self.restart()
        events = history(seed)
        for number, event in enumerate(events):
            if number == len(events) // 2:
                self.close()
                self.restart()
            self.receive(json.dumps(event).encode())
        for raw in self._turn(date.fromisoformat(events[-1]["data"]["date"])):
            self.receive(raw)
        self.close()

    def _turn(self, last: date) -> Iterator[bytes]:
        """The year turns, and a territorial fund is merged into the VLK before its balance was returned (A8).

        It has cash of the past year, some of which comes late; and orders of the past year come back after the merger.
        """
        new_year = date(last.year + 1, 1, 1)
        yield self._credit("before", last, last)
        yield self._event("/clock", f"{new_year}", "day.started", new_year, 0, date=f"{new_year}")
        yield self._credit("late", last, new_year)
        merger = new_year + DAY
        yield self._event("/vlk", "merger", "payer.merged", merger, 9, payer=TLK, into="VLK", on=f"{merger}")
        for order_id in [order_id for order_id, year in self._orders.items() if year == last.year]:
            said = {"order_id": order_id, "outcome": "rejected", "on": f"{merger}", "reason": "AC04"}
            yield self._event("/treasury", f"back {order_id}", "payment.reported", merger, 10, **said)
        yield self._event("/clock", f"{merger + DAY}", "day.started", merger + DAY, 0, date=f"{merger + DAY}")

    def _credit(self, name: str, value_on: date, on: date) -> bytes:
        data = {"payer": TLK, "source": "PSDF", "amount_cents": 500_000, "value_on": f"{value_on}", "reference": name}
        return self._event("/treasury", name, "account.credited", on, 23, **data)

    def _event(self, sender: str, id_: str, type_: str, on: date, hour: int, /, **data: object) -> bytes:
        moment = datetime.combine(on, time(hour), VILNIUS).isoformat()
        told = {"specversion": "1.0", "id": id_, "source": sender, "type": type_, "time": moment, "data": data}
        return json.dumps(told).encode()

    def restart(self) -> None:
        """Start on what is in the journals."""
        engines = [Engine(each, FUND, SqliteStore(self.connection, each.name)) for each in (INGRESS, *SERVICES)]
        self._bus = LocalBus(engines[0], engines[1:], [self._listen], check=True)
        at_once(self._bus.start())

    def close(self) -> None:
        """Keep snapshots and marks, as a fund does that is stopped."""
        at_once(self._bus.close())

    def _listen(self, messages: Sequence[Message]) -> None:
        for message in messages:
            if message.topic == "notice.prepared":
                told = json.loads(message.raw)
                self._notices.append((told["data"]["notice_no"], datetime.fromisoformat(told["time"])))
            elif message.topic in ORDERS:
                data = json.loads(message.raw)["data"]
                self._orders.pop(data["order_id"], None)
                if message.topic == "payment.ordered":
                    self._orders[data["order_id"]] = data["year"]

    def receive(self, raw: bytes) -> None:
        """Take one event from outside; what it leads to is decided, letters are answered."""
        at_once(self._bus.receive([raw]))
        while self._notices:
            notice_no, moment = self._notices.pop(0)
            letter = Letter(notice={"notice_no": notice_no}, prepared_at=moment)
            at_once(self._bus.answer(parse(delivered(letter, "0" * 64, moment).raw, outside=False)))


def faults(connection: sqlite3.Connection, *, door: bool = True) -> list[str]:
    """What verify calls broken; ``door`` is whether the door is one of the journals, as in the embedded stack."""
    found = at_once(verify(SqliteJournals(connection), lambda: None, door=door))
    return [each.fault for each in found if each.fault]


def main(first: int, number: int) -> int:
    """Play years, and count those that are called broken."""
    broken = 0
    for seed in range(first, first + number):
        if found := faults(Year(seed).connection):
            broken += 1
            print(f"seed {seed}: {found[:3]}", flush=True)
    print(f"{number} honest years, {broken} called broken")
    return broken


if __name__ == "__main__":
    sys.exit(bool(main(int(sys.argv[2]) if len(sys.argv) > 2 else 0, int(sys.argv[1]))))
