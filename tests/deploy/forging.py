"""Who has no right is refused: by a real Kafka, each principal on every topic that is not its own; by the gate, a stranger."""

from pathlib import Path
from typing import Any

import httpx
from aiokafka import AIOKafkaProducer
from aiokafka.errors import TopicAuthorizationFailedError
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.cluster.fleet import Fleet
from tests.deploy import secured
from tests.deploy.manifests import Resource, of
from tests.deploy.started import Started
from tests.deploy.year import PROVIDER, Year
from tests.edge.certificates import Authority, client_cert
from tests.forged import BROKER, Table

EVENT = {"Content-Type": "application/cloudevents+json"}


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


async def a_certificate_of_nobody_is_refused_behind_the_ingress(gate: Started, clients: Authority) -> None:
    """The ingress hands it on by the header of RFC 9440; its key is registered by no source."""
    shown = clients.certify(Ed25519PrivateKey.generate(), PROVIDER)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{gate.port}", timeout=30) as client:
        answer = await client.get("/answers", headers={"Client-Cert": client_cert(shown)})
        assert (answer.status_code, "no source has registered key" in answer.json()["detail"]) == (403, True)


async def what_is_not_signed_is_parked_by_the_gate(there: Fleet, gate: Started, year: Year) -> None:
    """It listens to others, so nobody is taken at his word; what it parks lies on the topic, by its own right."""
    parked = await there.count("invoice.submitted.parked")
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{gate.port}", timeout=30) as client:
        answer = await client.post("/events", content=year.invoice("A9", "C-1", 3), headers=EVENT)
        assert (answer.status_code, answer.json()["detail"][:20]) == (422, "signature is missing")
        named = await client.get("/.well-known/jwks.json", headers={"Host": "gate.example"})
        assert len(named.json()["keys"]) == 1
        assert (await client.get("/answers?source=/vlk")).status_code == 401
    assert await there.count("invoice.submitted.parked") == parked + 1
