"""How the proof of an invoice is checked: with a public key, and nothing of the fund, its store or its program's state.

``standalone/`` says the same a second time, for those who trust nothing of ours.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, TypeAlias

import msgspec

from shared.kernel.value import value
from shared.proof.keys import decoded, is_signed, thumbprint
from shared.proof.pack import FORMAT, Pack, ProofFault, Shown, Way, what_is_signed
from shared.proof.published import SealFault, SealFile, countersigners, statement_in
from shared.proof.seal import End, Statement
from shared.proof.tree import HASH_BYTES, leaf_hash, root_by

Json: TypeAlias = dict[str, Any]
RECEIVED = "door.received"
ABOUT = ("invoice_id", "by", "corrects")


@value
class Step:
    """An event that is proven: where it is, its day, its type and data as it was stored."""

    service: str
    stream: str
    number: int
    day: date
    moment: str
    rules: str
    type: str
    data: Json


@value
class Proven:
    """What a proof proves: the seal, who else signed it (name, key, whether that was checked), the invoice's way."""

    statement: Statement
    countersigned: tuple[tuple[str, str, bool], ...]
    invoice: str
    steps: tuple[Step, ...]
    pack: Pack


def check(raw: bytes, public: str, countersigned: Mapping[str, str]) -> Proven:
    """Check a proof by the fund's public key, and countersignatures by the keys given for names. Raises ProofFault."""
    signed, pack = _read(raw)
    try:
        statement = statement_in(pack.seal.envelope, public)
        others = countersigners(_seal_file(pack, public), countersigned)
    except SealFault as error:
        raise ProofFault(f"the seal: {error}") from None
    if pack.signature is None or pack.signature.keyid != thumbprint(public):
        raise ProofFault(f"the proof is not signed by key {thumbprint(public)}")
    if not is_signed(signed, pack.signature.sig, public):
        raise ProofFault("the proof: its signature is not that of what it says: something in it was changed")
    steps = [step for way in pack.streams for step in _stream(way, statement)]
    steps.sort(key=lambda step: (step.moment, step.service != "door"))
    if len({(step.service, step.stream) for step in steps}) != len(pack.streams):
        raise ProofFault("the streams: one stands there twice, or has no event")
    named = [step.data for step in steps if names(step.data, pack.invoice)]
    if not named:
        raise ProofFault(f"there is no event of invoice {pack.invoice}")
    for step in steps:
        if not is_about(step, pack.invoice, named):
            raise ProofFault(f"{_place(step)}: {step.type} is not about invoice {pack.invoice}")
    _same_law(pack, steps)
    _same_letters(pack, steps)
    return Proven(statement=statement, countersigned=tuple(others), invoice=pack.invoice, steps=tuple(steps), pack=pack)


def _read(raw: bytes) -> tuple[bytes, Pack]:
    """A proof, and what of it is signed. Raises ProofFault."""
    try:
        plain = json.loads(raw, object_pairs_hook=_once)
        pack, signed = msgspec.convert(plain, Pack), what_is_signed(plain)
    except (ValueError, RecursionError) as error:
        raise ProofFault(f"it is no proof: {error}") from None
    if pack.format != FORMAT:
        raise ProofFault(f"it is of format {pack.format!r}, and this program knows {FORMAT!r}")
    return signed, pack


def _once(pairs: list[tuple[str, Any]]) -> Json:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _seal_file(pack: Pack, public: str) -> SealFile:
    return SealFile(
        payload_type=pack.seal.payload_type,
        payload=pack.seal.payload,
        signatures=pack.seal.signatures,
        public_key=public,
        moved=(),
        countersignatures=pack.seal.countersignatures,
    )


# --- the trees


def _stream(way: Way, statement: Statement) -> Iterator[Step]:
    """The events of a stream, proven. Raises ProofFault."""
    try:
        end = msgspec.json.decode(way.end, type=End)
    except msgspec.MsgspecError as error:
        raise ProofFault(f"the end of stream {way.index} is none: {error}") from None
    name = f"{end.service}: stream {end.stream}"
    root = root_by(_path(way.path, name), leaf_hash(way.end.encode()), way.index, statement.streams)
    if root is None or root.hex() != statement.root:
        raise ProofFault(f"{name}: its path does not lead to the root of the seal")
    numbers = [shown.number for shown in way.events]
    if numbers != sorted(set(numbers)):
        raise ProofFault(f"{name}: its events are not in order, or one stands there twice")
    for shown in way.events:
        where = f"{name}, event {shown.number}"
        root = root_by(_path(shown.path, where), leaf_hash(shown.event.encode()), shown.number, end.events)
        if root is None or root.hex() != end.root:
            raise ProofFault(f"{where}: its path does not lead to the root of its stream")
        yield _step(shown, end, where)


def _path(text: str, where: str) -> list[bytes]:
    try:
        raw = decoded(text)
    except ValueError:
        raise ProofFault(f"{where}: its path is no base64") from None
    if len(raw) % HASH_BYTES:
        raise ProofFault(f"{where}: its path is no list of hashes")
    return [raw[at : at + HASH_BYTES] for at in range(0, len(raw), HASH_BYTES)]


def _step(shown: Shown, end: End, where: str) -> Step:
    """The event of a leaf. Raises ProofFault."""
    try:
        decision = json.loads(shown.event, object_pairs_hook=_once)
        (entry,) = decision["events"]
        type_, data = entry["type"], entry["data"]
        if type_ == RECEIVED:
            type_, data = data["type"], data["data"]
        step = Step(
            service=end.service,
            stream=end.stream,
            number=shown.number,
            day=date.fromisoformat(decision["day"]),
            moment=decision["moment"],
            rules=decision["rules"],
            type=type_,
            data=data,
        )
        position = decision["position"]
        names(data, "")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ProofFault(f"{where}: it is no event of a journal: {error!r}") from None
    if position != shown.number:
        raise ProofFault(f"{where}: it says that it is event {position}")
    return step


# --- what the events say


def is_about(step: Step, invoice_id: str, named: Sequence[Json]) -> bool:
    """Whether an event is of the invoice's way: it names it, or withdraws its notice, or shares out its account's cash.

    ``named`` is what the events say that name it.
    """
    if step.type == "overrun.withdrawn":
        return any(step.data.get("notice_no") == each.get("notice_no") for each in named)
    if step.type == "shortage.declared":
        account = step.data.get("payer"), step.data.get("source")
        return any((each.get("payer"), each.get("source")) == account for each in named)
    return names(step.data, invoice_id)


def names(data: Json, invoice_id: str) -> bool:
    """Whether an event names the invoice: as its own, as one that answers or corrects it, or in a list of several."""
    listed = data.get("invoices") or ()
    return any(data.get(field) == invoice_id for field in ABOUT) or any(
        each == invoice_id or (isinstance(each, dict) and each.get("invoice_id") == invoice_id) for each in listed
    )


def _same_law(pack: Pack, steps: Sequence[Step]) -> None:
    """Each point that decided has one wording, in force on the day; and none stands there that did not decide."""
    used: set[int] = set()
    for step in steps:
        for point in step.data.get("rules") or ():
            found = [
                at
                for at, law in enumerate(pack.law)
                if law.point == point and law.from_ <= step.day.isoformat() <= (law.to or "9999")
            ]
            if len(found) != 1:
                raise ProofFault(f"{_place(step)}: point {point} of {step.day} has {len(found)} wordings in the proof")
            used |= set(found)
    if len(used) != len(pack.law):
        raise ProofFault("the law: a point stands there by which nothing was decided")


def _same_letters(pack: Pack, steps: Sequence[Step]) -> None:
    """The letters are those of which the events say that they were delivered."""
    said = [(step.data["notice_no"], step.data["letter_sha256"]) for step in steps if "letter_sha256" in step.data]
    if sorted(said) != sorted((letter.notice_no, letter.sha256) for letter in pack.letters):
        raise ProofFault("the letters are not those that the events name")


def _place(step: Step) -> str:
    return f"{step.service}: stream {step.stream}, event {step.number}"
