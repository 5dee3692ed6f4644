"""What the clients of Kafka log: nothing that passes by itself, and what does not once a minute."""

import logging

from aiokafka.errors import KafkaConnectionError, KafkaError, TopicAuthorizationFailedError

from shared.adapters.kafka.broker import AGAIN_S, QUIET, Once


def record(error: Exception | None, at: float) -> logging.LogRecord:
    info = (type(error), error, None) if error else None
    made = logging.LogRecord("psdf.faststream", logging.ERROR, "", 0, "Kafka error occurred", None, info)
    made.created = at
    return made


def test_S7_a_connection_that_is_lost_is_not_told_again_and_again() -> None:
    once = Once()
    assert [once.filter(record(KafkaConnectionError("away"), at)) for at in (0.0, 100.0)] == [False, False]


def test_what_a_person_must_mend_is_told_once_a_minute() -> None:
    once, denied, other = Once(), TopicAuthorizationFailedError("budget.adopted"), KafkaError("coordination")
    told = [once.filter(record(denied, at)) for at in (0.0, 1.0, AGAIN_S - 1, AGAIN_S + 1)]
    assert told == [True, False, False, True]
    assert once.filter(record(other, AGAIN_S + 2))
    assert once.filter(record(None, AGAIN_S + 2))


def test_S7_the_clients_loggers_are_quiet() -> None:
    assert not logging.getLogger("aiokafka.client").isEnabledFor(logging.ERROR)
    assert any(isinstance(each, Once) for each in QUIET.filters)
    assert not QUIET.isEnabledFor(logging.WARNING)
