"""The small ministry over real sockets, its letters in a folder of the test, its clock a minute further each time."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.adapters.ministry.client import Ministry
from shared.adapters.ministry.sim import ministry_app
from tests.adapters.serving import running

START = datetime(2022, 3, 5, 8, tzinfo=UTC)


class Ticking:
    """The first time it is read it is 08:01."""

    def __init__(self) -> None:
        self.read = 0

    def __call__(self) -> datetime:
        self.read += 1
        return START + timedelta(minutes=self.read)


@pytest.fixture
async def url(tmp_path: Path) -> AsyncIterator[str]:
    async with running(ministry_app(tmp_path, Ticking())) as base_url:
        yield base_url


@pytest.fixture
async def ministry(url: str) -> AsyncIterator[Ministry]:
    async with Ministry(url) as ministry:
        yield ministry
