"""Money goes through the bank to try with, by the commands of the runbook; the bank is killed before and after it."""

import asyncio
import json
import re
import shlex
from pathlib import Path
from typing import Any

import httpx

from deploy.render import DEPLOY
from shared.adapters.bank.sim import DIARY
from shared.effects.bank.accounts import load_bank_settings
from shared.statute.load import load_fund
from tests.cluster.fleet import Fleet
from tests.cluster.quiet import until
from tests.deploy.started import PROGRAMS, Processes, Started

BANK_FILE = DEPLOY / "compose" / "psdf.bank.toml"
ACCOUNT = load_bank_settings(BANK_FILE, load_fund()).accounts["VLK", "PSDF"]
RUNBOOK = (DEPLOY / "README.md").read_text(encoding="utf-8")
TAKES_S = 90.0
TURNS_S = 3.0
"""In so long the desk has asked the bank more than once."""


def bank_file_at(folder: Path, url: str) -> Path:
    """Compose's bank file, with the address at which the bank is reached here."""
    path = folder / "compose.bank.toml"
    path.write_text(BANK_FILE.read_text(encoding="utf-8").replace("http://bank-sim:8080", url), encoding="utf-8")
    return path


async def money_goes_through_the_bank_to_try_with(there: Fleet, desk: Started, beside: Processes, folder: Path) -> None:
    """Two invoices were ordered, 10 100 EUR together: above the limit of compose's bank file, so two persons let it go.

    ``folder`` is where the bank keeps its diary.
    """
    credited = await there.count("account.credited")
    await said_to(beside, "/credits", "2022-01-03")
    await comes(there, "account.credited", credited + 1)
    sealed = await typed(desk, "seal")
    assert "2 orders of VLK PSDF, 10 100.00 EUR, sealed; waits for 2 to approve it" in sealed, sealed
    file_id = sealed.partition(":")[0]
    assert "waits for 1 more" in await typed(desk, 'approve FILE --by "Ona Onaitė"', file_id)

    beside.kill("bank-sim")
    assert "approved by Ona Onaitė, Jonas Jonaitis" in await typed(desk, 'approve FILE --by "Jonas Jonaitis"', file_id)
    await until(lambda: waits_for_the_bank(desk), "the desk waits for the bank", TAKES_S, desk.said)
    await again(beside)
    await comes(there, "payment.executed", 2)

    told = await answers(beside)
    beside.kill("bank-sim")
    await again(beside)
    assert await answers(beside) == told
    (on,) = set(re.findall(r"<BookgDt><Dt>(.*?)</Dt>", told[-1]["xml"]))  # of the orders, its last answer
    await said_to(beside, "/close", on)
    await until(lambda: agrees(desk, f"-9 600.00 ({on})"), "the statement agrees", TAKES_S, desk.said)
    await asyncio.sleep(TURNS_S)
    counts = {kind: await there.count(kind) for kind in ("payment.reported", "payment.executed", "account.credited")}
    assert counts == {"payment.reported": 2, "payment.executed": 2, "account.credited": credited + 1}
    diary = [json.loads(line) for line in (folder / "bank-sim" / DIARY).read_text().splitlines()]
    assert [said["file"].count("<CdtTrfTxInf>") for said in diary if "file" in said] == [2]


async def waits_for_the_bank(desk: Started) -> bool:
    answer = await desk.get("/readyz")
    return answer is not None and "/files" in answer.text


async def again(beside: Processes) -> None:
    """The bank is started again, as the container is."""
    process = beside.again("bank-sim")

    async def listens() -> bool:
        answer = await process.get("/livez")
        return answer is not None

    await until(listens, "the bank is there again", TAKES_S, process.said)


async def answers(beside: Processes) -> list[dict[str, Any]]:
    answer = await beside.of["bank-sim"].get("/answers")
    assert answer is not None
    found: list[dict[str, Any]] = answer.json()["answers"]
    return found


async def said_to(beside: Processes, path: str, day: str) -> None:
    """What the runbook lets a person say to the bank of a day."""
    (said,) = re.findall(rf"^curl -d '(.*)' 127\.0\.0\.1:8092{path} ", RUNBOOK, re.MULTILINE)
    async with httpx.AsyncClient(timeout=30) as client:
        url = f"http://127.0.0.1:{beside.of['bank-sim'].port}{path}"
        (await client.post(url, content=said.replace("DAY", day))).raise_for_status()


async def comes(there: Fleet, kind: str, count: int) -> None:
    async def holds() -> bool:
        return await there.count(kind) >= count

    await until(holds, f"{count} x {kind}", TAKES_S)


async def agrees(desk: Started, closed: str) -> bool:
    """Whether the account's last statement closes so, and nobody has to look at anything."""
    status = json.loads(await typed(desk, "status", more=("--json",)))
    (account,) = [each for each in status["accounts"] if each["iban"] == ACCOUNT.iban]
    return (account["closed"], account["executed"], status["alarms"]) == (closed, "10 100.00", [])


async def typed(desk: Started, command: str, file_id: str = "", *, more: tuple[str, ...] = ()) -> str:
    """What a command of the runbook says that is run in the container of the desk."""
    assert f"docker compose -f deploy/compose.yaml exec bank psdf bank {command}" in RUNBOOK
    process = await asyncio.create_subprocess_exec(
        str(PROGRAMS["psdf"]),
        "bank",
        *shlex.split(command.replace("FILE", file_id)),
        *more,
        env=dict(desk.environment),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out.decode()
