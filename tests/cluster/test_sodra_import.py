"""22. Sodra's statement that came as a file goes to the cluster as the event that Sodra would have sent, and counts once."""

import asyncio
from pathlib import Path

import pytest

from deploy.local import Report
from tests.cluster.fleet import fleet
from tests.edge.test_statement import BY, CSV, XML
from tests.runtime.funds import day, psdf, worked_start

pytestmark = pytest.mark.connected


async def test_a_file_is_imported_on_kafka_and_the_same_file_again_counts_once(
    stack: Report, fund: str, tmp_path: Path
) -> None:
    file, env = tmp_path / "statement.csv", {"PSDF_KAFKA": stack.bootstrap, "PSDF_MOMENT": "event"}
    file.write_bytes(CSV)
    async with fleet(stack, fund, tmp_path, partitions=1) as here:
        await here.started("contracts", "reconciliation")
        await here.send([*worked_start()[:4], day("2022-04-13")])
        await here.quiet()
        told = {**env, "PSDF_PREFIX": here.prefix, "PSDF_PARTITIONS": "1"}
        for at in ("2022-04-13T10:00:00", "2022-04-13T11:00:00"):
            done = await asyncio.to_thread(psdf, "sodra", "import", file, *BY, "--at", at, **told)
            assert done.returncode == 0, done.stderr
            assert "lies on" in done.stdout
            await here.quiet()
        alone = await asyncio.to_thread(psdf, "sodra", "import", file, "--by", "Ona", "--approved-by", "ONA", **told)
        assert (alone.returncode, "one person" in alone.stderr) == (1, True)
        said = await here.told(
            ["sodra.statement.approved", "sodra.statement.returned", "sodra.statement.submitted.parked"]
        )
        assert [each["type"] for each in said] == ["sodra.statement.returned"], "it differs, and is answered once"
        file.write_bytes(XML)
        nowhere = await asyncio.to_thread(psdf, "sodra", "import", file, *BY, **told | {"PSDF_KAFKA": "127.0.0.1:1"})
        assert (nowhere.returncode, "the broker has not taken it" in nowhere.stderr) == (1, True), nowhere.stderr
