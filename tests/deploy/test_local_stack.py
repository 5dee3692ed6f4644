"""The stack for real: Apache Kafka and a MongoDB-wire server, started, used, killed, started again."""

import asyncio
import dataclasses
import os
import signal
import time
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import AsyncMongoClient
from pymongo.errors import DuplicateKeyError

from deploy.local import Report, Stack, StackError, topics

pytestmark = pytest.mark.connected

PATIENCE_S = 30
Driver = type[AsyncIOMotorClient[Any]] | type[AsyncMongoClient[Any]]


async def test_topics_are_made_once_and_then_found(stack: Report, fund: str) -> None:
    prefix = f"{fund}."
    # One partition each: six of 92 topics are a thousand fsyncs.
    wanted = [dataclasses.replace(topic, partitions=1) for topic in topics.load()]
    first = await topics.apply(stack.bootstrap, prefix, topics=wanted)
    assert first.created == tuple(prefix + topic.name for topic in wanted)
    assert first.differences == ()
    again = await topics.apply(stack.bootstrap, prefix, topics=wanted)
    assert (again.created, again.existing, again.differences) == ((), first.created, ())


async def test_what_differs_is_told_and_left_alone(stack: Report, fund: str) -> None:
    prefix = f"{fund}."
    day, budget = topics.load()[:2]
    few = dataclasses.replace(day, partitions=2, config=dict(day.config) | {"retention.ms": "5"})
    own_dates = dataclasses.replace(budget, config=dict(budget.config) | {"message.timestamp.type": "CreateTime"})
    await topics.apply(stack.bootstrap, prefix, topics=[few, own_dates])
    differences = await topics.check(stack.bootstrap, prefix, topics=topics.load()[:3])
    moved = "it cannot be changed in place, for keys would move to other partitions"
    assert [(str(difference), difference.fatal) for difference in differences] == [
        (
            f"topic {fund}.day.started has 2 partitions instead of 6: {moved}",
            True,
        ),
        (f"topic {fund}.day.started has retention.ms = 5 instead of -1", False),
        (
            f"topic {fund}.budget.approved has message.timestamp.type = CreateTime instead of LogAppendTime",
            True,
        ),
        (f"topic {fund}.distribution.proposed is missing", True),
    ]


async def test_a_broker_that_is_not_there_is_named() -> None:
    with pytest.raises(topics.TopicsError, match=r"Kafka at 127\.0\.0\.1:1: "):
        await topics.check("127.0.0.1:1")


@pytest.mark.parametrize("name", ["invoice.submitted", "invoice.accepted"])
async def test_a_message_goes_through_and_only_outside_topics_are_dated_by_the_broker(
    stack: Report, fund: str, name: str
) -> None:
    prefix, long_ago = f"{fund}.", 1_000
    await topics.apply(stack.bootstrap, prefix, topics=[topic for topic in topics.load() if topic.name == name])
    before_ms = time.time() * 1000
    async with AIOKafkaProducer(bootstrap_servers=stack.bootstrap, enable_idempotence=True, acks="all") as producer:
        await producer.send_and_wait(prefix + name, b'{"n":1}', key=b"300111224", timestamp_ms=long_ago)
    reader = AIOKafkaConsumer(
        prefix + name, bootstrap_servers=stack.bootstrap, group_id=fund, auto_offset_reset="earliest"
    )
    async with reader:
        async with asyncio.timeout(PATIENCE_S):
            message = await reader.getone()
    assert (message.key, message.value) == (b"300111224", b'{"n":1}')
    if name == "invoice.submitted":
        assert message.timestamp >= before_ms - 1
    else:
        assert message.timestamp == long_ago


async def test_a_topic_nobody_declared_is_not_made(stack: Report, fund: str) -> None:
    async with AIOKafkaProducer(bootstrap_servers=stack.bootstrap, request_timeout_ms=2_000) as producer:
        with pytest.raises(Exception, match=r"Timeout|Unknown"):
            await producer.send_and_wait(f"{fund}.invoice.submited", b"{}")


@pytest.mark.parametrize("driver", [AsyncIOMotorClient, AsyncMongoClient])
async def test_both_drivers_store_find_and_meet_the_unique_index(stack: Report, fund: str, driver: Driver) -> None:
    client = driver(stack.mongo_url)
    try:
        commits = client[fund]["commits"]
        await commits.create_index([("stream", 1), ("version", 1)], unique=True)
        await commits.insert_one({"stream": "fund", "version": 1, "body": b"\x00\xff"})
        with pytest.raises(DuplicateKeyError):
            await commits.insert_one({"stream": "fund", "version": 1, "body": b"other"})
        found = await commits.find_one({"stream": "fund", "version": 1}, {"_id": False})
        assert found == {"stream": "fund", "version": 1, "body": b"\x00\xff"}
    finally:
        closing = client.close()
        if closing is not None:
            await closing


def test_a_stack_is_started_once_stopped_once_and_keeps_its_data(own: Stack) -> None:
    first = own.up()
    assert first.started == ("kafka", "mongo")
    assert first.running
    made = asyncio.run(topics.apply(first.bootstrap, topics=topics.load()[:1])).created

    again = own.up()
    assert again.started == ()
    assert [child.pid for child in again.children] == [child.pid for child in first.children]

    stopped = own.down()
    assert stopped.stopped == ("kafka", "mongo")
    assert [child.state for child in own.status().children] == ["stopped", "stopped"]
    assert not own.down().stopped

    second = own.up()
    assert (second.bootstrap, second.mongo_url) == (first.bootstrap, first.mongo_url)
    assert asyncio.run(topics.apply(second.bootstrap, topics=topics.load()[:1])).existing == made


@pytest.mark.faults
def test_a_killed_kafka_shows_in_status_and_is_started_again(own: Stack) -> None:
    before = own.up()
    assert before.kafka.pid is not None
    os.kill(before.kafka.pid, signal.SIGKILL)
    while own.status().kafka.state == "running":
        pass
    crashed = own.status().kafka
    assert (crashed.state, crashed.pid) == ("crashed", None)
    assert crashed.last_lines
    assert own.logs("kafka", lines=2) == crashed.last_lines[-2:]
    assert own.status().mongo.state == "running"

    after = own.up()
    assert (after.started, after.running, after.bootstrap) == (("kafka",), True, before.bootstrap)


def test_a_kafka_that_cannot_start_is_quoted_and_nothing_is_left_running(own: Stack) -> None:
    data = own.folder / "kafka"
    data.mkdir(parents=True)
    (data / "meta.properties").write_text("version=1\nnode.id=2\ncluster.id=lI-hZimuQv2ixaiEx0qzrA\n")
    with pytest.raises(StackError, match=r"Apache Kafka 4\.4\.0 ended; .*kafka\.log says: .*Stored node id 2"):
        own.up()
    assert [child.state for child in own.status().children] == ["stopped", "stopped"]
