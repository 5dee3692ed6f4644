"""Who is behind on the cluster: service by topic on ``/ops``, as the broker says; away, it is said in words."""

import asyncio
import csv
import io
import socket
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.local import Report
from shared.adapters.kafka import lag
from shared.adapters.kafka.broker import Kafka
from shared.adapters.kafka.lag import LagWatch
from shared.kernel.calendar import VILNIUS
from shared.runtime.hears import HEARS
from tests.cluster.fleet import FUND_ID, Fleet, fleet
from tests.cluster.fleet import HEARS as HEARD_HERE
from tests.cluster.quiet import until
from tests.runtime.funds import day, worked_start

PATIENCE_S = 30.0


@pytest.mark.connected
async def test_it_shows_what_each_process_has_not_read_and_since_when(stack: Report, fund: str, tmp_path: Path) -> None:
    async with fleet(stack, fund, tmp_path, partitions=2) as here:
        await here.started("contracts", "reserve")
        began = datetime.now(UTC)
        await here.send([*worked_start()[:4], day("2022-02-07")])
        await here.quiet()
        console = here.start("console", PSDF_HOME=str(tmp_path / "console"))
        here.members.remove(console)
        await until(console.ready, "the console is ready")
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{console.port}", timeout=20) as client:
            rows: dict[tuple[str, str], dict[str, Any]] = {}

            async def read(service: str, topic: str, lag: int) -> bool:
                told = (await client.get("/ops?as=json&lang=en")).json()["topics"]
                rows.update({(row["service"], row["topic"]): row for row in told})
                row = rows.get((service, topic))
                return row is not None and row["lag"] == lag

            await until(lambda: read("contracts", "budget.approved", 0), "contracts has read all", PATIENCE_S)
            assert rows.keys() == {(name, topic) for name, topics in HEARS.items() for topic in topics}
            waits = rows["payments", "day.started"]
            ends = await here.count("day.started")
            assert (waits["end"], waits["heard"], waits["lag"]) == (ends, 0, ends), "it never ran"
            oldest = datetime.fromisoformat(waits["oldest"]).replace(tzinfo=VILNIUS)
            assert began - timedelta(minutes=1) <= oldest <= datetime.now(UTC)
            assert waits["runbook"] == "PsdfConsumerLag"
            assert rows["contracts", "day.started"] == {
                **waits, "service": "contracts", "heard": ends, "lag": 0, "oldest": None, "runbook": None,
            }  # fmt: skip
            assert {name for (name, _), row in rows.items() if row["lag"]} >= {"payments", "invoicing"}

            file = (await client.get("/ops?as=csv&table=topics&lang=en")).text
            first = next(csv.DictReader(io.StringIO(file)))
            assert first.keys() == waits.keys(), "a file has the same"
            assert int(first["lag"]) == max(row["lag"] for row in rows.values()), "who is behind comes first"

            await here.started("invoicing", "payments", "reconciliation")
            await until(lambda: read("payments", "day.started", 0), "payments has caught up", PATIENCE_S)
            assert rows["payments", "day.started"]["oldest"] is None
        assert await console.stop() == 0


@pytest.mark.connected
async def test_two_groups_at_two_places_of_one_topic_have_each_their_own_oldest(
    stack: Report, fund: str, tmp_path: Path
) -> None:
    async with fleet(stack, fund, tmp_path, partitions=1) as here:
        await here.started("contracts")
        await here.send([day("2022-02-07")])
        await here.quiet()
        next(each for each in here.members if each.name == "contracts").kill()
        here.members.clear()
        await asyncio.sleep(1.1)
        await here.send([day("2022-02-08")])
        found = await looked(here)
        assert [(found[name].heard, found[name].lag) for name in ("contracts", "reserve")] == [(1, 1), (0, 2)]
        first, second = found["reserve"].oldest, found["contracts"].oldest
        assert second - first > timedelta(seconds=1)


async def looked(here: Fleet) -> dict[str, Any]:
    """How far who hears that a day began is behind on it."""
    watch = LagWatch(
        Kafka(bootstrap=here.stack.bootstrap, prefix=here.prefix, partitions=here.partitions), FUND_ID, HEARD_HERE
    )
    await watch._look()
    assert not watch.seen.fault
    return {each.process: each for each in watch.seen.topics if each.topic == "day.started"}


async def test_a_broker_that_takes_the_connection_and_says_nothing_is_told_of_in_bounded_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lag, "PATIENCE_S", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as hangs:
        watch = LagWatch(Kafka(bootstrap=f"127.0.0.1:{hangs.getsockname()[1]}"), FUND_ID, HEARS)
        assert watch.seen.fault == "it is being asked"
        before = time.monotonic()
        await watch._look()
        assert time.monotonic() - before < 5
    assert watch.seen.fault.startswith("the broker does not answer: ")
    assert (watch.seen.topics, watch.seen.at) == ((), None)
