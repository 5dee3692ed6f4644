"""The commands of the runbook, as a person would copy them from there."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

RUNBOOK = Path(__file__).parents[2] / "deploy" / "README.md"
PSDF = [sys.executable, "-c", "from shared.runtime.cli import main; main()"]


def commands(heading: str) -> list[str]:
    """The lines of the first block under a heading."""
    _, _, rest = RUNBOOK.read_text(encoding="utf-8").partition(f"\n### {heading}\n")
    section = re.split(r"^##+ ", rest, maxsplit=1, flags=re.MULTILINE)[0]
    found = re.search(r"^```\n(.*?)^```", section, flags=re.MULTILINE | re.DOTALL)
    assert found, f"the runbook has no commands under {heading}"
    return found[1].splitlines()


def run(line: str, env: Mapping[str, str], **words: Path) -> subprocess.CompletedProcess[str]:
    """Do what a line of the runbook says; ``words`` stand for its capitals."""
    asked = [str(words.get(word, word)) for word in shlex.split(line)]
    assert asked[0] == "psdf", line
    return subprocess.run(
        [*PSDF, *asked[1:]], env={**os.environ, **env}, capture_output=True, text=True, check=False, timeout=120
    )
