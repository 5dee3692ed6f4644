"""The reference model: ``play`` takes inbound CloudEvents in order and returns what must be emitted.

It is written from ``rules.md`` and ``events.md`` alone, and slow: it keeps lists and adds them up again and again.
"""

from collections import deque
from collections.abc import Iterable
from datetime import date, datetime
from functools import partial

from tests.model.envelope import Malformed, content, parse
from tests.model.model_contracts import Contracts
from tests.model.model_invoicing import Provider
from tests.model.model_payments import Fund
from tests.model.model_reconciliation import Claims, Close, Sodra
from tests.model.model_reserve import Reserve
from tests.model.plain import Data, Event, Stream, moment, vilnius


class World:
    """All streams, what was emitted, and the ids seen."""

    def __init__(self, *, by_post: bool = False) -> None:
        self.emitted: list[Event] = []
        self.seen: dict[tuple[str, str], str] = {}
        self.queue: deque[Event] = deque()
        self.contracts = Contracts(partial(self.emit, "contracts"))
        self.fund = Fund(partial(self.emit, "payments"))
        self.fund.by_post = by_post
        self.reserve = Reserve(partial(self.emit, "reserve"))
        self.sodra = Sodra(self.committed, partial(self.emit, "reconciliation"))
        self.close = Close(partial(self.emit, "reconciliation"))
        self.claims = Claims(partial(self.emit, "reconciliation"))
        self.others = (self.fund, self.reserve, self.sodra, self.close, self.claims)
        self.providers: dict[str, Provider] = {}
        self.first: date | None = None
        self.clock: date | None = None

    def emit(self, service: str, kind: str, when: datetime, data: Data) -> None:
        event = {
            "id": f"{service}-{len(self.emitted)}",
            "source": f"/{service}",
            "type": kind,
            "time": when.isoformat(),
            "data": data,
        }
        self.emitted.append(event)
        self.queue.append(event)

    def receive(self, event: Event) -> list[Event]:
        """Take one inbound event to quiescence; what it made the services emit."""
        before = len(self.emitted)
        if event.get("type") == "notice.delivered":  # from inside: nothing to be read
            return self.take(event)
        key = (event.get("source", ""), event.get("id", ""))
        if key in self.seen:
            if self.seen[key] != content(event):
                self.park(event)
            return self.emitted[before:]
        try:
            data = parse(event)
        except (Malformed, KeyError, TypeError, ValueError):
            self.park(event)
            return self.emitted[before:]
        self.seen[key] = content(event)
        return self.take({**event, "data": data})

    def take(self, event: Event) -> list[Event]:
        """Hear it, and all that follows from it; what was emitted."""
        before = len(self.emitted)
        self.queue.append(event)
        while self.queue:
            self.deliver(self.queue.popleft())
        return self.emitted[before:]

    def park(self, event: Event) -> None:
        topic = event.get("type") or "unknown"
        self.emitted.append(
            {"id": "", "source": "/door", "type": f"{topic}.parked", "time": event.get("time"), "data": {}}
        )

    def deliver(self, event: Event) -> None:
        kind, data = event["type"], event["data"]
        streams: list[Stream] = [self.contracts] if kind in Contracts.hears else []
        if kind in ("day.started", "payer.merged"):
            streams += self.providers.values()
        elif kind in Provider.hears:
            streams.append(self.provider(kind, data))
        streams += [stream for stream in self.others if kind in stream.hears]
        on = vilnius(moment(event["time"]))
        for stream in streams:
            self.first = stream.first = self.first or on
            stream.hear(event)
        if kind == "day.started":
            self.clock = max(self.clock or on, on)

    def committed(self, article: str, year: int) -> int:
        """K of an article, as the fund's announcements tell it; nothing is committed of a year before it starts."""
        return self.fund.committed("PSDF", article) if year == self.fund.year else 0

    def provider(self, kind: str, data: Data) -> Provider:
        if kind == "contract.concluded":
            code = data["provider"]["code"]
        elif kind == "invoice.reviewed":
            code = data["invoice_id"].split("/")[0]
        else:
            code = data["provider_code"]
        if code not in self.providers:
            new = Provider(code, partial(self.emit, "invoicing"))
            new.today, new.merges, new.into = self.clock, list(self.contracts.merges), dict(self.contracts.into)
            self.providers[code] = new
        return self.providers[code]


def play(events: Iterable[Event], *, by_post: bool = False) -> list[Event]:
    """What the services emit for these inbound events; ``by_post`` the ministry has a letter when the history says so."""
    world = World(by_post=by_post)
    for event in events:
        world.receive(event)
    return world.emitted


__all__ = ["World", "moment", "play"]
