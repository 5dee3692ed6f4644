"""A restored cluster's desk: its journal comes back with the store; who works at it is kept apart, as keys are."""

import asyncio
import shutil
from pathlib import Path

import pytest

from deploy.local import Report
from shared.adapters.mongo.client import close, motor_client
from shared.desk.people import PEOPLE, People
from tests.runtime.funds import FUND, psdf

pytestmark = pytest.mark.connected

END = ("propose", "contract-end", "contract_id=C-1", "on=2022-06-30")


async def test_with_the_people_that_were_kept_apart_what_was_proposed_is_decided_after_a_restore(
    stack: Report, fund: str, tmp_path: Path
) -> None:
    # given a cluster whose people are in a folder that is no part of its store, as a Secret is mounted
    people, apart = tmp_path / "people", tmp_path / "apart"
    tokens = {
        name: People(people).add(FUND, name, role, "VLK") for name, role in (("Rasa", "contracts"), ("Jonas", "second"))
    }

    async def done(*args: str, by: str = "") -> tuple[int, str]:
        env = {"PSDF_MONGO": stack.mongo_url, "PSDF_PREFIX": fund, "PSDF_PEOPLE": str(people)}
        env |= {"PSDF_TOKEN": tokens.get(by, ""), "PSDF_HOME": str(tmp_path / "home")}
        said = await asyncio.to_thread(psdf, *args, **env)
        return said.returncode, said.stdout + said.stderr

    assert (await done(*END, by="Rasa"))[0] == 0
    shutil.copytree(people, apart)

    # when it is backed up, store and folder are lost, and the back-up is put into a new store
    file = tmp_path / "fund.backup"
    assert (await done("backup", str(file)))[0] == 0
    client = motor_client(stack.mongo_url)
    await client.drop_database(fund)
    shutil.rmtree(people)
    code, told = await done("restore", str(file))

    # then the restore says what is not in it; with it the desk goes on where it was, and without it nobody is anybody
    assert (code, f"kept apart: who works at the desk ({PEOPLE} of PSDF_PEOPLE), keys, certificates" in told) == (
        0,
        True,
    )
    assert "who are you?" in (await done("work", by="Jonas"))[1]
    shutil.copytree(apart, people)
    assert "D-1" in (await done("work", by="Jonas"))[1]
    assert (await done("refuse", "D-1", "--words", "Ne ta diena", by="Jonas"))[0] == 0
    await client.drop_database(fund)
    await close(client)
