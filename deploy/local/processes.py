"""Child processes that outlive the command which started them, and are known again by the next one."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# The shell leaves the program as a child of init: no Ctrl-C reaches it, and nobody here has to wait for it.
LAUNCH = '"$@" </dev/null >"$0" 2>&1 & echo $!'
PAUSE_S = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process we started: a number alone may be somebody else's by now, so when it began and its mark count too.

    `started` is the system's own word for the moment, comparable only with itself; `mark` stands in one of its
    arguments.
    """

    pid: int
    started: str
    mark: str


def start(
    argv: Sequence[str], *, mark: str, cwd: Path, log: Path, environment: Mapping[str, str] | None = None
) -> Process:
    """Start a program in a session of its own; its output is the log, the log before it is kept as `.1`.

    `environment` is added to our own.
    """
    assert any(mark in argument for argument in argv)
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists():
        log.replace(log.with_name(f"{log.name}.1"))
    launched = subprocess.run(
        ["/bin/sh", "-c", LAUNCH, str(log), *argv],
        cwd=cwd,
        # Java reads file names in the locale's letters.
        env=os.environ | {"LC_ALL": "C.UTF-8"} | dict(environment or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
        check=True,
    )
    pid = int(launched.stdout)
    return Process(pid=pid, started=_began(pid) or "gone", mark=mark)


def runs(process: Process) -> bool:
    """Whether the very process we started is alive."""
    return _began(process.pid) == process.started and process.mark in _command(process.pid)


def stop(process: Process, *, patience_s: float) -> bool:
    """Ask the process to end, and make it end when patience is over; whether it went by itself."""
    for number, wait_s in ((signal.SIGTERM, patience_s), (signal.SIGKILL, 10.0)):
        if not runs(process):
            return True
        os.kill(process.pid, number)
        if _gone(process, wait_s):
            return number == signal.SIGTERM
    return False


def _gone(process: Process, wait_s: float) -> bool:
    end = time.monotonic() + wait_s
    while runs(process):
        if time.monotonic() > end:
            return False
        time.sleep(PAUSE_S)
    return True


def _began(pid: int) -> str | None:
    """When the process began; None where there is none, or only what a dead one leaves until its parent looks."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None if Path("/proc/self/stat").exists() else _ps(pid, "lstart")
    state, *fields = stat.rpartition(")")[2].split()
    return None if state in "ZX" else fields[18]


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return _ps(pid, "command") or ""


def _ps(pid: int, column: str) -> str | None:
    """Ask `ps` about the process, on systems without /proc (macOS)."""
    asked = ["ps", "-o", "stat=", "-o", f"{column}=", "-p", str(pid)]
    said = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    state, _, rest = said.partition(" ")
    return None if not rest or state.startswith("Z") else rest.strip()
