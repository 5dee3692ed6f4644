"""A seal: one root over the ends of all streams of a fund, chained to the seal before, signed.

Each stream is a tree of its own (``tree``) whose leaves are its events, one after another; a leaf is the event as it is
stored, with the decision that it belongs to and no other of that decision's events. The end of a stream is its last
commit, with its hash, and the root of its tree. The ends, in order of service and stream, are the leaves of the seal's
tree. Nothing in a seal comes from a clock: the same journals and the same key give the same bytes.
"""

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import ClassVar, TypeAlias

import msgspec

from shared.engine.codec import Codec, Decision, decode_decisions, encode_decisions
from shared.engine.faults import Broken
from shared.engine.journal import Commit
from shared.events.psdf import ProofSealed
from shared.kernel.dsse import signing_bytes
from shared.kernel.value import value
from shared.proof.keys import KeyFault, Signer, decoded, public_bytes
from shared.proof.tree import HASH_BYTES, Tree, leaf_hash

STREAM = "seals"
FORMAT = "psdf seal 1"
TYPE = "application/vnd.psdf.seal+json"
"""The type under which a statement is signed."""

Name: TypeAlias = tuple[str, str]
"""A stream: its service and its own name."""


class Statement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a seal says, and what is signed of it: this, as JSON without blanks, its fields in this order."""

    format: str = FORMAT
    fund: str
    number: int
    day: date
    streams: int
    events: int
    root: str
    previous: str | None

    def text(self) -> bytes:
        """The bytes that are signed."""
        return msgspec.json.encode(self)

    def digest(self) -> str:
        """What the next seal says of this one: the SHA-256 of its text."""
        return hashlib.sha256(self.text()).hexdigest()


class End(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The end of a stream: its last commit, how many events it has, and the root of their tree. Hashes in hex."""

    service: str
    stream: str
    version: int
    hash: str
    events: int
    root: str

    @property
    def name(self) -> Name:
        """Whose end it is."""
        return self.service, self.stream

    def leaf(self) -> bytes:
        """The leaf of a seal's tree: this as JSON without blanks, its fields in this order."""
        return msgspec.json.encode(self)


@value
class Moved:
    """Where a stream stood when it was sealed, if it had moved since the seal before; ``peaks`` are its tree's."""

    service: str
    stream: str
    version: int
    hash: str
    events: int
    peaks: str

    def tree(self) -> Tree:
        """The tree of its events."""
        raw = decoded(self.peaks)
        return Tree(self.events, [raw[at : at + HASH_BYTES] for at in range(0, len(raw), HASH_BYTES)])

    def end(self) -> End:
        """The end of the stream."""
        return End(
            service=self.service,
            stream=self.stream,
            version=self.version,
            hash=self.hash,
            events=self.events,
            root=self.tree().root().hex(),
        )


def moved_to(name: Name, version: int, hash_: bytes, tree: Tree) -> Moved:
    """Where a stream stands."""
    return Moved(
        service=name[0],
        stream=name[1],
        version=version,
        hash=hash_.hex(),
        events=tree.size,
        peaks=base64.b64encode(b"".join(tree.peaks)).decode(),
    )


@value
class StreamsMoved:
    """The streams that moved since the seal before: what this seal's tree is made of, with those of before."""

    type: ClassVar[str] = "psdf.streams_moved"
    streams: tuple[Moved, ...]


@value
class Seal:
    """A seal as it is kept: what it says, by which key, and which streams had moved."""

    statement: Statement
    public: str
    signature: str
    moved: tuple[Moved, ...]

    def __str__(self) -> str:
        """Name it for a person."""
        return f"seal {self.statement.number} of {self.statement.day}"


_CODEC = Codec(ProofSealed | StreamsMoved)
_encoder = msgspec.json.Encoder()


def leaves_of(decision: Decision) -> Iterator[bytes]:
    """The leaves of a decision: it with each of its events alone, numbered as that event is in its stream."""
    if len(decision.events) == 1:
        yield _encoder.encode(decision)
        return
    for offset, entry in enumerate(decision.events):
        alone = msgspec.structs.replace(decision, position=decision.position + offset, events=(entry,))
        yield _encoder.encode(alone)


def grow(tree: Tree, decisions: Sequence[Decision]) -> None:
    """Add the events of a commit to its stream's tree. Raises Broken where they are not numbered on."""
    for decision in decisions:
        if decision.position != tree.size:
            raise Broken(f"event {decision.position} stands where event {tree.size} comes next")
        for leaf in leaves_of(decision):
            tree.append(leaf_hash(leaf))


def root_over(ends: Mapping[Name, bytes]) -> bytes:
    """The root over the ends of all streams, given the hash of each one's leaf."""
    tree = Tree()
    for name in sorted(ends):
        tree.append(ends[name])
    return tree.root()


def signed(statement: Statement, signer: Signer, moved: Sequence[Moved]) -> Seal:
    """Make a seal."""
    signature = signer.sign(signing_bytes(TYPE, statement.text()))
    return Seal(statement=statement, public=signer.public, signature=signature, moved=tuple(moved))


def decision_of(seal: Seal, last: Decision) -> Decision:
    """The seal as a decision of its own stream. ``last`` is the latest decision sealed: its cause, its moment."""
    said = seal.statement
    sealed = ProofSealed(
        fund=said.fund,
        number=said.number,
        day=said.day,
        streams=said.streams,
        events=said.events,
        root=said.root,
        previous=said.previous,
        public_key=seal.public,
        signature=seal.signature,
    )
    events = (_CODEC.entry(sealed), _CODEC.entry(StreamsMoved(streams=seal.moved)))
    return Decision(
        source=last.source,
        id=last.id,
        content="",
        moment=last.moment,
        day=said.day,
        rules=last.rules,
        position=(said.number - 1) * len(events),
        events=events,
    )


def body_of(seal: Seal, last: Decision) -> bytes:
    """The body of the commit that keeps a seal."""
    return encode_decisions([decision_of(seal, last)])


def seal_of(commit: Commit) -> Seal:
    """The seal that a commit keeps. Raises ValueError where it keeps none."""
    try:
        (decision,) = decode_decisions(commit.body)
        sealed, moved = map(_CODEC.decode, decision.events)
        public_bytes(sealed.public_key)
        for each in moved.streams:
            bytes.fromhex(each.hash)
    except (LookupError, AttributeError, KeyFault) as error:
        raise ValueError(repr(error)) from None
    statement = Statement(
        fund=sealed.fund,
        number=sealed.number,
        day=sealed.day,
        streams=sealed.streams,
        events=sealed.events,
        root=sealed.root,
        previous=sealed.previous,
    )
    return Seal(statement=statement, public=sealed.public_key, signature=sealed.signature, moved=moved.streams)
