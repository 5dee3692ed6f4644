"""The bank's desk on the cluster: persons act at it in the console while the process `bank` writes the same journal."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.local import Report
from shared.adapters.mongo.client import connected
from shared.adapters.mongo.store import open_store
from shared.desk.people import People
from shared.effects.bank.accounts import bank_file_of
from shared.effects.bank.desk import NAME, Desk
from shared.effects.bank.events import (
    AnswerRefused,
    AnswerTaken,
    Event,
    FileApproved,
    FileSent,
    OrderCollected,
    Settled,
)
from shared.engine.codec import Codec, decode_decisions
from shared.kernel.calendar import VILNIUS
from tests.bank.independent import SETTINGS, banking
from tests.bank.test_bank_commands import PAY_DAY, beginnings, give_over
from tests.cluster.fleet import Fleet, fleet
from tests.cluster.member import Member
from tests.cluster.quiet import until
from tests.console.desks import PERSONS, signed_in
from tests.runtime.funds import FUND, psdf

pytestmark = pytest.mark.connected

CENTS = SETTINGS.four_eyes_cents
PATIENCE_S = 60.0
RUBBISH = 60
BANK_FILE = str(bank_file_of("psdf"))
APPROVE = {"data": {"action": "approve"}}


@dataclass(kw_only=True)
class At:
    """A fund on the cluster with its processes `bank` and `console`, and a file that waits for two persons."""

    here: Fleet
    database: str
    tokens: dict[str, str]
    console: Member
    file_id: str = ""

    @property
    def home(self) -> Path:
        """Of the process `bank`."""
        return self.here.folder / "bank"

    async def said(self, name: str, path: str, **more: Any) -> httpx.Response:  # noqa: ANN401 - what httpx takes
        """What the console answers to what somebody sends."""

        def posted() -> httpx.Response:
            with signed_in(f"http://127.0.0.1:{self.console.port}", self.tokens[name]) as client:
                return client.post(path, **more)

        return await asyncio.to_thread(posted)

    async def typed(self, *words: str) -> str:
        """A command of ``psdf bank`` on the cluster, with what it says on one line."""
        env = {"PSDF_MONGO": self.here.stack.mongo_url, "PSDF_PREFIX": self.here.prefix, "PSDF_BANK": BANK_FILE}
        home = self.here.folder / "typed"
        done = await asyncio.to_thread(psdf, "bank", *words, home=home, PSDF_MOMENT="event", **env)
        assert done.returncode == 0, done.stdout + done.stderr
        return " ".join((done.stdout + done.stderr).split())

    async def journal(self, kind: type[Event]) -> list[Any]:
        """The events of a kind in the journal of the bank's desk, each of whose commits follows the one before."""
        async with connected(self.here.stack.mongo_url) as client:
            store = await open_store(client, self.database, NAME)
            await Desk(FUND, SETTINGS, store, None).load()
            decisions = [each async for commit in store.read(NAME) for each in decode_decisions(commit.body)]
        codec = Codec(Event)
        events = [codec.decode(entry) for decision in decisions for entry in decision.events]
        return [each for each in events if isinstance(each, kind)]


@asynccontextmanager
async def at_the_bank(stack: Report, fund: str, folder: Path) -> AsyncIterator[At]:
    people = People(folder / "people")
    tokens = {name: people.add(FUND, name, role, payer) for name, (role, payer) in PERSONS.items()}
    async with fleet(stack, fund, folder, partitions=1) as here:
        await here.started("contracts", "invoicing", "payments", "reserve", "reconciliation")
        desk = here.start("bank", PSDF_BANK=BANK_FILE, PSDF_HOME=str(folder / "bank"))
        await until(desk.ready, "the process bank is ready")
        for raw in beginnings(CENTS):
            await here.send([raw])
            await here.quiet()
        more = {"PSDF_HOME": str(folder / "console"), "PSDF_PEOPLE": str(folder / "people"), "PSDF_BANK": BANK_FILE}
        console = here.start("console", **more)
        here.members.remove(console)  # it hears no topic
        await until(console.ready, "the console is ready")
        at = At(here=here, database=fund, tokens=tokens, console=console)
        sealed = await at.typed("seal")
        found = re.match(r"(\w{30,35}): 1 orders of VLK PSDF", sealed)
        assert found, sealed
        at.file_id = found[1]
        yield at
        assert await console.stop() == 0


async def test_two_persons_let_a_file_go_and_bring_its_answer_while_the_process_bank_writes_too(
    stack: Report, fund: str, tmp_path: Path
) -> None:
    async with at_the_bank(stack, fund, tmp_path) as at:
        lay_rubbish(at.home / "bank" / "in")
        await let_go(at)
        await bring(at, await asyncio.to_thread(answered, at.home, tmp_path / "mock"))
        await until(lambda: told(at.here, "payment.executed"), "the fund has heard of it", PATIENCE_S)

        async def refused() -> bool:
            return len(await at.journal(AnswerRefused)) == RUBBISH

        await until(refused, "the process bank has refused each rubbish", PATIENCE_S)
        assert len({each.sha256 for each in await at.journal(AnswerRefused)}) == RUBBISH
        word = {"data": {"action": "settle", "number": "7", "word": "Bandomasis"}}
        twice = await asyncio.gather(
            *(at.said(name, "/desk/bank/settle", **word) for name in ("Ona Onaitė", "Dora Doraitė"))
        )
        assert sorted(each.status_code for each in twice) == [200, 409]
        assert [each.number for each in await at.journal(Settled)] == [7]
        approved = [(each.by, each.file_id) for each in await at.journal(FileApproved)]
        assert approved == [("Jonas Jonaitis", at.file_id), ("Dora Doraitė", at.file_id)]
        assert (len(await at.journal(FileSent)), len(await at.journal(AnswerTaken))) == (1, 1)
        assert await at.here.count("payment.reported") == 1
        assert '"approved_by": "Jonas Jonaitis, Dora Doraitė"' in await at.typed("status", "--json")


async def test_what_no_desk_has_heard_is_taken_from_the_journals_once(stack: Report, fund: str, tmp_path: Path) -> None:
    """As after a restore: what the desk heard after the back-up lies before its group's offsets."""
    async with fleet(stack, fund, tmp_path, partitions=1) as here:
        (member, *_) = await here.started("contracts", "invoicing", "payments", "reserve", "reconciliation")
        for raw in beginnings(CENTS):
            await here.send([raw])
            await here.quiet()
        at = At(here=here, database=fund, tokens={}, console=member)
        assert (await at.typed("hear")).startswith("1 orders, 1 000 000.00 EUR, were not known here 300111224/A1#1")
        desk = here.start("bank", PSDF_BANK=BANK_FILE, PSDF_HOME=str(at.home))
        await until(desk.ready, "the process bank is ready")
        await here.quiet()
        assert await at.typed("hear") == "0 orders, 0.00 EUR, were not known here"
        assert [each.order_id for each in await at.journal(OrderCollected)] == ["300111224/A1#1"]


async def let_go(at: At) -> None:
    """One person who sends it four times at once is one; the second lets it go, and the process `bank` sends it."""
    path = f"/desk/bank/{at.file_id}"
    assert (await at.said("Ona Onaitė", path, **APPROVE)).status_code == httpx.codes.FORBIDDEN
    clicked = await asyncio.gather(*(at.said("Jonas Jonaitis", path, **APPROVE) for _ in range(4)))
    assert sorted(each.status_code for each in clicked) == [200, 409, 409, 409]
    assert "1 iš 2 Jonas Jonaitis" in max(clicked, key=lambda each: each.is_success).text
    assert await at.journal(FileSent) == []
    second = await at.said("Dora Doraitė", path, **APPROVE)
    assert "2 iš 2 Jonas Jonaitis, Dora Doraitė" in second.text, second.text

    async def sent() -> bool:
        return len(await at.journal(FileSent)) == 1

    await until(sent, "the process bank has sent the file", PATIENCE_S)


async def bring(at: At, answer: bytes) -> None:
    """Two persons bring an answer, and it is read once."""
    brought = {"files": {"file": ("camt.054.xml", answer)}}
    assert "dar neperskaitytas" in (await at.said("Ona Onaitė", "/desk/bank", **brought)).text
    assert "antras turi būti kitas asmuo" in (await at.said("Ona Onaitė", "/desk/bank", **brought)).text
    assert await at.journal(AnswerTaken) == []
    taken = await at.said("Dora Doraitė", "/desk/bank", **brought)
    assert "Perskaityta: camt.054.001.08. Nurodymai: įvykdyta: 1" in taken.text, taken.text
    assert "jau buvo perskaitytas" in (await at.said("Jonas Jonaitis", "/desk/bank", **brought)).text


def answered(home: Path, folder: Path) -> bytes:
    """What a bank answers when the file that lies in a home's folder is carried to it."""
    with banking(folder, clock=datetime.combine(PAY_DAY, time(9), VILNIUS)) as place:
        place.bank.patch("/_mock/accounts/VLK-PSDF", json={"balance": CENTS}).raise_for_status()
        return next(path for path in give_over(place, home) if "camt.054" in path.name).read_bytes()


def lay_rubbish(folder: Path) -> None:
    """What keeps the process `bank` at its journal: each is refused by a commit of its own."""
    folder.mkdir(parents=True)
    for number in range(RUBBISH):
        (folder / f"{number}.part").write_text(f"rubbish {number}")
        (folder / f"{number}.part").rename(folder / f"{number}.xml")


async def told(here: Fleet, topic: str) -> bool:
    return await here.count(topic) == 1
