"""Originals and receipts: each e-invoice byte for byte under its SHA-256, as the VAT law wants it.

They lie in ``ubl/`` of the home: ``{sha256}.xml`` and, once it is in the journal, ``{sha256}.json``. What is there is
never written over.
"""

import asyncio
import os
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Protocol

from shared.journal.home import Home

PREFIX = "sha256:"
"""Stands before the digest in the id of the event."""


class Documents(Protocol):
    """Keeps e-invoices and their receipts. Each method raises OSError, or Unavailable, where nothing can be kept."""

    async def original(self, digest: str) -> bytes | None:
        """The document of a digest; None where there is none, or it is not what its name says."""

    async def receipt(self, digest: str) -> bytes | None:
        """What was answered to the document; None where it was not taken yet."""

    async def keep(self, digest: str, content: bytes) -> None:
        """Keep a document."""

    async def answered(self, digest: str, receipt: bytes) -> bytes:
        """Keep the receipt, and give the one that stands: the first."""


class Kept:
    """The folder of a home's e-invoices; the gates of a cluster keep theirs in the store (``gate_store.py``)."""

    def __init__(self, home: Home) -> None:
        self._folder = home.documents

    async def original(self, digest: str) -> bytes | None:
        """The document of a digest, as ``Documents`` says it."""
        content = await asyncio.to_thread(_read, self._folder / f"{digest}.xml")
        return content if content is not None and sha256(content).hexdigest() == digest else None

    async def receipt(self, digest: str) -> bytes | None:
        """What was answered to the document; None where it was not taken yet."""
        return await asyncio.to_thread(_read, self._folder / f"{digest}.json")

    async def keep(self, digest: str, content: bytes) -> None:
        """Keep a document. Raises OSError."""
        await asyncio.to_thread(self._write, f"{digest}.xml", content)

    async def answered(self, digest: str, receipt: bytes) -> bytes:
        """Keep the receipt, and give the one that stands: the first. Raises OSError."""
        await asyncio.to_thread(self._write, f"{digest}.json", receipt)
        return await self.receipt(digest) or receipt

    def _write(self, name: str, content: bytes) -> None:
        """Write a file whole or not at all, unless it is there."""
        target = self._folder / name
        if target.exists():
            return
        self._folder.mkdir(exist_ok=True)
        with NamedTemporaryFile(dir=self._folder, prefix="making-") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            with suppress(FileExistsError):
                target.hardlink_to(file.name)
        folder = os.open(self._folder, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
