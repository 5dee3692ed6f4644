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
from shared.kernel.value import value
from shared.proof.envelope import encoded
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
    claims: defaultdict[Name, list[Claim]] = defaultdict(list)
    for seal in kept:
        for moved in seal.moved:
            claims[moved.service, moved.stream].append(Claim(seal=str(seal), end=moved.end()))
    contradicting: list[tuple[Path, Statement, list[Claim]]] = []
    for path, file in held:
        found, fault = _against(path, file, kept, keys)
        faults += [fault] if fault else []
        if found:
            contradicting.append((path, statement_in(file.envelope, None), found))
            for claim in found:
                claims[claim.end.name].append(claim)
    checks = await _streams(journals, claims, step)
    faults += [fault for each in checks for fault in each.faults]
    faults += list(_nowhere(contradicting, checks))
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
        except (Broken, ValueError, LookupError, TypeError) as error:
            told = str(error) if isinstance(error, Broken) else f"keeps no seal: {error!r}"
            faults.append(f"{SEALER}: stream {STREAM}, commit {commit.version}: {told}")
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
    if not is_signed(encoded(TYPE, said.text()), seal.signature, seal.public):
        yield "its signature is not that of what it says"
    elif keys and seal.public not in keys:
        yield f"is signed by key {thumbprint(seal.public)}, which is none of those that were given"


def _against(path: Path, file: SealFile, kept: Sequence[Seal], keys: Sequence[str]) -> tuple[list[Claim], str | None]:
    """What a held seal says of streams, where the journals keep another one; and what is wrong."""
    try:
        statements = [_signed_by(file, key) for key in keys or (file.public_key,)]
        said = next((each for each in statements if isinstance(each, Statement)), None)
        if said is None:
            raise next(each for each in statements if isinstance(each, SealFault))
    except SealFault as error:
        return [], f"{path}: {error}"
    seal = f"seal {said.number} of {said.day} in {path}"
    claims = [Claim(seal=seal, end=end) for end in file.moved]
    if said.number > len(kept):
        last = kept[-1] if kept else "no seal"
        return claims, f"{seal}: the journals end with {last}: seals were removed, or this is an older copy"
    ours = kept[said.number - 1]
    if ours.statement != said:
        root = f"has root {_short(said.root)}, and the journals have {_short(ours.statement.root)}"
        return claims, f"{seal} {root}: what was decided before it was rewritten after it"
    if file.moved != tuple(moved.end() for moved in ours.moved):
        return [], f"{seal}: the streams beside its statement were changed in the file"
    return [], None


def _signed_by(file: SealFile, key: str) -> Statement | SealFault:
    try:
        return statement_in(file.envelope, key)
    except SealFault as error:
        return error


# --- the streams


class StreamCheck:
    """One stream, commit by commit, against all that seals say of it."""

    def __init__(self, name: Name, claims: Iterable[Claim]) -> None:
        """Take what seals say of it."""
        self.name, self.faults = name, list[str]()
        self._claims = sorted(claims, key=lambda claim: claim.end.version)
        self._version, self._hash, self._tree = 0, genesis(*name), Tree()
        self._next, self._held, self._broken = 0, 0, False
        self.unsealed = 0
        self.differing: set[str] = set()

    def take(self, commit: Commit) -> None:
        """Check the next commit; after a broken chain nothing more can be said."""
        if self._broken:
            return
        try:
            self._follow(commit)
        except (Broken, ValueError) as error:
            self._fault(f", commit {commit.version}: {error}")
            self._broken = True
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
        if not self._broken and self._next < len(self._claims):
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


def _nowhere(
    contradicting: Iterable[tuple[Path, Statement, list[Claim]]], checks: Sequence[StreamCheck]
) -> Iterator[str]:
    """Say of a seal that contradicts the journals, in no stream that had moved when it was made, what that means."""
    differing = {seal for each in checks for seal in each.differing}
    broken = any(each.faults for each in checks)
    for path, said, claims in contradicting:
        if not broken and not any(claim.seal in differing for claim in claims):
            yield (
                f"seal {said.number} of {said.day} in {path}: the streams that had moved on that day hold, so the "
                "change lies in one that had not: an earlier seal that somebody else has kept says which"
            )


def _short(hash_: str) -> str:
    return f"{hash_[:SHOWN]}..."
