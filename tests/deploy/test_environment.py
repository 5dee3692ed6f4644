"""What ``make`` does before anything else: the environment, from the locks, in words for a person."""

import importlib.metadata
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.environment import BUILD, LOCKS, pinned, version_of
from tests.docs.points import ROOT

LOCKED = {
    name: set(re.findall(r"^([\w.-]+)==", (ROOT / lock).read_text(encoding="utf-8"), flags=re.MULTILINE))
    for name, lock in LOCKS.items()
}
HERE = ".".join(map(str, sys.version_info[:3]))


def test_what_only_tests_need_is_not_installed_for_the_demo() -> None:
    assert LOCKED["dev"] - LOCKED["run"] >= {"mypy", "pytest", "ruff", "hypothesis", "import-linter"}
    assert LOCKED["run"] <= LOCKED["dev"], "the lock of dev adds to the same environment"
    planned = subprocess.run(["make", "-n", "demo"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert " deploy/environment.py" in planned
    assert re.search(r"deploy/environment\.py +(--asked )?run", planned)


def test_what_installs_us_is_pinned_with_all_that_it_needs() -> None:
    blocks = pinned(ROOT, BUILD)
    assert blocks.count("--hash=sha256:") >= len(BUILD)
    for name in BUILD:
        assert re.search(rf"^{name}==", blocks, flags=re.MULTILINE), name
        for needed in importlib.metadata.requires(name) or ():
            if "extra ==" not in needed and "python_version <" not in needed.replace('"', ""):
                assert re.split(r"[ <>=!~;(\[]", needed)[0] in {*BUILD, *LOCKED["run"]}, f"{name} needs {needed}"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A fresh checkout, as far as make needs it."""
    for name in ("Makefile", "pyproject.toml", *LOCKS.values()):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "deploy").mkdir()
    shutil.copy(ROOT / "deploy" / "environment.py", tmp_path / "deploy" / "environment.py")
    return tmp_path


def make(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run make where nothing answers for a registry."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        nobody = server.getsockname()[1]
    env = {name: value for name, value in os.environ.items() if name not in {"PYTHON", "MAKEFLAGS", "MAKELEVEL"}}
    env |= {"PIP_INDEX_URL": f"http://127.0.0.1:{nobody}/simple", "PIP_NO_CACHE_DIR": "1", "PIP_RETRIES": "0"}
    return subprocess.run(["make", *arguments], cwd=checkout, env=env, capture_output=True, text=True, check=False)


def test_V7_a_registry_that_cannot_be_reached_is_one_line(checkout: Path) -> None:
    made = make(checkout, "demo", f"PYTHON={sys.executable}")
    ours = [line for line in made.stderr.splitlines() if not line.startswith("make: ***")]
    assert made.returncode != 0
    assert ours == [
        "make: the package registry can't be reached: look at the network, or name another by PIP_INDEX_URL"
    ]
    assert made.stdout.splitlines()[-2:] == [
        f"making .venv, Python {HERE}",
        "installing what runs (a minute or two the first time)",
    ]


def test_V7_another_python_makes_the_environment_anew_only_where_it_is_asked_for(checkout: Path) -> None:
    """The environment's Python, as far as it can be seen from outside: its interpreter says its version."""
    python = checkout / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\necho 3.99.0\n")
    python.chmod(0o755)
    assert make(checkout, "setup").stdout.splitlines()[-1] == "ready: .venv/bin/psdf on Python 3.99.0"
    asked = make(checkout, "setup", f"PYTHON={sys.executable}")
    assert f".venv has Python 3.99.0, {HERE} is asked for: it is made anew" in asked.stdout.splitlines()
    assert version_of(python) == HERE


def test_a_python_that_is_not_there_is_told_with_what_to_do(checkout: Path) -> None:
    made = make(checkout, "demo", "PYTHON=no-such-python")
    assert made.returncode != 0
    assert made.stderr.splitlines()[0] == (
        "psdf needs Python 3.11 or newer, and there is no 'no-such-python': try make demo PYTHON=python3.12"
    )
