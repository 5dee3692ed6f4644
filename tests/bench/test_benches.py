"""The benches begin, end and tell each figure of the page, over a fund so small that nothing is measured by it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.figures import KEPT, PARTS

ROOT = Path(__file__).parents[2]
BENCHES = {
    "bench": "tests.bench --parts floors lines door growth restart --invoices 1000 --large 4000 --small 100 --restart 500"
    " --turns 2 --single 40",
    "bench-scale": "tests.bench.scale --invoices 500 --open 100 200 300 400",
}
LEFT_OUT = ("postgres", "over_postgres", "instructions")
"""Of programs that are not on every machine, and take long."""


@pytest.mark.parametrize("bench", BENCHES)
def test_a_bench_tells_each_figure_of_the_page(bench: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *BENCHES[bench].split()],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    told = json.loads((tmp_path / "build" / f"{bench}.json").read_text(encoding="utf-8"))
    kept = json.loads(KEPT.read_text(encoding="utf-8"))[PARTS[bench]]
    assert told.keys() == {name for name in kept if not name.startswith(LEFT_OUT)}
