"""A terminal with a demo in it, as a person would watch it."""

import os
import pty
import re
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.runtime.funds import PSDF, clean_env

PATIENCE_S = 90.0


class Terminal:
    """A terminal with a program in it: what it says, and keys for it."""

    def __init__(self, end: int) -> None:
        self._end, self.said = end, ""

    def press(self, key: str) -> None:
        os.write(self._end, key.encode())

    def until(self, pattern: str) -> str:
        """Read until it says what matches; the first group of it."""
        limit = time.monotonic() + PATIENCE_S
        while not (found := re.search(pattern, self.said)):
            left = limit - time.monotonic()
            assert left > 0, f"it never said {pattern}: {self.said[-800:]}"
            self.read(left)
        return found[found.re.groups]

    def read(self, within_s: float) -> None:
        """Read what it says, as soon as it says something, for so many seconds at most."""
        if select.select([self._end], [], [], within_s)[0]:
            self.said += os.read(self._end, 65536).decode(errors="replace")


@contextmanager
def terminal(*command: str, home: Path) -> Iterator[tuple[Terminal, subprocess.Popen[bytes]]]:
    ours, theirs = pty.openpty()
    env = clean_env() | {"TERM": "xterm", "COLUMNS": "160", "BROWSER": "true"}
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # who ignores Ctrl-C has such children
    program = subprocess.Popen(
        [*PSDF, *command, "--home", str(home)], stdin=theirs, stdout=theirs, stderr=theirs, env=env, start_new_session=True
    )  # fmt: skip
    signal.signal(signal.SIGINT, before)
    os.close(theirs)
    try:
        yield Terminal(ours), program
    finally:
        program.kill()
        program.wait()
        os.close(ours)
