"""Do the topics of a service exist as they must? Asked before it works, and named one by one where they do not."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeGuard

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAuthorizationFailedError, UnknownTopicOrPartitionError, for_code
from faststream.kafka.security import parse_security
from faststream.security import BaseSecurity

from shared.engine.outbox import parked_topic
from shared.events.catalogue import CATALOGUE, INTERNAL, OUTSIDE
from shared.messages.read import UNKNOWN

TIMESTAMPS = "message.timestamp.type"
BY_BROKER = "LogAppendTime"
UNKNOWN_TOPIC = UnknownTopicOrPartitionError.errno


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
        missing = [fault for name in names if (fault := _not_there(name, found.get(name)))]
        told = missing + [
            f"topic {name} has {count} partitions, and this service is set to {partitions}: keys would lie elsewhere"
            for name in names
            if _exists(topic := found.get(name)) and (count := len(topic["partitions"])) != partitions
        ]
        if arrival and not told:
            outside = [name for name in names if name.removeprefix(prefix) in OUTSIDE]
            told = [each for answer in await _configurations(admin, outside) for each in _wrong_clock(*answer)]
        return told
    finally:
        await admin.close()


def _exists(topic: Mapping[str, Any] | None) -> TypeGuard[Mapping[str, Any]]:
    return topic is not None and not topic["error_code"]


def _not_there(name: str, topic: Mapping[str, Any] | None) -> str | None:
    """Why a topic can't be used; None where it is there."""
    code = topic["error_code"] if topic else UNKNOWN_TOPIC
    if code == UNKNOWN_TOPIC:
        return f"topic {name} is missing"
    return None if not code else _refused(code, f"see topic {name}", "Describe")


async def _configurations(
    admin: AIOKafkaAdminClient, names: list[str]
) -> list[tuple[str, int, Iterable[tuple[Any, ...]]]]:
    """Of each topic its name, the error of its answer (0: none), and the entries of its configuration."""
    if not names:
        return []
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names])
    return [(name, code, entries) for answer in answers for code, _reason, _kind, name, entries in answer.resources]


def _wrong_clock(name: str, code: int, entries: Iterable[tuple[Any, ...]]) -> Iterable[str]:
    if code:
        yield _refused(code, f"read the configuration of topic {name}", "DescribeConfigs")
        return
    by = next((entry[1] for entry in entries if entry[0] == TIMESTAMPS), "unset")
    if by != BY_BROKER:
        yield f"topic {name} has {TIMESTAMPS} = {by}, and not {BY_BROKER}: senders would set their own dates"


def _refused(code: int, what: str, right: str) -> str:
    error = for_code(code)
    if error is TopicAuthorizationFailedError:
        return f"this process may not {what}: grant {right}"
    return f"this process can't {what}: the broker answers {error.__name__} ({code})"
