"""A connection that the broker has closed, on uvloop: a lost connection like any other.

uvloop raises a RuntimeError where something is written to a closed transport, and aiokafka (its issue 1038, open)
expects an OSError: its coordinator ends, and the member hears nothing more until it is started anew. So it is told.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.errors import KafkaConnectionError, KafkaError

Send = Callable[..., Any]


def telling(send: Send) -> Send:
    """A connection's ``send`` that says so when the transport is closed."""

    @wraps(send)
    def told(self: AIOKafkaConnection, *args: object, **kwargs: object) -> object:
        try:
            return send(self, *args, **kwargs)
        except KafkaError:
            raise
        except RuntimeError as error:
            self.close(reason=CloseReason.CONNECTION_BROKEN)
            raise KafkaConnectionError(f"Connection at {self.host}:{self.port} broken: {error}") from error

    return told


def tell_lost_connections() -> None:
    """Have every connection of this process say so; a second call changes nothing."""
    if not hasattr(AIOKafkaConnection.send, "__wrapped__"):
        AIOKafkaConnection.send = telling(AIOKafkaConnection.send)
