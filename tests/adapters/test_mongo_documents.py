"""A commit that is too long for one document lies in parts: none may be missing, and nobody's are passed over."""

import random
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import pytest

from shared.adapters.mongo.documents import commits_of, documents_of, parts_of, snapshot_of
from shared.engine.faults import Broken
from shared.engine.journal import GENESIS, Commit, Forged, Snapshot, Unsealed, chain, is_intact, opened, sealed

LONG = chain("fund", 1, random.Random(1).randbytes(32_000_000), GENESIS)
SHORT = chain("fund", 2, b"[]", LONG.hash)


async def read(documents: Sequence[Mapping[str, Any]]) -> list[Commit]:
    async def in_order() -> AsyncIterator[Mapping[str, Any]]:
        for document in sorted(documents, key=lambda each: str(each["_id"])):
            yield document

    return [commit async for commit in commits_of(in_order())]


async def test_A16_a_long_commit_is_read_from_its_parts() -> None:
    *parts, own = documents_of(LONG)
    assert [len(part["body"]) <= 15_000_000 for part in parts] == [True] * 3
    assert await read([own, *parts, *documents_of(SHORT)]) == [LONG, SHORT]
    assert len(documents_of(SHORT)) == 1


async def test_A16_parts_of_which_no_commit_speaks_are_passed_over() -> None:
    *parts, _ = documents_of(LONG)
    assert await read([*parts, *documents_of(SHORT)]) == [SHORT]
    assert await read(parts) == []


@pytest.mark.parametrize("after", [[], documents_of(SHORT)])
@pytest.mark.parametrize("missing", [0, 1, 2])
async def test_A16_a_missing_part_is_named(missing: int, after: list[dict[str, Any]]) -> None:
    documents = documents_of(LONG)
    del documents[missing]
    with pytest.raises(Broken, match=f"stream fund, commit 1: part {missing + 1} of 3 is missing"):
        await read([*documents, *after])


async def test_one_changed_bit_of_a_packed_body_is_told_by_its_hash_and_not_by_the_packing() -> None:
    """Else a member of the cluster dies as it loads, and says that it is joining the group, for ever."""
    packed = chain("fund", 1, b"[%s]" % (b"0, " * 1_000), GENESIS)
    snapshot = sealed("payments", Snapshot(stream="fund", version=1, hash=packed.hash, body=bytes(1_000)))
    (document,), (part,) = documents_of(packed), parts_of(snapshot)
    (commit,) = await read([document | {"body": changed(document["body"])}])
    assert not is_intact(commit)
    with pytest.raises((Unsealed, Forged)):
        opened("payments", snapshot_of([part | {"body": changed(part["body"])}]))


def changed(body: bytes) -> bytes:
    middle = len(body) // 2
    return body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]
