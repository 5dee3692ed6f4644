"""How the proof of an invoice is made, out of the journals and one of their seals."""

import base64
import hashlib
from collections.abc import AsyncIterator, Iterable, Sequence

from shared.engine.codec import decode_decisions
from shared.engine.ingress import INGRESS
from shared.engine.journal import SEALER
from shared.explain.why import SHORTAGE, WITHDRAWN, chosen
from shared.journal.events import RecordedEvent, fact, spellings
from shared.kernel.fund import Fund
from shared.kernel.statute import Point
from shared.proof.envelope import Envelope
from shared.proof.pack import Law, Letter, Pack, ProofFault, SealShown, Shown, Way
from shared.proof.published import file_of
from shared.proof.seal import STREAM, End, Name, Seal, leaves_of
from shared.proof.sealing import Ends, Journals
from shared.proof.tree import Paths, leaf_hash


async def pack_of(journals: Journals, fund: Fund, invoice_id: str, under: int | None) -> tuple[Pack, Seal]:
    """The proof of an invoice under a seal (the last one, unless its number is given), still without a signature.

    Raises ProofFault where there is no such seal or invoice, and what the store raises.
    """
    ends = await _ends(journals, under)
    seal = ends.last
    if seal is None:
        raise ProofFault("nothing is sealed yet: psdf proof seal seals what was decided so far")
    facts = [each async for each in _facts(journals, invoice_id, ends)]
    way = list(chosen(sorted(facts, key=lambda each: each.moment), invoice_id))
    if not way:
        raise ProofFault(
            f"under {seal} there is nothing of invoice {invoice_id}; an id is {{provider_code}}/{{number}}"
        )
    streams: dict[Name, set[int]] = {}
    for each in way:
        streams.setdefault((each.service, each.stream), set()).add(each.number)
    of_seal = ends.in_order()
    tree = Paths([leaf_hash(end.leaf()) for end in of_seal])
    pack = Pack(
        invoice=invoice_id,
        seal=seal_shown(seal, ()),
        streams=tuple(
            [
                await _way(journals, end, index, tree, sorted(streams[end.name]))
                for index, end in enumerate(of_seal)
                if end.name in streams
            ]
        ),
        law=tuple(_law(way, fund)),
        letters=tuple(
            Letter(notice_no=each.data["notice_no"], sha256=each.data["letter_sha256"])
            for each in way
            if each.data.get("letter_sha256")
        ),
    )
    return pack, seal


def seal_shown(seal: Seal, countersignatures: Sequence[Envelope]) -> SealShown:
    """A seal as a proof shows it."""
    envelope = file_of(seal).envelope
    return SealShown(
        payload_type=envelope.payload_type,
        payload=envelope.payload,
        signatures=envelope.signatures,
        countersignatures=tuple(countersignatures),
    )


async def _ends(journals: Journals, under: int | None) -> Ends:
    """Where the streams stood at a seal. Raises ProofFault where there is none of that number, Broken."""
    ends = Ends()
    async for commit in journals.store(SEALER).read(STREAM):
        ends.take(commit)
        if ends.last and ends.last.statement.number == under:
            return ends
    if under is not None:
        raise ProofFault(f"there is no seal {under}: the last one is {ends.last or 'none'}")
    return ends


async def _facts(journals: Journals, invoice_id: str, ends: Ends) -> AsyncIterator[RecordedEvent]:
    """The sealed events that may be about an invoice."""
    tokens = [*spellings(invoice_id), SHORTAGE.encode(), WITHDRAWN.encode()]
    names = await journals.services()
    for service in sorted(names, key=lambda name: (name != INGRESS.name, name)):
        sealed = {stream: moved.version for (of, stream), moved in ends.moved.items() if of == service}
        if service == SEALER:
            continue
        async for commit in journals.store(service).read():
            if commit.version > sealed.get(commit.stream, 0) or not any(token in commit.body for token in tokens):
                continue
            for decision in decode_decisions(commit.body):
                for offset, entry in enumerate(decision.events):
                    said = b'"%s"%s' % (entry.type.encode(), bytes(entry.data))
                    if any(token in said for token in tokens):
                        yield fact(service, commit.stream, decision, offset, entry)


async def _way(journals: Journals, end: End, index: int, tree: Paths, numbers: Sequence[int]) -> Way:
    """A stream's part of the proof: its end, and its events with their paths."""
    wanted, leaves = set(numbers), list[bytes]()
    texts: dict[int, bytes] = {}
    async for commit in journals.store(end.service).read(end.stream):
        if commit.version > end.version:
            break
        for decision in decode_decisions(commit.body):
            for leaf in leaves_of(decision):
                if len(leaves) in wanted:
                    texts[len(leaves)] = leaf
                leaves.append(leaf_hash(leaf))
    of_stream = Paths(leaves)
    if of_stream.root().hex() != end.root:
        raise ProofFault(f"{end.service}: stream {end.stream} is not what was sealed: psdf verify shows where")
    return Way(
        end=end.leaf().decode(),
        index=index,
        path=_joined(tree.path(index)),
        events=tuple(
            Shown(number=number, event=texts[number].decode(), path=_joined(of_stream.path(number)))
            for number in numbers
        ),
    )


def _joined(path: Iterable[bytes]) -> str:
    return base64.b64encode(b"".join(path)).decode()


def _law(way: Iterable[RecordedEvent], fund: Fund) -> list[Law]:
    """Each point that decided, in the wording of the day, once. Raises ProofFault for one that the statute lacks."""
    found: dict[tuple[str, str], Law] = {}
    for each in way:
        for number in each.data.get("rules") or ():
            point = fund.statute.point(number, each.day)
            if point is None:
                raise ProofFault(f"point {number} decided on {each.day}, and the statute has no wording of that day")
            found.setdefault((number, point.from_day.isoformat()), _law_of(point))
    return [found[key] for key in sorted(found)]


def _law_of(point: Point) -> Law:
    return Law(
        point=point.number,
        act=point.act,
        from_=point.from_day.isoformat(),
        to=point.to_day.isoformat() if point.to_day else None,
        wording_sha256=hashlib.sha256(point.wording_lt.encode()).hexdigest(),
    )
