"""What is taken away on order is given back: processes, Kafka and the store, and nobody loses patience meanwhile."""

import asyncio
import threading
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import cast

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from deploy.local import Stack, StackError, processes
from shared.adapters.kafka.broker import Kafka
from shared.demo import quiescence
from shared.demo.outages import AWAY_S, Outages
from shared.demo.quiescence import LagMonitor, StillLagging
from shared.demo.supervisor import OFTEN, Supervisor
from shared.demo.switches import Switchboard
from shared.kernel.stop import Stop
from tests.cluster.quiet import until

DAY = date(2022, 1, 3)
SERVANT = "bank-sim"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def gone(process: processes.Process) -> None:
    async def holds() -> bool:
        return not processes.runs(process)

    await until(holds, "it is killed")


async def test_who_is_kept_down_is_not_started_before_its_time_and_what_is_ordered_is_no_fault(tmp_path: Path) -> None:
    clock, said = Clock(), list[str]()
    crew = Supervisor(tmp_path, said.append, clock)
    crew.start([SERVANT], {})
    member = crew.members[SERVANT]
    first = member.process
    crew.kill(SERVANT, down_s=AWAY_S)
    await gone(first)
    crew.kill(SERVANT)  # who kills it once more does not bring it back sooner
    clock.now = AWAY_S - 0.1
    crew.look()
    assert (member.process, crew.holds_down) == (first, True)
    clock.now = AWAY_S
    crew.look()
    assert processes.runs(member.process)
    assert not crew.holds_down
    for _ in range(OFTEN + 1):
        killed = member.process
        crew.kill(SERVANT)
        await gone(killed)
        crew.look()
    assert not member.deaths
    assert said[0] == f"{SERVANT} (process {first.pid}) is killed, and stays down for 20 s"
    assert said[1].startswith(f"{SERVANT} (process {first.pid}) has died; started again")
    await crew.stop()


class Servers:
    """A stack that only remembers."""

    def __init__(self, fault: str = "") -> None:
        self.done, self._fault = list[str](), fault
        self.may_stop = threading.Event()
        self.may_stop.set()

    def down(self, only: str) -> None:
        self.may_stop.wait(timeout=60)
        self.done.append(f"{only} down")

    def up(self) -> None:
        self.done.append("up")
        if self._fault:
            raise StackError(self._fault)


def outages(servers: Servers, folder: Path, said: list[str], stopped_s: float = 0.0) -> tuple[Outages, Switchboard]:
    board = Switchboard()
    made = Outages(Supervisor(folder, said.append), cast("Stack", servers), said.append, stopped_s=stopped_s)
    made.connect(board, ["payments", "letters"])
    return made, board


async def test_kafka_and_the_store_are_stopped_and_started_one_after_the_other(tmp_path: Path) -> None:
    servers, said = Servers(), list[str]()
    made, board = outages(servers, tmp_path, said)
    assert {switch.key: list(choices) for switch, choices in board.offered()} == {
        "kill": ["payments", "letters"],
        "away": ["payments", "letters"],
        "kafka": [""],
        "store": [""],
    }
    keeping = asyncio.create_task(made.keep())
    servers.may_stop.clear()
    for key in ("kafka", "store"):
        assert await asyncio.to_thread(board.press, key, "", DAY)
    assert not await asyncio.to_thread(board.press, "kill", "clock", DAY), "there is no such process"
    await asyncio.sleep(0)
    assert made.under_way
    servers.may_stop.set()
    await made.settled()
    assert not made.under_way
    assert servers.done == ["kafka down", "up", "mongo down", "up"]
    assert said[1] == "Kafka is started again"
    keeping.cancel()


async def test_what_was_stopped_is_started_also_where_the_year_is_broken_off(tmp_path: Path) -> None:
    servers, said = Servers(), list[str]()
    made, board = outages(servers, tmp_path, said, stopped_s=600)
    keeping = asyncio.create_task(made.keep())
    await asyncio.to_thread(board.press, "store", "", DAY)

    async def stopped() -> bool:
        return servers.done == ["mongo down"]

    await until(stopped, "the store is stopped")
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
    assert servers.done == ["mongo down", "up"]


async def test_a_server_that_does_not_come_back_ends_the_demo(tmp_path: Path) -> None:
    made, board = outages(Servers("Apache Kafka ended"), tmp_path, [])
    await asyncio.to_thread(board.press, "kafka", "", DAY)
    with pytest.raises(Stop, match="Apache Kafka ended"):
        await made.keep()


def test_who_presses_when_the_year_is_over_is_told_so(tmp_path: Path) -> None:
    async def connected() -> Switchboard:
        return outages(Servers(), tmp_path, [])[1]

    board = asyncio.run(connected())
    board.press("kafka", "", DAY)
    assert board.pressed[0].fault.startswith("the year is over")


class Ends:
    """Where topics end, as Kafka says it once it is back."""

    def __init__(self, away: int) -> None:
        self._away = away

    async def end_offsets(self, places: list[TopicPartition]) -> Mapping[TopicPartition, int]:
        self._away -= 1
        if self._away >= 0:
            raise KafkaError
        return dict.fromkeys(places, 0)

    def resume(self, *places: TopicPartition) -> None:
        assert not places


class NoCommits:
    async def getmany(self, timeout_ms: int) -> Mapping[TopicPartition, list[object]]:
        del timeout_ms
        await asyncio.sleep(0)
        return {}


def monitor(away: int, is_broken: Callable[[], bool]) -> LagMonitor:
    kafka, ends, commits = Kafka(bootstrap="", prefix="t."), cast("AIOKafkaConsumer", Ends(away)), NoCommits()
    return LagMonitor(kafka, cast("AIOKafkaProducer", None), commits, ends, {"group": ["a"]}, ["b"], is_broken)


async def test_while_kafka_is_away_on_order_nobody_loses_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quiescence, "PATIENCE_S", 0.0)
    assert await monitor(5, lambda: True).said() == []
    with pytest.raises(StillLagging, match="Kafka does not say where its topics end"):
        await monitor(5, lambda: False).said()
