"""How files reach the bank and come from it: laid into folders, or sent over HTTP. Which one, the bank decides.

A file that was handed over is handed over again with the same bytes after a crash: the bank knows it (DUPL).
"""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from shared.adapters.bank.answers import BankFileError
from shared.adapters.bank.orders import Bank, BankUnavailable
from shared.kernel.value import value


@value
class Incoming:
    """A file of the bank as it came."""

    name: str
    content: bytes


class Carrier(Protocol):
    """The way to the bank and back."""

    async def send(self, file_id: str, content: bytes) -> str:
        """Hand over a file, and give the receipt. Raises BankUnavailable: to be tried again."""

    async def incoming(self) -> Sequence[Incoming]:
        """What has come and was not put away."""

    async def put_away(self, incoming: Incoming, refusal: str | None) -> None:
        """It is read, or refused with the reason why: it is not to come again."""


class Folders:
    """Two folders that another program carries to and from the bank: files are whole in them from the first moment.

    ``inbox`` has ``taken`` and ``refused`` beneath it; beside a refused file stands why.
    """

    def __init__(self, outbox: Path, inbox: Path) -> None:
        self.outbox, self.inbox = outbox, inbox

    async def send(self, file_id: str, content: bytes) -> str:
        """Write the file under its id. Raises BankUnavailable where it can't be written."""
        return await asyncio.to_thread(self._send, file_id, content)

    def _send(self, file_id: str, content: bytes) -> str:
        path = self.outbox / f"{file_id}.xml"
        try:
            write_whole(path, content)
        except OSError as error:
            raise BankUnavailable(f"{path}: {error.strerror}; is the folder there, and is there room?") from error
        return str(path)

    async def incoming(self) -> Sequence[Incoming]:
        """Read the files of the inbox, hidden and unfinished ones left out."""
        return await asyncio.to_thread(self._incoming)

    def _incoming(self) -> Sequence[Incoming]:
        try:
            paths = sorted(self.inbox.iterdir()) if self.inbox.is_dir() else []
            whole = [path for path in paths if path.is_file() and path.suffix == ".xml" and path.name[0] != "."]
            return [Incoming(name=path.name, content=path.read_bytes()) for path in whole]
        except OSError as error:
            raise BankUnavailable(f"{self.inbox}: {error.strerror}") from error

    async def put_away(self, incoming: Incoming, refusal: str | None) -> None:
        """Move the file beneath, by the day's name it came under; a name that is taken gets a number."""
        await asyncio.to_thread(self._put_away, incoming, refusal)

    def _put_away(self, incoming: Incoming, refusal: str | None) -> None:
        folder = self.inbox / ("taken" if refusal is None else "refused")
        folder.mkdir(parents=True, exist_ok=True)
        path, number = folder / incoming.name, 1
        while path.exists() and path.read_bytes() != incoming.content:
            number += 1
            path = folder / f"{number}.{incoming.name}"
        if refusal is not None:
            write_whole(path.with_name(f"{path.name}.why"), f"{refusal}\n".encode())
        (self.inbox / incoming.name).replace(path)


class OverHttp:
    """A bank's file interface over HTTP (``orders.Bank``); its answers are numbered, and read on from the last one.

    They are put away in the order in which the bank made them, which is not that of their numbers: none is passed by
    before it is put away too.
    """

    def __init__(self, bank: Bank) -> None:
        self._bank = bank
        self._last, self._open = 0, set[int]()

    async def send(self, file_id: str, content: bytes) -> str:
        """Hand in the file. A bank that refuses it has it: what it says of it comes as a report, or a person asks."""
        try:
            await self._bank.send(content)
        except BankFileError as error:
            return f"refused: {error}"
        return f"{file_id} was handed in"

    async def incoming(self) -> Sequence[Incoming]:
        """Fetch the answers that are not put away. Raises BankUnavailable, also where the question is refused."""
        since = min(self._open, default=self._last + 1) - 1
        try:
            answers = await self._bank.answers(since)
        except BankFileError as error:
            raise BankUnavailable(str(error)) from error
        self._open = {number for number, _ in answers}
        self._last = max(self._open, default=since)
        return [Incoming(name=f"{number}.xml", content=content) for number, content in answers]

    async def put_away(self, incoming: Incoming, refusal: str | None) -> None:
        """Go on behind it, once all before it are put away; what was refused is told by whoever refused it."""
        del refusal
        self._open.discard(int(incoming.name.partition(".")[0]))


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that is there whole or not at all, on the disk when this returns. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
