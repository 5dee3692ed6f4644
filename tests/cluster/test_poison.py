"""No single message stops the fund: after each of these, an honest provider's invoice is scheduled.

Sent as the least trusted of all who may write: by a provider, to the topic of invoices.
"""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from deploy.local import Report, Stack
from shared.adapters.kafka.bounds import MOST_RECORDS
from shared.adapters.kafka.broker import Kafka, broker_of
from shared.adapters.kafka.keys import partition_of
from shared.adapters.kafka.relay import Done, Offsets, Producer, Relay
from shared.engine.cut import KEPT_BYTES, SHORT_BYTES
from shared.engine.outbox import Message
from shared.engine.waiting import Status, Waits
from shared.messages.examples import EXAMPLES
from shared.messages.read import MAX_BYTES, Malformed, parse
from tests.bench import world
from tests.cluster.fleet import FUND_ID, Fleet, fleet
from tests.cluster.member import Member
from tests.cluster.poison import GZIP, LZ4, SNAPPY, ZSTD, packed, send_made, with_header, zeros
from tests.cluster.quiet import PATIENCE_S, until
from tests.cluster.test_faults import SERVICES, begin
from tests.hostile.poisonous import found, largest
from tests.stack import require_connected

pytestmark = [pytest.mark.connected, pytest.mark.faults]

CONTRACTS = 40
GROWTH_BYTES = 250_000_000
"""A bomb may cost a process so much for a moment: one batch's bound, a few times over, and never 600 MB."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Report]:
    """A stack of these tests' own: what the broker must hold of them is more than the others' has room for."""
    require_connected()
    made = Stack(tmp_path_factory.mktemp("poison"), heap="1g")
    yield made.up(print)
    made.down()


@asynccontextmanager
async def working(stack: Report, fund: str, folder: Path) -> AsyncIterator[tuple[Fleet, AIOKafkaProducer]]:
    """A fund at work, and a producer that sends what it is given."""
    async with fleet(stack, fund, folder, partitions=1) as here:
        await here.started(*SERVICES)
        await begin(here, CONTRACTS)
        async with AIOKafkaProducer(bootstrap_servers=stack.bootstrap, max_request_size=1 << 30) as producer:
            yield here, producer


async def goes_on(here: Fleet, number: int) -> None:
    """An honest invoice is scheduled, and every process is ready."""
    before = await here.count("payment.scheduled")
    await here.send([world.invoice(number, 1, 5)])

    async def scheduled() -> bool:
        for member in here.members:
            assert member.lives, f"{member.name} ended:\n{member.log.read_text()[-3000:]}"
        return await here.count("payment.scheduled") > before

    await until(scheduled, f"invoice {number} is scheduled", why_not=lambda: logs(here))
    for member in here.members:
        await until(member.ready, f"{member.name} is ready")
    await here.quiet()


async def is_paid(here: Fleet) -> None:
    """The last invoice that was scheduled is ordered on its day, and carried out by the bank."""
    payment = (await here.told(["payment.scheduled"]))[-1]["data"]
    day = date.fromisoformat(payment["pay_on"])
    await here.send([world.started(day)])
    await here.quiet()
    await here.send([world.executed(f"{payment['invoice_id']}#1", day)])
    await here.quiet()
    assert [told["data"]["invoice_id"] for told in await here.told(["payment.executed"])] == [payment["invoice_id"]]


def logs(here: Fleet) -> str:
    return "\n".join(f"{member.name}:\n{member.log.read_text()[-1500:]}" for member in here.members)


def most_memory(member: Member) -> int:
    """The most memory that a process ever had, in bytes."""
    lines = Path(f"/proc/{member.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


async def test_a1_no_message_of_a_provider_stops_invoicing(stack: Report, fund: str, tmp_path: Path) -> None:
    """Ten million spaces; bombs in every codec; too many records; the largest that can be read; rubbish."""
    async with working(stack, fund, tmp_path) as (here, producer):
        topic = here.prefix + "invoice.submitted"
        await goes_on(here, 0)
        before = {member.name: most_memory(member) for member in here.members}
        spaces = b" " * 10_000_000
        offset = await send_made(producer, topic, 0, packed([spaces], GZIP))
        await goes_on(here, 1)
        (parked,) = await here.told(["invoice.submitted.parked"])
        assert parked["data"]["error"] == f"{len(spaces)} bytes are more than the limit of {MAX_BYTES}"
        assert len(parked["data"]["raw_base64"]) * 3 // 4 >= KEPT_BYTES
        assert parked["data"]["size_bytes"] == len(spaces)
        assert parked["data"]["sha256"] == sha256(spaces).hexdigest()
        assert parked["data"]["lies_at"] == f"{topic}/0/{offset}"

        offset = await send_made(producer, topic, 0, zeros(600_000_000))
        await goes_on(here, 2)
        for codec in (GZIP, SNAPPY, LZ4, ZSTD):
            await send_made(producer, topic, 0, packed([b"{}", bytes(40_000_000), b"{}"], codec))
        await send_made(producer, topic, 0, packed([b""] * (MOST_RECORDS + 1), ZSTD))
        await send_made(producer, topic, 0, with_header(b"{}", b"\xff\xff\xff\xff"))
        await goes_on(here, 3)
        parked = await here.told(["invoice.submitted.parked"])
        bomb, *others = parked[1:]
        assert bomb["data"]["raw_base64"] == ""
        assert bomb["data"]["lies_at"] == f"{topic}/0/{offset}"
        assert bomb["data"]["error"].endswith(f"offsets {offset} to {offset}")
        assert len(others) == 6
        assert all("the batch can't be unpacked" in each["data"]["error"] for each in others)
        for member in here.members:
            grown = most_memory(member) - before[member.name]
            assert grown < GROWTH_BYTES, f"{member.name} grew by {grown / 1e6:.0f} MB"
        await is_paid(here)


async def test_A1_A3_A11_A15_the_poison_list_and_every_type_at_its_largest_stop_nothing(
    stack: Report, fund: str, tmp_path: Path
) -> None:
    async with working(stack, fund, tmp_path) as (here, _):
        await goes_on(here, 0)
        async with AIOKafkaProducer(
            bootstrap_servers=stack.bootstrap, max_request_size=1 << 24, max_batch_size=1 << 23
        ) as producer:
            for _, kind, raw in [*found(), *largest()]:
                if len(raw) > MAX_BYTES:
                    await send_made(producer, here.prefix + kind, 0, packed([raw], GZIP))
                    continue
                key = key_of(raw)
                await producer.send_and_wait(
                    here.prefix + kind, raw, key=key.encode(), partition=partition_of(key, here.partitions)
                )
        await here.quiet()
        await goes_on(here, 1)
        (returned,) = [event for event in await here.told(["invoice.returned"]) if event["causationid"] == "widest"]
        assert len(returned["data"]["reasons"]) > 1
        aside = [each["data"]["error"] for each in await here.told(["invoice.submitted.parked"])]
        assert "came before with other content" in aside[-1]
        assert len(aside) == 1 + sum(kind == "invoice.submitted" for _, kind, _ in found())
        await is_paid(here)


def key_of(raw: bytes) -> str:
    """The key of a message; of what can't be read, the fund's id."""
    try:
        return parse(raw, outside=True).data.key(FUND_ID)
    except Malformed:
        return FUND_ID


async def takes(here: Fleet, topic: str, most: int) -> None:
    """Set the longest message that a topic takes."""
    config = {"max.message.bytes": str(most)}
    await here.admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, here.prefix + topic, config)])


async def test_a1_of_what_its_topic_does_not_take_a_short_record_is_told(
    stack: Report, fund: str, tmp_path: Path
) -> None:
    async with working(stack, fund, tmp_path) as (here, producer):
        await takes(here, "invoice.submitted.parked", 1_000_000)
        raw = b"rubbish " * 500_000
        offset = await send_made(producer, here.prefix + "invoice.submitted", 0, packed([raw], 0))
        await goes_on(here, 0)
        (parked,) = await here.told(["invoice.submitted.parked"])
    assert base64.b64decode(parked["data"]["raw_base64"]) == raw[:SHORT_BYTES]
    assert parked["data"]["size_bytes"] == len(raw)
    assert parked["data"]["sha256"] == sha256(raw).hexdigest()
    assert parked["data"]["lies_at"] == f"{here.prefix}invoice.submitted/0/{offset}"


async def test_a1_a_decision_that_its_topic_does_not_take_waits_for_a_person_and_is_told_once_and_in_order(
    stack: Report, fund: str, tmp_path: Path
) -> None:
    """Nothing of a decision is left out: it waits, with all behind it on its topic, until the topic takes it."""
    async with fleet(stack, fund, tmp_path, partitions=1) as here:
        kafka, status = Kafka(bootstrap=stack.bootstrap, prefix=here.prefix, partitions=1), Status(waits=Waits())
        broker = broker_of(kafka)
        await broker.start()
        relay = Relay(Producer(broker, here.prefix, FUND_ID, 1), Marks(), committed, status)
        relay.start()
        long = {**EXAMPLES["overrun.notified"], "id": "long", "filler": "x" * 9_000_000}
        said = [("overrun.notified", name) for name in ("a", "long", "b")] + [("payment.carried", "c")]
        messages = [
            Message(topic=kind, raw=json.dumps(long if name == "long" else {**EXAMPLES[kind], "id": name}).encode())
            for kind, name in said
        ]
        await relay.put(Done(messages=messages, versions={}, offsets={}))

        async def waits() -> bool:
            return "topic overrun.notified takes: raise max.message.bytes" in status.waits.get("kafka", "")

        await until(waits, "it says which topic takes too little", why_not=lambda: status.waits)
        assert await ids(here, "overrun.notified") == ["a"]
        assert await ids(here, "payment.carried") == ["c"]
        await takes(here, "overrun.notified", 10_000_000)
        async with asyncio.timeout(PATIENCE_S):
            await relay.drain()
        assert status.ready
        await relay.stop()
        await broker.stop()
        assert await ids(here, "overrun.notified") == ["a", "long", "b"]
        assert await ids(here, "payment.carried") == ["c"]


async def ids(here: Fleet, topic: str) -> list[str]:
    return [event["id"] for event in await here.told([topic])]


class Marks:
    """A store in which nothing is to be marked."""

    async def mark(self, versions: Mapping[str, int]) -> None:
        assert not versions


async def committed(_: Offsets) -> None:
    """Nothing was consumed."""


async def test_a12_an_article_that_the_budget_does_not_name_stops_no_letter(
    stack: Report, fund: str, tmp_path: Path, ministry: str
) -> None:
    """A contract may come before the budget, which then does not name its article: the ministry is told by its code."""
    async with fleet(stack, fund, tmp_path, partitions=1, ministry=ministry) as here:
        await here.started(*SERVICES, "letters")
        unnamed = {**world.contract(0), "contract_id": "C-99", "article": "99"}
        await here.send([world.event("/vlk", "c99", "contract.proposed", world.at(world.FIRST), unnamed)])
        await here.quiet()
        await begin(here, CONTRACTS)
        raw = json.loads(world.invoice(0, 1, 5))
        named = {"contract_id": "C-99", "article": "99", "number": "99", "invoice_id": f"{world.provider_of(0)}/99"}
        await here.send([json.dumps({**raw, "id": "i99", "data": {**raw["data"], **named}}).encode()])
        await here.quiet()
        await here.send([world.started(date(world.YEAR, 2, day)) for day in (2, 3)])

        async def delivered() -> bool:
            return await here.count("overrun.notified") > 0

        await until(delivered, "the letter is delivered", why_not=lambda: logs(here))
        (notice,) = await here.told(["notice.prepared"])
        assert (notice["data"]["article"], notice["data"]["article_name"]) == ("99", "99")
        await goes_on(here, 1)
