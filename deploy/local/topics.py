"""The topics of `deploy/topics.toml`: read, created where missing, compared where they exist.

`python -m deploy.local.topics [PREFIX]` creates them on the single node at PSDF_KAFKA.
"""

import asyncio
import ssl
import sys
import time
import tomllib
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from os import environ
from pathlib import Path
from typing import Literal

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, for_code

from shared.events.catalogue import CATALOGUE, INTERNAL, OUTSIDE, REGISTRY, SERVICE

TOPICS = Path(__file__).parent.parent / "topics.toml"
ALREADY_EXISTS = 36
SEEN_S = 30.0
PAUSE_S = 0.05
# A service that finds these otherwise must not start: keys would lie elsewhere, or senders would set their own dates.
FATAL = frozenset({"topic", "partitions", "message.timestamp.type"})


class TopicsError(RuntimeError):
    """One line for a person: which broker or topic, what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A topic as it should be; `kind` is its class in topics.toml, `config` Kafka's own settings by name."""

    name: str
    kind: str
    partitions: int
    replicas: int
    config: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A topic is not as topics.toml wants it; `fatal` where decisions would be wrong with it."""

    topic: str
    setting: str
    wanted: str
    found: str | None

    @property
    def fatal(self) -> bool:
        """Whether a service must not work on it."""
        return self.setting in FATAL

    def __str__(self) -> str:
        if self.setting == "topic":
            return f"topic {self.topic} is missing"
        if self.setting == "partitions":
            return (
                f"topic {self.topic} has {self.found} partitions instead of {self.wanted}: it cannot be changed in "
                f"place, for keys would move to other partitions"
            )
        return f"topic {self.topic} has {self.setting} = {self.found or 'unset'} instead of {self.wanted}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What `apply` did, and what it found and left alone."""

    created: tuple[str, ...]
    existing: tuple[str, ...]
    differences: tuple[Difference, ...]


def load(copies: Literal["local", "cluster"] = "local", path: Path = TOPICS) -> tuple[Topic, ...]:
    """Every topic in the order of the catalogue, parked ones last; `local` has one copy of each, `cluster` three."""
    data = tomllib.loads(path.read_text())
    classes = data["class"]
    named = {type_: _class_of(type_) for type_ in (*CATALOGUE, *INTERNAL)}
    named |= {topic: kind for kind, entry in classes.items() for topic in entry.get("topics", ())}
    named |= {f"{type_}.parked": "parked" for type_ in CATALOGUE if type_ in OUTSIDE}
    replicas, min_insync = data["copies"][copies]["replicas"], data["copies"][copies]["min_insync"]
    shared = data["config"] | {"min.insync.replicas": min_insync}
    return tuple(
        Topic(
            name=name,
            kind=kind,
            partitions=data["partitions"],
            replicas=replicas,
            config={key: str(value) for key, value in sorted((shared | classes[kind]["config"]).items())},
        )
        for name, kind in named.items()
    )


def _class_of(type_: str) -> str:
    if type_ in OUTSIDE:
        return "outside"
    if type_ in SERVICE:
        return "service"
    return "registry" if type_ in REGISTRY else "internal"


async def apply(
    bootstrap: str, prefix: str = "", *, topics: Iterable[Topic] | None = None, tls: ssl.SSLContext | None = None
) -> Applied:
    """Create what is missing, and compare what was there.

    Nothing that exists is changed. TopicsError where the broker refuses or does not answer.
    """
    wanted = tuple(load() if topics is None else topics)
    async with _admin(bootstrap, tls) as admin:
        before = await _partitions(admin)
        missing = [topic for topic in wanted if prefix + topic.name not in before]
        await _create(admin, prefix, missing)
        return Applied(
            created=tuple(prefix + topic.name for topic in missing),
            existing=tuple(prefix + topic.name for topic in wanted if topic not in missing),
            differences=await _compare(admin, prefix, wanted),
        )


async def check(
    bootstrap: str, prefix: str = "", *, topics: Iterable[Topic] | None = None, tls: ssl.SSLContext | None = None
) -> tuple[Difference, ...]:
    """Compare the broker's topics with those wanted; empty when all is well."""
    async with _admin(bootstrap, tls) as admin:
        return await _compare(admin, prefix, tuple(load() if topics is None else topics))


@asynccontextmanager
async def _admin(bootstrap: str, tls: ssl.SSLContext | None) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(
        bootstrap_servers=bootstrap, security_protocol="SSL" if tls else "PLAINTEXT", ssl_context=tls
    )
    try:
        await admin.start()
        yield admin
    except KafkaError as error:
        raise TopicsError(f"Kafka at {bootstrap}: {error}") from error
    finally:
        await admin.close()


async def _create(admin: AIOKafkaAdminClient, prefix: str, topics: Iterable[Topic]) -> None:
    new = [
        NewTopic(prefix + topic.name, topic.partitions, topic.replicas, topic_configs=dict(topic.config))
        for topic in topics
    ]
    if not new:
        return
    answer = await admin.create_topics(new)
    refused = [
        f"{name}: {reason or 'code'} ({code})"
        for name, code, reason in answer.topic_errors
        if code not in (0, ALREADY_EXISTS)
    ]
    if refused:
        raise TopicsError(f"Kafka did not create {'; '.join(refused)}")
    # The controller has answered; the broker that tells clients of topics learns of it a moment later.
    names, end = {topic.name for topic in new}, time.monotonic() + SEEN_S
    while not names <= (await _partitions(admin)).keys():
        if time.monotonic() > end:
            raise TopicsError(f"Kafka took the new topics, and does not show them after {SEEN_S:.0f} s")
        await asyncio.sleep(PAUSE_S)


async def _partitions(admin: AIOKafkaAdminClient) -> dict[str, int]:
    """Topics that exist, and how many partitions each has."""
    described = await admin.describe_topics()
    return {topic["topic"]: len(topic["partitions"]) for topic in described if topic["error_code"] == 0}


async def _compare(admin: AIOKafkaAdminClient, prefix: str, wanted: tuple[Topic, ...]) -> tuple[Difference, ...]:
    exist = await _partitions(admin)
    settings = await _settings(admin, [prefix + topic.name for topic in wanted if prefix + topic.name in exist])
    differences = []
    for topic in wanted:
        name = prefix + topic.name
        if name not in exist:
            differences.append(Difference(topic=name, setting="topic", wanted="", found=None))
            continue
        pairs = [("partitions", str(topic.partitions), str(exist[name]))]
        pairs += [(key, value, settings[name].get(key, "")) for key, value in topic.config.items()]
        differences += [
            Difference(topic=name, setting=key, wanted=value, found=found)
            for key, value, found in pairs
            if value != found
        ]
    return tuple(differences)


async def _settings(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, dict[str, str]]:
    if not names:
        return {}
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names])
    for code, name in ((code, name) for answer in answers for code, _, _, name, _ in answer.resources):
        if code:
            error = for_code(code).__name__
            raise TopicsError(f"the configuration of topic {name} can't be read: {error}; it needs DescribeConfigs")
    return {
        name: {entry[0]: entry[1] for entry in entries}
        for answer in answers
        for _code, _reason, _kind, name, entries in answer.resources
    }


def main(prefix: str = "") -> int:
    """Create the topics, and say what differs; 1 where a service could not work."""
    try:
        applied = asyncio.run(apply(environ["PSDF_KAFKA"], prefix))
    except KeyError:
        print("PSDF_KAFKA is not set: the address of a broker, host:port", file=sys.stderr)
        return 1
    except TopicsError as error:
        print(error, file=sys.stderr)
        return 1
    for difference in applied.differences:
        print(difference, file=sys.stderr)
    print(f"{len(applied.created)} topics created, {len(applied.existing)} were there")
    return int(any(difference.fatal for difference in applied.differences))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
