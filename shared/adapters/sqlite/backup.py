"""A copy of an embedded fund's journal, taken by SQLite while the fund works, and what stands beside it, as one file.

A copy of the file alone loses what still stands in SQLite's log (``-wal``). SQLite's online back-up reads both, as they
were when it began, and holds up no writer.
"""

import gzip
import hashlib
import os
import sqlite3
import tarfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, closing
from io import BytesIO
from pathlib import Path
from typing import IO

import msgspec

from shared.adapters.sqlite.heads import Head
from shared.adapters.sqlite.store import OLDER, SCHEMA_VERSION

FORMAT = 1
MANIFEST = "psdf-backup.json"
PAGES, CHUNK = 4_096, 1 << 20
DAMAGE = (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError)

Say = Callable[[int, int], None]


class Manifest(msgspec.Struct, kw_only=True):
    """The last file of a back-up: whose it is, when it was taken (UTC), and the SHA-256 of each file before it."""

    psdf_backup: int
    fund: str
    taken: str
    files: dict[str, str]


class BackupError(Exception):
    """A file is no whole back-up: one line."""


def copy_journal(source: sqlite3.Connection, target: Path, say: Say) -> None:
    """Copy a journal that may be written meanwhile; ``say`` hears how many pages are left, and of how many.

    ``source`` has begun to read, so all is of that moment. Raises sqlite3.Error.
    """
    with closing(sqlite3.connect(target)) as copy:
        source.backup(copy, pages=PAGES, progress=lambda _, left, total: say(left, total))
        copy.execute("PRAGMA journal_mode=DELETE")


def heads_of(journal: Path) -> dict[str, Head]:
    """The last commit of each service in a journal: what was acknowledged at the moment of the copy."""
    query = (
        "SELECT service, stream, version, hash FROM commits WHERE rowid IN "
        "(SELECT max(rowid) FROM commits GROUP BY service)"
    )
    with closing(sqlite3.connect(f"{journal.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        rows = connection.execute(query).fetchall()
    return {service: Head(stream=stream, version=version, hash=hash_.hex()) for service, stream, version, hash_ in rows}


def fault_of(journal: Path) -> str | None:
    """Why a copy is no journal; None where SQLite and its schema version say that it is one."""
    try:
        with closing(sqlite3.connect(f"{journal.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            (fault,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        return str(error)
    if version not in (SCHEMA_VERSION, *OLDER):
        return f"schema version {version}, this program knows {SCHEMA_VERSION}"
    return None if fault == "ok" else str(fault)


def pack(path: Path, fund_id: str, taken: str, files: Iterable[tuple[str, Path]]) -> Manifest:
    """Write files, each under its name, into one that is not there yet, packed. Raises OSError."""
    sums: dict[str, str] = {}
    with path.open("xb") as raw:
        with tarfile.open(fileobj=raw, mode="w:gz", compresslevel=1) as tar:
            for name, file in files:
                with file.open("rb") as content:
                    info = tarfile.TarInfo(name)
                    info.size, info.mode = os.fstat(content.fileno()).st_size, 0o600
                    summed = _Summed(content)
                    tar.addfile(info, summed)
                    sums[name] = summed.sum.hexdigest()
            manifest = Manifest(psdf_backup=FORMAT, fund=fund_id, taken=taken, files=sums)
            told = msgspec.json.encode(manifest)
            info = tarfile.TarInfo(MANIFEST)
            info.size, info.mode = len(told), 0o600
            tar.addfile(info, BytesIO(told))
        raw.flush()
        os.fsync(raw.fileno())
    return manifest


class _Summed:
    """A file that is read once, and its digest."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self.sum = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Read on."""
        raw = self._file.read(size)
        self.sum.update(raw)
        return raw


def unpack(path: Path, place: Callable[[str], Path | None]) -> Manifest:
    """Write each file to where ``place`` says (None: nowhere), on the disk, and see that all are whole.

    Raises BackupError for what is no whole back-up, OSError where it can't be written.
    """
    sums: dict[str, str] = {}
    manifest: Manifest | None = None
    with ExitStack() as opened:
        try:
            packed = opened.enter_context(tarfile.open(path, "r:gz"))
        except DAMAGE as error:
            raise BackupError(f"{path} is no back-up of a home: {error}") from error
        for member, content in _files(packed, path):
            if member.name == MANIFEST:
                manifest = _manifest(path, content.read())
            else:
                sums[member.name] = _write(content, place(member.name), path)
    if manifest is None:
        raise BackupError(f"{path} is no whole back-up of a home: it has no {MANIFEST}, or it breaks off")
    _compare(path, manifest.files, sums)
    return manifest


def _files(packed: tarfile.TarFile, path: Path) -> Iterable[tuple[tarfile.TarInfo, IO[bytes]]]:
    while True:
        try:
            member = packed.next()
        except DAMAGE as error:
            raise BackupError(f"{path} is damaged or breaks off: {error}") from error
        if member is None:
            return
        content = packed.extractfile(member) if member.isfile() else None
        if content is None:
            raise BackupError(f"{path}: {member.name} is no file: that is no back-up of ours")
        yield member, content


def _manifest(path: Path, raw: bytes) -> Manifest:
    try:
        manifest = msgspec.json.decode(raw, type=Manifest)
    except msgspec.MsgspecError as error:
        raise BackupError(f"{path}: {MANIFEST} can't be read: {error}") from error
    if manifest.psdf_backup != FORMAT:
        raise BackupError(f"{path} has format {manifest.psdf_backup}, this program knows {FORMAT}: use its own version")
    return manifest


def _write(content: IO[bytes], target: Path | None, path: Path) -> str:
    digest = hashlib.sha256()
    out = target.open("xb") if target else None
    try:
        while raw := _chunk(content, path):
            digest.update(raw)
            if out:
                out.write(raw)
        if out:
            out.flush()
            os.fsync(out.fileno())
    finally:
        if out:
            out.close()
    return digest.hexdigest()


def _chunk(content: IO[bytes], path: Path) -> bytes:
    try:
        return content.read(CHUNK)
    except DAMAGE as error:
        raise BackupError(f"{path} is damaged or breaks off: {error}") from error


def _compare(path: Path, told: Mapping[str, str], found: Mapping[str, str]) -> None:
    for name in sorted(told.keys() | found.keys()):
        if told.get(name) != found.get(name):
            raise BackupError(
                f"{path} is damaged: the digest of {name} is {found.get(name)}, and should be {told.get(name)}"
            )
