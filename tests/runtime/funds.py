"""Funds for tests: in this process or as one of their own, each in a home of the test; and a real small ministry."""

import asyncio
import io
import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette

from shared.adapters.ministry.sim import ministry_app
from shared.cli.main import main
from shared.engine.outbox import Message
from shared.events.catalogue import INTERNAL, OUTSIDE
from shared.journal.events import facts
from shared.journal.home import Home, held, reading
from shared.runtime.embedded import Clock, Stack, open_fund
from shared.statute.load import load_fund
from shared.telemetry.logs import CHATTY
from tests import sent
from tests.adapters.serving import running

PSDF = (sys.executable, "-c", "from shared.cli.main import main; main()")
ROOT = Path(__file__).parents[2]
WORKED_START = Path(__file__).with_name("worked-start.jsonl")
PATIENCE_S = 60.0
FUND = load_fund()

Event = dict[str, Any]


def worked_start() -> list[bytes]:
    return WORKED_START.read_bytes().splitlines()


def event(source: str, id_: str, type_: str, time_: str, data: Event) -> bytes:
    return json.dumps(
        {"specversion": "1.0", "id": id_, "source": source, "type": type_, "time": time_, "data": data}
    ).encode()


def invoice(number: str, cents: int, when: str, *, month: str = "2022-01", id_: str = "", **other: object) -> bytes:
    """An invoice of the worked start's provider under its contract C-1."""
    under = sent.contract("C-1", 2022, "300111224", {}, article="04")
    data = sent.invoice(under, number, month, when[:10], [sent.line("ORT-1", 1, cents)])
    return event("/providers/300111224", id_ or f"i-{number}", "invoice.submitted", when, data | other)


def day(on: str) -> bytes:
    offset = "+03:00" if "03-27" <= on[5:] < "10-30" else "+02:00"
    return event("/clock", on, "day.started", f"{on}T00:00:00{offset}", {"date": on})


def said(messages: Sequence[Message]) -> list[tuple[str, Event]]:
    """What services told to all: type and data."""
    return [
        (message.topic, json.loads(message.raw)["data"])
        for message in messages
        if message.topic not in OUTSIDE and message.topic not in INTERNAL
    ]


def decided(home: Path) -> list[tuple[str, str, str]]:
    """All that was decided, stream by stream, without what depends on the order of the streams."""
    with reading(Home(path=home)) as connection:
        found = [(f.service, f.stream, f.type, json.dumps(f.data, sort_keys=True)) for f in facts(connection, [b":"])]
    streams = sorted({row[:2] for row in found})
    return [(f"{row[0]}/{row[1]}", row[2], row[3]) for stream in streams for row in found if row[:2] == stream]


@asynccontextmanager
async def fund(path: Path, ministry: str | None = None, moment: Clock = "event") -> AsyncIterator[Stack]:
    """The fund of a home, in this process."""
    home = Home(path=path)
    with held(home, FUND.fund_id):
        async with open_fund(home, FUND, moment=moment, ministry=ministry) as stack:
            yield stack


@asynccontextmanager
async def ministry(folder: Path) -> AsyncIterator[str]:
    async with running(ministry_app(folder)) as url:
        yield url


async def until(holds: Callable[[], Any]) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(PATIENCE_S):
        while not holds():  # noqa: ASYNC110 - the condition is of another process or task, and has no event
            await asyncio.sleep(0.01)


def psdf(*args: str | Path, home: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end in this process: what it prints, and its exit code."""
    asked = ["psdf", *map(str, args), *(("--home", str(home)) if home else ())]
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.object(sys, "argv", asked),
        mock.patch.dict(os.environ, clean_env() | env, clear=True),
        logging_as_it_was(),
        redirect_stdout(out),
        redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    code = ended.value.code
    assert isinstance(code, int) or code is None
    return subprocess.CompletedProcess(asked, code or 0, out.getvalue(), err.getvalue())


@contextmanager
def logging_as_it_was() -> Iterator[None]:
    """What the block sets of logging, as a command does for its process, is gone with it: later tests hear all again."""
    loggers = [logging.getLogger(name) for name in ("", *CHATTY)]
    before = [(each, each.level, each.handlers[:]) for each in loggers]
    try:
        yield
    finally:
        for each, level, handlers in before:
            each.setLevel(level)
            each.handlers[:] = handlers


def psdf_process(*args: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command to its end as a process of its own."""
    command = [*PSDF, *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT, env=clean_env())


def clean_env() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PSDF_")} | {"COLUMNS": "200"}


def start_fund(home: Path, port: int, *args: str, probes: int | None = None, **env: str) -> subprocess.Popen[str]:
    """Start a fund as a process of its own, and wait until it is ready."""
    command = [*PSDF, "run", "--home", str(home), "--http", f"127.0.0.1:{port}", "--moment", "event", *args]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=clean_env() | ({"PSDF_PROBES": f"127.0.0.1:{probes}"} if probes else {}) | env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    until_s = time.monotonic() + PATIENCE_S
    while not ready(probes or port):
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < until_s, "the fund is not ready"
        time.sleep(0.02)
    return process


@contextmanager
def running_fund(home: Path, port: int, *args: str, **env: str) -> Iterator[None]:
    """A fund as a process of its own, ended when nobody needs it any more."""
    process = start_fund(home, port, *args, **env)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=1).is_success
    except httpx.TransportError:
        return False


@contextmanager
def served(app: Starlette) -> Iterator[str]:
    """Serve an app beside the test, for processes that the test waits for."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
