"""What a consumer group has acknowledged, compared with what the journal of its service has heard.

Before an offset is committed, the store has it (``hear``). So a group that stands ahead of its store has acknowledged
what this journal never heard: an older copy was put back, or the store was lost. Whoever went on from there would leave
out what came meanwhile; ``psdf restore-offsets`` sets the group back. A group behind its store, or none at all, is
safe: what is known changes nothing when it comes again.
"""

import asyncio
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import NoError, for_code
from faststream.kafka.security import parse_security

from shared.adapters.kafka.broker import Kafka
from shared.adapters.kafka.keys import group_of
from shared.adapters.kafka.opened import opened
from shared.engine.journal import Store
from shared.kernel.value import value

log = logging.getLogger(__name__)

SHOWN = 3
NOT_FOUND = 69
"""How a broker says that there is no such group; older ones give one without members."""


def name_of(place: TopicPartition) -> str:
    """A place by the name under which a store knows it."""
    return f"{place.topic}/{place.partition}"


def named(offsets: Mapping[TopicPartition, int]) -> dict[str, int]:
    """Offsets by the names of their places."""
    return {name_of(place): offset for place, offset in offsets.items()}


async def committed(consumer: AIOKafkaConsumer, places: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
    """Where the consumer's group stands, where it stands anywhere. Raises KafkaError."""
    wanted = list(places)
    found = await asyncio.gather(*(consumer.committed(place) for place in wanted))
    return {place: offset for place, offset in zip(wanted, found, strict=True) if offset is not None}


async def ahead_of(
    consumer: AIOKafkaConsumer, store: Store, service: str, group: str, places: Collection[TopicPartition]
) -> dict[int, str]:
    """The numbers of partitions on which a group is ahead of the journal, and what a person must know of each.

    A journal of before offsets were kept with it has heard what its group says: that is written down once, for all the
    partitions of the group. Raises KafkaError, Unavailable.
    """
    stands = await committed(consumer, places)  # before the journal is asked: it never is behind what is committed
    if not any(stands.values()):
        return {}
    heard = await store.heard()
    if not heard and await store.heads():
        topics, numbers = {place.topic for place in places}, range(_partitions(consumer, places))
        every = await committed(consumer, [TopicPartition(topic, number) for topic in topics for number in numbers])
        await store.hear(named(every))
        log.warning("%s: the journal keeps from now on how far it has heard; group %s says so far", service, group)
        return {}
    found: dict[int, list[str]] = {}
    for place, offset in sorted(stands.items()):
        known = heard.get(name_of(place), 0)
        if offset > known:
            told = f"{place.topic}-{place.partition} up to {offset}, heard up to {known}"
            found.setdefault(place.partition, []).append(told)
    return {number: _why(service, group, told) for number, told in found.items()}


def _partitions(consumer: AIOKafkaConsumer, places: Collection[TopicPartition]) -> int:
    return max(len(consumer.partitions_for_topic(place.topic) or ()) for place in places)


def _why(service: str, group: str, told: Sequence[str]) -> str:
    more = f" and {len(told) - SHOWN} more" if len(told) > SHOWN else ""
    return (
        f"group {group} has acknowledged what the journal never heard ({'; '.join(told[:SHOWN])}{more}): was an older "
        f"journal put back? Stop every process of {service} and run psdf restore-offsets {service}"
    )


# --- put it right


class Alive(Exception):  # noqa: N818 - what is so, not what went wrong
    """A group has members: nobody may move its offsets under them."""


@value
class Moved:
    """One place of a group: where it stood (None: nowhere), where it stands now, and why; offsets are of the next."""

    topic: str
    partition: int
    was: int | None
    now: int
    why: str


@value
class Plan:
    """What is to be done for a group: the places that move, how many stay, and what the journal is to forget.

    ``anew`` are the places of topics that were made anew: what the journal has heard there are other records.
    """

    group: str
    moved: Sequence[Moved]
    stay: int
    anew: frozenset[str]


async def alive(kafka: Kafka, fund_id: str, services: Iterable[str]) -> dict[str, list[str]]:
    """The groups of services that have members, with the addresses of these.

    Raises KafkaError: GroupAuthorizationFailedError where this process may not ask.
    """
    groups = [group_of(kafka.prefix, fund_id, service) for service in services]
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap, **parse_security(kafka.security))
    try:
        await admin.start()
        # one by one: aiokafka 0.14 reads the answer to its newest request as an older one, which fits a single group
        answers = [each for group in groups for each in await admin.describe_consumer_groups([group])]
    finally:
        await admin.close()
    found: dict[str, list[str]] = {}
    for answer in answers:
        for group in answer.to_object()["groups"]:
            if group["error_code"] not in (NoError.errno, NOT_FOUND):
                raise for_code(group["error_code"])(f"group {group['group']}")
            if members := group["members"]:
                found[group["group"]] = sorted(member["client_host"].lstrip("/") for member in members)
    return found


async def restore(
    kafka: Kafka, fund_id: str, service: str, topics: Iterable[str], heard: Mapping[str, int], *, only_say: bool
) -> Plan:
    """Set the group of a service to what its journal has heard, wherever it is ahead; or ``only_say`` what would be.

    Raises KafkaError; Alive where the group has members.
    """
    group = group_of(kafka.prefix, fund_id, service)
    if members := await alive(kafka, fund_id, [service]):
        raise Alive(f"group {group} has members at {', '.join(members[group])}")
    places = [TopicPartition(kafka.prefix + topic, n) for topic in sorted(topics) for n in range(kafka.partitions)]
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka.bootstrap,
        group_id=group,
        enable_auto_commit=False,
        **parse_security(kafka.security),
    )
    async with opened(consumer):
        consumer.assign(places)
        stands = await committed(consumer, places)
        firsts, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
        plan = _plan(group, [(p, stands.get(p), heard.get(name_of(p)), firsts[p], ends[p]) for p in places])
        if plan.moved and not only_say:
            await consumer.commit({TopicPartition(each.topic, each.partition): each.now for each in plan.moved})
    return plan


def _plan(group: str, stand: Iterable[tuple[TopicPartition, int | None, int | None, int, int]]) -> Plan:
    moved: list[Moved] = []
    anew: set[str] = set()
    stay = 0
    for place, was, heard, first, end in stand:
        if heard is not None and heard > end:
            anew.add(name_of(place))
            now, why = first, f"the journal has heard up to {heard}, and only {end} lie there: the topic was made anew"
        elif heard is None:
            now, why = first, "the journal has heard nothing of it"
        elif heard < first:
            now, why = heard, f"heard so far; {first - heard} records after it are deleted: a person must look"
        else:
            now, why = heard, "heard so far"
        if was is not None and was > now:
            moved.append(Moved(topic=place.topic, partition=place.partition, was=was, now=now, why=why))
        else:
            stay += 1
    return Plan(group=group, moved=moved, stay=stay, anew=frozenset(anew))
