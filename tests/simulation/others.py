"""Who else there is: the ministry, which receives letters, each once and for good, and persons at the bank's desk."""

import asyncio
import hashlib
from contextlib import suppress
from typing import Any, Self

from shared.adapters.ministry.client import MinistryRefused, MinistryUnavailable, Receipt
from shared.effects.bank.accounts import BankSettings
from shared.effects.bank.desk import NAME, Desk, DeskError
from shared.engine.faults import Unavailable
from shared.engine.waiting import Status
from shared.runtime.cluster import open_when_there
from shared.statute.load import load_fund
from tests.simulation.network import Network

FUND = load_fund()
LOOKS_S = 0.8


class LetterBox:
    """What the ministry has: of each notice the bytes, and how often they came."""

    def __init__(self) -> None:
        self.letters: dict[str, bytes] = {}
        self.came: list[tuple[str, bytes]] = []
        self.refused: list[str] = []


class SimulatedMinistry:
    """The ministry's client, as the letters' process uses it."""

    def __init__(self, box: LetterBox, network: Network, now: Any) -> None:  # noqa: ANN401 - a clock
        self._box, self._network, self._now = box, network, now

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing is open."""

    async def deliver(self, notice_no: str, pdf: bytes) -> Receipt:
        """As ``Ministry.deliver``."""
        await asyncio.sleep(self._network.dice.random() * 0.2)
        return await self._network.ask(
            "ministry", f"letter {notice_no}", lambda: self._take(notice_no, pdf), MinistryUnavailable
        )

    def _take(self, notice_no: str, pdf: bytes) -> Receipt:
        self._box.came.append((notice_no, pdf))
        if self._box.letters.setdefault(notice_no, pdf) != pdf:
            self._box.refused.append(notice_no)
            raise MinistryRefused(f"notice {notice_no} was received with other bytes", 409)
        return Receipt(notice_no=notice_no, received_at=self._now(), sha256=hashlib.sha256(pdf).hexdigest())


async def approve(client: Any, database: str, settings: BankSettings, name: str, now: Any) -> None:  # noqa: ANN401
    """A person at the bank's desk: lets files go, and orders once more what the bank did not carry out.

    As the commands do it, over the desk's journal: the desk's process acts beside, and so does the other person.
    """
    store = await open_when_there(client, database, NAME, Status())
    desk = Desk(FUND, settings, store, None)
    while True:
        await asyncio.sleep(LOOKS_S)
        try:
            await desk.load()
            for file_id in [name for name, file in desk.state.files.items() if file.state == "sealed"]:
                with suppress(DeskError):
                    await desk.approve(file_id, name, now())
            for order_id in list(desk.state.failed):
                with suppress(DeskError):
                    await desk.again(order_id, name, now())
        except Unavailable:
            continue
