"""Who takes part in the edge's demo: the fund with its door, the bank, the desk between them, the hospital."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import httpx
import msgspec

from shared.demo.edge_bank import BankHere
from shared.demo.edge_kit import INVOICE, Kit
from shared.demo.edge_rules import Rules
from shared.demo.post import Data, Event
from shared.demo.run import decode
from shared.effects.bank.desk import Desk
from shared.effects.bank.embedded import HomeDesk, collect
from shared.journal.home import Home
from shared.runtime.embedded import Stack


@dataclass(slots=True)
class Edge:
    """The fund, its desk, the bank and the hospital while they are played."""

    home: Home
    stack: Stack
    opened: HomeDesk
    bank: BankHere
    kit: Kit
    rules: Rules
    client: httpx.AsyncClient

    @property
    def desk(self) -> Desk:
        """The bank's desk."""
        return self.opened.desk

    async def publish(self, raws: Sequence[bytes]) -> list[Event]:
        """Give the fund events of its own people; what its services said."""
        return [decode(message) for message in await self.stack.publish(raws, own=True)]

    async def at_the_bank(self, path: str, content: bytes | None = None, **said: object) -> Data:
        """Play something to the bank: a file, or what is said in JSON."""
        body = msgspec.json.encode(said) if content is None else content
        answer = (await self.client.post(f"{self.bank.url}{path}", content=body)).raise_for_status()
        found: Data = answer.json()
        return found

    async def turn(self, now: datetime) -> None:
        """The desk takes up what was ordered, and does what is due."""
        await collect(self.desk, self.opened.store, self.home, now)
        await self.desk.turn(now, self.publish)

    async def response(self, status: str) -> str:
        """Fetch the Peppol response of a status over HTTP, keep it, and say what it is and who found it valid."""
        path = f"/invoices/{INVOICE}/response"
        answer = (await self.client.get(f"{self.kit.url}{path}", params={"status": status})).raise_for_status()
        kept = self.home.path / "responses" / f"{status}.xml"
        kept.parent.mkdir(exist_ok=True)
        kept.write_bytes(answer.content)
        valid = await self.rules.judge(answer.content, "ApplicationResponse")
        return f"The Peppol Invoice Response {status} comes back, {valid}."
