"""The CloudEvents SDK for JavaScript sends to the door, as it is given: structured, binary, and a batch."""

import asyncio
import json
import subprocess
from pathlib import Path

from shared.runtime.http import fund_app
from tests.adapters.serving import running
from tests.edge.npm_packages import installed
from tests.runtime.funds import fund, invoice, worked_start

NPM = Path(__file__).parent / "npm"


async def test_the_sdk_for_javascript_sends_what_is_taken(tmp_path: Path) -> None:
    folder = await asyncio.to_thread(installed, NPM, tmp_path)
    events = [
        invoice(f"A ž{n}", 500, "2022-09-07T10:00:00+03:00", month=f"2022-0{n}", id_=f"id {n}") for n in range(1, 5)
    ]
    async with fund(tmp_path / "home") as stack:
        await stack.publish(worked_start()[:4])
        async with running(fund_app(stack)) as url:
            sent = await asyncio.create_subprocess_exec(
                "node",
                "send.mjs",
                url,
                cwd=folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            out, err = await sent.communicate(b"[%s]" % b",".join(events))
    assert sent.returncode == 0, err.decode()
    structured, binary, batch = json.loads(out)
    assert (structured["status"], structured["outcomes"]) == (200, ["accepted"]), structured
    assert (binary["status"], binary["outcomes"]) == (200, ["accepted"]), binary
    assert (batch["status"], batch["outcomes"]) == (200, ["accepted", "accepted"]), batch
