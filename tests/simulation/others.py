"""The ministry of the simulation: it receives letters, each once and for good, and loses answers."""

import asyncio
import hashlib
from typing import Any, Self

from shared.adapters.ministry.client import MinistryRefused, MinistryUnavailable, Receipt
from tests.simulation.network import Network


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
