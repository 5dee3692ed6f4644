"""What a service hears and says, declared to FastStream's generator of AsyncAPI with the catalogue's models.

Messages are read and written as raw bytes, so FastStream can't know their types: the topics are those of the running
subscriber and publishers, the payload of each is the event of its name.
"""

from collections.abc import Iterable
from typing import Any

from faststream.kafka import KafkaBroker
from faststream.kafka.subscriber.specification import KafkaSubscriberSpecification
from faststream.kafka.subscriber.usecase import LogicSubscriber
from faststream.specification.asyncapi.message import get_model_schema
from faststream.specification.schema import SubscriberSpec
from pydantic import BaseModel, create_model

from shared.engine.outbox import parked_topic
from shared.events.catalogue import CATALOGUE, INTERNAL, OUTSIDE
from shared.events.parked import Parked
from shared.messages.read import UNKNOWN, Envelope

MODELS = CATALOGUE | INTERNAL | {parked_topic(topic): Parked for topic in (*OUTSIDE, UNKNOWN)}
"""The data of what lies on each topic."""


def event_model(topic: str) -> type[BaseModel]:
    """The model of a whole event, named as its topic: the envelope, and the topic's data."""
    model = MODELS[topic]
    return create_model(topic, __base__=Envelope[model])  # type: ignore[valid-type] # known at run time only


class HeardByTopic(KafkaSubscriberSpecification):
    """One subscriber of several topics, each with a payload of its own: FastStream's own would show them as one."""

    prefix: str

    def get_payloads(self) -> list[tuple[dict[str, Any], str]]:
        """None that all topics share."""
        return []

    def get_schema(self) -> dict[str, SubscriberSpec]:
        """The channels of the subscriber, with their payloads."""
        channels = super().get_schema()
        for topic, channel in zip(self.topics, channels.values(), strict=True):
            event = create_model("", event=(event_model(topic.removeprefix(self.prefix)), ...))
            channel.operation.message.payload = get_model_schema(event)
        return channels


def declare_heard(subscriber: LogicSubscriber[Any], prefix: str) -> None:
    """Describe what a subscriber hears, topic by topic."""
    known = subscriber.specification
    assert isinstance(known, KafkaSubscriberSpecification)
    heard = HeardByTopic(known._outer_config, known.config, known.calls)
    heard.prefix = prefix
    subscriber.specification = heard  # type: ignore[assignment] # FastStream's types leave no room for a subclass


def declare_said(broker: KafkaBroker, service: str, prefix: str, parks: Iterable[str]) -> None:
    """Describe what a service says: its own events, and what it lays aside."""
    said = [topic for topic, model in (CATALOGUE | INTERNAL).items() if f"/{service}" in model.sources]
    parked = sorted({parked_topic(topic if topic in OUTSIDE else UNKNOWN) for topic in parks})
    for topic in (*said, *parked):
        broker.publisher(prefix + topic, title=f"{service}.says.{topic}", schema=event_model(topic))
