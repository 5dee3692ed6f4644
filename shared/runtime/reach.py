"""A home's fund is reached in two ways: opened here, where nobody holds the home, else asked where it runs."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

from shared.engine.faults import Broken, Unavailable
from shared.journal.home import Home, HomeHeld, held
from shared.kernel.fund import Fund
from shared.kernel.stop import Stop
from shared.runtime.embedded import Stack, open_fund
from shared.runtime.settings import Settings, telemetry_of

T = TypeVar("T")


def open_as_set(settings: Settings, home: Home, fund: Fund) -> AbstractAsyncContextManager[Stack]:
    """Open the fund of a home that the caller holds, as its settings say; raises what ``open_fund`` does, and Stop."""
    return open_fund(
        home,
        fund,
        most_days=settings.most_days,
        moment=settings.moment,
        ministry=settings.ministry_url,
        telemetry=telemetry_of(settings),
    )


def reach(
    settings: Settings, home: Home, fund: Fund, here: Callable[[Stack], Awaitable[T]], there: Callable[[str], T]
) -> T:
    """Do something with the fund: ``here`` where nobody holds its home, else ``there``, at the address where it runs.

    Raises HomeHeld where whoever holds the home has no address, Stop where its journal can't be used.
    """
    try:
        with held(home, fund.fund_id):
            return asyncio.run(_opened(settings, home, fund, here))
    except HomeHeld as busy:
        if busy.url is None:
            raise
        url = busy.url
    except Broken as error:
        raise Stop(f"{home.path}: {error}; psdf verify --home {home.path} shows where") from error
    except Unavailable as error:
        raise Stop(f"{home.path}: {error}") from error
    return there(url)


async def _opened(settings: Settings, home: Home, fund: Fund, here: Callable[[Stack], Awaitable[T]]) -> T:
    async with open_as_set(settings, home, fund) as stack:
        done = await here(stack)
        if stack.letters:
            await stack.letters.tried()
        return done
