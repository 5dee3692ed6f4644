"""A reading of journals in a process of its own: it holds nobody up, and what it takes of memory is given back.

Two that read one journal at once read up to the same commit (``last_commit``, ``ends_at``): what they say is of one
moment, while the fund may run on.
"""

import multiprocessing
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any, Generic, TypeVar

from shared.engine.faults import Broken
from shared.engine.gc import calmed
from shared.journal.home import Home, HomeError, reading
from shared.kernel.language import LANGUAGES, Language

LARGE = 20_000
"""A journal of so many commits is read by more than one process."""

T = TypeVar("T")


class Failed(Exception):  # noqa: N818 - what the reading did
    """The reading gave nothing: why, in words. ``broken`` says whether a journal contradicts itself."""

    def __init__(self, words: str, *, broken: bool = False) -> None:
        super().__init__(words)
        self.broken = broken


class Reading(Generic[T]):
    """One that is under way."""

    def __init__(self, process: multiprocessing.process.BaseProcess, here: Connection) -> None:
        """Take the process, and the end of the pipe on which it answers."""
        self._process, self._here = process, here

    def ended(self, wait_s: float) -> bool:
        """Whether it has ended, well or not, within so many seconds."""
        return self._here.poll(wait_s)

    def result(self) -> T:
        """What it gave; waits for it. Raises Failed with its own words where it could not."""
        try:
            made, broken, said = self._here.recv()
        except EOFError:
            self._process.join()
            message = f"the process that reads the journal ended with code {self._process.exitcode}"
            raise Failed(message) from None
        if not made:
            raise Failed(said, broken=broken)
        result: T = said
        return result


@contextmanager
def apart(
    make: Callable[..., T], *given: object, may_raise: tuple[type[Exception], ...] = (HomeError,), leaf: bool = True
) -> Iterator[Reading[T]]:
    """Let a function that can be named read in a process of its own, which ends with the block, and with this process.

    What it ``may_raise`` is told in words. ``leaf``: it starts no further process.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_made, args=(there, make, given, may_raise, dict(LANGUAGES)), daemon=leaf)
    process.start()
    there.close()
    try:
        yield Reading(process, here)
    finally:
        process.kill()
        process.join()
        here.close()


def _made(
    there: Connection,
    make: Callable[..., Any],
    given: tuple[object, ...],
    may_raise: tuple[type[Exception], ...],
    languages: Mapping[str, Language],
) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    LANGUAGES.update(languages)  # a fund's own came with its file, which is not read again here
    try:
        with calmed():  # what is folded has no rings: to look for them was a tenth of its time
            there.send((True, False, make(*given)))
    except may_raise as error:
        there.send((False, isinstance(error.__cause__, Broken), str(error)))


def _end_with_parent() -> None:
    """End where who waits is gone, even killed: nobody wants what is read, and others wait for what is held."""
    parent = multiprocessing.parent_process()
    assert parent
    parent.join()
    os._exit(1)


def last_commit(home: Home) -> int:
    """The number of the last commit in a home's journal, whosever it is; 0 where there is none. Raises HomeError."""
    with reading(home) as journal:
        (last,) = journal.execute("SELECT coalesce(max(rowid), 0) FROM commits").fetchone()
    return int(last)


def ends_at(journal: sqlite3.Connection, last: int) -> None:
    """Let a connection that reads see no commit after this one."""
    journal.execute(f"CREATE TEMP VIEW commits AS SELECT * FROM main.commits WHERE rowid <= {last:d}")  # noqa: S608
