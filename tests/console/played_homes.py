"""A home of a history that a test tells, and its index."""

from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

from shared.adapters.sqlite.store import connect
from shared.console.index.keeper import INDEX, rebuild
from shared.journal.home import Home
from tests.reports.world import World
from tests.runtime.funds import FUND


async def home_of(path: Path, tell: Callable[[World], Awaitable[None]]) -> Path:
    """Tell a fund in a folder what happens, and give the index of its journal."""
    home = Home(path=path)
    with closing(connect(home.journal)) as connection:
        await tell(World(connection=connection))
    rebuild(home, FUND, path / INDEX)
    return path / INDEX
