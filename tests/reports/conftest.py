"""The two years, played once for all tests that only read them."""

import asyncio

import pytest

from tests.reports.two_years import two_years
from tests.reports.world import World


@pytest.fixture(scope="session")
def years() -> World:
    return asyncio.run(two_years())
