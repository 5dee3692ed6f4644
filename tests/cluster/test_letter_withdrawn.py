"""18. On the cluster too: the ministry is away, the notice is withdrawn meanwhile, and its letter is sent no more."""

from http import HTTPStatus
from pathlib import Path

import httpx
import pytest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from deploy.local import Report
from shared.adapters.ministry.sim import ministry_app
from tests.adapters.serving import running
from tests.cluster.fleet import fleet
from tests.cluster.quiet import until
from tests.runtime.funds import day, event, worked_start

pytestmark = [pytest.mark.connected]

WITHDRAWN, NEXT = "2022-04-1", "2022-04-2"
QUARTERS = {"article": "04", "q1_cents": 1_721_000_000, "q2_cents": 0, "q3_cents": 0, "q4_cents": 0}
SHARE = {"payer": "VLK", "article": "04", "amount_cents": 1_721_000_000}
OTHER_QUARTERS = {"year": 2022, "edition": 1, "quarters": [QUARTERS], "shares": [SHARE]}


class Away:
    """A ministry that takes nothing until it is ``back``."""

    def __init__(self, folder: Path) -> None:
        self.back, self._ministry = False, ministry_app(folder)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._ministry if self.back else Response("not now", HTTPStatus.SERVICE_UNAVAILABLE)
        await app(scope, receive, send)


async def test_18_a_letter_whose_notice_is_withdrawn_is_sent_no_more(stack: Report, fund: str, tmp_path: Path) -> None:
    away = Away(tmp_path / "ministry")
    async with running(away) as url, fleet(stack, fund, tmp_path, partitions=1, ministry=url) as here:
        # given a notice whose letter was tried while the ministry is away
        await here.started("contracts", "invoicing", "payments")
        for raw in worked_start():
            await here.send([raw])
            await here.quiet()
        (letters,) = await here.started("letters")

        async def tried() -> bool:
            return "ministry" in await letters.waits()

        await until(tried, "the letter was tried", why_not=letters.log.read_text)

        # when the notice is withdrawn, the ministry is back, and the next one is prepared
        await here.send([event("/vlk", "d-2", "distribution.proposed", "2022-03-10T10:00:00+02:00", OTHER_QUARTERS)])

        async def withdrawn() -> bool:
            return [told["data"]["notice_no"] for told in await here.told(["overrun.withdrawn"])] == [WITHDRAWN]

        await until(withdrawn, "the notice is withdrawn")
        away.back = True
        await here.send([day("2022-03-11")])
        await here.quiet()  # letters too: both notices are done

        # then the ministry has the letter of the next one alone; a new process sends nothing either
        letters.kill()
        await here.started("letters")
        await here.quiet()
        async with httpx.AsyncClient() as client:
            receipts = (await client.get(f"{url}/notices")).json()
        assert [receipt["notice_no"] for receipt in receipts] == [NEXT]
        assert [told["data"]["notice_no"] for told in await here.told(["overrun.notified"])] == [NEXT]
