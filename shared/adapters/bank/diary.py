"""What a stand-in was told: a JSON line each, on the disk before it is answered, and read back at its start."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from shared.kernel.stop import Stop


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Be the only one who keeps a diary in a folder. Raises Stop where another does."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Stop(f"{folder}: another bank keeps its diary here; stop it, or give this one a home") from None
        yield


class Diary:
    """A file that only grows. A last line that is not whole is dropped: whoever said it got no answer."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a+b", buffering=0)

    def read(self) -> list[dict[str, Any]]:
        """Read what was said, in its order. Raises JSONDecodeError for a whole line that somebody has spoilt."""
        self._file.seek(0)
        whole, _, torn = self._file.read().rpartition(b"\n")
        if torn:
            self._cut(len(whole) + 1 if whole else 0)
        return [json.loads(line) for line in whole.splitlines()]

    def add(self, said: dict[str, object]) -> None:
        """Write it down; it is on the disk when this returns. Raises OSError: then nothing of it is in the file."""
        left, end = json.dumps(said).encode() + b"\n", os.fstat(self._file.fileno()).st_size
        try:
            while left:
                left = left[self._file.write(left) :]
            os.fsync(self._file.fileno())
        except OSError:
            self._cut(end)
            raise

    def _cut(self, end: int) -> None:
        self._file.truncate(end)
        os.fsync(self._file.fileno())
