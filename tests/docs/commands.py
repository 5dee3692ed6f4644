"""The commands that pages and help texts name, and what the command line knows."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main

from shared.cli.main import app
from tests.docs.points import ROOT

BLOCK = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
COMMANDS: Any = typer.main.get_command(app)
"""The tree of commands, as typer keeps it."""
for each in COMMANDS.commands:
    COMMANDS.resolve_command(None, [each])  # only what is named is loaded


def blocks(page: Path) -> list[str]:
    """The blocks of code of a page, in order."""
    return BLOCK.findall(page.read_text(encoding="utf-8"))


def lines(block: str) -> list[str]:
    """The commands of a block, without what is said of them; a quotation may go over several lines."""
    found: list[str] = []
    for line in block.splitlines():
        if found and found[-1].count("'") % 2:
            found[-1] += f"\n{line}"
        elif line.strip():
            found.append(line.removeprefix("$ ").partition(" #")[0].strip())
    return found


def named(text: str) -> Iterator[list[str]]:
    """Every command of ours that a text names, word by word."""
    for block in BLOCK.findall(text):
        yield from (words for line in lines(block) for words in _ours(line))
    for inline in INLINE.findall(BLOCK.sub("", text)):
        yield from _ours(inline)


def _ours(line: str) -> Iterator[list[str]]:
    for part in re.split(r" && | > ", line):
        first, _, rest = part.strip().removeprefix(".venv/bin/").partition(" ")
        if first == "psdf" and rest and "$" not in rest:
            yield shlex.split(rest, comments=True)
        elif first == "make" and rest:
            yield ["make", *shlex.split(rest, comments=True)]


def fault(words: list[str]) -> str | None:
    """What a command has that the command line does not know; None where it knows all of it."""
    if words[0] == "make":
        targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
        return None if words[1] in targets or "=" in words[1] else f"make has no target {words[1]}"
    command = COMMANDS
    for word in words:
        if word.startswith("--"):
            known = {name for each in command.params for name in (*each.opts, *each.secondary_opts)} | {"--help"}
            if word.partition("=")[0] not in known:
                return f"psdf {' '.join(words)}: {command.name} has no {word}"
        elif hasattr(command, "commands"):
            if word not in command.commands:
                return f"psdf {' '.join(words)}: there is no {word}"
            command = command.commands[word]
    return None


def helps(command: Any = COMMANDS) -> Iterator[str]:  # noqa: ANN401 - as typer keeps it
    """The examples of every help text: lines that begin with ``psdf``."""
    for line in (command.help or "").splitlines():
        if line.strip().startswith("psdf "):
            yield re.split(r"\s{3,}", line.strip())[0]
    for each in getattr(command, "commands", {}).values():
        yield from helps(each)
