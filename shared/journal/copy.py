"""A copy of the cluster's journals as a home: every commit, checked against its chain, where all commands read it.

Again it takes what is new; a kill at any moment loses nothing, for each commit stands or does not.
"""

from collections.abc import Mapping
from pathlib import Path

from shared.adapters.mongo.client import close, motor_client
from shared.adapters.sqlite.store import SqliteStore
from shared.engine.faults import Broken, Unavailable
from shared.engine.journal import Commit, genesis
from shared.journal.fold import follow
from shared.journal.home import Home, held, writing
from shared.journal.journals import MongoJournals, SqliteJournals
from shared.kernel.stop import Stop

AT_ONCE = 500
"""Commits of one transaction."""


class Copier:
    """Copies what is new from journals into a home that it holds; remembers how far it has come."""

    def __init__(self, journals: MongoJournals | SqliteJournals, home: Home) -> None:
        """Take the journals that are read, and the home of the copy."""
        self._journals, self._home = journals, home
        self._ends: dict[tuple[str, str], tuple[int, bytes]] = {}
        self._begun = False

    async def copy(self) -> int:
        """Copy every commit that the home does not have; how many. Raises Unavailable, Broken, HomeError."""
        taken = 0
        with writing(self._home) as connection:
            if not self._begun:
                query = "SELECT service, stream, max(version), hash FROM commits GROUP BY service, stream"
                self._ends = {(row[0], row[1]): (row[2], row[3]) for row in connection.execute(query)}
                self._begun = True
            heads = {
                service: await self._journals.store(service).heads() for service in await self._journals.services()
            }
            for service, of_service in heads.items():
                taken += await self._of_service(service, of_service, SqliteStore(connection, service))
        return taken

    async def _of_service(self, service: str, heads: Mapping[str, int], copy: SqliteStore) -> int:
        store, some, taken = self._journals.store(service), list[Commit](), 0
        for stream, head in sorted(heads.items()):
            version, hash_ = self._ends.get((service, stream), (0, genesis(service, stream)))
            if head < version:
                raise Broken(f"{service} {stream} ends with commit {head} there, and with {version} in the copy")
            if head == version:
                continue
            async for commit in store.read(stream, version):
                if commit.version > head:
                    break
                version, hash_ = follow(commit, version, hash_)
                some.append(commit)
                if len(some) == AT_ONCE:
                    taken += await _write(copy, some)
            self._ends[service, stream] = version, hash_
        taken += await _write(copy, some)
        await copy.mark(heads)
        await copy.close()
        return taken


async def _write(copy: SqliteStore, some: list[Commit]) -> int:
    await copy.append(some)
    taken = len(some)
    some.clear()
    return taken


async def copy_cluster(home: Home, fund_id: str, mongo: str, database: str) -> int:
    """Copy the journals of a database into a home that nobody else holds; how many commits. Raises Stop."""
    client = motor_client(mongo)
    try:
        with held(home, fund_id):
            mark_as_copy(home, database)
            return await Copier(MongoJournals(client, database), home).copy()
    except (Unavailable, Broken) as error:
        raise Stop(str(error)) from error
    finally:
        await close(client)


def mark_as_copy(home: Home, database: str) -> None:
    """Say of a home whose journals it copies. Raises Stop where it is another's, or a fund's own."""
    said = home.cluster_prefix.read_text(encoding="utf-8").strip() if home.cluster_prefix.is_file() else None
    if said is None and home.journal.is_file() and not _is_empty(home.journal):
        raise Stop(f"{home.path} is a fund's own home: give --home an empty folder for the copy")
    if said is not None and said.rstrip(".") != database:
        raise Stop(f"{home.path} is a copy of {said}, not of {database}: give --home another folder")
    home.cluster_prefix.write_text(f"{database}\n", encoding="utf-8")


def _is_empty(path: Path) -> bool:
    return path.stat().st_size == 0
