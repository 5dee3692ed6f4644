"""A fund's home: one folder with its journal, its letters and a lock, for one process at a time.

::

    psdf-home/
      fund.sqlite3    every commit of every service (and -wal, -shm beside it)
      fund.heads      what was acknowledged last, so that a lost end of the journal is seen
      letters/        the letters of point 18 as they were sent, {notice_no}.pdf
      bank/           the bank's desk: its journal, files to the bank and from it
      desk/           the people who work here, and what they propose and confirm
      proof/          the seals of the journals, for everybody (shared/proof)
      ubl/            e-invoices as they came and the receipts for them, {sha256}.xml and .json
      traces/         spans, where no collector takes them, for psdf trace
      fund.id         which fund lives here
      parked.seen     the id of the last parked message that a person has looked at
      parked.dismissed  the ids of those that were dismissed one by one, at the desk
      verified.json   when psdf verify ran last, and what came of it
      lock            who holds it: process and address
      answers.sqlite3 what each source may read of its answers; made anew from the journal when it is not there
      webhooks.sqlite3 how far each webhook is, and which are not called any more
      receipts.pem    the fund's own key, with which receipts and webhooks are signed
      operator.token  what an operator shows the running fund; a new one at each start
    psdf-home.key     beside it: the key that signs the seals, in no back-up of the home
"""

import fcntl
import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from shared.adapters.sqlite.bodies import teach
from shared.adapters.sqlite.heads import Head, Heads, heads_beside, lost
from shared.adapters.sqlite.store import OLDER, SCHEMA_VERSION, connect
from shared.engine.faults import Broken, Unavailable
from shared.kernel.stop import Stop
from shared.kernel.value import value

DESK = "bank.sqlite3"
"""The journal of the bank's desk, in its folder."""


class HomeError(Stop):
    """The home can't be used: one line that says what, where, and what to do."""


class HomeHeld(HomeError):  # noqa: N818 - what is so, not what went wrong
    """Another process holds the home; ``url`` is where it listens, None where it does not."""

    def __init__(self, path: Path, pid: int | None, url: str | None) -> None:
        at = f" ({url})" if url else ""
        super().__init__(f"{path} is in use by process {pid or '?'}{at}: stop it first, or speak to it over HTTP")
        self.pid, self.url = pid, url


@value
class Home:
    """The folder of one fund."""

    path: Path

    @property
    def journal(self) -> Path:
        """The file of all commits."""
        return self.path / "fund.sqlite3"

    @property
    def heads(self) -> Path:
        """The file of what was acknowledged last."""
        return heads_beside(self.journal)

    @property
    def letters(self) -> Path:
        """The folder of the letters."""
        return self.path / "letters"

    @property
    def bank(self) -> Path:
        """The folder of the bank's desk."""
        return self.path / "bank"

    @property
    def desk(self) -> Path:
        """The folder of the desk: people, and what they propose and confirm."""
        return self.path / "desk"

    @property
    def proof(self) -> Path:
        """The folder of the published seals."""
        return self.path / "proof"

    @property
    def key(self) -> Path:
        """The private key that signs the seals: beside the home, never in it."""
        whole = self.path.resolve()
        return whole.with_name(f"{whole.name}.key")

    @property
    def documents(self) -> Path:
        """The folder of the e-invoices."""
        return self.path / "ubl"

    @property
    def traces(self) -> Path:
        """The folder of the spans."""
        return self.path / "traces"

    @property
    def answers(self) -> Path:
        """The file of the book of answers."""
        return self.path / "answers.sqlite3"

    @property
    def webhooks(self) -> Path:
        """The file of how far each webhook is."""
        return self.path / "webhooks.sqlite3"

    @property
    def receipt_key(self) -> Path:
        """The file of the key that signs receipts."""
        return self.path / "receipts.pem"

    @property
    def operator_token(self) -> Path:
        """The file of the running fund's token of its operator."""
        return self.path / "operator.token"

    @property
    def seen(self) -> Path:
        """The file that says up to which parked message a person has looked."""
        return self.path / "parked.seen"

    @property
    def dismissed(self) -> Path:
        """The file of the parked messages that two persons dismissed, an id a line."""
        return self.path / "parked.dismissed"

    @property
    def verified(self) -> Path:
        """The file of when the journals were proven last."""
        return self.path / "verified.json"

    @property
    def lock(self) -> Path:
        """The file that says who holds the home."""
        return self.path / "lock"

    @property
    def fund_id(self) -> Path:
        """The file that says whose home it is."""
        return self.path / "fund.id"

    @property
    def cluster_prefix(self) -> Path:
        """The file beside a journal that was copied from the cluster, by ``psdf demo --cluster``: it has no door."""
        return self.path / "cluster.prefix"


@contextmanager
def held(home: Home, fund_id: str) -> Iterator[Callable[[str], None]]:
    """Hold the home as the one process that may write; makes it where it is not. Gives a way to tell our address.

    Raises HomeHeld where another process has it, HomeError where the folder can't be used or is another fund's.
    """
    try:
        home.letters.mkdir(parents=True, exist_ok=True)
        lock = home.lock.open("ab", buffering=0)
    except OSError as error:
        raise HomeError(f"{home.path}: {error.strerror}; choose a folder that can be written, by --home") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HomeHeld(home.path, *holder(home)) from None

        def tell(url: str | None) -> None:
            lock.truncate(0)
            lock.write(json.dumps({"pid": os.getpid(), "url": url}).encode())

        try:
            tell(None)
            _keep_apart(home, fund_id)
        except OSError as error:
            raise HomeError(f"{home.path}: {error.strerror}; is there room on the disk?") from error
        yield tell


def _keep_apart(home: Home, fund_id: str) -> None:
    """A home is one fund's: its money never meets another's."""
    if not home.fund_id.exists() and not home.journal.exists():
        begin_anew(home)
    known = home.fund_id.read_text(encoding="utf-8").strip() if home.fund_id.exists() else ""
    if not known:  # none yet; or a full disk, or a power cut, left its name and nothing in it
        home.fund_id.write_text(fund_id, encoding="utf-8")
    elif known != fund_id:
        raise HomeError(f"{home.path} is the home of fund {known}, not of {fund_id}: give --home another folder")


def holder(home: Home) -> tuple[int | None, str | None]:
    """Who holds the home, or held it last: process and address; None where it says none, or is just writing it."""
    try:
        told = json.loads(home.lock.read_text(encoding="utf-8"))
        return told["pid"], told["url"]
    except (OSError, ValueError, KeyError, TypeError):
        return None, None


def begin_anew(home: Home) -> None:
    """Say of a home without a journal that nothing was acknowledged in it yet. Raises HomeError."""
    heads = Heads(home.heads)
    try:
        heads.write({})
    except Unavailable as error:
        raise HomeError(f"{error}; is there room on the disk?") from error
    finally:
        heads.close()


@contextmanager
def writing(home: Home) -> Iterator[sqlite3.Connection]:
    """Open the journal to write; what is committed survives a kill and a power cut.

    Raises HomeError where it can't be opened or written, and where something is missing of what was acknowledged.
    """
    try:
        _nothing_is_lost(home)
        connection = connect(home.journal)
        folder = os.open(home.path, os.O_RDONLY)
        os.fsync(folder)  # the files' own names
        os.close(folder)
    except (Unavailable, OSError) as error:
        raise HomeError(str(error)) from error
    with closing(connection):
        yield connection


def _nothing_is_lost(home: Home) -> None:
    """Compare the journal with what was acknowledged, before anything is written over what may still be saved."""
    heads = Heads(home.heads).read()
    begun = bool(heads) or (heads is None and home.fund_id.exists())
    if not home.journal.exists():
        if begun:
            raise HomeError(_gone(home))
        return
    try:
        with closing(sqlite3.connect(_where(home), uri=True)) as connection:
            made = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'commits'").fetchone()
            empty = not made or connection.execute("SELECT 1 FROM commits LIMIT 1").fetchone() is None
            missing = {} if empty else lost(connection, heads or {})
    except sqlite3.Error as error:
        raise HomeError(f"{home.journal} can't be read: {error}; psdf verify shows where") from error
    if empty and begun:
        raise HomeError(_gone(home))
    if missing:
        raise HomeError(_lost(home, missing))


def _where(home: Home) -> str:
    """The journal as SQLite is told to read it and nothing else."""
    return f"{home.journal.resolve().as_uri()}?mode=ro"


def _gone(home: Home) -> str:
    return (
        f"{home.journal} is not there or empty, and {home.fund_id.name} says that a fund lives here: put back the "
        f"journal or a back-up. To begin anew, remove {home.fund_id.name} and {home.heads.name} too"
    )


def _lost(home: Home, missing: Mapping[str, Head]) -> str:
    which = ", ".join(f"commit {head.version} of {service} {head.stream}" for service, head in sorted(missing.items()))
    return (
        f"{home.journal} has lost its end, or is an older copy: {which} was acknowledged and is not in it. Put back "
        f"the whole journal (with its -wal) or a newer back-up; to go on without what is lost, remove "
        f"{home.heads.name} and let senders publish again, what is known changes nothing"
    )


@contextmanager
def reading(home: Home) -> Iterator[sqlite3.Connection]:
    """Open the journal to read: all that is asked is of one moment, while the fund may run on.

    Raises HomeError where there is no journal, or one that can't be read.
    """
    if not home.journal.is_file():
        raise HomeError(f"{home.path} holds no fund yet: give --home its folder, or start one there with psdf run")
    try:
        with closing(
            sqlite3.connect(_where(home), uri=True, isolation_level=None, check_same_thread=False)
        ) as connection:
            connection.execute("BEGIN")
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version not in (SCHEMA_VERSION, *OLDER):
                raise HomeError(f"{home.journal} has schema version {version}, this program knows {SCHEMA_VERSION}")
            teach(connection)
            yield connection
    except sqlite3.Error as error:
        raise HomeError(f"{home.journal} can't be read: {error}") from error
    except Broken as error:
        raise HomeError(f"{home.journal} contradicts itself: {error}; psdf verify shows where") from error
