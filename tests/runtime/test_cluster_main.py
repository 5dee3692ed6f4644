"""`psdf run NAME`: the one main of a process of the cluster, as it is deployed, tested and measured."""

import asyncio
import gc
import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import pytest
import uvloop

from shared.adapters.kafka import broker as kafka_broker
from shared.adapters.kafka.relay import Producer
from shared.effects import clock
from shared.kernel.calendar import VILNIUS
from shared.runtime import cluster
from shared.runtime.cluster import PROCESSES, run_process
from shared.runtime.settings import read_settings
from shared.statute.load import load_fund
from tests.adapters.serving import closed_port
from tests.runtime.funds import logging_as_it_was, psdf

SERVED = {"ministry-sim", "bank-sim"}
WORKS = sorted(set(PROCESSES) - SERVED)


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    """A loop of uvloop that is closed would go on to take the signals, and nobody would hear of them."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    with logging_as_it_was():
        yield
    for number, handler in before.items():
        signal.signal(number, handler)
    gc.unfreeze()
    gc.enable()


@pytest.mark.parametrize("name", WORKS)
def test_every_process_runs_on_uvloop_with_its_garbage_collected_between_batches(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broker that is away: the process is up, waits, and ends in order when it is told to."""
    found: dict[str, object] = {}

    async def look_round(*asked: object) -> None:
        await asyncio.sleep(0)  # its other tasks have begun
        sessions = [each.session_ms for each in asked if isinstance(each, kafka_broker.Kafka)]
        found.update(loop=type(asyncio.get_running_loop()), collects=gc.isenabled(), sessions=sessions)
        signal.raise_signal(signal.SIGTERM)
        await asyncio.Event().wait()

    for module in (
        "shared.adapters.kafka.bus",
        "shared.effects.bank.cluster",
        "shared.effects.letters_cluster",
        "shared.runtime.cluster",
        "shared.runtime.gate",
    ):
        monkeypatch.setattr(f"{module}.wait_for_topics", look_round)
    monkeypatch.setattr("shared.runtime.console_cluster.Following.run", look_round)  # it waits for no topic
    monkeypatch.setattr(cluster, "open_when_there", no_store)
    settings = read_settings(
        home=tmp_path,
        http=closed_port().removeprefix("http://"),
        kafka="127.0.0.1:1",
        mongo="mongodb://127.0.0.1:1/",
        ministry_url=closed_port(),
    )
    run_process(settings, name, session_ms=6_000)
    sessions = [] if name == "console" else [6_000]
    assert found == {"loop": uvloop.Loop, "collects": False, "sessions": sessions}


async def no_store(*_: object) -> object:
    class NoStore:
        async def close(self) -> None:
            """Nothing is open."""

        def __getattr__(self, _: str) -> object:
            raise AssertionError("nothing is asked of the store before the topics are there")

    return NoStore()


@pytest.mark.parametrize(
    ("process", "env", "said"),
    [
        ("nobody", {}, "nobody is no process of the cluster: contracts, "),
        ("payments", {"PSDF_KAFKA": "k:1"}, "PSDF_MONGO says where the store is, and payments can't work without one"),
        ("letters", {"PSDF_KAFKA": "k:1"}, "PSDF_MONGO says where the store is, and letters can't work without one"),
        ("letters", {"PSDF_MONGO": "mongodb://s/"}, "PSDF_MINISTRY_URL says where the letters go; it is not set"),
        ("clock", {}, "PSDF_KAFKA says where the brokers are"),
        ("payments", {"PSDF_MONGO": "mongodb://s/"}, "PSDF_KAFKA says where the brokers are"),
    ],
)
def test_A2_each_process_asks_for_what_it_needs_and_for_nothing_else(
    process: str, env: dict[str, str], said: str
) -> None:
    ended = psdf("run", process, **env)
    assert ended.returncode == 2
    assert said in ended.stderr


@pytest.mark.parametrize("process", sorted(SERVED))
def test_a_stand_in_is_served_where_it_is_told(process: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[tuple[str, int]] = []
    module = f"shared.adapters.{process.replace('-', '.')}"
    monkeypatch.setattr(f"{module}.serve", lambda port, *_args, host, **_more: served.append((host, port)))
    run_process(read_settings(home=tmp_path, http="127.0.0.2:8081"), process)
    assert served == [("127.0.0.2", 8081)]


async def test_S8_the_clusters_clock_notices_that_the_machine_slept_over_midnight(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It looks at the time again and again; a suspended machine or a set clock moves on without it."""
    told: list[str] = []
    day, both = datetime(2022, 3, 26, 10, tzinfo=VILNIUS), asyncio.Event()

    class Clock(datetime):
        @classmethod
        def now(cls, _tz: object = None) -> datetime:
            return day

    def on_the_next_day() -> None:
        nonlocal day
        day = day.replace(day=27)

    async def tell(_self: object, _topic: str, key: str, raw: bytes) -> Sequence[datetime]:
        told.append(json.loads(raw)["id"])
        assert key == "psdf"
        if len(told) == 1:  # the machine sleeps while the clock does
            asyncio.get_running_loop().call_later(0.1, on_the_next_day)
        else:
            both.set()
        return [day]

    async def at_once(*_: object) -> None:
        """A broker is there."""

    monkeypatch.setattr(clock, "datetime", Clock)
    monkeypatch.setattr(clock, "LONGEST_SLEEP_S", 0.01)
    monkeypatch.setattr(Producer, "tell_all_partitions", tell)
    monkeypatch.setattr(cluster, "wait_for_topics", at_once)
    monkeypatch.setattr(cluster, "start_when_there", at_once)
    settings = read_settings(home=tmp_path, http=closed_port().removeprefix("http://"), kafka="127.0.0.1:1", traces=0)
    running = asyncio.create_task(cluster.run_clock(load_fund(), cluster.cluster_of(settings, load_fund())))
    async with asyncio.timeout(20):
        await both.wait()
    signal.raise_signal(signal.SIGTERM)
    await running
    assert told == ["2022-03-26", "2022-03-27"]


def test_what_only_the_console_needs_is_loaded_by_it_alone() -> None:
    told = "import sys, shared.runtime.cluster; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout.split()
    assert [name for name in loaded if name.startswith("shared.console")] == []
