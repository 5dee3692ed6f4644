"""The cluster's bench begins, ends and tells each figure of the page, over a few invoices."""

import os
from pathlib import Path

import pytest

from deploy.local import Report
from tests.bench.played import LEFT_OUT, of_the_page, played

pytestmark = pytest.mark.connected

SMALL = "tests.bench_cluster --invoices 200 --runs 1 --warm-up 20 --singly 20 --traced 50 --turns 1 --seconds 1"


def test_the_clusters_bench_tells_each_figure_of_the_page(stack: Report, tmp_path: Path) -> None:
    home = stack.folder.parent
    told = played("bench-cluster", SMALL, tmp_path, PSDF_TEST_STACK=str(home), PATH=os.environ["PATH"])
    assert not (stack.folder / "stack").exists(), "a stack within the stack: nobody would stop it"
    assert {name for name in told if not name.startswith(LEFT_OUT)} == of_the_page("bench-cluster")
    assert all(told["steps_p50_ms"][name]["decide"] for name in ("contracts", "invoicing", "payments"))
