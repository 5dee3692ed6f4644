"""The event loop of every process that runs on: the one place that names it, so that what is measured is what runs."""

from collections.abc import Coroutine
from typing import Any, TypeVar

import uvloop

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to its end on uvloop; gives what it gives."""
    return uvloop.run(work)
