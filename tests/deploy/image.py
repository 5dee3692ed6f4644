"""The Dockerfile, read: its stages, what the last one has in its environment, and the steps that are commands of ours."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from deploy.render import DEPLOY

OURS = "/opt/psdf/bin/"
"""Where the image has our programs."""
RULES = "/opt/rules"
"""Where the image has the rules of e-invoices."""


def stages() -> list[list[tuple[str, str]]]:
    """Each stage: its instructions with their words, a continued line as one."""
    text = re.sub(r"^#.*\n", "", (DEPLOY / "Dockerfile").read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    found: list[list[tuple[str, str]]] = []
    for line in filter(None, text.splitlines()):
        instruction, _, words = line.partition(" ")
        if instruction == "FROM":
            found.append([])
        found[-1].append((instruction, words.strip()))
    return found


def environment(stage: int = -1) -> dict[str, str]:
    """What a stage has in its environment; the last one is the image."""
    said = [word for instruction, words in stages()[stage] if instruction == "ENV" for word in shlex.split(words)]
    return dict(word.split("=", 1) for word in said)


def steps() -> Iterator[list[str]]:
    """The commands of ours that are run when the image is made."""
    for instruction, words in stages()[0]:
        for command in words.split(" && ") if instruction == "RUN" else ():
            program, *arguments = shlex.split(command)
            if program == f"{OURS}psdf":
                yield [program.removeprefix(OURS), *arguments]


def copied() -> Iterator[str]:
    """What comes from the repository."""
    for instruction, words in stages()[0]:
        if instruction == "COPY":
            yield from words.split()[:-1]


def let_in(path: str) -> bool:
    """Whether the context of the build holds a path: one that stands after ``!`` in its list, or all of them."""
    lines = Path(DEPLOY / "Dockerfile.dockerignore").read_text().split()
    return path == "." or f"!{path}" in lines
