"""Who tells a random history: what is known of it so far, and how something is sent. Each event goes to the model at once."""

import random
from datetime import date, datetime, time, timedelta
from typing import Any

from shared.kernel.calendar import VILNIUS
from tests.model.envelope import SUBJECTS
from tests.model.model import World
from tests.model.plain import VLK, Data, Event

HEALTH = ("01", "02", "04")
PROVIDERS = ("300111222", "300111333", "300111444")
TLK = ("TLK-VILNIUS", "TLK-KAUNAS", "TLK-SIAULIAI")


class Teller:
    """What a history is of, from its seed, and what of it is told."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.world = World()
        self.events: list[Event] = []
        self.n = 0
        rng = self.rng
        self.on = date(rng.choice((2025, 2026)), rng.choice((1, 1, 2, 5, 10, 11, 12)), rng.randint(1, 28))
        self.days = rng.choice((40, 80, 130, 200, 420))
        self.pace = rng.choice((0.2, 0.5, 0.9, 1.5)) * min(1.0, 130 / self.days)
        self.payers = [VLK, *TLK[: rng.randint(1, 2)]]
        self.tick = 0
        self.budget_chance = rng.choice((0.0, 0.5, 1.0))
        self.scale = rng.choice((200, 1000, 4000))
        self.rich = rng.random()
        self.lopsided = False
        self.budgets: dict[int, Data] = {}
        self.contracts: dict[str, Data] = {}
        self.used: set[tuple[str, str]] = set()
        self.sent: list[Event] = []
        self.reported: list[Event] = []

    def send(self, kind: str, source: str, data: Data, when: datetime | None = None, **also: Any) -> list[Event]:  # noqa: ANN401
        self.n += 1
        self.tick += 1
        if when is None:
            when = datetime.combine(self.on, time(8), VILNIUS) + timedelta(minutes=self.tick)
        event = {
            "specversion": "1.0",
            "id": f"e{self.n}",
            "source": source,
            "type": kind,
            "subject": SUBJECTS[kind].format_map({"source": "PSDF", **data}),
            "time": when.isoformat(),
            "datacontenttype": "application/json",
            "data": data,
            **also,
        }
        return self.post(event)

    def post(self, event: Event) -> list[Event]:
        self.events.append(event)
        return self.world.receive(event)

    def by(self, payer: str) -> str:
        return "/vlk" if payer == VLK else f"/tlk/{payer}"
