"""18. On the cluster an operator's word reaches the process that sends letters, by the desk's journal in the store."""

import re
import time
from pathlib import Path

import httpx
import pytest

from deploy.local import Report
from shared.adapters.ministry.sim import ministry_app
from shared.adapters.mongo.client import close, motor_client
from shared.desk.desk import NAME as DESK
from shared.desk.desk import Desk
from shared.desk.people import People
from shared.journal.journals import MongoJournals
from tests.adapters.serving import running
from tests.cluster.fleet import fleet
from tests.cluster.quiet import until
from tests.runtime.funds import FUND, worked_start

pytestmark = [pytest.mark.connected]

NOTICE = "2022-04-1"
MANY, SOON_S = 6, 8.0
"""After so many failures the next try is sixteen seconds away, and more."""


async def test_18_a_letter_is_tried_at_an_operators_word_and_delivered_once(
    stack: Report, fund: str, tmp_path: Path
) -> None:
    token = People(tmp_path / "people").add(FUND, "Oskaras Oskaris", "operator", "VLK")
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/html"}
    async with (
        running(ministry_app(tmp_path / "ministry")) as ministry,
        fleet(stack, fund, tmp_path, partitions=1, ministry=ministry) as here,
        httpx.AsyncClient(headers=headers, timeout=20, follow_redirects=True) as client,
    ):
        (await client.post(f"{ministry}/faults", json={"fail_next": MANY})).raise_for_status()
        await here.started("contracts", "invoicing", "payments")
        for raw in worked_start():
            await here.send([raw])
            await here.quiet()
        (letters,) = await here.started("letters")
        folder = tmp_path / "console"
        console = here.start("console", PSDF_HOME=str(folder), PSDF_PEOPLE=str(tmp_path / "people"))
        here.members.remove(console)
        await until(console.ready, "the console is ready", why_not=console.log.read_text)
        url = f"http://127.0.0.1:{console.port}"

        async def failed() -> bool:
            page = (await client.get(f"{url}/notices/{NOTICE}?lang=en")).text
            found = re.search(r"Tries that failed</dt><dd>(\d+)</dd>", page)
            return bool(found) and int(found[1]) >= MANY and "Try now" in page

        await until(failed, "the letter was tried, and can be tried now", 90.0, letters.log.read_text)
        began = time.monotonic()
        pressed = await client.post(f"{url}/desk/letter/{NOTICE}?lang=en", data={"action": "try"})
        assert (pressed.status_code, "Tried at the word of" in pressed.text) == (200, True)

        async def told() -> bool:
            return bool(await here.told(["overrun.notified"]))

        await until(told, "it is delivered", why_not=letters.log.read_text)
        assert time.monotonic() - began < SOON_S, "sooner than by itself"
        await here.quiet()
        assert len(await here.told(["notice.delivered"])) == len(await here.told(["overrun.notified"])) == 1
        assert [each.name for each in (tmp_path / "ministry").glob("*.pdf")] == [f"{NOTICE}.pdf"]
        late = await client.post(f"{url}/desk/letter/{NOTICE}?lang=en", data={"action": "try"})
        assert late.status_code in (200, 409), "the word of the process that sends is some seconds old"
        store = motor_client(stack.mongo_url)
        desk = Desk(FUND, MongoJournals(store, fund).store(DESK))
        await desk.load()
        assert desk.state.hurried[NOTICE][0].by == "Oskaras Oskaris"
        await close(store)
