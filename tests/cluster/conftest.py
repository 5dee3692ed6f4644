"""The real stack, and a ministry that receives letters."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from deploy.local import Stack
from shared.adapters.ministry.sim import ministry_app
from tests.adapters.serving import running
from tests.stack import fund, require_connected, small_stack, stack

__all__ = ["fund", "ministry", "stack"]


@pytest.fixture
async def ministry(tmp_path: Path) -> AsyncIterator[str]:
    """The letter box of the ministry, on a port of its own."""
    async with running(ministry_app(tmp_path / "letters")) as url:
        yield url


@pytest.fixture(scope="session")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    require_connected()
    made = small_stack(tmp_path_factory.mktemp("broken"))
    yield made
    made.down()


@pytest.fixture
def own(broken: Stack) -> Stack:
    """A stack that nobody else uses meanwhile, to be broken; the next one brings it up again."""
    return broken
