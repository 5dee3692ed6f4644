"""The runbook's local stack: its four commands, done as they stand there."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.runtime.runbook import commands
from tests.stack import require_connected

pytestmark = pytest.mark.connected


def test_the_local_stack_is_started_shown_and_stopped_as_the_runbook_says(tmp_path: Path) -> None:
    require_connected()
    programs = str(Path(sys.prefix) / "bin")
    env = {**os.environ, "PSDF_HOME": str(tmp_path / "home"), "PATH": f"{programs}:{os.environ['PATH']}"}
    lines = [line.partition(" #")[0].strip() for line in commands("Local")]
    assert [line.split()[2] for line in lines] == ["up", "status", "logs", "down"]
    said = {}
    try:
        for line in lines:
            done = subprocess.run(line, shell=True, env=env, capture_output=True, text=True, check=False)  # noqa: S602
            assert done.returncode == 0, f"{line}\n{done.stderr}"
            said[line] = done.stdout
    finally:
        subprocess.run([f"{programs}/psdf", "stack", "down"], env=env, capture_output=True, check=False)
    up, status, _, down = said.values()
    assert "export PSDF_KAFKA=" in up
    assert status.count("running") == 2
    assert down.count("stopped") == 2
