"""Fixtures of a fund over HTTP: a test file takes them as its own, ``stack, client = served.stack, served.client``."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from shared.runtime.embedded import Stack
from shared.runtime.http import fund_app
from tests.adapters.serving import running
from tests.runtime.funds import fund, worked_start


@pytest.fixture
async def stack(tmp_path: Path) -> AsyncIterator[Stack]:
    """A fund with the first four events of the worked start: a budget, its shares, a contract and cash."""
    async with fund(tmp_path) as stack:
        await stack.publish(worked_start()[:4])
        yield stack


@pytest.fixture
async def client(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    async with running(fund_app(stack)) as url, httpx.AsyncClient(base_url=url, timeout=40) as client:
        yield client
