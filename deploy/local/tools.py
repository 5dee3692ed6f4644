"""Programs of the machine: found and new enough, or a sentence that says what is needed for what."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.local.records import StackError


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A program, the oldest release that will do, and what it is for."""

    name: str
    ask: tuple[str, ...]
    answer: str
    at_least: tuple[int, ...]
    needed_for: str
    home: str | None = None


JAVA = Tool(
    name="java",
    ask=("-version",),
    answer=r'version "(\d+)(?:\.(\d+))?',
    at_least=(17,),
    needed_for="running Apache Kafka",
    home="JAVA_HOME",
)
MAVEN = Tool(
    name="mvn",
    ask=("-v",),
    answer=r"Apache Maven (\d+)\.(\d+)",
    at_least=(3, 6),
    needed_for="fetching the jars of Apache Kafka, once",
)
GO = Tool(
    name="go",
    ask=("version",),
    answer=r"go(\d+)\.(\d+)",
    at_least=(1, 22),
    needed_for="building FerretDB, once (a mongod on PATH does as well)",
)


def find(tool: Tool) -> str:
    """Path of the tool; StackError where it is missing, too old or does not say what it is."""
    wanted = f"{tool.name} {_dotted(tool.at_least)} or newer"
    path = _path(tool)
    if path is None:
        raise StackError(f"{wanted} is needed for {tool.needed_for}, and there is no {tool.name} on PATH")
    said = run([path, *tool.ask])
    found = re.search(tool.answer, said.text)
    if not said.ok or found is None:
        raise StackError(f"{wanted} is needed for {tool.needed_for}; {path} answers: {said.last_line or 'nothing'}")
    version = tuple(int(part) for part in found.groups() if part is not None)
    if version < tool.at_least:
        raise StackError(f"{wanted} is needed for {tool.needed_for}; {path} is {_dotted(version)}")
    return path


def missing(tools: Sequence[Tool]) -> list[str]:
    """One sentence for each tool that cannot be used."""
    sentences = []
    for tool in tools:
        try:
            find(tool)
        except StackError as error:
            sentences.append(str(error))
    return sentences


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a finished program printed, and whether it ended well."""

    ok: bool
    text: str

    @property
    def last_line(self) -> str:
        """The last line that says something."""
        lines = [line.strip() for line in self.text.splitlines() if line.strip()]
        return lines[-1] if lines else ""


def run(argv: Sequence[str], *, cwd: Path | None = None, timeout_s: float = 1200) -> Said:
    """Run a program to its end; output and errors come back as one text."""
    try:
        done = subprocess.run(
            argv,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout_s,
            check=False,
        )
    except OSError as error:
        return Said(ok=False, text=f"{argv[0]}: {error.strerror}")
    except subprocess.TimeoutExpired:
        return Said(ok=False, text=f"{argv[0]}: no end after {timeout_s:.0f} s")
    return Said(ok=done.returncode == 0, text=done.stdout.decode(errors="replace"))


def _path(tool: Tool) -> str | None:
    home = os.environ.get(tool.home) if tool.home else None
    return (shutil.which(tool.name, path=str(Path(home, "bin"))) if home else None) or shutil.which(tool.name)


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
