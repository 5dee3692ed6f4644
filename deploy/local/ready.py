"""Does a server answer? Asked as its clients ask: the only answer that counts."""

import asyncio
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from deploy.local.records import Name

ASK_S = 5.0
PAUSE_S = 0.05
AT: dict[Name, str] = {"zipkin": "/health", "relay": "/readyz", "prometheus": "/-/ready"}
"""Where one that speaks HTTP says that it is ready."""


def answers(name: Name, port: int) -> bool:
    """Whether Kafka tells its versions and its brokers, the store answers ping, who looks on says that it is ready."""
    if not _listens(port):
        return False
    if name in AT:
        return _http_answers(f"http://127.0.0.1:{port}{AT[name]}")
    return _kafka_answers(port) if name == "kafka" else _mongo_answers(port)


def wait(name: Name, port: int, *, alive: Callable[[], bool], patience_s: float) -> bool:
    """Wait until the server answers; False when it died or patience is over."""
    end = time.monotonic() + patience_s
    while not answers(name, port):
        if not alive() or time.monotonic() > end:
            return False
        time.sleep(PAUSE_S)
    return True


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=ASK_S).close()
    except OSError:
        return False
    return True


def _http_answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=ASK_S, trust_env=False).is_success
    except httpx.TransportError:
        return False


def _kafka_answers(port: int) -> bool:
    # In a thread of its own: whoever calls may run a loop already.
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, _ask_kafka(port)).result()


async def _ask_kafka(port: int) -> bool:
    client = AIOKafkaClient(bootstrap_servers=f"127.0.0.1:{port}", request_timeout_ms=round(ASK_S * 1000))
    try:
        await client.bootstrap()
        return bool(client.cluster.brokers())
    except (KafkaError, OSError):
        return False
    finally:
        await client.close()


def _mongo_answers(port: int) -> bool:
    milliseconds = round(ASK_S * 1000)
    client: MongoClient[dict[str, object]] = MongoClient(
        "127.0.0.1", port, directConnection=True, serverSelectionTimeoutMS=milliseconds, socketTimeoutMS=milliseconds
    )
    try:
        return bool(client.admin.command("ping")["ok"])
    except PyMongoError:
        return False
    finally:
        client.close()
