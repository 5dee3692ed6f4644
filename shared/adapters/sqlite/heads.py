"""What a journal has acknowledged, kept beside its file: so that a journal that lost its end is seen, not believed.

The newest commits stand in SQLite's log (``-wal``) alone until it is merged; where that log is damaged, SQLite leaves
out the rest of it without a word. What is lost so is always an end: while the last commit of every service is there
with its hash, nothing before it is missing. So the last commit of each service is all that is kept.
"""

import os
import sqlite3
import zlib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from shared.engine.faults import Unavailable

SLOT = 4_096
"""Bytes of one of the two places that are written in turn: a power cut in the middle of one leaves the other."""


class Head(msgspec.Struct, frozen=True):
    """The last acknowledged commit of a service; ``hash`` in hexadecimal digits."""

    stream: str
    version: int
    hash: str


class _Slot(msgspec.Struct):
    turn: int
    heads: dict[str, Head]


def heads_beside(journal: Path) -> Path:
    """The file of the heads of a journal's file."""
    return journal.with_suffix(".heads")


class Heads:
    """The file of the heads: read at a start, written before what was decided is acknowledged."""

    def __init__(self, path: Path) -> None:
        """Take the file's path; it is made by the first ``write``."""
        self._path = path
        self._turn = 0
        self._file: int | None = None

    def read(self) -> dict[str, Head] | None:
        """The heads by service; None where there is no such file. Raises Unavailable where it can't be read."""
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Unavailable(f"{self._path} can't be read: {error.strerror}") from error
        slots = [slot for at in (0, SLOT) if (slot := _read(content[at : at + SLOT]))]
        if not slots:
            raise Unavailable(
                f"{self._path} is damaged, so nobody knows what was acknowledged: compare psdf verify with what "
                "senders hold, then remove the file"
            )
        last = max(slots, key=lambda slot: slot.turn)
        self._turn = last.turn
        return last.heads

    def write(self, heads: Mapping[str, Head]) -> None:
        """Make the heads durable. Raises Unavailable where they can't be."""
        content = msgspec.json.encode(_Slot(turn=self._turn + 1, heads=dict(heads)))
        record = b"%08x %s\n" % (zlib.crc32(content), content)
        if len(record) > SLOT:
            raise Unavailable(f"{self._path}: {len(record)} bytes of heads are more than the {SLOT} of a place")
        try:
            if self._file is None:
                self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            if self._turn == 0:  # both places, so that a full disk stops none of those that follow
                os.pwrite(self._file, record.ljust(SLOT) * 2, 0)
                os.fsync(self._file)
            else:
                os.pwrite(self._file, record.ljust(SLOT), self._turn % 2 * SLOT)
                os.fdatasync(self._file)
        except OSError as error:
            raise Unavailable(f"{self._path} can't be written: {error.strerror}") from error
        self._turn += 1

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _read(place: bytes) -> _Slot | None:
    """What one place holds; None where it was never written, or not to its end."""
    sum_, _, content = place.rstrip().partition(b" ")
    try:
        return msgspec.json.decode(content, type=_Slot) if int(sum_, 16) == zlib.crc32(content) else None
    except (ValueError, msgspec.MsgspecError):
        return None


def lost(connection: sqlite3.Connection, heads: Mapping[str, Head]) -> dict[str, Head]:
    """Which acknowledged commits are not in a journal, or not with their hash. Raises sqlite3.Error."""
    query = "SELECT hash FROM commits WHERE service = ? AND stream = ? AND version = ?"
    return {
        service: head
        for service, head in heads.items()
        if connection.execute(query, (service, head.stream, head.version)).fetchone() != (bytes.fromhex(head.hash),)
    }


def lost_from(connection: sqlite3.Connection) -> dict[str, Head]:
    """Which acknowledged commits are missing in the file of a connection, which may be written at the same time.

    Raises sqlite3.Error; Unavailable where the heads can't be read.
    """
    (_, _, name) = connection.execute("PRAGMA database_list").fetchone()
    heads = Heads(heads_beside(Path(name))).read() if name else None
    if not heads:
        return {}
    now = sqlite3.connect(
        f"{Path(name).resolve().as_uri()}?mode=ro", uri=True
    )  # as the file is after the heads were read
    try:
        return lost(now, heads)
    finally:
        now.close()


class SameFile:
    """Whether the journal's files are still those that were opened: what is written to a removed file is lost."""

    def __init__(self, journal: Path) -> None:
        """Take the path of a journal that was just opened. Raises OSError where it is not there."""
        self._known = {journal: _identity(journal)}
        self._log = journal.with_name(f"{journal.name}-wal")

    def fault(self) -> str | None:
        """Why nothing more may be acknowledged; None where all is well."""
        if self._log not in self._known and self._log.exists():
            self._known[self._log] = _identity(self._log)
        for path, known in self._known.items():
            try:
                same = _identity(path) == known
            except OSError:
                same = False
            if not same:
                return (
                    f"{path} was removed or replaced while the fund ran: nothing more is acknowledged. Put back the "
                    "file or a back-up, then start the fund again"
                )
        return None


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino
