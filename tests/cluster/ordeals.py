"""What else may befall a fund's processes than being killed: each an ordeal that comes while a campaign's events flow.

Whatever it was, the fund must be at rest afterwards, have lost and doubled nothing, and have said what a person must know.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import RecordsToDelete
from aiokafka.protocol.admin import DeleteGroupsRequest

from deploy.local.topics import Topic, apply
from shared.adapters.kafka.keys import group_of, partition_of
from shared.adapters.mongo.client import close, motor_client
from tests.cluster.campaign import FLEET, RECOVERY_S, Campaign
from tests.cluster.fleet import FUND_ID, HEARS, place_of
from tests.cluster.history import Event, raw
from tests.cluster.member import VERSION, Member
from tests.cluster.newer import ADDED, NEW_TYPE
from tests.cluster.quiet import until
from tests.runtime.runbook import commands, does, says

STAND_STILL, REPEATED = 3, 5
CONTRACTS = FLEET.index("contracts")


async def zombies(played: Campaign) -> None:
    """Processes stand still until their partitions are others', who go on; then they go on too with what they held."""
    numbers = played.dice.sample(range(len(FLEET)), STAND_STILL)
    still = [played.members[number] for number in numbers]
    for member in still:
        signalled(member, signal.SIGSTOP)
    heirs = await ready([played.here.start(FLEET[number]) for number in numbers])
    for member in still:
        signalled(member, signal.SIGCONT)
    await ready(still)
    await stopped(heirs)


async def duplicates(played: Campaign) -> None:
    """Every process is started a second time; then the first ones are killed."""
    seconds = await ready([played.here.start(name) for name in FLEET])
    for member in played.members:
        member.kill()
    played.members = seconds


async def two_versions(played: Campaign) -> None:
    """A next version comes beside this one, takes its place process by process, and is rolled back."""
    here = played.here
    told = Topic(name=NEW_TYPE, kind="service", partitions=here.partitions, replicas=1, config={})
    await apply(here.stack.bootstrap, here.prefix, topics=[told])
    for version in ("newer", "this"):
        for number, name in enumerate(FLEET):
            (other,) = await ready([here.start(name, **{VERSION: version})])
            await stopped([played.members[number]])
            played.members[number] = other


async def all_again(played: Campaign) -> None:
    """Kafka has forgotten every group: all is heard again from the first offset."""
    await stopped(played.members)
    for name in dict.fromkeys(FLEET):
        group = group_of(played.here.prefix, FUND_ID, name)
        node = await played.here.admin.find_coordinator(group)
        answer = await played.here.admin._send_request(DeleteGroupsRequest([group]), node)
        assert [code for _, code in answer.results] == [0], f"group {group}: {answer.results}"
    await again(played)


async def wrong_groups(played: Campaign) -> None:
    """Somebody moved the groups by hand: most to before what they have done, one behind what it never heard.

    What was done comes again; what would be passed over is told, and heard after ``psdf restore-offsets``.
    """
    await stopped(played.members)
    place, _ = await unheard(played)
    for name in dict.fromkeys(FLEET):
        async with group_at_rest(played, name) as consumer:
            stands = {place: await consumer.committed(place) or 0 for place in consumer.assignment()}
            await consumer.commit({place: played.dice.randint(0, at) for place, at in stands.items()})
            if name == "contracts":
                await consumer.commit(await consumer.end_offsets([place]))
    contracts = played.here.start("contracts")
    told = await contracts.told_waiting(f"partition {place.partition}", "acknowledged what the journal never heard")
    assert "psdf restore-offsets contracts" in told
    await stopped([contracts])
    said = await runbook(played, "psdf restore-offsets")
    assert f"{played.here.prefix}psdf.contracts: 0 set back" not in said
    await again(played)


async def retention(played: Campaign) -> None:
    """Records are deleted while a service is away: what it had heard is nothing, and what it had not is told."""
    await stopped(played.members)
    place, heard = await unheard(played)
    admin, ends = played.here.admin, await played.here.reader.end_offsets([place])
    await admin.delete_records({place: RecordsToDelete(heard)})
    await played.send(repeated(played))
    await admin.delete_records({place: RecordsToDelete(ends[place])})
    await again(played)
    contracts, missed = played.members[CONTRACTS], ends[place] - heard

    async def counted() -> bool:
        return await contracts.count("deleted") == missed

    await until(
        counted, f"contracts has counted {missed} records that it will never read", why_not=contracts.log.read_text
    )
    words = f"{missed} records of {place.topic}-{place.partition} were deleted before they were read"
    assert words in contracts.log.read_text()


async def restored(played: Campaign) -> None:
    """A back-up is made while events flow; later the store is lost, and the runbook brings all back."""
    here, folder = played.here, played.here.folder / "back-ups"
    folder.mkdir(exist_ok=True)
    assert says("psdf backup FOLDER --keep 30")
    made = await runbook(played, "psdf backup FOLDER --keep 30", FOLDER=folder)
    await played.send(repeated(played))
    await stopped(played.members)
    client = motor_client(here.stack.mongo_url)
    await client.drop_database(here.prefix.rstrip("."))
    await close(client)
    for line in commands("Restore a cluster"):
        await runbook(played, line, FILE=Path(made.partition(": ")[0]))
    await again(played)


ORDEALS = {
    each.__name__: each for each in (zombies, duplicates, two_versions, all_again, wrong_groups, retention, restored)
}


# --- what they are made of


def signalled(member: Member, number: int) -> None:
    assert member.process.pid
    os.kill(member.process.pid, number)


async def ready(members: list[Member]) -> list[Member]:
    for member in members:
        await until(member.ready, f"{member.name} is ready", RECOVERY_S, why_not=member.log.read_text)
    return members


async def stopped(members: Iterable[Member]) -> None:
    """As an orchestrator does, all at once."""
    codes = await asyncio.gather(*(member.stop() for member in members))
    assert set(codes) == {0}, codes


async def again(played: Campaign) -> None:
    played.members = await played.here.started(*FLEET)


def repeated(played: Campaign) -> list[Event]:
    """Some of the contracts as their sender has sent them already."""
    return played.dice.sample(played.history.beginning[-1], REPEATED)


async def unheard(played: Campaign) -> tuple[TopicPartition, int]:
    """Contracts sent once more, while nobody hears them: where they lie, and how far the group has heard that place."""
    (event,) = played.dice.sample(played.history.beginning[-1], 1)
    await played.here.send([raw(event)] * REPEATED)
    topic, key = place_of(raw(event))
    place = TopicPartition(played.here.prefix + topic, partition_of(key, played.here.partitions))
    async with group_at_rest(played, "contracts") as consumer:
        return place, await consumer.committed(place) or 0


@asynccontextmanager
async def group_at_rest(played: Campaign, name: str) -> AsyncIterator[AIOKafkaConsumer]:
    """A group in which nobody is, and its places."""
    here = played.here
    consumer = AIOKafkaConsumer(
        bootstrap_servers=here.stack.bootstrap,
        group_id=group_of(here.prefix, FUND_ID, name),
        enable_auto_commit=False,
    )
    async with consumer:
        consumer.assign(
            [TopicPartition(here.prefix + topic, n) for topic in sorted(HEARS[name]) for n in range(here.partitions)]
        )
        yield consumer


async def runbook(played: Campaign, line: str, **words: Path) -> str:
    """Do a line of the runbook; what it says."""
    here = played.here
    env = {
        "PSDF_KAFKA": here.stack.bootstrap,
        "PSDF_MONGO": here.stack.mongo_url,
        "PSDF_PREFIX": here.prefix,
        "PSDF_PARTITIONS": str(here.partitions),
        "PSDF_MOMENT": here.moment,
        "PSDF_HOME": str(here.folder / "home"),
    }
    done = await asyncio.to_thread(does, line, words, **env)
    assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def of_this_version(told: Iterable[Event]) -> list[Event]:
    """What was told, without what only the next version says."""
    return [{**event, "data": {name: said for name, said in event["data"].items() if name != ADDED}} for event in told]
