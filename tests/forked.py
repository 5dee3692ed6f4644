"""Processes that a test kills: forked at once from one that has loaded what they need and has no threads.

The tests' own process has threads, and a lock that one of them holds while it is forked is held for ever in the child.
"""

import multiprocessing
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from typing import Any

FORKS = multiprocessing.get_context("forkserver")
LOADED = ["tests.bank.lives", "tests.faults.publishing"]


def forked(work: Callable[..., None], *given: Any) -> ForkServerProcess:  # noqa: ANN401 - whatever the work is given
    """Start a function of a module of ``LOADED`` in a process of its own."""
    FORKS.set_forkserver_preload(LOADED)
    process = FORKS.Process(target=work, args=given)
    process.start()
    return process
