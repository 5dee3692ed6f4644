"""What is said of topics that are not as a process needs them: one sentence each, with what to do."""

from types import SimpleNamespace
from typing import Any, Self

import pytest

from shared.adapters.kafka import topics as kafka_topics

TOPIC, SERVICE_TOPIC = "invoice.submitted", "invoice.accepted"
MAY_NOT, NO_LEADER = 29, 5


class Admin:
    """A broker's answers: the error of each topic, and the error and configuration of each."""

    topics: dict[str, int]
    configurations: dict[str, tuple[int, list[tuple[str, str]]]]
    closed = False

    @classmethod
    def answering(
        cls, topics: dict[str, int], configurations: dict[str, tuple[int, list[tuple[str, str]]]]
    ) -> type[Self]:
        return type("Answering", (cls,), {"topics": topics, "configurations": configurations})

    def __init__(self, **_: object) -> None:
        """Connect nowhere."""

    async def start(self) -> None:
        """Nothing is asked yet."""

    async def close(self) -> None:
        type(self).closed = True

    async def describe_topics(self, names: list[str]) -> list[dict[str, Any]]:
        return [
            {"topic": name, "error_code": self.topics[name], "partitions": [{}, {}]}
            for name in names
            if name in self.topics
        ]

    async def describe_configs(self, resources: list[Any]) -> list[Any]:
        named = [resource.name for resource in resources]
        return [
            SimpleNamespace(
                resources=[
                    (code, "", 2, name, entries) for name in named for code, entries in [self.configurations[name]]
                ]
            )
        ]


async def said(monkeypatch: pytest.MonkeyPatch, admin: type[Admin]) -> list[str]:
    monkeypatch.setattr(kafka_topics, "AIOKafkaAdminClient", admin)
    told = await kafka_topics.faults("broker:9092", [TOPIC, SERVICE_TOPIC], prefix="", partitions=2, arrival=True)
    assert admin.closed
    return told


BOTH = {TOPIC: 0, SERVICE_TOPIC: 0}


@pytest.mark.parametrize(
    ("topics", "configuration", "wanted"),
    [
        (BOTH, (0, [(kafka_topics.TIMESTAMPS, "LogAppendTime")]), []),
        (
            BOTH,
            (MAY_NOT, []),
            ["this process may not read the configuration of topic invoice.submitted: grant DescribeConfigs"],
        ),
        (
            BOTH,
            (NO_LEADER, []),
            [
                (
                    "this process can't read the configuration of topic invoice.submitted: the broker answers "
                    "LeaderNotAvailableError (5)"
                )
            ],
        ),
        (
            BOTH,
            (0, [(kafka_topics.TIMESTAMPS, "CreateTime")]),
            [
                (
                    "topic invoice.submitted has message.timestamp.type = CreateTime, and not LogAppendTime: senders would set "
                    "their own dates"
                )
            ],
        ),
        ({SERVICE_TOPIC: 0}, (0, []), ["topic invoice.submitted is missing"]),
        (BOTH | {TOPIC: 3}, (0, []), ["topic invoice.submitted is missing"]),
        (BOTH | {TOPIC: MAY_NOT}, (0, []), ["this process may not see topic invoice.submitted: grant Describe"]),
    ],
)
async def test_A2_what_the_broker_refuses_is_said_as_such(
    monkeypatch: pytest.MonkeyPatch,
    topics: dict[str, int],
    configuration: tuple[int, list[tuple[str, str]]],
    wanted: list[str],
) -> None:
    assert await said(monkeypatch, Admin.answering(topics, {TOPIC: configuration})) == wanted
