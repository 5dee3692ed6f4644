"""18. On the cluster too: the ministry's system is away, the letter is carried, and neither sent again nor counted twice."""

from http import HTTPStatus
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from deploy.local import Report
from tests.adapters.serving import running
from tests.cluster.fleet import fleet
from tests.cluster.quiet import until
from tests.runtime.funds import event, worked_start

pytestmark = [pytest.mark.connected]

NOTICE = "2022-04-1"
CARRIED = {
    "notice_no": NOTICE,
    "how": "by_hand",
    "delivered_by": "Kurjerė Kurjeraitė",
    "delivered_on": "2022-03-05",
    "delivered_at": "14:30",
    "document": "2022-03-05 Nr. G-118",
    "letter_sha256": "0" * 64,
}


async def test_18_a_letter_that_was_carried_is_told_and_sent_no_more(stack: Report, fund: str, tmp_path: Path) -> None:
    asked: list[str] = []

    async def away(request: Request) -> Response:
        asked.append(request.path_params["number"])
        return Response("not now", HTTPStatus.SERVICE_UNAVAILABLE)

    app = Starlette(routes=[Route("/notices/{number}", away, methods=["PUT"])])
    async with running(app) as ministry, fleet(stack, fund, tmp_path, partitions=1, ministry=ministry) as here:
        await here.started("contracts", "invoicing", "payments")
        for raw in worked_start():
            await here.send([raw])
            await here.quiet()
        (letters,) = await here.started("letters")

        async def tried() -> bool:
            return NOTICE in asked

        await until(tried, "the letter was tried", why_not=letters.log.read_text)
        assert not await here.told(["overrun.notified"])
        said = event("/vlk", "carried", "overrun.delivered", "2022-03-09T16:00:00+02:00", CARRIED)
        again = event("/vlk", "carried-again", "overrun.delivered", "2022-03-09T16:01:00+02:00", CARRIED)
        await here.send([said, again])
        await here.quiet()  # letters too: the notice is done
        (notified,) = await here.told(["overrun.notified"])
        assert notified["causationid"] == "carried"
        assert {name: notified["data"][name] for name in CARRIED} == CARRIED
        (refused,) = await here.told(["overrun.delivery.refused"])
        assert [reason["code"] for reason in refused["data"]["reasons"]] == ["notice_ended"]
        assert not await here.told(["notice.delivered"])
        times = len(asked)
        letters.kill()
        await here.started("letters")
        await here.quiet()
        assert len(asked) == times, "a new process sends nothing of it either"
