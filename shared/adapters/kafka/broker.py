"""Where Kafka is, and a broker of FastStream set up as money wants it."""

import asyncio
import logging
import ssl
from collections.abc import Iterable
from pathlib import Path

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.security import BaseSecurity

from shared.adapters.kafka import topics as kafka_topics
from shared.adapters.kafka.bounds import bound_what_is_unpacked
from shared.adapters.kafka.opened import to_its_end
from shared.adapters.kafka.uvloop_fix import tell_lost_connections
from shared.engine.waiting import Backoff, Status
from shared.kernel.value import value

log = logging.getLogger(__name__)

MESSAGE_BYTES = 4_194_304
"""As ``max.message.bytes`` of the topics."""
BATCH_BYTES = 1_048_576
FAULTS_TOLD = 3
HEARTBEAT_MS = 1_000
"""As soon a member hears that another joins or leaves."""
AGAIN_S = 60.0


class Once(logging.Filter):
    """Lets through what was not said within a minute, and nothing that passes by itself: ``watch`` tells of that."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is told."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, KafkaError) and error.retriable:
            return False
        self._said = {line: at for line, at in self._said.items() if record.created - at < AGAIN_S}
        line = f"{record.getMessage()} {error!r}"
        return self._said.setdefault(line, record.created) == record.created


QUIET = logging.getLogger("psdf.faststream")
"""FastStream's own words, without its warning that topics are not made by whoever reads them: they are declared."""
QUIET.setLevel(logging.ERROR)
QUIET.addFilter(Once())
logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it tells of each try; ``watch`` tells once
WATCH_S, ANSWER_S = 2.0, 5.0
tell_lost_connections()
bound_what_is_unpacked()


@value
class Kafka:
    """Where the broker is and how a fund's topics are named: ``prefix`` before each, so many ``partitions`` of each.

    ``arrival`` takes the broker's time as the moment of what comes from outside. A member that is silent for
    ``session_ms`` loses its partitions to the others. ``most_days`` is how many days may start at once (None: any).
    """

    bootstrap: str
    prefix: str = ""
    partitions: int = 6
    arrival: bool = True
    session_ms: int = 10_000
    most_days: int | None = None
    security: BaseSecurity | None = None


def tls(folder: Path) -> BaseSecurity:
    """Mutual TLS with the keys of a folder: the broker's authority, and the certificate that names this process.

    Raises OSError (ssl.SSLError is one) for a file that is missing or no key.
    """
    context = ssl.create_default_context(cafile=folder / "ca.crt")
    context.load_cert_chain(folder / "user.crt", folder / "user.key")
    return BaseSecurity(ssl_context=context, use_ssl=True)


def broker_of(kafka: Kafka) -> KafkaBroker:
    """A broker of FastStream with what its defaults leave unsafe: idempotence, and acknowledgement by all copies."""
    return KafkaBroker(
        kafka.bootstrap,
        acks="all",
        enable_idempotence=True,
        max_batch_size=BATCH_BYTES,
        max_request_size=MESSAGE_BYTES,
        allow_auto_create_topics=False,
        security=kafka.security,
        id_generator=lambda: "",
        apply_types=False,
        graceful_timeout=30.0,
        logger=QUIET,
    )


async def wait_for_topics(kafka: Kafka, topics: Iterable[str], status: Status) -> None:
    """Return when there is a broker with all the topics; until then say what is missing."""
    wanted, pause = frozenset(topics), Backoff()
    while True:
        try:
            faults = await kafka_topics.faults(
                kafka.bootstrap,
                wanted,
                prefix=kafka.prefix,
                partitions=kafka.partitions,
                arrival=kafka.arrival,
                security=kafka.security,
            )
        except (KafkaError, OSError) as error:
            faults = [f"no broker at {kafka.bootstrap}: {error}"]
        if not faults:
            status.came("topics")
            return
        more = f"; and {len(faults) - FAULTS_TOLD} more" if len(faults) > FAULTS_TOLD else ""
        status.wait("topics", "; ".join(faults[:FAULTS_TOLD]) + more)
        await pause.wait()


async def start_when_there(broker: KafkaBroker, status: Status) -> None:
    """Connect, and join the groups of the broker's subscribers; where that fails, again after a pause."""
    backoff = Backoff()
    while True:
        try:
            await broker.start()
        except KafkaError as error:
            status.wait("start", repr(error))
            await to_its_end(broker.stop())
            await backoff.wait()
        else:
            return


async def watch(consumer: AIOKafkaConsumer, status: Status) -> None:
    """Say when no broker answers any more, and when one does again; the clients wait for it and say nothing.

    Say too when the member has left its group for good: its coordinator has ended, and only a new start helps.
    """
    address = ", ".join(f"{host}:{port}" for host, port, _ in consumer._client.hosts)  # noqa: SLF001 - as it was given
    while True:
        try:
            async with asyncio.timeout(ANSWER_S):
                await consumer.topics()
        except (KafkaError, OSError, TimeoutError) as error:
            log.debug("no answer: %r", error)
            status.wait("broker", f"{address} does not answer")
        else:
            status.came("broker")
        if why := ended(consumer):
            status.wait("group", why)
            status.dead = why
        await asyncio.sleep(WATCH_S)


def ended(consumer: AIOKafkaConsumer) -> str:
    """Why the member is no more in its group and will not join again; empty while its coordinator is at work."""
    task: asyncio.Task[None] = consumer._coordinator._coordination_task  # noqa: SLF001 - aiokafka tells nobody
    if not task.done():
        return ""
    error = None if task.cancelled() else task.exception()
    return f"the member's coordinator has ended, and it hears nothing any more: {error!r}"


async def raw_message(message: KafkaMessage) -> KafkaMessage:
    """Decode nothing: one message that is no JSON must not spoil its batch."""
    return message
