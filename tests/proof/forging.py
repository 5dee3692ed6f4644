"""Each way of tampering: changes a copy of sealed journals, and says what a fault must name."""

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import msgspec

from services.all import SERVICES
from shared.engine.codec import Decision, StateCodec, decode_decisions, encode_decisions
from shared.engine.ingress import INGRESS
from shared.engine.journal import SEALER, Commit, chain, genesis, opened, sealed
from shared.engine.stream import SnapshotBody
from shared.proof.keys import Signer
from shared.proof.published import SealFile
from shared.proof.seal import STREAM, body_of
from shared.proof.sealing import Ends, Sealer
from tests.engine.story import at_once
from tests.given import FUND
from tests.proof.sealed import FUNDS, STOLEN_BY, MemoryJournals, MemoryStore

Json = dict[str, Any]

Tamper = Callable[[MemoryJournals, random.Random], str]
"""Changes journals, and gives what the faults must name: a stream, or a file."""


def stream_of(journals: MemoryJournals, dice: random.Random, least: int = 1) -> tuple[str, str, list[Commit]]:
    """Any stream with so many commits."""
    names = [(a, b) for a, b in sorted(journals.names()) if len(journals.stores[a].streams[b]) >= least]
    service, stream = dice.choice(names)
    return service, stream, journals.stores[service].streams[stream]


def flipped(raw: bytes, dice: random.Random) -> bytes:
    """The bytes with one bit changed."""
    changed, at = bytearray(raw), dice.randrange(len(raw))
    changed[at] ^= 1 << dice.randrange(8)
    return bytes(changed)


def named(service: str, stream: str) -> str:
    return f"{service}: stream {stream}"


# --- without care: the chain is not made anew


def a_bit(journals: MemoryJournals, dice: random.Random) -> str:
    """A bit of a body, a hash or the hash before; of a journal, or of the seals'."""
    service, stream, commits = stream_of(journals, dice)
    if dice.random() < 0.2:
        service, stream, commits = SEALER, STREAM, journals.stores[SEALER].streams[STREAM]
    at, part = dice.randrange(len(commits)), dice.choice(["body", "hash", "prev_hash"])
    commits[at] = replace(commits[at], **{part: flipped(getattr(commits[at], part), dice)})
    return named(service, stream)


def two_swapped(journals: MemoryJournals, dice: random.Random) -> str:
    """Two commits of a stream change their places, or their bodies alone."""
    service, stream, commits = stream_of(journals, dice, 2)
    a, b = sorted(dice.sample(range(len(commits)), 2))
    first, second = commits[a], commits[b]
    if dice.random() < 0.5:
        commits[a], commits[b] = replace(second, version=first.version), replace(first, version=second.version)
    else:
        commits[a], commits[b] = replace(first, body=second.body), replace(second, body=first.body)
    return named(service, stream)


def two_swapped_between_streams(journals: MemoryJournals, dice: random.Random) -> str:
    """The same commit of two streams."""
    service, stream, commits = stream_of(journals, dice)
    other, of_other, others = stream_of(journals, dice)
    while (other, of_other) == (service, stream):
        other, of_other, others = stream_of(journals, dice)
    at = dice.randrange(min(len(commits), len(others)))
    commits[at], others[at] = replace(others[at], stream=stream), replace(commits[at], stream=of_other)
    return named(service, stream)


def some_deleted(journals: MemoryJournals, dice: random.Random) -> str:
    """One commit, or all to the end."""
    service, stream, commits = stream_of(journals, dice, 2)
    at = dice.randrange(len(commits))
    del commits[at : at + 1 if dice.random() < 0.5 else len(commits)]
    if not commits:
        del journals.stores[service].streams[stream]
    return named(service, stream)


def a_stream_removed(journals: MemoryJournals, dice: random.Random) -> str:
    """With all that it had."""
    service, stream, _ = stream_of(journals, dice)
    del journals.stores[service].streams[stream]
    return named(service, stream)


def one_appended(journals: MemoryJournals, dice: random.Random) -> str:
    """A decision that nobody took, rightly chained at an end, or in a stream that there was not."""
    service, stream, commits = stream_of(journals, dice)
    *_, last = decode_decisions(commits[-1].body)
    if dice.random() < 0.3:
        stream = "fund2"
        body = encode_decisions([msgspec.structs.replace(last, position=0)])
        made = chain(stream, 1, body, genesis(service, stream))
        journals.stores[service].streams[stream] = [made]
    else:
        added = msgspec.structs.replace(last, position=last.position + len(last.events), id="gift")
        commits.append(chain(stream, commits[-1].version + 1, encode_decisions([added]), commits[-1].hash))
    return f"unsealed {named(service, stream)}"


# --- with care: every hash is made anew


def rechained(service: str, stream: str, bodies: list[bytes]) -> list[Commit]:
    """A stream of these bodies, as if it had always been so."""
    made: list[Commit] = []
    position = 0
    for body in bodies:
        decisions: list[Decision] = []
        for decision in decode_decisions(body):
            decisions.append(msgspec.structs.replace(decision, position=position))
            position += len(decision.events)
        before = made[-1].hash if made else genesis(service, stream)
        made.append(chain(stream, len(made) + 1, encode_decisions(decisions), before))
    return made


def rewrite(journals: MemoryJournals, dice: random.Random) -> tuple[str, str]:
    """From any point of a stream on: a decision says something else, is left out, or comes twice."""
    service, stream, commits = stream_of(journals, dice, 2)
    bodies, at = [commit.body for commit in commits], dice.randrange(len(commits))
    match dice.randrange(3):
        case 0:
            changed = [msgspec.structs.replace(each, id=f"{each.id}'") for each in decode_decisions(bodies[at])]
            bodies[at] = encode_decisions(changed)
        case 1:
            del bodies[at]
        case _:
            bodies.insert(at, bodies[at])
    journals.stores[service].streams[stream] = rechained(service, stream, bodies)
    return service, stream


def a_rewrite(journals: MemoryJournals, dice: random.Random) -> str:
    """The seals stay as they are."""
    return named(*rewrite(journals, dice))


def resealed(journals: MemoryJournals, signer: Signer) -> None:
    """All seals made anew: as many as there were, each on the same versions as far as those are there."""
    kept = journals.seals()
    bound = {(moved.service, moved.stream): moved.version for seal in kept for moved in seal.moved}
    journals.stores[SEALER] = MemoryStore()
    whole = {name: journals.stores[name[0]].streams[name[1]] for name in journals.names()}
    reached: dict[tuple[str, str], int] = {}
    for number, seal in enumerate(kept, 1):
        reached |= {(moved.service, moved.stream): moved.version for moved in seal.moved}
        for name, commits in whole.items():
            last = number == len(kept)
            upto = len(commits) if last and name in bound else reached.get(name, 0)
            journals.stores[name[0]].streams[name[1]] = commits[:upto]
        at_once(Sealer(FUND.fund_id, journals, signer, journals.stores[SEALER]).seal())
    for name, commits in whole.items():
        journals.stores[name[0]].streams[name[1]] = commits


def a_rewrite_with_new_seals(journals: MemoryJournals, dice: random.Random) -> str:
    """All seals are made anew, with the fund's own key or another; somebody else has kept the last one, or all."""
    service, stream = rewrite(journals, dice)
    resealed(journals, dice.choice([FUNDS, STOLEN_BY]))
    whole = dice.random() < 0.5
    journals.files = journals.files if whole else journals.files[-1:]
    return named(service, stream) if whole else "kept-"


def a_stream_removed_with_new_seals(journals: MemoryJournals, dice: random.Random) -> str:
    """As if it had never been."""
    name = a_stream_removed(journals, dice)
    resealed(journals, FUNDS)
    return name


# --- seals


def seals_removed(journals: MemoryJournals, dice: random.Random) -> str:
    """The last ones, or all."""
    commits = journals.stores[SEALER].streams[STREAM]
    del commits[dice.randrange(len(commits)) :]
    if not commits:
        del journals.stores[SEALER].streams[STREAM]
    return "kept-"


def a_seal_changed(journals: MemoryJournals, dice: random.Random) -> str:
    """What a seal says or keeps, and the chain of the seals made anew."""
    commits = journals.stores[SEALER].streams[STREAM]
    at = dice.randrange(len(commits))
    bodies = [commit.body for commit in commits]
    (decision,) = decode_decisions(bodies[at])
    sealed_, moved = (msgspec.json.decode(entry.data) for entry in decision.events)
    match dice.randrange(8):
        case 0:
            sealed_["root"] = flipped(bytes.fromhex(sealed_["root"]), dice).hex()
        case 1:
            sealed_["events"] += 1
        case 2:
            sealed_["public_key"] = STOLEN_BY.public
        case 3:
            moved["streams"].pop(dice.randrange(len(moved["streams"])))
        case 4:
            each = dice.choice(moved["streams"])
            each["hash"] = flipped(bytes.fromhex(each["hash"]), dice).hex()
        case 5:
            sealed_["public_key"] = sealed_["public_key"][4:]
        case 6:
            each = dice.choice(moved["streams"])
            each["peaks"] = each["peaks"][: dice.randrange(len(each["peaks"]))]
        case _:
            each = dice.choice(moved["streams"])
            each["version"] += dice.choice([-1, 1])
    events = tuple(
        msgspec.structs.replace(entry, data=msgspec.Raw(msgspec.json.encode(data)))
        for entry, data in zip(decision.events, (sealed_, moved), strict=True)
    )
    bodies[at] = encode_decisions([msgspec.structs.replace(decision, events=events)])
    made: list[Commit] = []
    for body in bodies:
        made.append(chain(STREAM, len(made) + 1, body, made[-1].hash if made else genesis(SEALER, STREAM)))
    journals.stores[SEALER].streams[STREAM] = made
    return SEALER


def a_bit_of_a_file(journals: MemoryJournals, dice: random.Random) -> str:
    """Of a seal that was published; it may be no seal any more."""
    at = dice.randrange(len(journals.files))
    path, file = journals.files[at]
    raw = flipped(msgspec.json.encode(file), dice)
    try:
        journals.files[at] = path, msgspec.json.decode(raw, type=SealFile)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return "no seal"  # read_file says so, with the file's name
    return str(path)


def of_another_fund(journals: MemoryJournals, dice: random.Random) -> str:
    """A seal that is signed rightly, and says that it is of another fund; it follows the last one."""
    ends = Ends()
    for commit in journals.stores[SEALER].streams[STREAM]:
        ends.take(commit)
    assert ends.last
    moved = dice.choice(sorted(ends.moved))
    seal = ends.next("other", ends.last.statement.day, [ends.moved[moved]], FUNDS)
    (last,) = decode_decisions(journals.stores[SEALER].streams[STREAM][-1].body)
    commit = chain(STREAM, ends.version + 1, body_of(seal, last), ends.hash)
    journals.stores[SEALER].streams[STREAM].append(commit)
    return f"{SEALER}: stream {STREAM}"


# --- snapshots


def a_snapshot_edited(journals: MemoryJournals, dice: random.Random) -> str:
    """A bit of it; or what it says, with its digest made anew."""
    service = dice.choice([name for name, store in sorted(journals.stores.items()) if store.snapshots])
    snapshots = journals.stores[service].snapshots
    at = dice.randrange(len(snapshots))
    kept = snapshots[at]
    if dice.random() < 0.5:
        snapshots[at] = replace(kept, body=flipped(kept.body, dice))
    else:
        said = msgspec.msgpack.decode(opened(service, kept), type=SnapshotBody)
        state = flipped(said.state, dice)
        if dice.random() < 0.5 or means_the_same(service, kept.stream, said.state, state):
            said.position += 1
        else:
            said.state = state
        snapshots[at] = sealed(service, replace(kept, body=msgspec.msgpack.encode(said)))
    return named(service, kept.stream)


def means_the_same(service: str, stream: str, state: bytes, other: bytes) -> bool:
    """Whether two states are one: the name of a field that says what it says if it is left out may be any."""
    codec = StateCodec(SERVICE[service].domain(stream).state)
    try:
        return codec.encode(codec.decode(other)) == codec.encode(codec.decode(state))
    except (ValueError, msgspec.MsgspecError):
        return False


SERVICE = {service.name: service for service in (INGRESS, *SERVICES)}

TAMPERING: Mapping[str, Tamper] = {
    each.__name__: each
    for each in (
        a_bit,
        two_swapped,
        two_swapped_between_streams,
        some_deleted,
        a_stream_removed,
        one_appended,
        a_rewrite,
        a_rewrite_with_new_seals,
        a_stream_removed_with_new_seals,
        seals_removed,
        a_seal_changed,
        a_bit_of_a_file,
        of_another_fund,
    )
}
"""Ways of tampering with journals, seals and files."""
