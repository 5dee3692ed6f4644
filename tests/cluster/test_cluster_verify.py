"""``psdf verify`` on the cluster's store: an honest journal holds, a changed byte is found and named."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local import Report
from shared.adapters.mongo.client import close, motor_client
from shared.adapters.mongo.documents import COMMITS, id_of
from shared.adapters.mongo.store import MongoStore
from tests.bench import world
from tests.cluster.fleet import fleet

pytestmark = pytest.mark.connected


async def verified(url: str, database: str) -> subprocess.CompletedProcess[str]:
    words = ["-c", "from shared.cli.main import main; main()", "verify", "--mongo", url, "--database", database]
    return await asyncio.to_thread(
        subprocess.run, [sys.executable, *words], capture_output=True, text=True, check=False
    )


async def test_a_changed_byte_is_named(stack: Report, fund: str, tmp_path: Path) -> None:
    async with fleet(stack, fund, tmp_path, partitions=1) as here:
        await here.started("contracts")
        for raw in world.beginning(1):
            await here.send([raw])
            await here.quiet()
    honest = await verified(stack.mongo_url, fund)
    assert honest.returncode == 0, honest.stderr
    assert "commits in 1 streams hold" in honest.stdout

    client = motor_client(stack.mongo_url)
    second = {"_id": id_of("contracts", 2)}
    body = (await anext(MongoStore(client[fund], "contracts").read("contracts", 1))).body
    changed_body = {"body": body[:-3] + b" " + body[-2:], "packed": False}
    await client[fund]["contracts" + COMMITS].update_one(second, {"$set": changed_body})
    await close(client)
    changed = await verified(stack.mongo_url, fund)
    assert changed.returncode == 1
    assert "stream contracts, commit 2: its hash is not that of its body" in changed.stderr


async def test_a_database_without_a_journal_is_no_proof(stack: Report, fund: str) -> None:
    empty = await verified(stack.mongo_url, fund)
    assert empty.returncode == 1
    assert f"there is no journal in its database {fund}" in empty.stderr
