"""What the journals say was ordered, heard by a desk that does not know it: a back-up's, or one that was away."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from shared.adapters.sqlite.store import SqliteStore, connect
from shared.effects.bank.desk import NAME, Desk
from shared.effects.bank.journals import heard_in
from shared.engine.faults import Broken
from shared.engine.journal import Commit
from shared.journal.home import Home, reading
from tests.bank.independent import FUND, MORNING, SETTINGS
from tests.bank.test_bank_commands import PAY_DAY, beginnings
from tests.runtime.funds import event, fund

ORDER = "300111224/A1#1"
REPORT = {"order_id": ORDER, "outcome": "executed", "on": f"{PAY_DAY}", "reason": None}


async def desk_after_hearing(home: Path, desk: Desk) -> Desk:
    with reading(Home(path=home)) as connection:
        found, last = await heard_in(lambda service: SqliteStore(connection, service), {})
        assert await heard_in(lambda service: SqliteStore(connection, service), last) == ([], {})
    await desk.collect(found, MORNING)
    return desk


def new_desk() -> Desk:
    return Desk(FUND, SETTINGS, SqliteStore(connect(None), NAME), None)


async def test_a_desk_hears_once_what_was_ordered_and_of_what_was_paid_that_it_needs_no_file(tmp_path: Path) -> None:
    async with fund(tmp_path) as stack:
        await stack.publish(beginnings(250_000))
        desk = await desk_after_hearing(tmp_path, new_desk())
        assert (list(desk.state.waiting), desk.state.orders[ORDER].creditor) == ([ORDER], "VsI Klinika")
        version = desk._stream.version
        assert (await desk_after_hearing(tmp_path, desk))._stream.version == version
        await stack.publish([event("/treasury", "p-1", "payment.reported", f"{PAY_DAY}T12:00:00+02:00", REPORT)])
        assert list((await desk_after_hearing(tmp_path, new_desk())).state.waiting) == []
        assert list((await desk_after_hearing(tmp_path, desk)).state.waiting) == []


class Changed(SqliteStore):
    """A journal in which somebody has changed whom an order pays."""

    async def read(self, stream: str | None = None, after: int = 0) -> AsyncIterator[Commit]:
        async for commit in super().read(stream, after):
            yield replace(commit, body=commit.body.replace(b'"iban":"LT', b'"iban":"LV'))


async def test_no_order_is_heard_of_a_commit_that_was_changed(tmp_path: Path) -> None:
    async with fund(tmp_path) as stack:
        await stack.publish(beginnings(250_000))
    with reading(Home(path=tmp_path)) as connection:
        store = SqliteStore(connection, "payments")
        assert any(b"payment.ordered" in commit.body for commit in [each async for each in store.read("fund")])
        with pytest.raises(Broken, match=r"its hash is not that of its body"):
            await heard_in(lambda service: Changed(connection, service), {})
