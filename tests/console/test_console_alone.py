"""An index that is made by two processes, one under the other: where who waits for it is killed, both end at once."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from shared.console.index.anew import _alone
from shared.journal.apart import apart
from shared.journal.home import HomeError

ROOT = Path(__file__).parents[2]
ENDS_S, PATIENCE_S = 5.0, 60.0


def wait_for_it(folder: Path) -> None:
    """As the console: it waits for who makes the index."""
    with apart(make_in_halves, folder, leaf=False) as made:
        made.result()


def make_in_halves(folder: Path) -> None:
    """As who makes the index: it holds the file's lock, and lets a half be made."""
    with _alone(folder / "index"), apart(make_half, folder, leaf=True):
        work_on(folder / "whole")


def make_half(folder: Path) -> None:
    work_on(folder / "half")


def work_on(said: Path) -> None:
    """Say who works, and work without end."""
    said.with_suffix(".new").write_text(str(os.getpid()))
    said.with_suffix(".new").replace(said)
    while True:
        sum(range(1_000))


def test_who_makes_an_index_ends_with_who_waits_for_it_and_lets_go_of_its_file(tmp_path: Path) -> None:
    asked = f"from pathlib import Path; from tests.console.{Path(__file__).stem} import wait_for_it; wait_for_it(Path({str(tmp_path)!r}))"
    waits = subprocess.Popen([sys.executable, "-c", asked], cwd=ROOT)
    said = [tmp_path / "whole", tmp_path / "half"]
    try:
        assert holds(lambda: all(each.exists() for each in said), PATIENCE_S)
        assert not is_free(tmp_path / "index"), "it is being made"
        waits.send_signal(signal.SIGKILL)
        assert waits.wait() == -signal.SIGKILL
        assert holds(lambda: is_free(tmp_path / "index"), ENDS_S)
        assert holds(lambda: not any(runs(int(each.read_text())) for each in said), ENDS_S)
    finally:
        waits.kill()
        waits.wait()
        for each in said:
            if each.exists() and runs(int(each.read_text())):
                os.kill(int(each.read_text()), signal.SIGKILL)


def holds(condition: Callable[[], bool], within_s: float) -> bool:
    """Whether a condition of other processes comes true in so many seconds."""
    until = time.monotonic() + within_s
    while not (is_so := condition()) and time.monotonic() < until:
        time.sleep(0.02)
    return is_so


def is_free(index: Path) -> bool:
    """Whether an index may be made there."""
    try:
        with _alone(index):
            return True
    except HomeError:
        return False


def runs(pid: int) -> bool:
    """Whether a process works on: one that ended and that nobody has asked after yet does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
