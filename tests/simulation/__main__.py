"""Plays seeds of the simulated cluster, on as many processes as there are cores, and says which of them went wrong.

make simulate ARGS="--seeds 0:1000"
make simulate ARGS="--seed 7 --trace"
make simulate ARGS="--seed 7 --rough --planted a_mark_is_lost"
"""

import argparse
import logging
import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from itertools import repeat

from tests.simulation import planted_desk  # noqa: F401 - it plants too
from tests.simulation.planted import PLANTED
from tests.simulation.play import Result, play

SHOWN = 8


def played(seed: int, name: str | None, rough: bool, *, trace: bool = False) -> tuple[Result, float]:
    """What a seed gave, with a fault planted or without, and the processor's seconds."""
    logging.disable(logging.CRITICAL)
    began = time.process_time()
    with PLANTED[name]() if name else nullcontext():
        return play(seed, rough=rough, keep_trace=trace), time.process_time() - began


def told(result: Result, name: str | None, *, rough: bool) -> str:
    """A seed that went wrong, in a few lines, and how it is played again."""
    more = len(result.faults) - SHOWN
    again = f"--seed {result.seed}{' --rough' * rough}{f' --planted {name}' if name else ''} --trace"
    lines = [f"seed {result.seed}: {len(result.faults)} faults; play it again with {again}"]
    return "\n  ".join([*lines, *result.faults[:SHOWN], *([f"and {more} more"] if more > 0 else [])])


def many(seeds: range, name: str | None, rough: bool, processes: int) -> int:
    """Play seeds; how many went wrong."""
    began, used_s, wrong, steps = time.monotonic(), 0.0, 0, 0
    struck: Counter[str] = Counter()
    with ProcessPoolExecutor(processes) as pool:
        for done, (result, seconds) in enumerate(pool.map(played, seeds, repeat(name), repeat(rough)), start=1):
            used_s, steps, struck = used_s + seconds, steps + result.steps, struck + result.struck
            if result.faults:
                wrong += 1
                print(told(result, name, rough=rough), flush=True)
            if done % 100 == 0 or done == len(seeds):
                rate = done / (time.monotonic() - began)
                print(
                    f"{done} seeds, {wrong} wrong, {rate:.2f} seeds/s, {used_s / done:.2f} s of a core each", flush=True
                )
    print(f"{steps} steps; struck: " + ", ".join(f"{kind} {count}" for kind, count in struck.most_common()))
    return wrong


def main() -> int:
    """Play what the command line asks for."""
    options = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__.partition("\n")[0])
    options.add_argument("--seeds", default="0:100", help="FIRST:END, the end left out")
    options.add_argument("--seed", type=int, help="one seed alone")
    options.add_argument("--trace", action="store_true", help="with --seed: print all that happened")
    options.add_argument("--planted", choices=sorted(PLANTED), help="with a fault that must be found")
    options.add_argument("--rough", action="store_true", help="two of each service, many more strikes")
    options.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1))
    given = options.parse_args()
    if given.seed is None:
        first, _, end = given.seeds.partition(":")
        return int(many(range(int(first), int(end)), given.planted, given.rough, given.processes) > 0)
    result, seconds = played(given.seed, given.planted, given.rough, trace=given.trace)
    print("\n".join(result.trace or ()))
    fault = told(result, given.planted, rough=given.rough) if result.faults else f"seed {given.seed}: nothing is wrong"
    print(fault)
    print(
        f"{result.steps} steps, {result.virtual_s:.1f} s of its own time, {seconds:.2f} s of a core; trace {result.digest}"
    )
    return int(bool(result.faults))


if __name__ == "__main__":
    sys.exit(main())
