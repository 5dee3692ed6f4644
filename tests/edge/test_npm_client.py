"""The CloudEvents SDK for JavaScript sends to the door, as it is given: structured, binary, and a batch."""

import asyncio
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from shared.runtime.http import fund_app
from tests.adapters.serving import running
from tests.runtime.funds import fund, invoice, worked_start

NPM = Path(__file__).parent / "npm"


def installed(folder: Path) -> Path:
    """The SDK by its lock; loud where it can't be had, and a failure where CI asks for it."""
    missing = [program for program in ("node", "npm") if shutil.which(program) is None]
    why = f"{', '.join(missing)} not found" if missing else ""
    if not missing:
        for name in ("package.json", "package-lock.json", "send.mjs"):
            shutil.copy(NPM / name, folder / name)
        done = subprocess.run(
            ["npm", "ci", "--silent", "--no-audit", "--no-fund", "--prefer-offline"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        why = f"npm ci: {done.stderr[-300:]}" if done.returncode else ""
    if why and os.environ.get("PSDF_REQUIRE_CONNECTED") == "1":
        pytest.fail(why, pytrace=False)
    if why:
        pytest.skip(f"THE JAVASCRIPT SDK DOES NOT RUN HERE: {why}")
    return folder


async def test_the_sdk_for_javascript_sends_what_is_taken(tmp_path: Path) -> None:
    folder = await asyncio.to_thread(installed, tmp_path)
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
