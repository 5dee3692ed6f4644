"""The benches begin, end and tell each figure of the page, over a fund so small that nothing is measured by it."""

from pathlib import Path

import pytest

from tests.bench.console import GOALS
from tests.bench.played import of_the_page, played
from tests.runtime.funds import psdf_process, worked_start

BENCHES = {
    "bench": "tests.bench --parts floors free lines door growth restart --invoices 1000 --large 4000 --small 100 --restart 500"
    " --turns 2 --single 40",
    "bench-scale": "tests.bench.scale --invoices 500 --open 100 200 300 400",
}


@pytest.mark.parametrize("bench", BENCHES)
def test_a_bench_tells_each_figure_of_the_page(bench: str, tmp_path: Path) -> None:
    assert played(bench, BENCHES[bench], tmp_path).keys() == of_the_page(bench)


def test_the_consoles_bench_tells_each_figure_of_a_fund_that_has_a_goal(tmp_path: Path) -> None:
    (tmp_path / "start.jsonl").write_bytes(b"\n".join(worked_start()))
    taken = psdf_process("publish", tmp_path / "start.jsonl", "--moment", "event", "--home", tmp_path / "home")
    assert taken.returncode == 0, taken.stderr
    told = played("bench-console", "tests.bench.console --parts demo --demo home", tmp_path)
    assert {name for name in GOALS if name.startswith("demo.")} <= told.keys()
    assert {"/fund", "/invoices/*/*", "/contracts/*"} <= told["demo.slowest"].keys()
