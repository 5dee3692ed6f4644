"""Threads for what may wait for an identity provider: a slow one holds up nobody who asks for something else."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_WAITING = ThreadPoolExecutor(16, "provider")


async def beside(ask: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What is answered, in a thread of these; raises what it raises."""
    return await asyncio.get_running_loop().run_in_executor(_WAITING, lambda: ask(*args, **kwargs))
