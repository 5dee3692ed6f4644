"""The journals against every seal: those that they keep, those that were published, those that somebody else holds.

Each stream is read once, and its chain and its tree are made anew. Where a seal says of a stream what is not so, the
change lies between the seal before, which still holds there, and this one.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from shared.engine.codec import decode_decisions
from shared.engine.faults import Broken
from shared.engine.journal import SEALER, Commit, follows, genesis, is_intact
from shared.kernel.dsse import signing_bytes
from shared.kernel.value import value
from shared.proof.keys import is_signed, thumbprint
from shared.proof.published import SealFault, SealFile, statement_in
from shared.proof.seal import STREAM, TYPE, End, Name, Seal, Statement, grow
from shared.proof.sealing import Ends, Journals
from shared.proof.tree import Tree

SHOWN = 12
"""Digits shown of a hash."""


@value
class Claim:
    """What a seal says of a stream."""

    seal: str
    end: End


@value
class Verdict:
    """What was found: how many seals there are and by which keys, how many commits no seal has yet, what is wrong.

    Each fault is one line with service, stream and place.
    """

    seals: int
    last: str | None
    keyids: tuple[str, ...]
    unsealed: int
    unsealed_streams: tuple[Name, ...]
    faults: tuple[str, ...]


async def check(
    journals: Journals, held: Sequence[tuple[Path, SealFile]], keys: Sequence[str], step: Callable[[], None]
) -> Verdict:
    """Compare journals with the seals they keep and those that are ``held``; ``step`` is called after each commit.

    ``keys`` are public keys of which one must have signed each seal; without any, a seal names its own. Raises what the
    store raises.
    """
    kept, faults = await _kept(journals, keys)
    if keys and not (kept or faults):
        faults.append(f"{SEALER}: stream {STREAM}: no seal is there, and the given key has to have signed some")
    claims: defaultdict[Name, list[Claim]] = defaultdict(list)
    ends = [tuple(moved.end() for moved in seal.moved) for seal in kept]
    for seal, of_seal in zip(kept, ends, strict=True):
        for end in of_seal:
            claims[end.name].append(Claim(seal=str(seal), end=end))
    contradicting: list[Contradiction] = []
    for path, file in held:
        found, fault = _against(path, file, kept, ends, keys)
        faults += [fault] if fault else []
        if found:
            contradicting.append(found)
            for end in file.moved:
                claims[end.name].append(Claim(seal=found.seal, end=end))
    checks = await _streams(journals, claims, step)
    faults += [fault for each in checks for fault in each.faults]
    faults += [told for each in contradicting for told in each.told_otherwise(checks)]
    behind = [each for each in checks if each.unsealed]
    return Verdict(
        seals=len(kept),
        last=str(kept[-1]) if kept else None,
        keyids=tuple(dict.fromkeys(thumbprint(seal.public) for seal in kept)),
        unsealed=sum(each.unsealed for each in behind),
        unsealed_streams=tuple(each.name for each in behind),
        faults=tuple(faults),
    )


# --- the seals


async def _kept(journals: Journals, keys: Sequence[str]) -> tuple[list[Seal], list[str]]:
    """The seals of the journals up to the first that does not follow, and what is wrong with them."""
    ends, kept, faults = Ends(), list[Seal](), list[str]()
    async for commit in journals.store(SEALER).read(STREAM):
        before = ends.last
        try:
            seal = ends.take(commit)
        except Broken as error:
            faults.append(str(error))
            break
        faults += [f"{SEALER}: stream {STREAM}, {seal}: {fault}" for fault in _faults_of(seal, before, ends, keys)]
        kept.append(seal)
    return kept, faults


def _faults_of(seal: Seal, before: Seal | None, ends: Ends, keys: Sequence[str]) -> Iterator[str]:
    """What a seal says that does not follow from what it keeps."""
    said = seal.statement
    if said.number != (before.statement.number + 1 if before else 1):
        yield f"follows {before or 'no seal'}"
    if said.previous != (before.statement.digest() if before else None):
        yield "does not name the seal before it: that one, or this one, was changed"
    if before and (said.fund != before.statement.fund or said.day < before.statement.day):
        yield f"is of fund {said.fund} and {said.day}, the one before of {before.statement.fund}"
    if said.root != (root := ends.root().hex()):
        yield f"its root is {_short(said.root)}, and the streams that it keeps make {_short(root)}"
    if (said.streams, said.events) != (len(ends.moved), ends.events()):
        yield f"counts {said.streams} streams and {said.events} events, and keeps {len(ends.moved)} and {ends.events()}"
    if not is_signed(signing_bytes(TYPE, said.text()), seal.signature, seal.public):
        yield "its signature is not that of what it says"
    elif keys and seal.public not in keys:
        yield f"is signed by key {thumbprint(seal.public)}, which is none of those that were given"


@value
class Contradiction:
    """A seal that somebody has kept, and that says otherwise than the journals: the streams of both, as they moved."""

    seal: str
    theirs: tuple[End, ...]
    ours: tuple[End, ...]

    def told_otherwise(self, checks: Sequence["StreamCheck"]) -> Iterator[str]:
        """Say what it means where each stream that it names still holds."""
        if any(each.broken or self.seal in each.differing for each in checks):
            return
        theirs, ours = ({end.name: end.version for end in ends} for ends in (self.theirs, self.ours))
        others = [name for name in sorted(theirs.keys() | ours.keys()) if theirs.get(name) != ours.get(name)]
        for name in others:
            at = f"at commit {theirs[name]}" if name in theirs else "without it"
            now = f"at commit {ours[name]}" if name in ours else "without it"
            yield f"{name[0]}: stream {name[1]}: {self.seal} was made {at}, the journals' {now}: it was made anew"
        if not others:
            yield (
                f"{self.seal}: the streams that had moved on that day hold, so the change lies in one that had not: "
                "an earlier seal that somebody else has kept says which"
            )


def _against(
    path: Path, file: SealFile, kept: Sequence[Seal], ends: Sequence[tuple[End, ...]], keys: Sequence[str]
) -> tuple[Contradiction | None, str | None]:
    """Whether a kept seal is that of the journals; what is wrong, and what it says otherwise."""
    try:
        said = _signed_by_one_of(file, keys or (file.public_key,))
    except SealFault as error:
        return None, f"{path}: {error}"
    seal, at = f"seal {said.number} of {said.day} in {path}", said.number - 1
    if at >= len(kept):
        last = kept[-1] if kept else "no seal"
        fault = f"{seal}: the journals end with {last}: seals were removed, or this is an older copy"
        return Contradiction(seal=seal, theirs=file.moved, ours=file.moved), fault
    if kept[at].statement != said:
        root = f"has root {_short(said.root)}, and that of the journals {_short(kept[at].statement.root)}"
        fault = f"{seal} {root}: what had been decided was changed after it"
        return Contradiction(seal=seal, theirs=file.moved, ours=ends[at]), fault
    if (file.moved, file.public_key) != (ends[at], kept[at].public):
        return None, f"{seal}: what stands beside its statement, streams or key, was changed in the file"
    return None, None


def _signed_by_one_of(file: SealFile, keys: Sequence[str]) -> Statement:
    """The statement of a file. Raises SealFault where none of the keys has signed it."""
    first, *others = keys
    try:
        return statement_in(file.envelope, first)
    except SealFault:
        if not others:
            raise
        return _signed_by_one_of(file, others)


# --- the streams


class StreamCheck:
    """One stream, commit by commit, against all that seals say of it."""

    def __init__(self, name: Name, claims: Iterable[Claim]) -> None:
        """Take what seals say of it."""
        self.name, self.faults = name, list[str]()
        self._claims = sorted(claims, key=lambda claim: claim.end.version)
        self._version, self._hash, self._tree = 0, genesis(*name), Tree()
        self._next, self._held, self.broken = 0, 0, False
        self.unsealed = 0
        self.differing: set[str] = set()

    def take(self, commit: Commit) -> None:
        """Check the next commit; after a broken chain nothing more can be said."""
        if self.broken:
            return
        try:
            self._follow(commit)
        except (Broken, ValueError) as error:
            self._fault(f", commit {commit.version}: {error}")
            self.broken = True
            return
        while self._next < len(self._claims) and self._claims[self._next].end.version == commit.version:
            self._compare(self._claims[self._next])
            self._next += 1
        if self._next == len(self._claims):
            last = self._claims[-1].end.version if self._claims else 0
            self.unsealed += commit.version > last

    def _follow(self, commit: Commit) -> None:
        if commit.version != self._version + 1:
            raise Broken(f"commit {self._version + 1} is missing")
        if not follows(commit, self._version, self._hash):
            raise Broken("does not follow the commit before it")
        if not is_intact(commit):
            raise Broken("its hash is not that of its body: body or hash were changed")
        grow(self._tree, decode_decisions(commit.body))
        self._version, self._hash = commit.version, commit.hash

    def _compare(self, claim: Claim) -> None:
        """What a seal says of the commit that was read last."""
        end = claim.end
        if end.hash != self._hash.hex():
            where = f"what was changed lies in commits {self._held + 1} to {end.version}"
            told = f"says that commit {end.version} is {_short(end.hash)}, and it is {_short(self._hash.hex())}"
            self._differs(claim, f"{told}: {where}")
        elif (end.events, end.root) != (self._tree.size, self._tree.root().hex()):
            self._differs(claim, f"has another tree over the events up to commit {end.version} than the journal")
        else:
            self._held = end.version

    def end(self) -> None:
        """See what seals know of that is not there."""
        if not self.broken and self._next < len(self._claims):
            claim = self._claims[self._next]
            there = f"the stream ends with commit {self._version}" if self._version else "the stream is gone"
            self._differs(claim, f"knows commit {claim.end.version}, and {there}")

    def _differs(self, claim: Claim, told: str) -> None:
        if not self.differing:
            self._fault(f": {claim.seal} {told}")
        self.differing.add(claim.seal)

    def _fault(self, told: str) -> None:
        self.faults.append(f"{self.name[0]}: stream {self.name[1]}{told}")


async def _streams(
    journals: Journals, claims: defaultdict[Name, list[Claim]], step: Callable[[], None]
) -> list[StreamCheck]:
    """Every stream that there is or that a seal knows, checked."""
    checks: dict[Name, StreamCheck] = {}
    for service in await journals.services():
        if service == SEALER:
            continue
        async for commit in journals.store(service).read():
            name = service, commit.stream
            if name not in checks:
                checks[name] = StreamCheck(name, claims.get(name, ()))
            checks[name].take(commit)
            step()
    for name in claims:
        checks.setdefault(name, StreamCheck(name, claims[name]))
    for each in checks.values():
        each.end()
    return list(checks.values())


def _short(hash_: str) -> str:
    return f"{hash_[:SHOWN]}..."
