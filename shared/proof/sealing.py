"""Sealing: what was decided since the last seal goes into the trees, and a new seal is made durable and published.

The seals are commits of the service ``psdf`` in the stream ``seals``, chained as all commits are, in the same store.
The running fund may seal, or a person beside it: whoever comes second finds the other's seal, and goes on after it.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Protocol

from shared.engine.codec import Codec, Decision, decode_decisions
from shared.engine.faults import Broken, Conflict
from shared.engine.journal import SEALER, Commit, Store, chain, follows, genesis, is_intact
from shared.engine.outbox import Message, messages_of
from shared.events.psdf import ProofSealed
from shared.proof.keys import Signer
from shared.proof.seal import (
    STREAM,
    End,
    Moved,
    Name,
    Seal,
    Statement,
    StreamsMoved,
    body_of,
    grow,
    moved_to,
    root_over,
    seal_of,
    signed,
)
from shared.proof.tree import Tree, leaf_hash

_CODEC = Codec(ProofSealed | StreamsMoved)


class Journals(Protocol):
    """Every journal of a place."""

    async def services(self) -> list[str]:
        """The names of those who have committed."""

    def store(self, service: str) -> Store:
        """A service's journal."""

    def since(self, service: str, known: Mapping[str, int]) -> AsyncIterator[Commit]:
        """What a service has committed after a version of each stream (0 if not named), stream by stream in order."""


class Ends:
    """Where all streams stood at a seal: as many seals as were taken in, one after another."""

    def __init__(self) -> None:
        self.moved: dict[Name, Moved] = {}
        self.last: Seal | None = None
        self.version, self.hash = 0, genesis(SEALER, STREAM)
        self._leaves: dict[Name, bytes] = {}

    def take(self, commit: Commit) -> Seal:
        """Take in the commit of the next seal. Raises Broken where it is not the next, or was changed."""
        where = f"{SEALER}: stream {STREAM}, commit {commit.version}"
        if not follows(commit, self.version, self.hash) or not is_intact(commit):
            raise Broken(f"{where}: does not follow, or was changed")
        try:
            seal = seal_of(commit)
            self._stand(seal.moved)
        except ValueError as error:
            raise Broken(f"{where}: keeps no seal: {error}") from None
        self.last, self.version, self.hash = seal, commit.version, commit.hash
        return seal

    def _stand(self, moved: Iterable[Moved]) -> None:
        for each in moved:
            self.moved[each.service, each.stream] = each
            self._leaves[each.service, each.stream] = leaf_hash(each.end().leaf())

    def root(self) -> bytes:
        """The root over all ends."""
        return root_over(self._leaves)

    def events(self) -> int:
        """How many events all streams have."""
        return sum(moved.events for moved in self.moved.values())

    def in_order(self) -> list[End]:
        """All ends, in the order in which they are leaves."""
        return [self.moved[name].end() for name in sorted(self.moved)]

    def next(self, fund_id: str, day: date, moved: Sequence[Moved], signer: Signer) -> Seal:
        """The seal that follows, with these streams moved."""
        after = Ends()
        after.moved, after._leaves = dict(self.moved), dict(self._leaves)
        after._stand(moved)
        before = self.last.statement if self.last else None
        statement = Statement(
            fund=fund_id,
            number=before.number + 1 if before else 1,
            day=max(day, before.day) if before else day,
            streams=len(after.moved),
            events=after.events(),
            root=after.root().hex(),
            previous=before.digest() if before else None,
        )
        return signed(statement, signer, moved)


class Sealer:
    """Seals the journals of a fund; remembers where they stood, so that a seal costs what was decided since."""

    def __init__(self, fund_id: str, journals: Journals, signer: Signer, store: Store) -> None:
        """Take the fund's id, its journals, its key, and the store of the seals, which may be written."""
        self.fund_id, self.journals, self.signer, self.store = fund_id, journals, signer, store
        self.ends = Ends()

    async def seal(self) -> Seal | None:
        """Seal what was decided since the last seal; None where nothing was.

        Raises Unavailable, and Broken where the journals contradict what was sealed before.
        """
        while True:
            await self.catch_up()
            moved, last = await self._moved()
            if not moved or last is None:
                return None
            seal = self.ends.next(self.fund_id, last.day, moved, self.signer)
            commit = chain(STREAM, self.ends.version + 1, body_of(seal, last), self.ends.hash)
            try:
                await self.store.append([commit])
            except Conflict:
                continue
            return self.ends.take(commit)

    async def catch_up(self) -> None:
        """Take in the seals that were made by others, and by earlier runs. Raises Broken, Unavailable."""
        async for commit in self.store.read(STREAM, self.ends.version):
            self.ends.take(commit)

    async def unpublished(self) -> list[tuple[Seal, Message]]:
        """The seals that are durable and not yet published, each with its message."""
        return [
            (seal_of(commit), message)
            async for commit in self.store.unpublished()
            for message in messages_of(SEALER, commit, _CODEC)
        ]

    async def published(self, seal: Seal) -> None:
        """Remember that a seal and all before it are published."""
        await self.store.mark({STREAM: seal.statement.number})

    async def _moved(self) -> tuple[list[Moved], Decision | None]:
        """Where the streams stand that have moved, and the latest of what was decided in them."""
        found: list[Moved] = []
        latest: Decision | None = None
        for service in await self.journals.services():
            if service == SEALER:
                continue
            known = {moved.stream: moved.version for moved in self.ends.moved.values() if moved.service == service}
            commits = [commit async for commit in self.journals.since(service, known)]
            for stream, of_stream in groupby(commits, key=lambda commit: commit.stream):
                moved, last = _grown((service, stream), self.ends.moved.get((service, stream)), list(of_stream))
                found.append(moved)
                latest = last if latest is None or _moment(last) > _moment(latest) else latest
        return found, latest


def _grown(name: Name, before: Moved | None, commits: Sequence[Commit]) -> tuple[Moved, Decision]:
    """Where a stream stands after these commits, and its last decision. Raises Broken where they do not follow."""
    tree = before.tree() if before else Tree()
    version, hash_ = (before.version, bytes.fromhex(before.hash)) if before else (0, genesis(*name))
    last: Decision | None = None
    for commit in commits:
        if not follows(commit, version, hash_) or not is_intact(commit):
            where = f"{name[0]}: stream {name[1]}, commit {commit.version}"
            raise Broken(f"{where}: does not follow what was sealed before, or was changed; psdf verify shows where")
        decisions = decode_decisions(commit.body)
        grow(tree, decisions)
        version, hash_, last = commit.version, commit.hash, (decisions or [last])[-1]
    if last is None:
        raise Broken(f"{name[0]}: stream {name[1]}: has commits without a decision")
    return moved_to(name, version, hash_, tree), last


def _moment(decision: Decision) -> datetime:
    return datetime.fromisoformat(decision.moment)
