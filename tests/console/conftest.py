"""A demo's year with forty providers, played once for all tests that only read it; and the console over it."""

import asyncio
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from shared.journal.home import Home
from shared.kernel.fund import Fund
from shared.runtime.console import serving_console
from tests.runtime.funds import FUND, PSDF, clean_env

PATIENCE_S = 240


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("year") / "home"
    command = [*PSDF, "demo", "--providers", "40", "--home", str(home)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False, env=clean_env())
    assert done.returncode == 0, done.stderr
    return home


@contextmanager
def shown(home: Path, fund: Fund = FUND) -> Iterator[str]:
    """The console over a home, in a thread of its own, with a real socket; its address."""
    listener, ready, end = socket.create_server(("127.0.0.1", 0)), threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()
    told: list[str] = []

    async def serve() -> None:
        async with serving_console(Home(path=home), fund, listener, ["127.0.0.1"]) as url:
            told.append(url)
            ready.set()
            await end.wait()

    def run() -> None:
        loop.run_until_complete(serve())
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(PATIENCE_S), "the index was not ready"
    try:
        yield told[0]
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join()


@pytest.fixture(scope="session")
def address(played: Path) -> Iterator[str]:
    with shown(played) as url:
        yield url


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=60) as client:
        yield client
