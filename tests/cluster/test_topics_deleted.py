"""Topics that are deleted under who follows them: it is said plainly, costs nothing, and passes when they are back."""

import asyncio
import time
from pathlib import Path

import httpx
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local import Report
from shared.adapters.kafka.broker import Kafka
from shared.adapters.kafka.follower import Follower
from shared.engine.waiting import Status, Waits
from tests.cluster.fleet import fleet
from tests.cluster.quiet import PATIENCE_S, until

pytestmark = pytest.mark.connected

LOOKED_S = 3.0
MOST_OF_A_CORE = 0.2
"""Before, it was a half: aiokafka asks for a topic that is gone again and again."""


async def made(admin: AIOKafkaAdminClient, names: list[str], partitions: int) -> None:
    await admin.create_topics([NewTopic(name, partitions, 1) for name in names])


async def test_who_follows_says_what_is_missing_rests_and_reads_on_when_it_is_back(stack: Report, fund: str) -> None:
    kafka = Kafka(bootstrap=stack.bootstrap, prefix=f"{fund}.", partitions=2)
    names, status = [f"{fund}.{topic}" for topic in ("a", "b", "c", "d")], Status(waits=Waits())
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.bootstrap)
    await admin.start()
    follower = Follower(kafka, ["a", "b", "c", "d"], status, "letters")
    following = asyncio.create_task(follower.follow(_nothing, dict))
    try:
        told = f"missing, or not for this process: topic {', '.join(names[:3])} and 1 more"
        await until(lambda: _is(status, told), "it says what was never there", PATIENCE_S)
        await made(admin, names, kafka.partitions)
        await until(lambda: _is(status, None), "it reads", PATIENCE_S)
        await admin.delete_topics(names)
        await until(lambda: _is(status, told), "it says what is there no more", PATIENCE_S)
        before = time.process_time()
        await asyncio.sleep(LOOKED_S)
        assert time.process_time() - before < MOST_OF_A_CORE * LOOKED_S
        await made(admin, names, kafka.partitions)
        await until(lambda: _is(status, None), "it reads again", PATIENCE_S)
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await admin.close()


async def test_a_console_whose_topics_are_deleted_says_so_on_its_page(stack: Report, fund: str, tmp_path: Path) -> None:
    async with fleet(stack, fund, tmp_path, partitions=1) as here:
        console = here.start("console", PSDF_HOME=str(tmp_path / "console"))
        here.members.remove(console)
        await until(console.ready, "the console is ready")
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{console.port}", timeout=20) as client:

            async def says() -> bool:
                return f"{here.prefix}process.status" in (await client.get("/ops?lang=en")).text

            async def rests() -> bool:
                return "read Kafka" not in (await client.get("/ops?lang=en")).text

            await until(rests, "all is read", PATIENCE_S)
            mine = [name for name in await here.admin.list_topics() if name.startswith(here.prefix)]
            await here.admin.delete_topics(mine)
            await until(says, "the page says what can't be read", PATIENCE_S)
            before = cpu_s(console.process.pid)
            await asyncio.sleep(LOOKED_S)
            assert cpu_s(console.process.pid) - before < MOST_OF_A_CORE * LOOKED_S
            assert await console.ready(), "pages are there all the same"


async def _nothing(*_: object) -> None:
    """What is read is of no matter here."""


async def _is(status: Status, told: str | None) -> bool:
    return status.fault == told


def cpu_s(pid: int) -> float:
    """How long a process has worked, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100
