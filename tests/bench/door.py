"""What the door costs: ``psdf run`` as a process of its own, asked over HTTP, beside a fund that is asked directly.

Batches of invoices go in turns to both; then single ones go over HTTP at a tenth of the rate, each timed from its
sending to its receipt, by a client that costs a tenth of what it measures. What a signature costs is timed apart: reading
and checking a signed event, less the unsigned.
"""

import asyncio
import base64
import statistics
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import TypeAlias

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from deploy.local import free_port
from shared.edge import jws, signatures
from shared.engine.keys import Key, Keys
from shared.messages.read import parse
from tests.bench import world
from tests.bench.embedded import BATCH, Fund, batches, default_telemetry
from tests.runtime.funds import start_fund

TURNS, SINGLE, SHARE = 20, 15_000, 10
"""Single ones for half a minute: 99 of 100 are to be told from chance, and what happens now and then is among them."""
CHECKS, ROUNDS = 500, 9
TAKEN = (HTTPStatus.OK, HTTPStatus.ACCEPTED)

Line: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def over_http(folder: Path, turns: int, single: int) -> dict[str, float]:
    """The door's rate beside the fund's own, and how long a receipt takes at a tenth of it."""
    invoices, port = turns * BATCH + single, free_port()
    began = [*world.beginning(invoices * world.MONTHS)]
    days = [world.started(date(world.YEAR, 1, day)) for day in range(world.FIRST.day + 1, 32)]
    sent = world.month_of_invoices(invoices, 1)
    process = start_fund(folder / "served", port)
    try:
        async with (
            Fund.opened(folder / "direct", default_telemetry(folder / "direct")) as direct,
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client,
        ):
            for batch in batches([*began, *days]):
                await direct.seconds(batch)
                await _taken(client, batch)
            timed = [(await direct.seconds(batch), await _answered(client, batch)) for batch in batches(sent[:-single])]
            direct_s, door_s = (statistics.median(each) for each in zip(*timed, strict=True))
            receipts = await _receipts(port, sent[-single:], BATCH / door_s / SHARE)
    finally:
        process.terminate()
        process.communicate(timeout=60)
    return {
        "door.invoices_per_s": round(BATCH / door_s),
        "door.cost": round(door_s / direct_s - 1, 3),
        "door.receipt_p50_ms": round(1000 * statistics.median(receipts), 1),
        "door.receipt_p99_ms": round(1000 * statistics.quantiles(receipts, n=100)[98], 1),
    }


async def _sent(client: httpx.AsyncClient, batch: Sequence[bytes]) -> httpx.Response:
    """Send a batch over HTTP."""
    body, headers = b"[%s]" % b",".join(batch), {"Content-Type": "application/cloudevents-batch+json"}
    return await client.post("/events", content=body, headers=headers)


async def _taken(client: httpx.AsyncClient, batch: Sequence[bytes]) -> None:
    """Send what one sender has much of, when the door has room for it: a year's contracts all come from the fund itself."""
    answer = await _sent(client, batch)
    if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        await asyncio.sleep(float(answer.headers["Retry-After"]))
        await _taken(client, batch)
    else:
        assert answer.status_code in TAKEN, answer.text


async def _answered(client: httpx.AsyncClient, batch: Sequence[bytes]) -> float:
    """Send a batch over HTTP, and take the time until it is answered."""
    begun = time.perf_counter()
    answer = await _sent(client, batch)
    seconds = time.perf_counter() - begun
    assert answer.status_code in TAKEN, answer.text
    return seconds


class Lines:
    """Connections that are kept alive, each for one event at a time: httpx alone would keep a processor busy."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: list[Line] = []

    async def receipt(self, raw: bytes) -> None:
        """Send an event, and wait until its receipt is there."""
        head = b"POST /events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/cloudevents+json\r\n"
        while True:
            line = self._free.pop() if self._free else await asyncio.open_connection("127.0.0.1", self._port)
            reader, writer = line
            writer.write(b"%sContent-Length: %d\r\n\r\n%s" % (head, len(raw), raw))
            with suppress(asyncio.IncompleteReadError):  # the door ends a connection that was idle: then by another
                answer = (await reader.readuntil(b"\r\n\r\n")).lower()
                await reader.readexactly(int(answer.partition(b"content-length:")[2].split()[0]))
                assert b"\r\nlocation:" in answer, answer
                self._free.append(line)
                return
            writer.close()

    def close(self) -> None:
        """End the connections."""
        for _, writer in self._free:
            writer.close()


async def _receipts(port: int, sent: Sequence[bytes], a_second: float) -> list[float]:
    """Send each at its time, whether or not those before it are answered; the seconds until each has its receipt."""
    lines = Lines(port)

    async def one(raw: bytes, at: float) -> float:
        await asyncio.sleep(at - time.perf_counter())
        await lines.receipt(raw)
        return time.perf_counter() - at

    begun = time.perf_counter() + 0.1
    try:
        return await asyncio.gather(*(one(raw, begun + number / a_second) for number, raw in enumerate(sent)))
    finally:
        lines.close()


def signed() -> dict[str, float]:
    """Microseconds that a signature adds to an event, in each of the two forms."""
    private, raw = Ed25519PrivateKey.generate(), world.invoice(0, 1, 5)
    public = base64.urlsafe_b64encode(private.public_key().public_bytes_raw()).decode().rstrip("=")
    event = parse(raw, outside=True)
    key = Key(
        source=event.source,
        keyid="k",
        public_key=public,
        valid_from=event.time - timedelta(days=1),
        valid_to=event.time + timedelta(days=1),
        window_hours=24,
        registered_at=event.time,
    )
    check = signatures.Signatures(lambda: Keys(by_id={"k": key}, sources={event.source: 1}))
    forms = {"unsigned": raw, "dsse": signatures.sign(raw, "k", private), "jws": jws.sign(raw, "k", private)}
    turns: dict[str, list[float]] = {name: [] for name in forms}
    for _ in range(ROUNDS):
        for name, each in forms.items():
            begun = time.perf_counter()
            for _ in range(CHECKS):
                read = parse(each, outside=True)
                assert name == "unsigned" or check(read, read.time) is None
            turns[name].append(1e6 * (time.perf_counter() - begun) / CHECKS)
    plain = statistics.median(turns["unsigned"])
    return {f"door.signature_{name}_us": round(statistics.median(turns[name]) - plain) for name in ("dsse", "jws")}


async def measure(folder: Path, turns: int = TURNS, single: int = SINGLE) -> dict[str, float]:
    """All of it: so many batches in turns, then so many events on their own."""
    return await over_http(folder, turns, single) | signed()
