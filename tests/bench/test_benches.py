"""The benches begin, end and tell each figure of the page, over a fund so small that nothing is measured by it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.bench.console import GOALS
from tests.bench.figures import KEPT, PARTS
from tests.runtime.funds import psdf_process, worked_start

ROOT = Path(__file__).parents[2]
BENCHES = {
    "bench": "tests.bench --parts floors lines door growth restart --invoices 1000 --large 4000 --small 100 --restart 500"
    " --turns 2 --single 40",
    "bench-scale": "tests.bench.scale --invoices 500 --open 100 200 300 400",
}
LEFT_OUT = ("postgres", "over_postgres", "instructions")
"""Of programs that are not on every machine, and take long."""


def played(bench: str, arguments: str, folder: Path) -> dict[str, Any]:
    """What a bench tells that is begun in a folder."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments.split()],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    told: dict[str, Any] = json.loads((folder / "build" / f"{bench}.json").read_text(encoding="utf-8"))
    return told


@pytest.mark.parametrize("bench", BENCHES)
def test_a_bench_tells_each_figure_of_the_page(bench: str, tmp_path: Path) -> None:
    told = played(bench, BENCHES[bench], tmp_path)
    kept = json.loads(KEPT.read_text(encoding="utf-8"))[PARTS[bench]]
    assert told.keys() == {name for name in kept if not name.startswith(LEFT_OUT)}


def test_the_consoles_bench_tells_each_figure_of_a_fund_that_has_a_goal(tmp_path: Path) -> None:
    (tmp_path / "start.jsonl").write_bytes(b"\n".join(worked_start()))
    taken = psdf_process("publish", tmp_path / "start.jsonl", "--moment", "event", "--home", tmp_path / "home")
    assert taken.returncode == 0, taken.stderr
    told = played("bench-console", "tests.bench.console --parts demo --demo home", tmp_path)
    assert {name for name in GOALS if name.startswith("demo.")} <= told.keys()
    assert {"/fund", "/invoices/*/*", "/contracts/*"} <= told["demo.slowest"].keys()
