"""Where all journals end at one moment, read while they are written: a consistent cut.

The ends of journals that go on can't be asked at once. A service whose end is asked later may have heard what another
said after its own end was asked; a copy up to these ends would decide because of something that is in no journal. So
what was written meanwhile is looked at, and a stream ends before the first decision whose cause is beyond the ends
(happened-before: Lamport, CACM 21(7), 1978; consistent cuts: Mattern, Virtual Time and Global States, 1989).
"""

from collections.abc import AsyncIterator, Mapping
from typing import Protocol

from shared.engine.codec import decode_decisions
from shared.engine.journal import SEALER, Commit, Store
from shared.engine.outbox import name_of
from shared.kernel.value import value
from shared.messages.read import cause_key

FIRST = (SEALER, "desk")
"""Who knows where others end (the seals), or waits for their answers (the desk): asked before them."""
LAST = ("bank",)
"""Asked after all others: it must not forget what it gave to the bank, and what it has beyond them changes nothing."""

Ends = dict[str, dict[str, int]]
"""The last version of each stream of each service."""


class Journals(Protocol):
    """Every journal of a place; all methods raise what the store raises."""

    async def services(self) -> list[str]:
        """The names of those who have committed."""

    def store(self, service: str) -> Store:
        """A service's journal."""

    def since(self, service: str, known: Mapping[str, int]) -> AsyncIterator[Commit]:
        """What a service has committed after a version of each stream, stream by stream in order."""

    async def marks(self) -> Mapping[tuple[str, str], int]:
        """Up to which version each stream of each service was told."""


@value
class Written:
    """A commit: its version, the keys of its decisions' causes, and those of what it says."""

    version: int
    causes: frozenset[bytes]
    says: frozenset[bytes]


async def of_one_moment(journals: Journals) -> Ends:
    """Where each journal ends, so that whatever one decided upon, the one who said it has too.

    Nothing that stood in a journal before this was asked is left out.
    """
    told = await journals.marks()
    names = await journals.services()
    ends: Ends = {}
    for name in sorted(set(names) - set(LAST), key=lambda name: (name not in FIRST, name)):
        ends[name] = dict(await journals.store(name).heads())
    written: dict[tuple[str, str], list[Written]] = {}
    for name in await journals.services():  # what was told before the ends were asked has its cause before them
        if name in (*FIRST, *LAST):
            continue
        ends.setdefault(name, {})
        known = {stream: version for (service, stream), version in told.items() if service == name}
        async for commit in journals.since(name, known):
            written.setdefault((name, commit.stream), []).append(_written(name, commit))
    _cut(ends, written)
    for name in set(names) & set(LAST):
        ends[name] = dict(await journals.store(name).heads())
    return ends


def _written(service: str, commit: Commit) -> Written:
    decisions = decode_decisions(commit.body)
    return Written(
        version=commit.version,
        causes=frozenset(cause_key(each.source, each.id) for each in decisions),
        says=frozenset(
            cause_key(f"/{service}", name_of(service, commit.stream, each.position + offset))
            for each in decisions
            for offset in range(len(each.events))
        ),
    )


def _cut(ends: Ends, written: Mapping[tuple[str, str], list[Written]]) -> None:
    """Let each stream end before the first commit whose cause lies beyond the ends, until there is none."""
    beyond = set[bytes]()
    for (service, stream), commits in written.items():
        for commit in commits:
            if commit.version > ends[service].get(stream, 0):
                beyond |= commit.says
    changed = True
    while changed:
        changed = False
        for (service, stream), commits in written.items():
            end = ends[service].get(stream, 0)
            within = [commit for commit in commits if commit.version <= end]
            late = next((commit.version for commit in within if not commit.causes.isdisjoint(beyond)), None)
            if late:
                changed, ends[service][stream] = True, late - 1
                beyond.update(*(commit.says for commit in within if commit.version >= late))
    for streams in ends.values():
        for stream in [stream for stream, end in streams.items() if not end]:
            del streams[stream]
