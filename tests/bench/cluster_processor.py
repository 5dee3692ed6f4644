"""Whose the processor's time is: seconds of each process of the cluster, and microseconds an invoice between two looks."""

import os
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import psutil

from deploy.local import Report

SENDER = "sender"
"""The bench itself."""


def spent(stack: Report, processes: Iterable[tuple[str, int | None]]) -> Counter[str]:
    """Seconds that each has spent until now: those of a name together; the broker's, the store's and the sender's."""
    found: Counter[str] = Counter()
    for name, number in (*processes, ("kafka", stack.kafka.pid), ("store", stack.mongo.pid), (SENDER, os.getpid())):
        times = psutil.Process(number).cpu_times()
        found[name] += times.user + times.system
    return found


def microseconds(before: Counter[str], after: Counter[str], invoices: int) -> Mapping[str, float]:
    """An invoice's, by process."""
    return {name: 1e6 * (seconds - before[name]) / invoices for name, seconds in after.items()}


def medians(runs: Sequence[Mapping[str, float]]) -> Mapping[str, int]:
    """Those of all runs, and of their sums."""
    of_each = {name: round(statistics.median(run[name] for run in runs)) for name in runs[0]}
    return of_each | {"all": round(statistics.median(sum(run.values()) for run in runs))}
