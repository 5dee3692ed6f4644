"""Ten thousand times somebody tampers with sealed journals or with proofs, and each time it is found, with what and where.

Each case is a copy in memory of a small fund whose days are sealed. A fault names the stream (or the seal, or the file),
and where a stream was rewritten the commits between which it was.
"""

import random
import re
from collections.abc import Iterator
from functools import cache

import pytest

from shared.engine.journal import Snapshot
from shared.journal.compare import Comparison
from shared.journal.verify import StreamCheck
from shared.proof import envelope, verify
from shared.proof.check import check
from shared.proof.keys import is_signed
from shared.proof.pack import ProofFault
from shared.proof.seal import Moved
from tests.proof.forged_proofs import Packs, cut_and_pasted
from tests.proof.forging import SERVICE, TAMPERING, Json, a_rewrite, a_snapshot_edited
from tests.proof.sealed import FUNDS, MemoryJournals, SealedYear, small
from tests.proof.standalone import FAULTS, check_proof

CASES = 550
"""Of each way to tamper with journals, seals and files."""
SNAPSHOTS, PROOFS = 850, 2_000
"""All are ten thousand."""


@pytest.fixture(scope="module", autouse=True)
def _signatures_are_remembered() -> Iterator[None]:
    """Most signatures are the same in each copy, and a signature holds or does not."""
    known = cache(is_signed)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(verify, "is_signed", known)
        patched.setattr(envelope, "is_signed", known)
        yield


def test_all_cases_are_ten_thousand() -> None:
    assert len(TAMPERING) * CASES + SNAPSHOTS + PROOFS == 10_000


def test_where_nobody_tampered_nothing_is_found() -> None:
    verdict = small().verdict()
    assert verdict.seals > 3
    assert (verdict.faults, verdict.unsealed) == ((), 0)


@pytest.mark.parametrize("way", TAMPERING)
def test_whatever_is_tampered_with_is_found_and_named(way: str) -> None:
    for seed in range(CASES):
        journals = small().copy()
        where = TAMPERING[way](journals, random.Random(f"{way} {seed}"))
        if where == "no seal":
            continue
        verdict = journals.verdict()
        unsealed = [f"unsealed {service}: stream {stream}" for service, stream in verdict.unsealed_streams]
        assert any(where in fault for fault in [*verdict.faults, *unsealed]), (seed, where, verdict)


def test_a_rewrite_is_placed_between_two_seals() -> None:
    placed = 0
    for seed in range(60):
        journals = small().copy()
        where = a_rewrite(journals, random.Random(seed))
        pattern = rf"{where}: seal (\d+) of .* says that commit (\d+) is .* lies in commits (\d+) to (\d+)"
        for told in filter(None, (re.fullmatch(pattern, fault) for fault in journals.verdict().faults)):
            placed += 1
            seal, commit, first, last = map(int, told.groups())
            service, stream = where.split(": stream ")
            before = [each.version for each in moved_before(seal) if (each.service, each.stream) == (service, stream)]
            assert (first, last) == (max(before, default=0) + 1, commit)
            assert changed_first(journals, service, stream) in range(first, last + 1)
    assert placed > 40, "the others are cut short at their end, or go on after it"


def moved_before(seal: int) -> list[Moved]:
    """What had moved at the seals before one."""
    return [moved for each in small().seals()[: seal - 1] for moved in each.moved]


def changed_first(journals: MemoryJournals, service: str, stream: str) -> int:
    """The first commit that is not what it was."""
    pairs = zip(small().stores[service].streams[stream], journals.stores[service].streams[stream], strict=False)
    return next(was.version for was, is_ in pairs if was != is_)


# ------------------------------------------------------------------------------------------------------------ snapshots


def folded(journals: MemoryJournals, service: str, snapshot: Snapshot) -> str | None:
    """What ``psdf verify`` says of one stream with its snapshot."""
    stream = StreamCheck(SERVICE[service], snapshot.stream, snapshot, Comparison({}, door=False))
    for commit in journals.stores[service].streams[snapshot.stream]:
        stream.take(commit)
    return stream.end().fault


def test_an_edited_snapshot_is_found_and_named() -> None:
    for service, store in small().stores.items():
        for snapshot in store.snapshots:
            assert folded(small(), service, snapshot) is None
    for seed in range(SNAPSHOTS):
        journals = small().copy()
        where = a_snapshot_edited(journals, random.Random(f"snapshot {seed}"))
        (service, stream) = where.split(": stream ")
        (changed,) = [each for each in journals.stores[service].snapshots if each.stream == stream]
        assert f"stream {stream}" in (folded(journals, service, changed) or ""), (seed, where)


# --------------------------------------------------------------------------------------------------------------- proofs


@pytest.fixture(scope="module")
def packs() -> Packs:
    """Proofs of several invoices, under several seals."""
    return Packs(SealedYear(73, every=20))


def test_a_proof_that_is_cut_and_pasted_proves_nothing(packs: Packs) -> None:
    """To neither of the two verifiers; also where the fund itself signs it again."""
    for raw in packs.whole:
        check(raw, FUNDS.public, {})
        check_proof.check(raw, FUNDS.public, {})
    for seed in range(PROOFS):
        raw = cut_and_pasted(packs, random.Random(f"proof {seed}"))
        with pytest.raises(ProofFault):
            check(raw, FUNDS.public, {})
        with pytest.raises(FAULTS):
            check_proof.check(raw, FUNDS.public, {})


def test_an_event_that_the_fund_changes_and_signs_leads_to_no_root(packs: Packs) -> None:
    def more(plain: Json) -> None:
        (way,) = [way for way in plain["streams"] if '"service":"invoicing"' in way["end"]]
        way["events"][0]["event"] = re.sub(r'"amount_cents":(\d+)', r'"amount_cents":1\1', way["events"][0]["event"])

    raw = packs.signed_again(packs.whole[0], more)
    with pytest.raises(
        ProofFault, match=r"invoicing: stream provider:.*, event .*: its path does not lead to the root"
    ):
        check(raw, FUNDS.public, {})
    with pytest.raises(check_proof.Wrong, match=r"invoicing: stream provider:.*, event .*: its path does not lead"):
        check_proof.check(raw, FUNDS.public, {})
