"""A demo's year with forty providers, played once for all tests that only read it; and the console over it."""

import asyncio
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, sync_playwright

from shared.console.demo_people import DemoPeople
from shared.journal.home import Home
from shared.kernel.fund import Fund
from shared.runtime.console import prometheus_of, serving_console
from shared.runtime.settings import Settings
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
def shown(
    home: Path,
    settings: Settings | None = None,
    fund: Fund = FUND,
    port: int = 0,
    demo: DemoPeople | None = None,
    prometheus: str | None = None,
) -> Iterator[str]:
    """The console over a home, in a thread of its own, with a real socket; its address. With settings there is a desk."""
    listener, ready, end = socket.create_server(("127.0.0.1", port)), threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()
    told: list[str] = []

    async def serve() -> None:
        asked, at = prometheus_of(prometheus), ["127.0.0.1"]
        async with serving_console(Home(path=home), fund, listener, at, settings, demo=demo, prometheus=asked) as url:
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


def chromium() -> str:
    """Where the browser is; a test that needs it is skipped loudly, or fails where CI asks for it."""
    found = os.environ.get("PSDF_CHROMIUM") or shutil.which("chromium")
    if found:
        return found
    reason = "BROWSER TESTS DO NOT RUN HERE: there is no chromium (apt-get install chromium, or PSDF_CHROMIUM)"
    if os.environ.get("PSDF_REQUIRE_CONNECTED") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@contextmanager
def launched() -> Iterator[Browser]:
    """A browser, in the thread that asks for it."""
    path = chromium()
    with sync_playwright() as playwright:
        root = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=path, args=root)
        yield browser
        browser.close()
