"""The commands of the runbook, as a person would copy them from there."""

import re
import shlex
import subprocess
from pathlib import Path

from tests.runtime.funds import psdf

RUNBOOK = Path(__file__).parents[2] / "deploy" / "README.md"


def commands(heading: str) -> list[str]:
    """The lines of the first block under a heading."""
    _, _, rest = RUNBOOK.read_text(encoding="utf-8").partition(f"\n### {heading}\n")
    section = re.split(r"^##+ ", rest, maxsplit=1, flags=re.MULTILINE)[0]
    found = re.search(r"^```\n(.*?)^```", section, flags=re.MULTILINE | re.DOTALL)
    assert found, f"the runbook has no commands under {heading}"
    return found[1].splitlines()


def says(line: str) -> bool:
    """Whether the runbook names a command, word by word."""
    return f"`{line}`" in RUNBOOK.read_text(encoding="utf-8")


def does(line: str, words: dict[str, Path], **env: str) -> subprocess.CompletedProcess[str]:
    """Do what a line of the runbook says; ``words`` stand for its capitals."""
    asked = [words.get(word, word) for word in shlex.split(line)]
    assert asked[0] == "psdf", line
    return psdf(*asked[1:], **env)
