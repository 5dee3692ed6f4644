"""18. A notice's page says how often its letter could not be delivered and when last, as who sends it tells: both stacks."""

import asyncio
import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import msgspec

from shared.adapters.kafka.said import Told
from shared.adapters.kafka.statuses import Statuses
from shared.console.operations import tried
from shared.engine.waiting import Tried
from shared.journal.home import Home
from shared.kernel.calendar import VILNIUS
from tests.adapters.serving import closed_port, free_port
from tests.console.conftest import shown
from tests.console.test_console_ops import record, told
from tests.console.test_letter_by_hand import NOTICE, under_way
from tests.runtime.funds import PATIENCE_S, running_fund

SHOWN = re.compile(r"Tries that failed</dt><dd>(\d+)</dd>.*?The last of them</dt><dd>(.+?)</dd>", re.DOTALL)


def test_18_of_a_fund_that_runs_beside_the_console(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as beside:
        beside.submit(asyncio.run, under_way(tmp_path)).result()
    path = f"/notices/{NOTICE}?lang=en"
    with shown(tmp_path) as url, httpx.Client(base_url=url, timeout=60) as client:
        assert not SHOWN.search(client.get(path).text), "nobody sends it"
        with running_fund(tmp_path, free_port(), PSDF_MINISTRY_URL=closed_port()):
            limit = time.monotonic() + PATIENCE_S
            while not (found := SHOWN.search(client.get(path).text)):
                assert time.monotonic() < limit
                time.sleep(0.1)
            assert not SHOWN.search(client.get(f"{path}&on=2022-03-05").text), "of a past day it is not known"
    assert int(found[1]) >= 1
    assert abs(
        datetime.fromisoformat(re.sub("<.*?>", "", found[2])).replace(tzinfo=VILNIUS) - datetime.now(UTC)
    ) < timedelta(minutes=2)


async def test_18_of_the_cluster_by_the_last_word_of_its_letters(tmp_path: Path) -> None:
    statuses, now = Statuses(), datetime.now(UTC)
    failed = Tried(count=3, at="2026-03-04T11:59:00+00:00")
    await statuses._take([record(told("payments"), now), record(told("letters", tried={NOTICE: failed}), now)], {})
    assert tried(Home(path=tmp_path), NOTICE, statuses) == failed
    assert tried(Home(path=tmp_path), "2022-05-1", statuses) is None


def test_what_a_process_of_the_version_before_says_is_heard() -> None:
    before = {name: value for name, value in msgspec.to_builtins(told("letters")).items() if name != "tried"}
    assert msgspec.json.decode(msgspec.json.encode(before), type=Told) == told("letters")
