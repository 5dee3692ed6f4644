"""A store that was put back collection by collection: what a snapshot knows beyond the journal, or otherwise, is nothing."""

import pytest

from services.payments.service import FUND as STREAM
from services.payments.service import PAYMENTS
from shared.adapters.kafka.partitions import load
from shared.adapters.sqlite.store import SqliteStore, connect
from shared.engine.engine import Engine
from shared.engine.journal import chain
from tests.engine.stores import events
from tests.given import FUND, budget, cash, shares

HEARD = events(PAYMENTS, budget({"04": 1_000}), shares("04", VLK=1_000), cash(1_000, "VLK"), cash(500, "VLK"))


async def started(store: SqliteStore) -> Engine:
    engines, _ = await load(PAYMENTS, FUND, store, [0], 1, lambda _: None)
    return engines[0]


@pytest.mark.parametrize("instead", ["nothing", "another commit"])
async def test_a_snapshot_of_a_commit_that_is_not_there_is_folded_anew_and_the_chain_goes_on(instead: str) -> None:
    # given a journal that ends before its snapshot, or goes another way there
    store = SqliteStore(connect(None), PAYMENTS.name)
    engine = await started(store)
    for event in HEARD[:3]:
        await engine.handle([event])
    ends = engine.snapshot(STREAM)
    await engine.handle([HEARD[3]])
    await engine.save_snapshots()
    await engine.store.close()  # type: ignore[attr-defined]
    store._db.execute("DELETE FROM commits WHERE version = ?", [ends.version + 1])
    if instead == "another commit":
        await store.append([chain(STREAM, ends.version + 1, b"[]", ends.hash)])

    # when a process starts on it
    again = await started(store)

    # then it knows what the journal says, and what follows is heard and chained to it
    assert again.snapshot(STREAM).version == ends.version + (instead != "nothing")
    assert again.snapshot(STREAM).body == ends.body
    await again.handle([HEARD[3]])
    assert (await started(store)).snapshot(STREAM) == again.snapshot(STREAM) != ends
