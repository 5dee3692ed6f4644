"""topics.toml against the event catalogue, and what follows from it."""

from types import SimpleNamespace
from typing import Any

import pytest

from deploy.local import topics
from deploy.local.topics import Difference, load
from shared.adapters.kafka.said import TOPIC as STATUSES
from shared.events.catalogue import CATALOGUE, INTERNAL, OUTSIDE, SERVICE
from shared.messages.read import MAX_BYTES

TOPICS = {topic.name: topic for topic in load("cluster")}


def test_every_type_of_the_catalogue_has_its_topic_and_nothing_else_has() -> None:
    parked = {f"{kind}.parked" for kind in OUTSIDE} | {"unknown.parked"}
    assert TOPICS.keys() == CATALOGUE.keys() | INTERNAL.keys() | parked | {STATUSES}


@pytest.mark.parametrize("name", sorted(TOPICS))
def test_each_topic_has_the_class_of_its_speaker(name: str) -> None:
    expected = "outside" if name in OUTSIDE else "service" if name in SERVICE else None
    kept = "registry" if name.startswith(("key.", "webhook.")) else "internal"
    expected = expected or (kept if name in INTERNAL else "operations" if name == STATUSES else "parked")
    assert TOPICS[name].kind == expected


def test_all_have_the_same_number_of_partitions() -> None:
    assert {topic.partitions for topic in TOPICS.values()} == {6}


def test_the_broker_dates_what_comes_from_outside_and_the_keys_and_nothing_else() -> None:
    dated = {name for name, topic in TOPICS.items() if topic.config["message.timestamp.type"] == "LogAppendTime"}
    assert dated == OUTSIDE | {STATUSES, "key.registered", "key.revoked", "webhook.registered", "webhook.removed"}


def test_what_came_from_outside_what_is_parked_and_the_keys_are_never_dropped() -> None:
    kept = {topic.kind for topic in TOPICS.values() if topic.config["retention.ms"] == "-1"}
    assert kept == {"outside", "parked", "registry"}


def test_the_longest_message_fits_also_when_it_is_parked() -> None:
    assert int(TOPICS["invoice.submitted"].config["max.message.bytes"]) > MAX_BYTES
    assert int(TOPICS["invoice.submitted.parked"].config["max.message.bytes"]) > MAX_BYTES * 4 / 3 + 10_000


def test_a_cluster_loses_one_of_three_and_one_node_has_one_copy() -> None:
    copies = {(topic.replicas, topic.config["min.insync.replicas"]) for topic in TOPICS.values()}
    assert copies == {(3, "2")}
    assert {(topic.replicas, topic.config["min.insync.replicas"]) for topic in load("local")} == {(1, "1")}


@pytest.mark.parametrize(
    ("setting", "found", "fatal", "told"),
    [
        ("topic", None, True, "topic t is missing"),
        ("partitions", "3", True, "topic t has 3 partitions instead of w: it cannot be changed in place"),
        ("message.timestamp.type", "x", True, "topic t has message.timestamp.type = x instead of w"),
        ("retention.ms", "", False, "topic t has retention.ms = unset instead of w"),
    ],
)
def test_a_difference_says_what_and_how_bad(setting: str, found: str | None, fatal: bool, told: str) -> None:
    difference = Difference(topic="t", setting=setting, wanted="w", found=found)
    assert str(difference).startswith(told)
    assert difference.fatal is fatal


async def test_A2_a_configuration_that_may_not_be_read_is_no_difference_but_an_error() -> None:
    class Admin:
        async def describe_configs(self, resources: list[Any]) -> list[Any]:
            return [SimpleNamespace(resources=[(29, "", 2, resource.name, []) for resource in resources])]

    with pytest.raises(
        topics.TopicsError, match=r"topic day.started can't be read: TopicAuthorizationFailed.*DescribeC"
    ):
        await topics._settings(Admin(), ["day.started"])  # type: ignore[arg-type]
