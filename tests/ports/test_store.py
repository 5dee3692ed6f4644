"""What the engine asks of a store, and every store gives: journal, outbox, snapshots."""

import asyncio
import random

import pytest

from shared.engine.faults import Conflict
from shared.engine.journal import GENESIS, Commit, Snapshot, Store, chain
from tests.ports.stores import Place, place

__all__ = ["place"]

EMPTY = b"[]"


def commits(stream: str, count: int, *, after: Commit | None = None, body: bytes = EMPTY) -> list[Commit]:
    made: list[Commit] = []
    last = after
    for _ in range(count):
        last = chain(stream, last.version + 1 if last else 1, body, last.hash if last else GENESIS)
        made.append(last)
    return made


async def all_of(store: Store, stream: str | None = None, after: int = 0) -> list[Commit]:
    return [commit async for commit in store.read(stream, after)]


async def unpublished(store: Store) -> set[tuple[str, int]]:
    return {(commit.stream, commit.version) async for commit in store.unpublished()}


async def test_what_was_appended_is_read_byte_for_byte_by_whoever_opens_the_store(place: Place) -> None:
    written = commits("fund", 2, body=bytes(range(256)))
    await (await place.open("payments")).append(written)
    assert await all_of(await place.open("payments")) == written


async def test_commits_are_read_in_order_of_stream_and_version(place: Place) -> None:
    store = await place.open("invoicing")
    b, a = commits("provider:b", 11), commits("provider:a", 2)
    await store.append([*b[:1], *a[:1]])
    for one in b[1:]:
        await store.append([one])
    await store.append(a[1:])
    assert [(c.stream, c.version) for c in await all_of(store)] == [
        *(("provider:a", n) for n in (1, 2)),
        *(("provider:b", n) for n in range(1, 12)),
    ]
    assert await all_of(store, "provider:b", after=9) == b[9:]
    assert await all_of(store, "provider:c") == []


async def test_heads_are_the_last_versions(place: Place) -> None:
    store = await place.open("invoicing")
    assert await store.heads() == {}
    await store.append(commits("provider:a", 3) + commits("provider:b", 1))
    assert await store.heads() == {"provider:a": 3, "provider:b": 1}


async def test_services_do_not_see_each_other(place: Place) -> None:
    payments, reserve = await place.open("payments"), await place.open("reserve")
    await payments.append(commits("fund", 1))
    await reserve.append(commits("fund", 2))
    await payments.mark({"fund": 1})
    await payments.close()
    await payments.save([Snapshot(stream="fund", version=1, hash=GENESIS, body=b"")])
    assert (await payments.heads(), await reserve.heads()) == ({"fund": 1}, {"fund": 2})
    assert await unpublished(reserve) == {("fund", 1), ("fund", 2)}
    assert await reserve.load() == []


async def test_a_version_is_taken_once(place: Place) -> None:
    store = await place.open("payments")
    first = commits("fund", 1)
    await store.append(first)
    with pytest.raises(Conflict):
        await store.append([chain("fund", 1, b'["other"]', GENESIS)])
    assert await all_of(store) == first


async def test_of_racing_writers_one_wins(place: Place) -> None:
    bodies = [f'["{n}"]'.encode() for n in range(5)]
    stores = [await place.open("payments") for _ in bodies]
    rivals = [chain("fund", 1, body, GENESIS) for body in bodies]
    outcomes = await asyncio.gather(
        *(store.append([rival]) for store, rival in zip(stores, rivals, strict=True)), return_exceptions=True
    )
    won = [rival for rival, outcome in zip(rivals, outcomes, strict=True) if outcome is None]
    assert len(won) == 1
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == len(rivals) - 1
    assert await all_of(stores[0]) == won


async def test_in_a_conflict_each_commit_is_whole_or_not_there_and_the_winner_stays(place: Place) -> None:
    store = await place.open("invoicing")
    taken = commits("provider:a", 1)
    await store.append(taken)
    mine = chain("provider:b", 1, b'["mine"]', GENESIS)
    with pytest.raises(Conflict):
        await store.append([chain("provider:a", 1, b'["late"]', GENESIS), mine])
    assert await all_of(store) in (taken, [*taken, mine])


async def test_nothing_to_append_is_no_fault(place: Place) -> None:
    store = await place.open("payments")
    await store.append([])
    assert await store.heads() == {}


async def test_the_chain_holds_from_the_first_commit_to_the_last(place: Place) -> None:
    store = await place.open("payments")
    await store.append(commits("fund", 5, body=b'["x"]'))
    last = GENESIS
    for found in await all_of(await place.open("payments")):
        assert found == chain("fund", found.version, found.body, last)
        last = found.hash


async def test_a_large_body_comes_back_as_it_was(place: Place) -> None:
    body = b'["%s"]' % (b"0123456789" * 2_000_000)
    written = commits("fund", 1, body=body)
    await (await place.open("payments")).append(written)
    assert await all_of(await place.open("payments")) == written


async def test_A16_a_commit_may_be_longer_than_a_document(place: Place) -> None:
    """A day of 400 000 orders is one commit. Of two that write it at once one wins, and the other's parts are nobody's."""
    first = commits("fund", 1)
    long, lost = (chain("fund", 2, random.Random(seed).randbytes(20_000_000), first[-1].hash) for seed in (1, 2))
    after = commits("fund", 1, after=long)
    store = await place.open("payments")
    await store.append([*first, long])
    with pytest.raises(Conflict):
        await store.append([lost])
    await store.append([*after, *commits("fund-and-more", 1)])
    again = await place.open("payments")
    assert [commit async for commit in again.read("fund")] == [*first, long, *after]
    assert [commit async for commit in again.read("fund", 2)] == after
    assert await again.heads() == {"fund": 3, "fund-and-more": 1}
    assert await unpublished(again) == {("fund", 1), ("fund", 2), ("fund", 3), ("fund-and-more", 1)}


async def test_all_is_untold_until_it_is_marked(place: Place) -> None:
    store = await place.open("invoicing")
    await store.append(commits("provider:a", 3) + commits("provider:b", 1))
    assert await unpublished(store) == {("provider:a", 1), ("provider:a", 2), ("provider:a", 3), ("provider:b", 1)}
    await store.mark({"provider:a": 2})
    await store.mark({"provider:b": 1})
    await store.close()
    assert await unpublished(await place.open("invoicing")) == {("provider:a", 3)}


async def test_untold_commits_come_in_the_order_of_their_stream(place: Place) -> None:
    store = await place.open("payments")
    await store.append(commits("fund", 12))
    await store.mark({"fund": 1})
    await store.close()
    reopened = await place.open("payments")
    assert [commit.version async for commit in reopened.unpublished()] == list(range(2, 13))


async def test_a_mark_never_goes_back(place: Place) -> None:
    store = await place.open("payments")
    await store.append(commits("fund", 3))
    await store.mark({"fund": 3})
    await store.close()
    again = await place.open("payments")
    await again.mark({"fund": 1})
    await again.close()
    assert await unpublished(await place.open("payments")) == set()


async def test_many_marks_become_one_and_none_is_forgotten(place: Place) -> None:
    first = commits("provider:a", 1) + commits("provider:b", 1)
    await (await place.open("invoicing")).append(first)
    for stream in ("provider:a", "provider:b"):
        store = await place.open("invoicing")
        await store.mark({stream: 1})
        await store.close()
    for _ in range(2):
        assert await unpublished(await place.open("invoicing")) == set()


async def test_the_last_snapshot_of_a_stream_stands(place: Place) -> None:
    store = await place.open("invoicing")
    assert await store.load() == []
    a1, a2 = (Snapshot(stream="provider:a", version=n, hash=bytes([n]) * 32, body=bytes([n])) for n in (1, 2))
    b1 = Snapshot(stream="provider:b", version=1, hash=GENESIS, body=b"b")
    await store.save([a1, b1])
    await store.save([a2])
    await store.save([a2])
    reopened = await place.open("invoicing")
    assert list(await reopened.load()) == [a2, b1]
    assert list(await reopened.load("provider:a")) == [a2]
    assert list(await reopened.load("provider:c")) == []
    a3 = Snapshot(stream="provider:a", version=3, hash=GENESIS, body=b"")
    await reopened.save([a3])
    assert list(await (await place.open("invoicing")).load("provider:a")) == [a3]


async def test_a_snapshot_may_be_longer_than_a_document(place: Place) -> None:
    long = Snapshot(stream="fund", version=7, hash=GENESIS, body=b"0123456789abcdef" * 2_100_000)
    await (await place.open("payments")).save([long])
    assert list(await (await place.open("payments")).load()) == [long]


async def test_S1_what_was_heard_is_durable_at_once_and_apart_from_the_journal(place: Place) -> None:
    store = await place.open("payments")
    assert await store.heard() == {}
    await store.append(commits("fund", 2))
    await store.hear({"invoice.accepted/0": 7, "day.started/5": 1})
    again = await place.open("payments")
    assert await again.heard() == {"invoice.accepted/0": 7, "day.started/5": 1}
    assert await (await place.open("reserve")).heard() == {}
    assert await all_of(again) == commits("fund", 2)


async def test_S1_what_was_heard_never_goes_back(place: Place) -> None:
    first, second = await place.open("payments"), await place.open("payments")
    await first.hear({"a/0": 7})
    await second.hear({"a/0": 5, "b/0": 2})
    await second.hear({})
    assert await (await place.open("payments")).heard() == {"a/0": 7, "b/0": 2}


async def test_S1_however_often_was_heard_all_of_it_is_known(place: Place) -> None:
    store, other = await place.open("payments"), await place.open("payments")
    await other.hear({"other/0": 1})
    for offset in range(1, 601):
        await store.hear({f"a/{offset % 3}": offset})
        if offset == 300:
            assert await other.heard() == {"a/0": 300, "a/1": 298, "a/2": 299, "other/0": 1}
    for _ in range(2):
        reopened = await place.open("payments")
        assert await reopened.heard() == {"a/0": 600, "a/1": 598, "a/2": 599, "other/0": 1}
