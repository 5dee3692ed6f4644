"""Packages of npm that tests run, each by its lock."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest


def installed(source: Path, folder: Path) -> Path:
    """What a lock names, beside the programs of its folder; loud where it can't be had, a failure where CI asks for it."""
    missing = [program for program in ("node", "npm") if shutil.which(program) is None]
    why = f"{', '.join(missing)} not found" if missing else ""
    if not missing:
        shutil.copytree(source, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules"))
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
        pytest.skip(f"WHAT IS WRITTEN IN JAVASCRIPT DOES NOT RUN HERE: {why}")
    return folder
