"""The kit as others get it: its wheel, in an environment where nothing else is."""

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from shared.edge.kit import FOLDER

PROJECT = FOLDER.parent
NEEDED = "PSDF_REQUIRE_CONNECTED"


def left_out(why: str) -> None:
    """Leave a test out loudly; where CI asks for all of them it fails."""
    if os.environ.get(NEEDED) == "1":
        pytest.fail(why, pytrace=False)
    pytest.skip(why)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    subprocess.run(build, cwd=PROJECT, check=True, capture_output=True)
    (made,) = out.glob("*.whl")
    return made


@pytest.fixture(scope="session")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``bin`` of an environment into which the wheel alone was installed, with what it asks for."""
    folder = tmp_path_factory.mktemp("empty") / "venv"
    venv.create(folder, with_pip=False, symlinks=True)
    pip = [sys.executable, "-m", "pip", "--python", str(folder), "install", "--quiet", "--retries", "1", str(wheel)]
    done = subprocess.run(pip, capture_output=True, text=True, check=False, timeout=240)
    if done.returncode:
        left_out(f"THE KIT IS NOT INSTALLED HERE, pip can't get what it needs: {done.stderr[-300:]}")
    return folder / "bin"
