"""The letters of point 18: each notice is written once, and sent until the ministry has it. One sender for both stacks.

Where notices come from is the stack's: it says ``take`` and ``drop``. Where the answer goes is the stack's too
(``Answer``), and so is where the bytes are kept until then (``Kept``): the ministry refuses other bytes under a number.
Before each try it is asked whether the notice is ended (``Ended``), told by hand or withdrawn: then nothing is sent.
Each letter is on its way beside the others: one that is refused holds up none. A crash at any moment leaves a notice
that is taken again; the ministry then gives its first receipt, and the answer has the same id.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol, TypeAlias
from uuid import uuid5

from typst import TypstError

from shared.adapters.ministry.client import Ministry, MinistryRefused, MinistryUnavailable
from shared.engine.faults import Broken, Unavailable
from shared.engine.outbox import NAMESPACE, Message
from shared.engine.waiting import Backoff, Status, Tried
from shared.events.internal import NoticeDelivered
from shared.kernel.calendar import VILNIUS
from shared.kernel.value import value
from shared.messages.read import to_vilnius_iso
from shared.messages.write import cloud_event

log = logging.getLogger(__name__)

NAME = "letters"
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 300.0

Key: TypeAlias = Hashable
"""What a stack knows a notice by: its number, or its place on a topic."""


@value
class Letter:
    """A letter to be delivered: the data of ``notice.prepared``, the moment and id of that event.

    ``prepared_at`` is the moment of the answer where events bring their own moments; ``cause`` is None where it is not
    known.
    """

    notice: Mapping[str, Any]
    prepared_at: datetime
    cause: str | None = None

    @property
    def notice_no(self) -> str:
        """The number under which the ministry has it."""
        return str(self.notice["notice_no"])

    @property
    def providers(self) -> frozenset[str]:
        """The codes of those whose invoices it covers."""
        return frozenset(str(covered["provider_code"]) for covered in self.notice.get("invoices", ()))


Names: TypeAlias = Callable[[Collection[str]], Awaitable[Mapping[str, str]]]
"""What providers are called, by their codes: as contracts say it. Raises Unavailable where it can't be known now."""


class Kept(Protocol):
    """Letters as they were first written."""

    async def keep(self, notice: Mapping[str, Any], names: Mapping[str, str]) -> bytes:
        """The letter of a notice, with the names of its providers: written now, or as it was written the first time.

        Raises Unavailable or OSError where it can't be kept now, ValueError for a notice of which none can be written.
        """


Answer: TypeAlias = Callable[[Key, Message | None], Awaitable[None]]
"""Tells ``notice.delivered``, and that the notice is done; None: that it is done, and nothing is to be told.

Raises Unavailable where it can't be told now.
"""
Ended: TypeAlias = Callable[[str], Awaitable[bool]]
"""Whether a notice is ended, told or withdrawn. Raises Unavailable where it can't be known now."""
Traced: TypeAlias = Callable[[str], AbstractContextManager[None]]
"""Traces the delivery of a notice's letter, by the notice's number."""


@dataclass(slots=True)
class Delivery:
    """A letter on its way: how often it failed, when last (UTC), and why a person must look."""

    task: asyncio.Task[None]
    failures: int = 0
    failed_at: datetime | None = None
    fault: str | None = None
    received: bool = False
    dropped: bool = False
    tried: asyncio.Event = field(default_factory=asyncio.Event)
    hurried: asyncio.Event = field(default_factory=asyncio.Event)

    async def pause(self, pause_s: float) -> None:
        """Wait so long, in seconds, and no longer once somebody hurries meanwhile."""
        self.hurried.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await self.hurried.wait()


class Letters:
    """Sends letters. Not for two loops.

    ``arrival`` takes our clock as the moment of a delivery, else it is that of the notice: the ministry's clock starts
    no day of ours. ``status`` hears what is waited for: the ministry, the store, or a person.
    """

    def __init__(
        self,
        ministry: Ministry,
        kept: Kept,
        names: Names,
        answer: Answer,
        is_ended: Ended,
        *,
        arrival: bool,
        status: Status,
        traced: Traced,
    ) -> None:
        self._ministry, self._kept, self._names = ministry, kept, names
        self._answer, self._is_ended = answer, is_ended
        self._arrival, self._status, self._traced = arrival, status, traced
        self.deliveries: dict[Key, Delivery] = {}

    def take(self, key: Key, letter: Letter) -> None:
        """Send a letter, unless it is on its way."""
        if key in self.deliveries:
            self.deliveries[key].dropped = False
        else:
            task = asyncio.create_task(self._send(key, letter), name=letter.notice_no)
            self.deliveries[key] = Delivery(task)
            task.add_done_callback(lambda ended: self._ended(key, letter, ended))

    def drop(self, key: Key) -> None:
        """Send a letter no more, for it is withdrawn or another's; what the ministry has received is answered."""
        delivery = self.deliveries.get(key)
        if delivery is None:
            return
        delivery.dropped = True
        if not delivery.received:
            delivery.task.cancel()
            del self.deliveries[key]
            self._status.came(what(delivery.task.get_name()))
        if not self.deliveries:
            self._status.came("ministry")

    def hurry(self, notice_no: str) -> bool:
        """Try a letter now that waits for its next try; False where it is not on its way. One being tried stays so."""
        tasks = ((each.task, each) for each in self.deliveries.values())
        found = [each for task, each in tasks if task.get_name() == notice_no and not task.done()]
        for each in found:
            each.hurried.set()
        return bool(found)

    async def tried(self) -> None:
        """Wait until each letter was delivered, or could not be at the first try."""
        while waiting := [each for each in self.deliveries.values() if not each.tried.is_set()]:
            await asyncio.gather(*(each.tried.wait() for each in waiting))

    async def close(self) -> None:
        """Stop sending. What the ministry has received is answered first, if that can be done now."""
        tasks = [each.task for each in self.deliveries.values()]
        for key in list(self.deliveries):
            self.drop(key)
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _send(self, key: Key, letter: Letter) -> None:
        """Until the ministry has the letter and the answer is told; a try after a try changes nothing."""
        delivery, backoff = self.deliveries[key], Backoff(FIRST_PAUSE_S, LONGEST_PAUSE_S)
        with self._traced(letter.notice_no):
            while not delivery.dropped:
                try:
                    await self._answer(key, await self._delivered(letter, delivery))
                except MinistryUnavailable as error:
                    self._status.wait("ministry", str(error))
                except (Unavailable, OSError) as error:
                    self._status.wait("store", str(error))
                except (MinistryRefused, ValueError, TypstError, Broken) as error:
                    delivery.fault = str(error)
                    self._status.wait(what(letter.notice_no), f"not delivered, a person must look: {error}")
                else:
                    for each in ("ministry", "store", what(letter.notice_no)):
                        self._status.came(each)
                    self._status.count("letters")
                    return
                delivery.received = False
                delivery.failures += 1
                delivery.failed_at = datetime.now(UTC)
                delivery.tried.set()
                if not delivery.dropped:
                    await delivery.pause(backoff.next_s())

    async def _delivered(self, letter: Letter, delivery: Delivery) -> Message | None:
        """Send a letter once, and give the answer to be told; None where its notice is ended without us."""
        if await self._is_ended(letter.notice_no):
            return None
        names = await self._names(letter.providers)
        pdf = await self._kept.keep(letter.notice, names)
        receipt = await self._ministry.deliver(letter.notice_no, pdf)
        delivery.received = True
        moment = datetime.now(VILNIUS) if self._arrival else letter.prepared_at
        return delivered(letter, receipt.sha256, moment)

    def _ended(self, key: Key, letter: Letter, task: "asyncio.Task[None]") -> None:
        """Forget what was delivered; what nobody foresaw stops this letter and no other, and is told."""
        delivery = self.deliveries.get(key)
        if delivery is None or delivery.task is not task:
            return
        delivery.tried.set()
        error = None if task.cancelled() else task.exception()
        if error is None:
            del self.deliveries[key]
            return
        delivery.fault, delivery.received = repr(error), False
        self._status.wait(what(letter.notice_no), f"stopped, a person must look: {error!r}")
        log.error("notice %s stops", letter.notice_no, exc_info=error)


def tries(deliveries: Mapping[Key, Delivery]) -> Mapping[str, Tried]:
    """The tries that failed, by the numbers of the notices."""
    return {
        each.task.get_name(): Tried(count=each.failures, at=each.failed_at.isoformat(timespec="seconds"))
        for each in deliveries.values()
        if each.failed_at
    }


def what(notice_no: str) -> str:
    """A notice among what is waited for."""
    return f"notice {notice_no}"


def delivered(letter: Letter, letter_sha256: str, moment: datetime) -> Message:
    """The answer that the ministry has a letter; its id is the notice's own, so that it counts once."""
    data = NoticeDelivered(notice_no=letter.notice_no, letter_sha256=letter_sha256)
    answer = cloud_event(
        id_=str(uuid5(NAMESPACE, f"{NAME}/{letter.notice_no}")),
        source=f"/{NAME}",
        type_=NoticeDelivered.type,
        subject=letter.notice_no,
        time=to_vilnius_iso(moment),
        data=data,
        cause=letter.cause,
    )
    return Message(topic=NoticeDelivered.type, raw=answer)
