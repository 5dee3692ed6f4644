"""A closed transport of uvloop is a lost connection to aiokafka: its own error, and the connection is given up."""

import asyncio

import pytest
import uvloop
from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.admin import ApiVersionRequest

from shared.adapters.kafka.uvloop_fix import tell_lost_connections


async def write_to_a_closed_transport() -> AIOKafkaConnection:
    """A connection whose transport is closed under it, as a killed broker does."""
    server = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    connection = AIOKafkaConnection(host, port)
    reader, writer = await asyncio.open_connection(host, port)
    connection._reader, connection._writer = reader, writer
    connection._read_task = asyncio.create_task(asyncio.sleep(60))
    writer.transport.abort()
    await writer.wait_closed()
    try:
        with pytest.raises(KafkaConnectionError, match="broken: unable to perform operation"):
            connection.send(ApiVersionRequest())
    finally:
        server.close()
    return connection


def test_writing_to_what_the_broker_has_closed_is_a_lost_connection() -> None:
    tell_lost_connections()
    assert not uvloop.run(write_to_a_closed_transport()).connected()


def test_it_is_told_once() -> None:
    tell_lost_connections()
    told = AIOKafkaConnection.send
    tell_lost_connections()
    assert AIOKafkaConnection.send is told
