"""A copy of a database through the driver: of one moment, whole or refused, and put only where nothing is."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from deploy.local import Report
from shared.adapters.mongo import backup as mongo_backup
from shared.adapters.mongo.backup import RESTORED, BackupError
from shared.adapters.mongo.client import Client, close, motor_client, pymongo_client
from shared.adapters.mongo.store import MongoStore, open_store
from shared.engine.faults import Broken
from shared.engine.journal import GENESIS, Commit, Snapshot, chain
from shared.journal.journals import MongoJournals
from shared.journal.moment import of_one_moment
from tests.ports.test_store import all_of, commits, unpublished

pytestmark = pytest.mark.connected


@dataclass(kw_only=True)
class Database:
    client: Client
    name: str
    file: Path

    async def store(self, service: str, of: str = "") -> MongoStore:
        return await open_store(self.client, of or self.name, service)

    async def dump(self, file: Path | None = None) -> mongo_backup.End:
        taken = "2026-03-04T23:30:00+00:00"
        ends = partial(of_one_moment, MongoJournals(self.client, self.name))
        return await mongo_backup.dump(self.client, self.name, "psdf", taken, file or self.file, ends, lambda: None)

    async def load(self, into: str) -> None:
        await mongo_backup.load(self.client, into, self.file, lambda: None)


@pytest.fixture(params=[motor_client, pymongo_client], ids=["motor", "pymongo"])
async def database(request: pytest.FixtureRequest, stack: Report, fund: str, tmp_path: Path) -> AsyncIterator[Database]:
    client = request.param(stack.mongo_url)
    yield Database(client=client, name=fund, file=tmp_path / "copy.backup")
    for name in (fund, f"{fund}again"):
        await client.drop_database(name)
    await close(client)


async def filled(database: Database) -> dict[str, list[Commit]]:
    payments, invoicing = await database.store("payments"), await database.store("invoicing")
    long = chain("fund", 1, b'["%s"]' % (b"0123456789" * 1_000), GENESIS)
    written = {
        "payments": [long, *commits("fund", 2, after=long)],
        "invoicing": [*commits("provider:a", 250), *commits("provider:b", 3)],
    }
    await payments.append(written["payments"])
    await invoicing.append(written["invoicing"])
    await payments.mark({"fund": 2})
    await payments.close()
    await payments.hear({"invoice.accepted/3": 17})
    await payments.save([Snapshot(stream="fund", version=3, hash=GENESIS, body=b"state")])
    return written


async def test_S1_what_was_copied_is_there_again_byte_for_byte(database: Database) -> None:
    written = await filled(database)
    end = await database.dump()
    assert end.documents == {
        "payments.heard": 1, "payments.published": 1, "payments.commits": 3, "invoicing.commits": 253,
    }  # fmt: skip
    again = f"{database.name}again"
    await database.load(again)
    payments = await database.store("payments", again)
    assert await all_of(payments) == written["payments"]
    assert await all_of(await database.store("invoicing", again)) == written["invoicing"]
    assert await payments.heard() == {"invoice.accepted/3": 17, RESTORED: 0}
    assert await unpublished(payments) == {("fund", 3)}
    assert await payments.load() == []  # folded anew
    assert mongo_backup.read(database.file)[0].heads["payments"] == {"fund": 3}


async def test_S1_a_copy_never_says_that_something_was_heard_of_which_it_has_no_commit(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await filled(database)
    store, heads = await database.store("payments"), MongoStore.heads
    last = (await all_of(store))[-1]

    async def one_more() -> None:
        nonlocal last
        last = chain("fund", last.version + 1, b"[]", last.hash)
        await store.append([last])
        await store.hear({"invoice.accepted/3": 100 + last.version})

    async def with_one_more(self: MongoStore) -> object:
        """Before the heads are read, and again when they are known, a batch is decided and heard."""
        if self._service != "payments":
            return await heads(self)
        await one_more()
        found = await heads(self)
        await one_more()
        return found

    monkeypatch.setattr(MongoStore, "heads", with_one_more)
    await database.dump()
    monkeypatch.undo()
    again = f"{database.name}again"
    await database.load(again)
    payments = await database.store("payments", again)
    found = await all_of(payments)
    assert [commit.version for commit in found] == [1, 2, 3, 4]
    assert (await payments.heard())["invoice.accepted/3"] == 17
    assert last.version > len(found)


async def test_S1_a_damaged_or_cut_copy_is_put_nowhere(database: Database) -> None:
    await filled(database)
    await database.dump()
    whole = database.file.read_bytes()
    middle, again = len(whole) // 2, f"{database.name}again"
    for damaged in (
        b"",
        b"psdf",
        whole[:-20],
        whole[:middle],
        whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
    ):
        database.file.write_bytes(damaged)
        with pytest.raises(BackupError, match=str(database.file)):
            mongo_backup.read(database.file)
        with pytest.raises(BackupError):
            await database.load(again)
        with pytest.raises(Broken, match="schema version being restored"):
            await database.store("payments", again)  # no service begins anew on half a copy
        with pytest.raises(BackupError, match="holds half of a back-up"):
            await database.load(again)
        await database.client.drop_database(again)
    database.file.write_bytes(whole)
    await database.load(again)


async def test_S1_a_journal_is_never_overwritten(database: Database) -> None:
    await filled(database)
    await database.dump()
    with pytest.raises(BackupError, match="is not empty: it has documents in"):
        await database.load(database.name)
    with pytest.raises(FileExistsError):
        await database.dump()


async def test_S1_a_service_that_waits_on_an_empty_database_is_no_hindrance(database: Database) -> None:
    await filled(database)
    await database.dump()
    again = f"{database.name}again"
    await database.store("payments", again)
    await database.load(again)
    assert len(await all_of(await database.store("payments", again))) == 3


async def test_S1_what_was_put_back_is_no_journal_of_before_offsets_were_kept(database: Database) -> None:
    await filled(database)
    await database.client[database.name].drop_collection("payments.heard")
    await database.dump()
    again = f"{database.name}again"
    await database.load(again)
    assert await (await database.store("payments", again)).heard()  # so it believes no group


async def test_S1_a_letter_keeps_its_bytes(database: Database) -> None:
    await filled(database)
    await database.client[database.name]["letters"].insert_one({"_id": "N-1", "pdf": b"%PDF"})
    await database.dump()
    await database.load(f"{database.name}again")
    found = await database.client[f"{database.name}again"]["letters"].find_one({"_id": "N-1"})
    assert bytes(found["pdf"]) == b"%PDF"
