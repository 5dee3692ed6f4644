"""The letters of point 18: each notice under way is written once, and sent until the ministry has it.

What is under way is read from the payments' state, which only follows from the journal: a crash at any moment leaves
either a notice under way, which is sent again (the ministry gives the first receipt), or its delivery decided.
"""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import uuid5

import httpx
import msgspec

from services.payments.state import Notice
from shared.adapters.letter import overrun_letter
from shared.adapters.ministry import TIMEOUT, Ministry, MinistryRefused, deliver_until_done
from shared.engine.announce import NAMESPACE, Message
from shared.engine.journal import Broken
from shared.events.internal import NoticeDelivered
from shared.messages.envelope import Event, parse, to_vilnius_iso

log = logging.getLogger(__name__)

SOURCE = "/letters"


@dataclass(slots=True)
class Delivery:
    """A letter on its way: how often it failed, and why it will not be sent again (a person must look)."""

    task: asyncio.Task[None]
    failures: int = 0
    fault: str | None = None
    received: bool = False
    tried: asyncio.Event = field(default_factory=asyncio.Event)


class Letters:
    """Sends what is under way. A listener of the bus; not for two loops.

    ``under_way`` gives the notices under way by article, ``answer`` takes the event that one was delivered, ``moment``
    gives the moment of a delivery just made, ``traced`` is what the sending of a notice's letter is traced within.
    """

    def __init__(
        self,
        folder: Path,
        ministry: Ministry,
        *,
        under_way: Callable[[], Mapping[str, Notice]],
        answer: Callable[[Event], Awaitable[None]],
        moment: Callable[[Notice], datetime],
        traced: Callable[[str], AbstractContextManager[str | None]],
    ) -> None:
        self._folder, self._ministry = folder, ministry
        self._under_way, self._answer, self._moment, self._traced = under_way, answer, moment, traced
        self.deliveries: dict[str, Delivery] = {}

    def listen(self, messages: Sequence[Message]) -> None:
        """Look again where a notice was prepared, withdrawn or told."""
        if any(message.topic.startswith(("notice.", "overrun.")) for message in messages):
            self.look()

    def look(self) -> None:
        """Start to send what is newly under way, and stop what was withdrawn."""
        wanted = {notice.notice_no: notice for notice in self._under_way().values()}
        for notice_no, delivery in list(self.deliveries.items()):
            if notice_no not in wanted and not delivery.received:
                delivery.task.cancel()
                del self.deliveries[notice_no]
        for notice_no, notice in wanted.items():
            if notice_no not in self.deliveries:
                self.deliveries[notice_no] = Delivery(asyncio.create_task(self._send(notice), name=notice_no))

    def has_new(self) -> bool:
        """Whether a notice is under way that no delivery was started for."""
        return any(notice.notice_no not in self.deliveries for notice in self._under_way().values())

    async def tried(self) -> None:
        """Wait until each letter was delivered, or could not be at the first try."""
        while waiting := [each for each in self.deliveries.values() if not each.tried.is_set()]:
            await asyncio.gather(*(each.tried.wait() for each in waiting))

    async def close(self) -> None:
        """Stop sending. What the ministry has received is answered first."""
        tasks = [each.task for each in self.deliveries.values()]
        for each in self.deliveries.values():
            if not each.received:
                each.task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _send(self, notice: Notice) -> None:
        delivery = self.deliveries[notice.notice_no]

        async def wait(pause_s: float) -> None:
            delivery.failures += 1
            delivery.tried.set()
            await asyncio.sleep(pause_s)

        with self._traced(notice.notice_no) as traceparent:
            try:
                pdf = await asyncio.to_thread(letter_of, self._folder, notice)
                receipt = await deliver_until_done(self._ministry, notice.notice_no, pdf, sleep=wait)
                delivery.received = True
                await self._answer(delivered(notice.notice_no, receipt.sha256, self._moment(notice), traceparent))
                del self.deliveries[notice.notice_no]
            except (MinistryRefused, ValueError, OSError, Broken) as error:
                delivery.fault = str(error)
                log.exception("notice %s is not delivered, a person must look", notice.notice_no)
            finally:
                delivery.tried.set()


def ministry_at(url: str) -> Ministry:
    """The ministry's letter box. Letters are rare: each has a connection of its own, that can't have grown old."""
    return Ministry(url, client=httpx.AsyncClient(timeout=TIMEOUT, limits=httpx.Limits(max_keepalive_connections=0)))


def letter_of(folder: Path, notice: Notice) -> bytes:
    """The letter's bytes: the ministry takes no others under its number, so they are written once and kept."""
    path = folder / f"{notice.notice_no}.pdf"
    if path.exists():
        return path.read_bytes()
    pdf = overrun_letter(msgspec.to_builtins(notice))
    unfinished = path.with_suffix(".unfinished")
    with unfinished.open("wb") as file:
        file.write(pdf)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    return pdf


def delivered(notice_no: str, letter_sha256: str, moment: datetime, traceparent: str | None) -> Event:
    """The event that the ministry has a letter; its id is the notice's own, so that it counts once."""
    envelope = {
        "specversion": "1.0",
        "id": str(uuid5(NAMESPACE, f"letters/{notice_no}")),
        "source": SOURCE,
        "type": NoticeDelivered.type,
        "subject": notice_no,
        "time": to_vilnius_iso(moment),
        "datacontenttype": "application/json",
        "traceparent": traceparent,
        "data": {"notice_no": notice_no, "letter_sha256": letter_sha256},
    }
    return parse(msgspec.json.encode(envelope), outside=False)
