"""The world outside with what its watchers break in it: at the next morning what was asked for happens.

With nothing asked for it says what the world says, byte for byte.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import TypeAlias

from shared.demo.days import plus
from shared.demo.post import CUT_AT, Event, Sent, day_started
from shared.demo.run import Outside, raw_of
from shared.demo.switches import Switchboard
from shared.demo.world import World
from shared.events.providers import InvoiceSubmitted
from shared.messages.read import Malformed, parse

KEPT = 100
"""So many invoices come once more where they are sent twice."""
REFUSED = 5
"""So many orders the bank refuses."""
HELD_DAYS = 20
"""For so many days no money comes to a payer."""


Asked: TypeAlias = tuple[str, str]
"""A switch of the world, and the choice."""


class Mishaps:
    """A world as ``play_days`` asks it. Its switches are pressed from other threads; it acts in its own."""

    def __init__(
        self,
        world: Outside,
        board: Switchboard,
        payers: Iterable[str] = (),
        before: Mapping[date, Sequence[Asked]] | None = None,
    ) -> None:
        """Take a world, and connect what can be broken of it; ``payers`` are those whose money may be late.

        ``before`` is what befell another world: it befalls this one on the same days.
        """
        self._world, self._before = world, before or {}
        self.befell: defaultdict[date, list[Asked]] = defaultdict(list)
        """What was broken, by the day on which it was."""
        self._asked: deque[Asked] = deque()
        self._invoices: deque[Event] = deque(maxlen=KEPT)
        self._made = 0
        for key in ("sent-twice", "broken", "other-name"):
            board.connect(key, partial(self._ask, key))
        if isinstance(world, World):
            board.connect("money-late", partial(self._ask, "money-late"), tuple(payers))
            for key in ("bank-refuses", "sodra-wrong"):
                board.connect(key, partial(self._ask, key))

    def dates(self) -> Iterator[date]:
        """Every day of the story."""
        return self._world.dates()

    def morning(self, day: date) -> list[Sent]:
        """What happens on the day of its own accord, and what was asked for since the last morning."""
        asked = [*self._before.get(day, ()), *(self._asked.popleft() for _ in range(len(self._asked)))]
        for key, choice in asked:
            self.befell[day].append((key, choice))
            self._break(day, key, choice)
        sent = self._world.morning(day)
        more = [each for key, _ in asked for each in self._sent(day, key)]
        self._remember(sent)
        return [*sent, *more]

    def answer(self, day: date, emitted: Iterable[Event]) -> list[Sent]:
        """What follows on the same day."""
        sent = self._world.answer(day, emitted)
        self._remember(sent)
        return sent

    def _ask(self, key: str, choice: str) -> None:
        self._asked.append((key, choice))

    def _remember(self, sent: Iterable[Sent]) -> None:
        for each in sent:
            if isinstance(each, dict) and each["type"] == InvoiceSubmitted.type and _is_readable(each):
                self._invoices.append(each)

    def _break(self, day: date, key: str, payer: str) -> None:
        """What somebody outside then does otherwise."""
        if not isinstance(self._world, World):
            return
        match key:
            case "money-late":
                self._world.treasury.hold(payer, plus(day, HELD_DAYS))
            case "bank-refuses":
                self._world.treasury.refuse(REFUSED)
            case "sodra-wrong":
                self._world.sodra.err()

    def _sent(self, day: date, key: str) -> Iterator[Sent]:
        """What comes beside; nothing before the first invoice of all."""
        if not self._invoices:
            return
        match key:
            case "sent-twice":
                yield from tuple(self._invoices)
            case "broken":
                yield raw_of(self._anew(day))[:CUT_AT]
            case "other-name":
                event = self._anew(day)
                others = (each["source"] for each in self._invoices if each["source"] != event["source"])
                yield event | {"source": next(others, "/providers/000000000")}

    def _anew(self, day: date) -> Event:
        """The last invoice, as a message of its own on the day."""
        self._made += 1
        return self._invoices[-1] | {"id": f"switch-{self._made:03d}", "time": day_started(day)["time"]}


def _is_readable(sent: Sent) -> bool:
    """Whether the fund can read it: the world sends some that are laid aside."""
    try:
        parse(raw_of(sent), outside=True)
    except Malformed:
        return False
    return True
