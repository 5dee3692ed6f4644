"""On a real Kafka that asks for certificates: each principal writes to every topic that its KafkaUser does not let it write."""

from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import TopicAuthorizationFailedError

from tests.deploy import secured
from tests.deploy.manifests import Resource, of
from tests.forged import BROKER, Table


async def nobody_writes_what_is_anothers(resources: list[Resource], secrets: Path, address: str) -> None:
    """Try each principal with each topic; the broker refuses it, and the page says of how many."""
    table, topics = Table(), of("KafkaTopic", resources)
    for user, resource in of("KafkaUser", resources).items():
        acls = resource["spec"]["authorization"]["acls"]
        own = {acl["resource"]["name"] for acl in acls if "Write" in acl["operations"]}
        given: dict[str, Any] = {"ssl_context": secured.context_of(secrets, user), "security_protocol": "SSL"}
        async with AIOKafkaProducer(bootstrap_servers=address, linger_ms=0, **given) as producer:
            for topic in topics:
                if topic not in own:
                    table.add(BROKER, refused=await _is_refused(producer, topic), what=(user, topic))
    table.holds()


async def _is_refused(producer: AIOKafkaProducer, topic: str) -> bool:
    try:
        await producer.send_and_wait(topic, b"{}", key=b"forged")
    except TopicAuthorizationFailedError:
        return True
    return False
