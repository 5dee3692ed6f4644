"""A bench begun over a fund so small that nothing is measured by it: what it tells, and what the page has of it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.bench.figures import KEPT, PARTS

ROOT = Path(__file__).parents[2]
LEFT_OUT = ("postgres", "over_postgres", "instructions")
"""Of programs that are not on every machine, and take long."""


def played(bench: str, arguments: str, folder: Path, **env: str) -> dict[str, Any]:
    """What a bench tells that is begun in a folder."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments.split()],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    told: dict[str, Any] = json.loads((folder / "build" / f"{bench}.json").read_text(encoding="utf-8"))
    return told


def of_the_page(bench: str) -> set[str]:
    """The figures that the page has of it."""
    kept = json.loads(KEPT.read_text(encoding="utf-8"))[PARTS[bench]]
    return {name for name in kept if not name.startswith(LEFT_OUT)}
