"""The desk on the cluster: what was confirmed goes to its topic, and what the fund says of it comes with the journals.

The console does both; a command of ``psdf`` confirms in the store, and waits for what the console hears. An answer is
sure when every service that hears the topic has heard beyond the event, and all that was committed until then is
copied: then what it caused stands in the index, or it caused nothing.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

import msgspec
from aiokafka.errors import KafkaError

from services.all import SERVICES
from shared.adapters.kafka.post import Post
from shared.console.index.ask import Index, asking
from shared.desk.acts import ACTS
from shared.desk.desk import Desk, Undecided, event_id
from shared.desk.dry import Understood, understood
from shared.desk.events import Answered, Outcome
from shared.desk.matters import Matter
from shared.engine.faults import Broken, Unavailable
from shared.engine.ingress import Check
from shared.journal.home import Home
from shared.journal.journals import MongoJournals
from shared.journal.parked import dismiss, release_id
from shared.kernel.calendar import VILNIUS
from shared.kernel.clock import Parked
from shared.kernel.reason import Reason
from shared.kernel.stop import Stop
from shared.kernel.value import value
from shared.messages.read import parse

log = logging.getLogger(__name__)

LOOK_S, AGAIN_S = 0.5, 5.0
"""How often the desk's journal is looked at; and again after broker or store did not answer, in seconds."""
PAGE_S, COMMAND_S = 5.0, 20.0
"""How long a page, and a command, wait for the fund's answer."""
POLL_S = 0.1
DISMISSED = " dismissed"
"""How a line of the answer ends that names a message of which nothing follows."""
Fate: TypeAlias = tuple[Outcome, tuple[Reason, ...], tuple[str, ...]]


@value
class Copy:
    """The copy of the journals: its home and index; ``caught_up`` returns when all that is committed now stands there.

    ``knows_parked`` is whether it has what lies on the topics of what can't be read, and whose keys there are.
    """

    home: Home
    index: Path
    caught_up: Callable[[], Awaitable[None]]
    knows_parked: Callable[[], bool]


class ClusterSender:
    """Sends what was confirmed, and keeps what the fund says. One for a console; several say the same, once."""

    def __init__(self, desk: Desk, copy: Copy, post: Post, journals: MongoJournals, check: Check) -> None:
        """Take a desk of its own, the copy, where the fund hears and says, and what proves whose a parked event is."""
        self._desk, self._copy, self._post, self._journals, self._check = desk, copy, post, journals, check
        self._loop = asyncio.get_running_loop()
        self._nudged = asyncio.Event()
        self._dismissed: set[str] = set()
        self._known: Undecided = (0, ())

    def send(self, desk: Desk, matter: Matter) -> Matter:
        """Have one sent now, from a thread of a page; how it is after a while."""
        self._loop.call_soon_threadsafe(self._nudged.set)
        return answered_within(desk, matter, PAGE_S)

    def saw(self, desk: Desk) -> None:
        """Take what a desk of this process knows more, so that the count of a page is that of what was done there."""
        known = desk.undecided()
        if known[0] > self._known[0]:
            self._known = known

    def undecided(self) -> Undecided:
        """What waits for a second person, as the desk's journal was read last, twice a second."""
        return self._known

    async def run(self) -> None:
        """Send and hear until cancelled. Where the desk's journal contradicts itself, nothing more is sent."""
        while True:
            pause_s = LOOK_S
            try:
                await self._turn()
            except (Unavailable, KafkaError, OSError, Stop) as error:
                log.warning("desk: what was confirmed is sent again: %s", str(error) or type(error).__name__)
                pause_s = AGAIN_S
            except Broken:
                log.exception("desk: nothing more is sent")
                return
            try:
                async with asyncio.timeout(pause_s):
                    await self._nudged.wait()
            except TimeoutError:
                continue
            self._nudged.clear()

    async def _turn(self) -> None:
        await self._desk.load()
        self.saw(self._desk)
        self._dismiss()
        for matter in self._desk.unsent():
            if not (ACTS[matter.act].is_event or self._copy.knows_parked()):
                continue
            raws = await asyncio.to_thread(self._raws, matter)
            if raws and not matter.places:
                ends = await self._post.put(raws)
                await self._desk.sent(matter.id, tuple(sorted(ends.items())), _now())
                self._nudged.set()
            elif await self._is_heard(matter):
                await self._copy.caught_up()
                await self._desk.answered(await asyncio.to_thread(self._answer, matter), _now())

    def _raws(self, matter: Matter) -> list[bytes]:
        """What is put on topics: the event as it was confirmed, or parked messages that can be read now."""
        if ACTS[matter.act].is_event:
            return [matter.raw.encode()]
        return [each.raw for each in self._understood(matter) if each.raw]

    def _understood(self, matter: Matter) -> list[Understood]:
        return understood(self._copy.home, ACTS[matter.act], matter.said, self._check)

    async def _is_heard(self, matter: Matter) -> bool:
        """Whether all who hear it have decided, durably."""
        for service in SERVICES:
            mine = {place: behind for place, behind in matter.places if self._topic(place) in service.routes}
            heard = await self._journals.heard(service.name) if mine else {}
            if any(heard.get(place, 0) < behind for place, behind in mine.items()):
                return False
        return True

    def _topic(self, place: str) -> str:
        return place.rpartition("/")[0].removeprefix(self._post.prefix)

    def _answer(self, matter: Matter) -> Answered:
        with asking(self._copy.index) as index:
            if ACTS[matter.act].is_event:
                outcome, reasons, told = fate(index, event_id(matter))
                return Answered(matter=matter.id, outcome=outcome, reasons=reasons, told=told)
            found = self._understood(matter)
            if matter.act == "dismiss":
                dismiss(self._copy.home, [each.id for each in found if not each.fault])
                lines = [each.fault or f"{each.id}{DISMISSED}" for each in found]
            else:
                lines = [each.fault or _released(index, each.id, each.raw) for each in found]
            return Answered(matter=matter.id, outcome="done", told=tuple(lines))

    def _dismiss(self) -> None:
        """Keep beside a new copy which parked messages two persons dismissed: the desk's journal knows them all."""
        for matter in self._desk.state.matters.values():
            if matter.act == "dismiss" and matter.stage == "answered" and matter.id not in self._dismissed:
                done = [line.removesuffix(DISMISSED) for line in matter.told if line.endswith(DISMISSED)]
                dismiss(self._copy.home, done)  # whole ids: a person may have given how they begin
                self._dismissed.add(matter.id)


def answered_within(desk: Desk, matter: Matter, patience_s: float) -> Matter:
    """How a matter is once the fund has answered, or after so many seconds."""
    until = time.monotonic() + patience_s
    while matter.stage == "confirmed" and time.monotonic() < until:
        time.sleep(POLL_S)
        asyncio.run(desk.load())
        matter = desk.matter(matter.id)
    return matter


def fate(index: Index, cause: str) -> Fate:
    """What became of an event of an id, when all who hear it have decided."""
    for each in index.events("cause = ?", [cause]):
        if each.type == Parked.type:
            return "parked", (), (str(each.data["error"]),)
        if each.type.endswith(".refused"):
            return "refused", msgspec.convert(each.data.get("reasons", ()), tuple[Reason, ...], strict=False), ()
    return "taken", (), ()


def _released(index: Index, parked_id: str, raw: bytes) -> str:
    outcome, _, told = fate(index, release_id(parked_id))
    return f"{parked_id} {parse(raw, outside=True).type} {outcome}" + "".join(f": {each}" for each in told)


def _now() -> datetime:
    return datetime.now(VILNIUS)
