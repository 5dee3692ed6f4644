"""Processor instructions an invoice, counted by valgrind: the same to the digit on any machine with the same Python.

    python -m tests.bench.instructions

Each program is run with one batch and with three; the difference, by invoice, is what an invoice costs. All batches are
made in each run, for what is sent is not the work of who receives it. Ours is the fund as ``psdf run`` opens it, without
traces; beside it the two floors of the embedded stack.
"""

import argparse
import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

from tests.bench import world
from tests.bench.embedded import BATCH, Fund, batches
from tests.bench.floor import Floor
from tests.bench.frozen import FrozenFloor

PROGRAMS = ("ours", "floor", "frozen")
FEW, MORE = 1, 3


async def play(program: str, number: int, folder: Path) -> None:
    """Let so many batches of invoices through a program."""
    sent = list(batches(world.month_of_invoices(MORE * BATCH, 1)))[:number]
    if program == "ours":
        async with Fund.opened(folder / "ours") as fund:
            await fund.send(world.beginning(MORE * BATCH * world.MONTHS))
            await fund.pass_days(world.FIRST, date(world.YEAR, 1, 31))
            for batch in sent:
                await fund.seconds(batch)
    elif program == "floor":
        floor = Floor(folder / "floor.sqlite3")
        for batch in sent:
            await floor.handle(batch)
    else:
        frozen = FrozenFloor(folder / "frozen.sqlite3", same_rows=True)
        for batch in sent:
            frozen.handle(batch)


def counted(program: str, number: int) -> int:
    """The instructions of a whole run of it. Raises CalledProcessError."""
    valgrind = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
    this = [sys.executable, "-X", "frozen_modules=on", "-m", "tests.bench.instructions", program, str(number)]
    done = subprocess.run(
        [*valgrind, *this], env=os.environ | {"PYTHONHASHSEED": "0"}, capture_output=True, text=True, check=True
    )
    found = re.search(r"I\s+refs:\s+([\d,]+)", done.stderr)
    assert found, done.stderr
    return int(found[1].replace(",", ""))


def measure() -> dict[str, int]:
    """Instructions an invoice of each program; nothing where there is no valgrind."""
    if shutil.which("valgrind") is None:
        return {}
    return {
        f"instructions.{program}": round((counted(program, MORE) - counted(program, FEW)) / ((MORE - FEW) * BATCH))
        for program in PROGRAMS
    }


def main() -> None:
    """Measure all; or, with a program and a number of batches, be the one that is measured."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("program", nargs="?", choices=PROGRAMS)
    arguments.add_argument("number", nargs="?", type=int)
    asked = arguments.parse_args()
    if asked.program:
        with tempfile.TemporaryDirectory() as name:
            asyncio.run(play(asked.program, asked.number, Path(name)))
    else:
        print(json.dumps(measure() or "left out: no valgrind on PATH", indent=1))


if __name__ == "__main__":
    main()
