"""The real stack, and a ministry that receives letters."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.adapters.ministry_sim import ministry_app
from tests.adapters.serving import running
from tests.stack import fund, stack

__all__ = ["fund", "ministry", "stack"]


@pytest.fixture
async def ministry(tmp_path: Path) -> AsyncIterator[str]:
    """The letter box of the ministry, on a port of its own."""
    async with running(ministry_app(tmp_path / "letters")) as url:
        yield url
