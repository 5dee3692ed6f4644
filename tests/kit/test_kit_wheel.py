"""The kit's wheel alone: small, complete, and killed in the middle it sends nothing twice."""

import json
import sqlite3
import subprocess
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from deploy.local import free_port
from tests.kit.invoices import AT, SOURCE, data
from tests.runtime.funds import PATIENCE_S, clean_env, running_fund

MOST_BYTES = 300_000
MANY = 3_000


def test_the_wheel_is_small_typed_and_needs_three_packages(wheel: Path) -> None:
    assert wheel.stat().st_size < MOST_BYTES
    with zipfile.ZipFile(wheel) as files:
        names = {Path(name).name for name in files.namelist()}
        assert {"py.typed", "openapi.json", "reasons.json", "entry_points.txt"} <= names
        (metadata,) = (name for name in files.namelist() if name.endswith("METADATA"))
        asked = [line for line in files.read(metadata).decode().splitlines() if line.startswith("Requires-Dist")]
    assert [line.split()[1].split(">")[0].split("<")[0] for line in asked] == ["cryptography", "httpx", "pydantic"]


def test_in_an_environment_of_its_own_there_is_nothing_of_the_fund(environment: Path) -> None:
    code = (
        "import psdf_provider, psdf_provider.testing, importlib.util as found;"
        "assert not any(found.find_spec(name) for name in ('shared', 'services', 'msgspec', 'starlette', 'saxonche'));"
        "print(psdf_provider.VERSION)"
    )
    done = subprocess.run([environment / "python", "-I", "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    said = subprocess.run([environment / "psdf-provider", "--version"], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == f"psdf-provider {done.stdout.strip()}"


def test_killed_in_the_middle_it_sends_the_rest_and_nothing_twice(environment: Path, tmp_path: Path) -> None:
    invoices = tmp_path / "invoices.jsonl"
    invoices.write_text("".join(json.dumps(data(f"A{n}")) + "\n" for n in range(MANY)), encoding="utf-8")
    port = free_port()
    with running_fund(tmp_path / "home", port, "--seed"):
        env = clean_env() | {
            "PSDF_FUND_URL": f"http://127.0.0.1:{port}",
            "PSDF_OUTBOX": str(tmp_path / "outbox.sqlite3"),
        }
        send = [environment / "psdf-provider", "send", "--time", AT]
        left = []
        for more in ([invoices], []):
            program = subprocess.Popen([*send, *more], env=env, stdout=subprocess.DEVNULL)
            before = left[-1] if left else MANY
            until(partial(some_are_answered, tmp_path, before))
            program.kill()
            program.wait()
            left.append(unanswered(tmp_path))
        assert MANY > left[0] > left[1] > 0, "it was killed in the middle, twice"
        rest = subprocess.run(send, env=env, check=False, capture_output=True, text=True)
        assert rest.returncode == 1, "all but one are refused: a month has one invoice"
        assert unanswered(tmp_path) == 0
        told = Counter(
            (each["event"]["data"]["invoice_id"], each["event"]["type"])
            for each in everything(f"http://127.0.0.1:{port}")
            if each["event"]["type"].startswith("invoice.")
        )
        assert len(told) == MANY
        assert set(told.values()) == {1}, "the fund answered each once"
        assert sum(type_ == "invoice.accepted" for _, type_ in told) == 1


def some_are_answered(folder: Path, of: int) -> bool:
    return 0 < unanswered(folder) < of


def unanswered(folder: Path) -> int:
    """How many invoices of the outbox have no answer; none where it is not there yet."""
    try:
        with sqlite3.connect(f"file:{folder / 'outbox.sqlite3'}?mode=ro", uri=True) as db:
            found: int = db.execute("SELECT count(*) FROM events WHERE outcome IS NULL").fetchone()[0]
    except sqlite3.OperationalError:
        return 0
    return found


def everything(url: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after = ""
    while True:
        page = httpx.get(
            f"{url}/answers", params={"source": SOURCE, "after": after, "limit": "1000"}, timeout=30
        ).json()
        found += page["answers"]
        after = page["after"]
        if not page["more"]:
            return found


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end, "it did not come to it"
        time.sleep(0.002)
