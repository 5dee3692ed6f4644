"""Every way into the fund, and what may come of a hostile input there: an answer of the door, a named refusal, nothing else."""

import asyncio
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from pathlib import Path
from time import perf_counter
from typing import Any
from unittest import mock

import httpx
import msgspec
import psutil

from services.all import SERVICES
from shared.adapters.bank.answers import BankFileError
from shared.adapters.sqlite.store import SqliteStore, connect
from shared.desk.acts import ACTS
from shared.desk.forms import read
from shared.edge.einvoice.reception import Judges
from shared.edge.rates import Rates
from shared.edge.statement import StatementError, imported
from shared.effects.bank.desk import NAME, Desk
from shared.explain.overview import overview
from shared.journal.home import Home, held
from shared.messages.read import Malformed, parse
from shared.messages.write import cloud_event
from shared.runtime.embedded import Stack, open_fund
from shared.runtime.http import fund_app
from tests.bank.independent import FUND, MORNING, SETTINGS
from tests.hostile import making
from tests.runtime.funds import worked_start

AT_ONCE, ABREAST = 50, 8
"""Inputs in one batch, one file of lines; requests that come at the same moment."""


@dataclass
class Tally:
    """What came of a way's inputs."""

    inputs: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    slowest_ms: float = 0.0


Way = Callable[[random.Random], Awaitable[tuple[int, str]]]


@dataclass
class Ways:
    """A fund that others can reach, so that whoever sends must sign; its desk knows none of the accounts that are named."""

    stack: Stack
    desk: Desk
    client: httpx.AsyncClient
    told: list[bytes] = field(default_factory=list)

    def all(self) -> dict[str, Way]:
        """Each way by its name; it sends one request, and gives how many inputs that had and what was answered."""
        return {
            "json": self.structured, "lines": self.lines, "batch": self.batch, "binary": self.binary, "ubl": self.ubl,
            "bank": self.bank, "statement": self.statement, "desk": self.form,
        }  # fmt: skip

    async def _post(self, content: bytes, kind: str, path: str = "/events", **headers: str) -> str:
        answer = await self.client.post(path, content=content, headers={"Content-Type": kind, **headers})
        assert answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR, (answer.status_code, content[:500], answer.text)
        taken = [each for each in _answers(answer) if each["outcome"] not in ("parked", "refused")]
        assert taken == [], taken
        return str(answer.status_code)

    async def structured(self, dice: random.Random) -> tuple[int, str]:
        return 1, await self._post(making.event(dice), "application/cloudevents+json")

    async def lines(self, dice: random.Random) -> tuple[int, str]:
        raws = [making.event(dice) for _ in range(AT_ONCE)]
        return AT_ONCE, await self._post(b"\n".join(raws), "application/x-ndjson")

    async def batch(self, dice: random.Random) -> tuple[int, str]:
        raws = [raw for raw in (making.event(dice) for _ in range(AT_ONCE)) if msgspec_reads(raw) or dice.random() < 0.01]  # fmt: skip
        return AT_ONCE, await self._post(b"[" + b",".join(raws) + b"]", "application/cloudevents-batch+json")

    async def binary(self, dice: random.Random) -> tuple[int, str]:
        whole = dice.choice(making.EVENTS)
        names = ("id", "source", "type", "time", "subject", "specversion")
        headers = {f"ce-{name}": str(whole.get(name, "")) for name in names}
        headers[f"ce-{dice.choice([*names, 'dssematerial', 'x' * 300])}"] = dice.choice(making.TEXTS)
        plain = {
            name: "".join(c if "\x20" <= c < "\x7f" else f"%{dice.randrange(256):02x}" for c in text).strip()[:8_000]
            for name, text in headers.items()
        }
        body = making.bytes_changed(msgspec.json.encode(whole["data"]), dice)
        return 1, await self._post(body, "application/json", **plain)

    async def ubl(self, dice: random.Random) -> tuple[int, str]:
        own = b"<!-- %d -->" % dice.randrange(10**12)  # so that no document comes twice
        answer = await self._post(making.ubl(dice) + own, "application/xml", "/ubl")
        assert answer != "202", "nobody has signed it"
        return 1, answer

    async def bank(self, dice: random.Random) -> tuple[int, str]:
        content = making.bank(dice)
        try:
            taken = await self.desk.take("answer.xml", content, MORNING)
        except BankFileError:
            return 1, "refused"
        assert taken is None or taken.told == (), content
        return 1, "known" if taken is None else "aside"

    async def statement(self, dice: random.Random) -> tuple[int, str]:
        content = making.statement(dice)
        try:
            raw = imported(content, MORNING, "Ona", dice.choice(["Petras", "ONA", "", "Ona "]))
        except StatementError:
            return 1, "refused"
        parse(raw, outside=True)
        return 1, "read"

    async def form(self, dice: random.Random) -> tuple[int, str]:
        name, written = making.form(dice)
        act = ACTS[name]
        data, faults = read(act, written)
        if faults or not act.is_event:
            assert all(each.said(lang) for each in faults for lang in FUND.languages)
            return 1, "faults"
        raw = cloud_event(
            id_="h", source="/vlk", type_=act.record.type, subject=None, time=MORNING.isoformat(), data=data
        )
        try:
            parse(raw, outside=True)
        except Malformed:
            return 1, "malformed"
        return 1, "read"


def breaks_nothing(_judges: Judges, _document: object) -> tuple[()]:
    """In place of the official rules; it keeps nothing of what it was given."""
    return ()


def msgspec_reads(raw: bytes) -> bool:
    """Whether it is JSON: one rubbish part makes a whole batch rubbish, so most batches have none."""
    try:
        msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return False
    return True


def _answers(answer: httpx.Response) -> list[dict[str, Any]]:
    if "json" not in answer.headers.get("content-type", ""):
        return []
    said = answer.json()
    return said.get("answers", []) if isinstance(said, dict) else []


@asynccontextmanager
async def ways(folder: Path) -> AsyncIterator[Ways]:
    """A fund with something in it, reached without sockets; and a desk of other accounts."""
    home = Home(path=folder / "home")
    with held(home, FUND.fund_id):
        async with open_fund(home, FUND, moment="event") as stack:
            await stack.publish(worked_start())
            app = fund_app(stack)
            stack.signatures.all_sign = True  # as where other machines can call; /ubl asks for no token here
            for route in app._app.routes:  # type: ignore[attr-defined]
                if route.path == "/events":
                    route.endpoint.__self__._rates = Rates(1e9, 10**9)
            desk = Desk(FUND, replace(SETTINGS, accounts={}), SqliteStore(connect(folder / "bank.sqlite3"), NAME), None)
            transport = httpx.ASGITransport(app=app, raise_app_exceptions=True)
            said = mock.patch.object(Judges, "check", breaks_nothing)  # the official rules are tried elsewhere
            client_looks = mock.patch.dict(sys.modules, sniffio=None)  # of another loop the client asks at each request
            with said, client_looks:
                async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", timeout=60) as client:
                    yield Ways(stack, desk, client)


def standing(stack: Stack) -> bytes:
    """All that the services hold: their streams' states, and where the fund stands."""
    engines = [stack.engine(service.name) for service in SERVICES]
    states = {f"{e.service.name}/{s}": repr(e.state(s)) for e in engines for s in e.service.streams}
    return msgspec.json.encode([states, overview(stack.fund, stack.engine)], enc_hook=str)


async def campaign(folder: Path, inputs: int, seed: int) -> tuple[dict[str, Tally], float]:
    """So many hostile inputs over all ways in turn; what came of each, and by how many MB the process grew.

    Raises AssertionError where one was answered by a fault of the fund, or has changed something.
    """
    dice, tallies, process = random.Random(seed), dict[str, Tally](), psutil.Process()
    async with ways(folder) as here:
        before, decided, began = standing(here.stack), heads(folder), process.memory_info().rss
        each = here.all()
        names = [name for name in each if name not in ("lines", "batch")] * 12 + ["lines", "batch"]

        async def one(name: str) -> None:
            started = perf_counter()
            many, outcome = await each[name](
                dice
            )  # each has drawn before it first waits: the same seed, the same inputs
            tally = tallies.setdefault(name, Tally())
            tally.inputs += many
            tally.outcomes[outcome] += 1
            tally.slowest_ms = max(tally.slowest_ms, 1_000 * (perf_counter() - started))

        while sum(tally.inputs for tally in tallies.values()) < inputs:
            await asyncio.gather(*(one(name) for name in dice.choices(names, k=ABREAST)))
        assert here.stack.look() is None, here.stack.look()
        assert standing(here.stack) == before, "a hostile input has changed something"
        assert heads(folder) == decided, "a service has decided on a hostile input"
        grown = (process.memory_info().rss - began) / 2**20
    return tallies, grown


def heads(folder: Path) -> list[tuple[str, str, int]]:
    """The last commit of every stream of the services; what the door has laid aside is beside them."""
    connection = connect(folder / "home" / "fund.sqlite3")
    try:
        query = "SELECT service, stream, max(version) FROM commits WHERE service <> 'door' GROUP BY 1, 2 ORDER BY 1, 2"
        return connection.execute(query).fetchall()
    finally:
        connection.close()
