"""What the gates of a cluster keep in the store together: e-invoices, how far webhooks are, whose turn it is.

Nothing is ever updated there: documents are inserted, the unique ``_id`` decides races, and what was replaced is
removed (as in ``shared/adapters/mongo/store.py``).
"""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from time import monotonic
from typing import Any

from bson import Binary
from pymongo.errors import DuplicateKeyError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from shared.adapters.mongo.client import Client, named
from shared.adapters.mongo.documents import GATE_CALLS, GATE_DOCUMENTS, GATE_TURNS
from shared.edge.calls import Call
from shared.engine.faults import Conflict, Unavailable
from shared.engine.waiting import Backoff
from shared.engine.webhooks import Webhook

NAME = "gate"
LASTS_S = 6.0
"""How long a gate that says nothing keeps its turn, in seconds."""


def _collection(client: Client, database: str, name: str) -> Any:  # noqa: ANN401 - two drivers, two classes
    sure = {"write_concern": WriteConcern("majority"), "read_concern": ReadConcern("majority")}
    return client.get_database(database).get_collection(name, **sure)


class StoreDocuments:
    """E-invoices as they came under their SHA-256, and their receipts; what is there is never written over."""

    def __init__(self, client: Client, database: str) -> None:
        self._documents = _collection(client, database, GATE_DOCUMENTS)

    async def original(self, digest: str) -> bytes | None:
        """The document of a digest; None where there is none, or it is not what its name says. Raises Unavailable."""
        content = await self._read(f"{digest}.xml")
        return content if content is not None and sha256(content).hexdigest() == digest else None

    async def receipt(self, digest: str) -> bytes | None:
        """What was answered to the document; None where it was not taken yet. Raises Unavailable."""
        return await self._read(f"{digest}.json")

    async def keep(self, digest: str, content: bytes) -> None:
        """Keep a document. Raises Unavailable."""
        await self._write(f"{digest}.xml", content)

    async def answered(self, digest: str, receipt: bytes) -> bytes:
        """Keep the receipt, and give the one that stands: the first. Raises Unavailable."""
        await self._write(f"{digest}.json", receipt)
        return await self.receipt(digest) or receipt

    async def _read(self, name: str) -> bytes | None:
        with named(NAME):
            found = await self._documents.find_one({"_id": name})
        return bytes(found["content"]) if found else None

    async def _write(self, name: str, content: bytes) -> None:
        with named(NAME):
            try:
                await self._documents.insert_one({"_id": name, "content": Binary(content)})
            except DuplicateKeyError:
                return


class StoreCalls:
    """How far each webhook is: the last of its numbered documents says it."""

    def __init__(self, client: Client, database: str) -> None:
        self._kept = _collection(client, database, GATE_CALLS)
        self._numbers: dict[str, int] = {}
        self._since: dict[str, str] = {}

    async def of(self, webhook: Webhook, end: str) -> Call:
        """How far a webhook is, as ``Progress`` says it. Raises Unavailable, Conflict."""
        source, since = webhook.source, webhook.registered_at.isoformat()
        found = await self._last({"source": source})
        self._numbers[source] = found["number"] if found else 0
        self._since[source] = since
        if found and found["since"] == since:
            return _call(found)
        call = Call(source, found["cursor"] if found else end)
        await self.keep(call)
        return call

    async def keep(self, call: Call) -> None:
        """Write down how far it is. Raises Unavailable; Conflict where another gate has called meanwhile."""
        number = self._numbers[call.source] + 1
        said = asdict(call) | {"number": number, "since": self._since[call.source]}
        for name in ("failing_since", "next_at"):
            said[name] = said[name].isoformat() if said[name] else None
        with named(NAME):
            try:
                await self._kept.insert_one({"_id": f"{call.source} {number}", **said})
            except DuplicateKeyError:
                raise Conflict(f"another gate has called {call.source}") from None
            self._numbers[call.source] = number
            await self._kept.delete_many({"source": call.source, "number": {"$lt": number}})

    async def all(self) -> list[Call]:
        """Every one that was ever called. Raises Unavailable."""
        last: dict[str, Mapping[str, Any]] = {}
        with named(NAME):
            async for found in self._kept.find({}).sort("number", 1):
                last[found["source"]] = found
        return [_call(found) for _, found in sorted(last.items())]

    async def _last(self, wanted: Mapping[str, str]) -> Mapping[str, Any] | None:
        with named(NAME):
            async for found in self._kept.find(wanted).sort("number", -1).limit(1):
                last: Mapping[str, Any] = found
                return last
        return None


def _call(found: Mapping[str, Any]) -> Call:
    since, due = (datetime.fromisoformat(text) if text else None for text in (found["failing_since"], found["next_at"]))
    return Call(found["source"], found["cursor"], found["tries"], since, due, found["fault"], found["disabled"])


class Turn:
    """Which one of several gates calls: who has the turn says so again and again; who is silent for long has lost it.

    No clocks are compared: each gate counts for itself how long it has heard nothing new.
    """

    def __init__(self, client: Client, database: str, *, lasts_s: float = LASTS_S) -> None:
        self._turns = _collection(client, database, GATE_TURNS)
        self._lasts_s, self._number = lasts_s, 0

    async def taken(self) -> None:
        """Return when the turn is ours."""
        heard, since, pause = None, monotonic(), Backoff()
        while True:
            try:
                last = await self._last()
                if heard != last:
                    heard, since = last, monotonic()
                number, is_free = last
                if (is_free or monotonic() - since >= self._lasts_s) and await self._says(number + 1):
                    return
            except Unavailable:
                await pause.wait()
            await asyncio.sleep(self._lasts_s / 20)

    async def lost(self) -> None:
        """Keep it; return when another has it, or the store was silent for so long that another may have it."""
        sure_until = monotonic() + self._lasts_s / 2
        while monotonic() < sure_until:
            await asyncio.sleep(self._lasts_s / 6)
            said = monotonic()
            try:
                async with asyncio.timeout(self._lasts_s / 3):
                    if not await self._says(self._number + 1):
                        return
            except (Unavailable, TimeoutError):
                continue
            sure_until = said + self._lasts_s / 2

    async def give(self) -> None:
        """Let another have it at once: this gate stops. Raises Unavailable."""
        await self._says(self._number + 1, is_free=True)

    async def _says(self, number: int, *, is_free: bool = False) -> bool:
        """Whether we were the first to say this number."""
        with named(NAME):
            try:
                await self._turns.insert_one({"_id": number, "free": is_free})
            except DuplicateKeyError:
                return False
            self._number = number
            await self._turns.delete_many({"_id": {"$lt": number}})
        return True

    async def _last(self) -> tuple[int, bool]:
        with named(NAME):
            async for found in self._turns.find({}).sort("_id", -1).limit(1):
                return int(found["_id"]), bool(found["free"])
        return 0, True
