"""kill -9 of the embedded process at random points: nothing acknowledged is lost, nothing is doubled.

The child is forked (so that it starts at once), publishes a demo year event by event, and tells the parent what was
acknowledged; the parent kills it, and the next child goes on a few events earlier, as a sender that heard no answer would.
"""

import asyncio
import json
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
import uvicorn

from services.all import SERVICES
from shared.adapters.ministry.sim import ministry_app
from shared.adapters.sqlite.store import SqliteStore, connect
from shared.demo import World
from shared.demo.post import day_started
from shared.engine.codec import Codec
from shared.engine.outbox import messages_of
from shared.journal.home import Home, held
from shared.runtime.embedded import open_fund
from shared.statute.load import load_fund
from tests.faults.publishing import publish
from tests.forked import FORKS, forked

pytestmark = pytest.mark.faults

KILLS = int(os.environ.get("PSDF_KILLS", "60"))
UNTIL = date(2022, 6, 1)
AGAIN = 3
"""Events before the last acknowledged one that the next child sends again."""
MORE = 5
"""Events that a child may publish while who kills it is late."""


@pytest.fixture
def ministry(tmp_path: Path) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(ministry_app(tmp_path / "ministry"), port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


def undisturbed(home: Home, ministry: str) -> list[bytes]:
    """Play the world until a day, and keep what it sent."""
    world, sent = World(7, providers=40), list[bytes]()

    async def play() -> None:
        async with open_fund(home, load_fund(), moment="event", ministry=ministry) as stack:
            for day in (d for d in world.dates() if d < UNTIL):
                emitted = []
                batch = [day_started(day), *world.morning(day)]
                while batch:
                    raws = [e if isinstance(e, bytes) else json.dumps(e, ensure_ascii=False).encode() for e in batch]
                    sent.extend(raws)
                    emitted += [json.loads(message.raw) for message in await stack.publish(raws)]
                    batch, emitted = world.answer(day, [e for e in emitted if e["source"] != "/door"]), []

    with held(home, "psdf"):
        asyncio.run(play())
    return sent


def decisions(home: Home) -> Counter[str]:
    """Every public event of every service, with its moment and what it says."""
    connection, said = connect(home.journal), Counter[str]()

    async def read() -> None:
        for service in SERVICES:
            codecs = {name: Codec(domain.events) for name, domain in service.domains.items()}
            async for commit in SqliteStore(connection, service.name).read():
                for message in messages_of(service.name, commit, codecs[commit.stream.partition(":")[0]]):
                    event = json.loads(message.raw)
                    said[json.dumps([event["type"], event["time"], event["data"]], sort_keys=True)] += 1

    asyncio.run(read())
    connection.close()
    return said


def kill_after(home: Home, ministry: str, raws: Sequence[bytes], start: int, events: int, seconds: float) -> int:
    """Let a child publish, kill it so many events and seconds later; the last number that was acknowledged."""
    reading, writing = FORKS.Pipe(duplex=False)
    first = max(0, start - AGAIN)
    child = forked(publish, home, ministry, raws, first, min(first + events + MORE, len(raws)), writing)
    writing.close()
    last, heard = start - 1, 0
    with suppress(EOFError):
        while True:
            last, heard = max(last, reading.recv()), heard + 1
            if heard == events:
                time.sleep(seconds)
                child.kill()
    child.join()
    return last


def test_kill_9_loses_nothing_and_doubles_nothing(tmp_path: Path, ministry: str) -> None:
    first, second = Home(path=tmp_path / "undisturbed"), Home(path=tmp_path / "killed")
    raws = undisturbed(first, ministry)
    dice, last, kills = random.Random(589), -1, 0
    while last < len(raws) - 1:
        left = len(raws) - 1 - last
        events = dice.randint(1, 2 * max(1, left // max(1, KILLS - kills))) + AGAIN if kills < KILLS else len(raws)
        last = kill_after(second, ministry, raws, last + 1, events, dice.random() * 0.01)
        kills += 1
    assert kills >= min(KILLS, 50)
    assert decisions(second) == decisions(first)
