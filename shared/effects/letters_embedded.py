"""Where the embedded stack's letters come from, and where they are kept: the payments' state, and a folder of the home.

What is under way is read from the state, which only follows from the journal: a crash at any moment leaves either a
notice under way, which is sent again (the ministry gives the first receipt), or its delivery decided.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import msgspec

from services.payments.state import Notice
from shared.adapters.ministry.client import TIMEOUT, Ministry
from shared.effects.letter import Form, overrun_letter
from shared.effects.letters import Delivery, Key, Letter, Letters, Traced
from shared.engine.outbox import Message
from shared.engine.waiting import Status, Waits
from shared.kernel.calendar import midnight
from shared.messages.read import Event, parse


class LettersUnderWay:
    """Sends what is under way. A listener of the bus; not for two loops.

    ``under_way`` gives the notices under way by article, ``names`` the providers' by their codes, ``answer`` takes the
    event that one was delivered; ``arrival`` and ``traced`` are as in ``Letters``, ``form`` is the
    fund's, None for the packaged one.
    """

    def __init__(
        self,
        folder: Path,
        ministry: Ministry,
        *,
        form: Form | None = None,
        under_way: Callable[[], Mapping[str, Notice]],
        names: Callable[[], Mapping[str, str]],
        answer: Callable[[Event], Awaitable[None]],
        arrival: bool,
        traced: Traced,
    ) -> None:
        self._under_way = under_way

        async def tell(_: Key, message: Message | None) -> None:
            if message:
                await answer(parse(message.raw, outside=False))

        async def is_ended(notice_no: str) -> bool:
            return all(notice.notice_no != notice_no for notice in under_way().values())

        async def called(codes: Collection[str]) -> Mapping[str, str]:
            known = names()
            return {code: known[code] for code in codes if code in known}

        kept, status = FolderLetters(folder, form), Status(waits=Waits())
        self._letters = Letters(ministry, kept, called, tell, is_ended, arrival=arrival, status=status, traced=traced)

    @property
    def deliveries(self) -> Mapping[Key, Delivery]:
        """Letters on their way, by the numbers of their notices."""
        return self._letters.deliveries

    def listen(self, messages: Sequence[Message]) -> None:
        """Look again where a notice was prepared, withdrawn or told."""
        if any(message.topic.startswith(("notice.", "overrun.")) for message in messages):
            self.look()

    def look(self) -> None:
        """Start to send what is newly under way, and stop what was withdrawn."""
        wanted = {notice.notice_no: notice for notice in self._under_way().values()}
        for notice_no in self.deliveries.keys() - wanted.keys():
            self._letters.drop(notice_no)
        for notice_no, notice in wanted.items():
            letter = Letter(notice=msgspec.to_builtins(notice), prepared_at=midnight(notice.prepared_on))
            self._letters.take(notice_no, letter)

    def has_new(self) -> bool:
        """Whether a notice is under way that no delivery was started for."""
        return any(notice.notice_no not in self.deliveries for notice in self._under_way().values())

    def hurry(self, notice_no: str) -> bool:
        """Try a letter now, as of ``Letters``."""
        return self._letters.hurry(notice_no)

    async def tried(self) -> None:
        """Wait until each letter was delivered, or could not be at the first try."""
        await self._letters.tried()

    async def close(self) -> None:
        """Stop sending. What the ministry has received is answered first."""
        await self._letters.close()


class FolderLetters:
    """Letters in a folder, a file each; they are on the disk before they are sent."""

    def __init__(self, folder: Path, form: Form | None = None) -> None:
        self._folder, self._form = folder, form

    async def keep(self, notice: Mapping[str, Any], names: Mapping[str, str]) -> bytes:
        """The letter of a notice, with the names of its providers: written now, or as it was written the first time.

        Raises OSError where it can't be kept, ValueError for a notice of which none can be written.
        """
        return await asyncio.to_thread(self._kept, notice, names)

    def _kept(self, notice: Mapping[str, Any], names: Mapping[str, str]) -> bytes:
        path = self._folder / f"{notice['notice_no']}.pdf"
        if path.exists():
            return path.read_bytes()
        pdf = overrun_letter(notice, names, self._form)
        unfinished = path.with_suffix(".unfinished")
        with unfinished.open("wb") as file:
            file.write(pdf)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        return pdf


def ministry_at(url: str) -> Ministry:
    """The ministry's letter box. Letters are rare: each has a connection of its own, that can't have grown old."""
    return Ministry(url, client=httpx.AsyncClient(timeout=TIMEOUT, limits=httpx.Limits(max_keepalive_connections=0)))
