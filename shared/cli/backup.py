"""``psdf backup``: a copy of the fund as one file, taken while it works."""

import asyncio
import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from shared.adapters.sqlite.backup import Say, copy_journal, pack
from shared.cli.options import HomeOption, settings
from shared.cli.screen import progress, say, screen
from shared.desk.home import JOURNAL
from shared.desk.people import PEOPLE
from shared.engine.faults import Unavailable
from shared.journal.home import DESK, Home, HomeError, reading
from shared.journal.journals import MongoJournals
from shared.journal.moment import of_one_moment
from shared.kernel.stop import Stop, Wrong
from shared.kernel.value import value
from shared.runtime.settings import Settings, fund_of

NAME = "psdf-{taken}.backup"
PARTIAL = ".partial"


@value
class Store:
    """The cluster's store: its address, the fund's database there, and the fund."""

    mongo: str
    database: str
    fund_id: str


def store_of(settings: Settings) -> Store | None:
    """The cluster's store, where PSDF_MONGO says where that is; None where the fund is a folder."""
    if not settings.mongo:
        return None
    from shared.runtime.cluster import database_of

    fund_id = fund_of(settings).fund_id
    database = database_of(settings.prefix) if settings.prefix else fund_id
    return Store(mongo=settings.mongo, database=database, fund_id=fund_id)


def backup(
    target: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="a new file, or a folder", show_default=False),
    ],
    home: HomeOption = None,
    keep: Annotated[
        int | None, typer.Option(min=1, help="of a folder's back-ups only so many, the newest", show_default=False)
    ] = None,
) -> None:
    """Copy a fund into one file, while it works: journals, letters, whose they are, how far was heard.

      psdf backup fund.backup --home /srv/fund
      psdf backup /backup --keep 30                    of the cluster's store, where PSDF_MONGO says where that is

    The copy is of one moment, and has digests. Copy it off the machine: psdf restore puts it back, psdf verify proves
    it. What is on Kafka is not in it; of a cluster keys, certificates and people.json are not either.
    """
    chosen = settings(home=home)
    now = datetime.now(UTC)
    into = target.is_dir()
    if keep is not None and not into:
        raise Wrong(f"--keep is of a folder's back-ups, and {target} is no folder")
    path = target / NAME.format(taken=f"{now:%Y-%m-%dT%H%M%SZ}") if into else target
    if path.exists():
        raise Stop(f"{path} is there: a back-up is never overwritten")
    partial = path.with_name(path.name + PARTIAL)
    store, taken = None if home else store_of(chosen), now.isoformat(timespec="seconds")
    try:
        partial.unlink(missing_ok=True)
        told = asyncio.run(_of_cluster(store, taken, partial)) if store else _of_home(chosen, taken, partial)
        if not told:
            partial.unlink()
            raise Stop(f"there is nothing to back up in {store and store.database}: is it the fund's database?")
        partial.rename(path)
        _sync(path.parent)
        others = sorted(set(target.glob(NAME.format(taken="*"))) - {path})  # whatever the clock says, this one stays
        old = others[: max(0, len(others) + 1 - keep)] if keep else []
        for each in old:
            each.unlink()
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise Stop(f"{error.filename or path}: {error.strerror}; is there room on the disk?") from error
    except Unavailable as error:
        partial.unlink(missing_ok=True)
        raise Stop(str(error)) from error
    gone = f"; {len(old)} older ones removed" if old else ""
    say(f"{path}: {told}, {path.stat().st_size} bytes{gone}")


def _sync(folder: Path) -> None:
    """See that a folder's names are on the disk."""
    opened = os.open(folder, os.O_RDONLY)
    os.fsync(opened)
    os.close(opened)


def _of_home(settings: Settings, taken: str, path: Path) -> str:
    home = Home(path=settings.home)
    fund_id, people = _fund_in(home), (settings.people or home.desk) / PEOPLE
    copy, desk_copy = path.with_name(path.name + ".journal"), path.with_name(path.name + ".desk")
    people_copy = path.with_name(path.name + ".people")
    for each in (copy, desk_copy, people_copy):
        each.unlink(missing_ok=True)
    try:
        if (home.desk / JOURNAL).is_file():  # before the fund's: what is confirmed and not answered is sent again
            with closing(sqlite3.connect(home.desk / JOURNAL)) as desk:
                _copy(desk, people_copy)
        with reading(home) as connection, progress(screen(), "pages") as bar:
            task = bar.add_task("copying", total=None)
            _copy(connection, copy, lambda left, total: bar.update(task, completed=total - left, total=total))
        if (home.bank / DESK).is_file():  # after the fund's: what the desk has beyond it changes nothing
            with closing(sqlite3.connect(home.bank / DESK)) as desk:
                _copy(desk, desk_copy)
        letters = sorted(home.letters.glob("*.pdf"))
        looked_at = [(each.name, each) for each in (home.seen, home.dismissed) if each.is_file()]
        desks = [
            (f"{folder.name}/{name}", found)
            for folder, name, found in (
                (home.bank, DESK, desk_copy),
                (home.desk, JOURNAL, people_copy),
                (home.desk, PEOPLE, people),
            )
            if found.is_file()
        ]
        documents = sorted(home.documents.glob("*.*"))
        beside = [(f"{each.parent.name}/{each.name}", each) for each in (*letters, *documents)]
        files = [(home.fund_id.name, home.fund_id), *beside]
        pack(path, fund_id, taken, [*files, *looked_at, *desks, (home.journal.name, copy)])
    finally:
        for each in (copy, desk_copy, people_copy):
            each.unlink(missing_ok=True)
    told = f"the journal of fund {fund_id}, {len(letters)} letters and {len(documents)} files of e-invoices"
    if settings.people:
        told += f", {people}" if people.is_file() else f"; {people} is not there, so nobody of the desk is in it"
    return told


def _copy(source: sqlite3.Connection, copy: Path, say: Say = lambda _left, _total: None) -> None:
    """Copy a journal. Raises Stop, which does not say of the journal what is so of the place of the back-up."""
    try:
        copy_journal(source, copy, say)
    except sqlite3.Error as error:
        raise Stop(f"{copy.parent}: no copy can be made there: {error}; is there room on the disk?") from error


def _fund_in(home: Home) -> str:
    try:
        return home.fund_id.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise HomeError(f"{home.path} holds no fund: {error.strerror}; give --home its folder") from error


async def _of_cluster(store: Store, taken: str, path: Path) -> str:
    from shared.adapters.mongo.backup import dump
    from shared.adapters.mongo.client import connected

    async with connected(store.mongo) as client:
        with progress(screen(), "commits") as bar:
            task = bar.add_task("copying", total=None)
            ends = partial(of_one_moment, MongoJournals(client, store.database))
            end = await dump(client, store.database, store.fund_id, taken, path, ends, lambda: bar.advance(task))
    commits = sum(count for name, count in end.documents.items() if name.endswith(".commits"))
    return f"{commits} commits of database {store.database}" if end.documents else ""
