"""A copy of the cluster's journals as a home: every commit, checked against its chain, where all commands read it.

Again it takes what is new; a kill at any moment loses nothing, for each commit stands or does not.
"""

from collections.abc import Mapping

from shared.adapters.mongo.client import connected
from shared.adapters.sqlite.store import SqliteStore
from shared.engine.faults import Broken, Unavailable
from shared.engine.journal import Commit, genesis
from shared.journal.fold import follow
from shared.journal.home import Home, held, writing
from shared.journal.journals import MongoJournals, SqliteJournals
from shared.journal.moment import of_one_moment
from shared.kernel.stop import Stop

AT_ONCE = 500
"""Commits of one transaction."""
CAUSES_FIRST = ("contracts", "invoicing", "reconciliation", "reserve", "payments")
"""The order in which services' commits are written: an invoice is accepted before it is paid. Where each ends is asked
the other way round, so that whatever a commit answers is copied before it or with it."""


class Copier:
    """Copies what is new from journals into a home; remembers how far it has come."""

    def __init__(self, journals: MongoJournals | SqliteJournals, home: Home) -> None:
        """Take the journals that are read, and the home of the copy."""
        self._journals, self._home = journals, home
        self._ends: dict[tuple[str, str], tuple[int, bytes]] | None = None

    async def copy(self, ends: Mapping[str, Mapping[str, int]] | None = None, *, all_of_it: bool = True) -> int:
        """Copy every commit that the home does not have, or those that were told since the last time; how many.

        ``ends`` are where to stop, where that is known. Raises Unavailable, HomeError; Broken where a commit does not
        follow the one before it.
        """
        try:
            return await self._copy(ends, all_of_it=all_of_it)
        except BaseException:
            self._ends = None  # what was read and not written is read again
            raise

    async def _copy(self, ends: Mapping[str, Mapping[str, int]] | None, *, all_of_it: bool) -> int:
        taken = 0
        services = sorted(await self._journals.services(), key=_written_as)
        heads = ends or {
            service: await (self._journals.store(service).heads() if all_of_it else self._journals.news(service))
            for service in reversed(services)
        }
        with writing(self._home) as connection:
            if self._ends is None:
                query = "SELECT service, stream, max(version), hash FROM commits GROUP BY service, stream"
                self._ends = {(row[0], row[1]): (row[2], row[3]) for row in connection.execute(query)}
            for service in services:
                taken += await self._of_service(
                    service, heads.get(service, {}), SqliteStore(connection, service), self._ends
                )
        return taken

    async def _of_service(
        self, service: str, heads: Mapping[str, int], copy: SqliteStore, ends: dict[tuple[str, str], tuple[int, bytes]]
    ) -> int:
        store, some, taken = self._journals.store(service), list[Commit](), 0
        for stream, head in sorted(heads.items()):
            version, hash_ = ends.get((service, stream), (0, genesis(service, stream)))
            if head > version:
                async for commit in store.read(stream, version):
                    version, hash_ = follow(commit, version, hash_)
                    some.append(commit)
                    if len(some) == AT_ONCE:
                        taken += await _write(copy, some)
            ends[service, stream] = version, hash_
        taken += await _write(copy, some)
        await copy.mark(heads)
        await copy.close()
        return taken


def _written_as(service: str) -> int:
    return CAUSES_FIRST.index(service) if service in CAUSES_FIRST else len(CAUSES_FIRST)


async def _write(copy: SqliteStore, some: list[Commit]) -> int:
    await copy.append(some)
    taken = len(some)
    some.clear()
    return taken


async def copy_cluster(home: Home, fund_id: str, mongo: str, database: str) -> int:
    """Copy the journals of a database into a home that nobody else holds; how many commits. Raises Stop."""
    async with connected(mongo) as client:
        try:
            with held(home, fund_id):
                mark_as_copy(home, database)
                journals = MongoJournals(client, database)
                return await Copier(journals, home).copy(await of_one_moment(journals))
        except (Unavailable, Broken) as error:
            raise Stop(str(error)) from error


def mark_as_copy(home: Home, database: str) -> None:
    """Say of a home whose journals it copies. Raises Stop where it is another's, or a fund's own."""
    said = home.cluster_prefix.read_text(encoding="utf-8").strip() if home.cluster_prefix.is_file() else None
    if said is None and home.journal.is_file():
        raise Stop(f"{home.path} is a fund's own home: give --home an empty folder for the copy")
    if said is not None and said.rstrip(".") != database:
        raise Stop(f"{home.path} is a copy of {said}, not of {database}: give --home another folder")
    if said is None:
        home.cluster_prefix.write_text(f"{database}\n", encoding="utf-8")
