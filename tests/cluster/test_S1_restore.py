"""S1: what the runbook says of back-up and restore, done on a real Kafka and store: no invoice is lost."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiokafka import TopicPartition
from aiokafka.protocol.admin import DeleteGroupsRequest

from deploy.local import Report
from services.all import SERVICES
from shared.adapters.mongo.client import close, motor_client
from shared.adapters.mongo.store import open_store
from shared.engine.codec import decode_decisions
from tests.bench import world
from tests.cluster.fleet import FUND_ID, Fleet, fleet
from tests.cluster.member import Member
from tests.cluster.quiet import until
from tests.runtime.runbook import commands, does, says

pytestmark = pytest.mark.connected

NAMES = [service.name for service in SERVICES]
BEFORE, AFTER = range(10), range(10, 20)


def invoices(numbers: Sequence[int]) -> list[bytes]:
    return [world.invoice(number, 1, 2) for number in numbers]


@dataclass(kw_only=True)
class Fund:
    """A fund on the real stack, and a person beside it with the runbook."""

    fleet: Fleet
    database: str
    folder: Path

    async def does(self, line: str, file: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Do a line of the runbook."""
        env = {
            "PSDF_KAFKA": self.fleet.stack.bootstrap,
            "PSDF_MONGO": self.fleet.stack.mongo_url,
            "PSDF_PREFIX": self.fleet.prefix,
            "PSDF_MOMENT": "event",
            "PSDF_HOME": str(self.folder / "home"),
        }
        words = {"FOLDER": self.folder} | ({"FILE": file} if file else {})
        return await asyncio.to_thread(does, line, words, **env)

    async def stopped(self) -> None:
        """Stop every process, as an orchestrator does."""
        for member in self.fleet.members:
            if member.lives:
                assert await member.stop() == 0
        self.fleet.members.clear()

    async def lost(self) -> None:
        """Lose the store."""
        client = motor_client(self.fleet.stack.mongo_url)
        await client.drop_database(self.database)
        await close(client)

    async def known(self, service: str, type_: str) -> set[str]:
        """The causes of the events of a type in a service's journal."""
        client = motor_client(self.fleet.stack.mongo_url)
        store = await open_store(client, self.database, service)
        found = {
            decision.id
            async for commit in store.read()
            for decision in decode_decisions(commit.body)
            if any(type_ in str(event) for event in decision.events)
        }
        await close(client)
        return found

    async def forget_groups(self, *names: str) -> None:
        """Delete consumer groups, as Kafka does when nobody was in them for long."""
        for name in names:
            group = f"{self.fleet.prefix}{FUND_ID}.{name}"
            node = await self.fleet.admin.find_coordinator(group)
            answer = await self.fleet.admin._send_request(DeleteGroupsRequest([group]), node)
            assert [code for _, code in answer.results] == [0]


@asynccontextmanager
async def fund_at_work(stack: Report, fund: str, folder: Path) -> AsyncIterator[Fund]:
    """Five services with a budget, contracts, and the invoices of before."""
    async with fleet(stack, fund, folder) as here:
        made = Fund(fleet=here, database=fund, folder=folder)
        await here.started(*NAMES)
        for raw in world.beginning(200):
            await here.send([raw])
            if b"contract.proposed" not in raw:
                await here.quiet()
        await here.quiet()
        await here.send(invoices(BEFORE))
        await here.quiet()
        yield made


def ids(numbers: Sequence[int]) -> set[str]:
    return {f"i{number}-1" for number in numbers}


async def told_ahead(member: Member) -> list[str]:
    """Wait until a process says that its group is ahead of its journal; a reason for each partition."""
    reasons: list[str] = []

    async def is_told() -> bool:
        reasons[:] = [why for what, why in (await member.waits()).items() if what.startswith("partition ")]
        return bool(reasons)

    await until(is_told, f"{member.name} says that its group is ahead of its journal")
    return reasons


async def test_S1_the_store_is_lost_and_the_runbook_brings_every_invoice_back(
    stack: Report, fund: str, tmp_path: Path
) -> None:
    async with fund_at_work(stack, fund, tmp_path) as here:
        # given a back-up of a fund at work, and invoices after it
        assert says("psdf backup FOLDER --keep 30")
        made = await here.does("psdf backup FOLDER --keep 30")
        assert made.returncode == 0, made.stderr
        file = Path(made.stdout.partition(": ")[0])
        await here.fleet.send(invoices(AFTER))
        await here.fleet.quiet()
        assert await here.known("invoicing", "invoice.accepted") == ids([*BEFORE, *AFTER])
        await here.stopped()

        # when the store is lost and the back-up is put into a new one
        await here.lost()
        back, proof, dry, real = commands("Restore a cluster")
        assert (back, real) == ("psdf restore FILE", "psdf restore-offsets")
        done = await here.does(back, file)
        assert done.returncode == 0, done.stderr
        done = await here.does(proof)
        assert done.returncode == 0, done.stderr
        assert await here.known("invoicing", "invoice.accepted") == ids(BEFORE)

        # then whoever forgets the offsets is told, and nothing is passed over
        invoicing = here.fleet.start("invoicing")

        reasons = await told_ahead(invoicing)
        assert not await invoicing.ready()
        for why in reasons:
            assert f"group {here.fleet.prefix}psdf.invoicing has acknowledged what the journal never heard" in why
            assert "psdf restore-offsets invoicing" in why
        for line in (back, real):
            refused = await here.does(line, file)
            assert refused.returncode == 1
            assert f"group {here.fleet.prefix}psdf.invoicing has members" in refused.stderr
        await here.stopped()

        # and the rest of the runbook brings all of them back
        said = await here.does(dry)
        assert said.returncode == 0, said.stderr
        assert f"{here.fleet.prefix}psdf.invoicing: 0 to be set back" not in said.stdout
        assert f"  {here.fleet.prefix}invoice.submitted-" in said.stdout
        again = await here.does(dry)
        assert again.stdout == said.stdout
        done = await here.does(real)
        assert done.returncode == 0, done.stderr
        assert done.stdout == said.stdout.replace("to be set back", "set back")
        once_more = await here.does(real)
        assert f"{here.fleet.prefix}psdf.invoicing: 0 set back" in once_more.stdout
        await here.fleet.started(*NAMES)
        await here.fleet.quiet()
        assert await here.known("invoicing", "invoice.accepted") == ids([*BEFORE, *AFTER])
        accepted = await here.fleet.told(["invoice.accepted"])
        assert await here.known("payments", "payment.") >= {event["id"] for event in accepted}
        assert await here.fleet.count("invoice.submitted.parked") == 0
        done = await here.does(proof)
        assert done.returncode == 0, done.stderr


async def test_S1_a_store_that_is_lost_without_a_back_up_is_heard_from_the_beginning(
    stack: Report, fund: str, tmp_path: Path
) -> None:
    async with fund_at_work(stack, fund, tmp_path) as here:
        await here.stopped()
        await here.lost()
        invoicing = here.fleet.start("invoicing")

        assert await told_ahead(invoicing)
        await here.stopped()
        done = await here.does("psdf restore-offsets")
        assert done.returncode == 0, done.stderr
        assert "the journal has heard nothing of it" in done.stdout
        await here.fleet.started(*NAMES)
        await here.fleet.quiet()
        assert await here.known("invoicing", "invoice.accepted") == ids(BEFORE)


async def test_S1_a_group_that_does_not_exist_hears_all_again_and_nothing_changes(
    stack: Report, fund: str, tmp_path: Path
) -> None:
    async with fund_at_work(stack, fund, tmp_path) as here:
        await here.stopped()
        before = {name: await here.known(name, "") for name in NAMES}
        await here.forget_groups(*NAMES)
        done = await here.does("psdf restore-offsets")
        assert done.returncode == 0, done.stderr
        assert "invoicing: 0 set back" in done.stdout
        members = await here.fleet.started(*NAMES)
        await here.fleet.quiet()
        for member in members:
            await until(member.ready, f"{member.name} is ready")
        assert {name: await here.known(name, "") for name in NAMES} == before
        done = await here.does("psdf verify")
        assert done.returncode == 0, done.stderr


async def test_S1_a_journal_of_before_offsets_were_kept_goes_on_where_its_groups_stand(
    stack: Report, fund: str, tmp_path: Path
) -> None:
    async with fund_at_work(stack, fund, tmp_path) as here:
        await here.stopped()
        client = motor_client(stack.mongo_url)
        for name in NAMES:
            await client[fund].drop_collection(f"{name}.heard")
        await here.fleet.started(*NAMES)
        await here.fleet.send(invoices(AFTER))
        await here.fleet.quiet()
        assert await here.known("invoicing", "invoice.accepted") == ids([*BEFORE, *AFTER])
        await here.stopped()
        heard = await (await open_store(client, fund, "invoicing")).heard()
        await close(client)
        place = next(p for p in heard if p.startswith(f"{fund}.invoice.submitted/"))
        ends = await here.fleet.reader.end_offsets([TopicPartition(f"{fund}.invoice.submitted", int(place[-1]))])
        assert heard[place] == next(iter(ends.values()))


async def test_S1_a_topic_that_was_made_anew_is_heard_from_its_beginning(
    stack: Report, fund: str, tmp_path: Path
) -> None:
    async with fund_at_work(stack, fund, tmp_path) as here:
        await here.stopped()
        client = motor_client(stack.mongo_url)
        store = await open_store(client, fund, "invoicing")
        place = next(p for p in await store.heard() if p.startswith(f"{fund}.invoice.submitted/"))
        await store.hear({place: 1_000_000})
        await here.does("psdf restore-offsets --dry-run")
        assert (await store.heard())[place] == 1_000_000
        done = await here.does("psdf restore-offsets")
        assert f"the journal has forgotten how far it heard of topics made anew: {place}" in done.stdout, done.stderr
        assert place not in await (await open_store(client, fund, "invoicing")).heard()
        await close(client)
