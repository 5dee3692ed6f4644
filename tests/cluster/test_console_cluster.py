"""The console on the cluster: it follows the store into a copy of its own; ``psdf copy`` gives every reading command one."""

import asyncio
import json
from pathlib import Path

import httpx
import pytest

from deploy.local import Report
from tests.cluster.fleet import fleet
from tests.cluster.quiet import until
from tests.runtime.funds import day, invoice, psdf_process, worked_start

pytestmark = pytest.mark.connected

INVOICE = "/invoices/300111224/A1"
PATIENCE_S = 30.0


async def test_it_shows_what_was_decided_and_a_kill_loses_nothing_and_the_copy_answers_the_commands(
    stack: Report, fund: str, ministry: str, tmp_path: Path
) -> None:
    async with fleet(stack, fund, tmp_path, partitions=1, ministry=ministry) as here:
        await here.started("contracts", "invoicing", "payments", "reserve", "reconciliation")
        for raw in worked_start()[:4]:
            await here.send([raw])
            await here.quiet()
        console = here.start("console", PSDF_HOME=str(tmp_path / "console"))
        here.members.remove(console)  # it hears no topic
        await until(console.ready, "the console is ready")
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{console.port}", timeout=20) as client:

            async def shown() -> bool:
                steps = (await client.get(INVOICE, params={"as": "json"})).json().get("steps", ())
                return [step["type"] for step in steps] == ["invoice.accepted", "payment.scheduled"]

            assert (await client.get(INVOICE)).status_code == httpx.codes.NOT_FOUND
            await here.send([invoice("A1", 500, "2022-02-07T10:00:00+02:00"), day("2022-02-08")])
            await here.quiet()
            await until(shown, "the console shows the invoice", PATIENCE_S)
            before = (await client.get("/fund", params={"as": "json"})).json()
            assert "Šioje kopijoje nėra to, ką atsiuntė ūkio subjektas" in (await client.get(INVOICE)).text
        console.kill()
        again = here.start("console", PSDF_HOME=str(tmp_path / "console"))
        here.members.remove(again)
        await until(again.ready, "the console is ready again")
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{again.port}", timeout=20) as client:
            assert (await client.get("/fund", params={"as": "json"})).json()["standing"] == before["standing"]
        assert await again.stop() == 0
        await commands_read_a_copy(stack.mongo_url, fund, tmp_path / "copy", before)


async def commands_read_a_copy(mongo: str, database: str, copy: Path, before: dict[str, object]) -> None:
    copied = await asyncio.to_thread(psdf_process, "copy", "--mongo", mongo, "--database", database, "--home", copy)
    assert copied.returncode == 0, copied.stderr
    found = await asyncio.to_thread(psdf_process, "fund", "--json", "--home", copy)
    assert json.loads(found.stdout)["standing"] == before["standing"]
    close = await asyncio.to_thread(psdf_process, "close", "2022", "--home", copy)
    assert "not over, unpaid so far 5.00 EUR" in close.stderr, "the year runs on, and what is open of it is told"
    why = await asyncio.to_thread(psdf_process, "why", "300111224/A1", "--home", copy)
    assert "accepted" in why.stdout
    for words in (
        ["verify"],
        ["parked", "list"],
        ["what-if", "--until", "2022-03-01", "--cut", "04=50", "--on", "2022-02-10"],
        ["report", "2022", "--cut-off", "2022-02-08", "--out", str(copy / "r")],
    ):
        done = await asyncio.to_thread(psdf_process, *words, "--home", copy)
        assert done.returncode == 0, (words, done.stderr)
    again = await asyncio.to_thread(psdf_process, "copy", "--mongo", mongo, "--database", database, "--home", copy)
    assert "0 commits copied" in again.stdout
    elsewhere = await asyncio.to_thread(psdf_process, "copy", "--mongo", mongo, "--database", "other", "--home", copy)
    assert elsewhere.returncode == 1
    assert "give --home another folder" in elsewhere.stderr
