"""Do the topics of a service exist as they must? Asked before it works, and named one by one where they do not."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeGuard

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from faststream.kafka.security import parse_security
from faststream.security import BaseSecurity

from shared.engine.announce import parked_topic
from shared.events.catalogue import CATALOGUE, INTERNAL, OUTSIDE
from shared.messages.envelope import UNKNOWN

TIMESTAMPS = "message.timestamp.type"
BY_BROKER = "LogAppendTime"


def topics_of(name: str, hears: Iterable[str]) -> frozenset[str]:
    """Every topic that a service reads or writes, without the prefix."""
    heard = frozenset(hears)
    said = {type_ for type_, model in (CATALOGUE | INTERNAL).items() if f"/{name}" in model.sources}
    return heard | said | {parked_topic(topic) for topic in heard & OUTSIDE} | {parked_topic(UNKNOWN)}


async def faults(
    bootstrap: str,
    topics: Iterable[str],
    *,
    prefix: str,
    partitions: int,
    arrival: bool,
    security: BaseSecurity | None = None,
) -> list[str]:
    """What is wrong with the topics, a sentence each; empty when all is well. Raises KafkaError without a broker."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, **parse_security(security))
    try:
        await admin.start()
        names = sorted(prefix + topic for topic in topics)
        found = {topic["topic"]: topic for topic in await admin.describe_topics(names)}
        missing = [f"topic {name} is missing" for name in names if not _exists(found.get(name))]
        told = missing + [
            f"topic {name} has {count} partitions, and this service is set to {partitions}: keys would lie elsewhere"
            for name in names
            if _exists(topic := found.get(name)) and (count := len(topic["partitions"])) != partitions
        ]
        if arrival and not told:
            outside = [name for name in names if name.removeprefix(prefix) in OUTSIDE]
            told = [
                f"topic {name} has {TIMESTAMPS} = {by}, and not {BY_BROKER}: senders would set their own dates"
                for name, by in (await _timestamps(admin, outside)).items()
                if by != BY_BROKER
            ]
        return told
    finally:
        await admin.close()


def _exists(topic: Mapping[str, Any] | None) -> TypeGuard[Mapping[str, Any]]:
    return topic is not None and not topic["error_code"]


async def _timestamps(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, str]:
    if not names:
        return {}
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names])
    return {
        name: next((entry[1] for entry in entries if entry[0] == TIMESTAMPS), "unset")
        for answer in answers
        for _code, _reason, _kind, name, entries in answer.resources
    }
