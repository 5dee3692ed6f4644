"""A3: nothing in one request holds the fund: limits of count and bytes, one commit for what can't be read, turns."""

import asyncio
import json
import sqlite3
from contextlib import AsyncExitStack, closing
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.exceptions import HTTPException

from shared.edge import body as http_body
from shared.edge.body import MAX_EVENTS, split
from shared.edge.modes import BATCH, LINES
from shared.messages.read import MAX_BYTES, Malformed, parse
from shared.runtime.embedded import Stack
from shared.runtime.goes import runs
from shared.runtime.http import fund_app
from tests.adapters.serving import running
from tests.runtime import served
from tests.runtime.funds import event, invoice, until, worked_start

if TYPE_CHECKING:
    from shared.engine.outbox import Message

AS_LINES, AS_BATCH = {"Content-Type": LINES}, {"Content-Type": BATCH}
stack, client = served.stack, served.client


def commits(home: Path) -> int:
    with closing(sqlite3.connect(home / "fund.sqlite3")) as journal:
        (count,) = journal.execute("SELECT count(*) FROM commits").fetchone()
        return int(count)


@pytest.mark.parametrize(
    ("body", "headers", "told"),
    [
        (b"0\n" * 4_000_000, AS_LINES, "the body has more than 1000 events (4000001 lines)"),
        (b"\n" * 5_000_000 + b"0\n" * 1_001, AS_LINES, "the body has more than 1000 events (5001002 lines)"),
        (b"[" + b"0," * 3_999_000 + b"0]", AS_BATCH, "the body has 3999000 commas, more than 1000000"),
        (b"[" + b"0," * 1_000 + b"0]", AS_BATCH, "the body has 1001 events, more than 1000"),
    ],
    ids=["lines", "empty lines", "batch", "batch by one"],
)
async def test_A3_a_body_of_too_many_events_is_refused_with_the_limit_and_the_count(
    client: httpx.AsyncClient, tmp_path: Path, body: bytes, headers: dict[str, str], told: str
) -> None:
    before = commits(tmp_path)
    answer = await client.post("/events", content=body, headers=headers)
    assert (answer.status_code, answer.json()["detail"].startswith(told)) == (413, True), answer.text[:300]
    assert "send the events in several requests" in answer.json()["detail"]
    assert commits(tmp_path) == before


@pytest.mark.parametrize("batch", [False, True])
async def test_A3_a_thousand_messages_that_can_not_be_read_are_one_commit(
    client: httpx.AsyncClient, tmp_path: Path, batch: bool
) -> None:
    rubbish = [b'{"type": "invoice.submitted"}', b"0", b'{"type": "budget.approved", "id": 1}', b'{"type": "no"}'] * 250
    before = commits(tmp_path)
    body = b"[" + b",".join(rubbish) + b"]" if batch else b"\n".join(rubbish)
    answer = await client.post("/events", content=body, headers=AS_BATCH if batch else AS_LINES)
    given = answer.json()["answers"]
    assert (answer.status_code, len(given), {each["outcome"] for each in given}) == (422, 1000, {"parked"})
    assert len({each["parked_id"] for each in given}) == 1000
    assert commits(tmp_path) == before + 1


async def test_A3_an_honest_invoice_has_its_turn_while_a_thousand_single_events_are_decided(
    stack: Stack,
) -> None:
    many = [
        event("/vlk", f"c-{n}", "contract.change.proposed", "2022-02-07T10:00:00+02:00", {"contract_id": f"N{n}", "ceiling_cents": 1})
        for n in range(MAX_EVENTS)
    ]  # fmt: skip
    seen: list[Message] = []
    stack.listeners.append(seen.extend)
    crowd = asyncio.create_task(stack.publish(many))
    await until(lambda: seen)
    told = await stack.publish([invoice("A1", 500, "2022-02-07T11:00:00+02:00")])
    assert not crowd.done()
    assert [message.topic for message in told if message.topic == "invoice.accepted"] == ["invoice.accepted"]
    heard = await crowd  # and hears nothing of the other sender's
    assert {message.topic for message in heard} == {"contract.change.proposed", "contract.change.refused"}
    assert len(heard) == 2 * MAX_EVENTS


async def half_sent(url: str, length: int, sent: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A request whose body does not end."""
    where = urlsplit(url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    head = f"POST /events HTTP/1.1\r\nHost: {where.netloc}\r\nContent-Type: {LINES}\r\nContent-Length: {length}\r\n\r\n"
    writer.write(head.encode() + b" " * sent)
    await writer.drain()
    return reader, writer


async def test_A3_bodies_under_way_are_bounded_and_the_slowest_makes_room(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_body, "WAITING_BYTES", 3 * MAX_BYTES)
    async with AsyncExitStack() as opened:
        url = await opened.enter_async_context(running(fund_app(stack)))
        client = await opened.enter_async_context(httpx.AsyncClient(base_url=url, timeout=30))
        slow = [await half_sent(url, MAX_BYTES, MAX_BYTES - 1_000) for _ in range(3)]
        honest = b" " * (MAX_BYTES // 2) + invoice("A1", 500, "2022-02-07T10:00:00+02:00")
        answer = await client.post("/events", content=honest, headers=AS_LINES)
        assert (answer.status_code, answer.json()["answers"][0]["outcome"]) == (200, "accepted")
        (first, _), *others = slow
        head = await first.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 503"), head
        assert b"retry-after: 2" in head.lower()
        for _, writer in slow:
            writer.close()
        assert len(others) == 2


async def test_A3_too_many_requests_that_wait_are_told_when_to_come_again(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_body, "WAITING_REQUESTS", 3)
    async with running(fund_app(stack)) as url, httpx.AsyncClient(base_url=url, timeout=30) as client:
        await stack._turn.acquire()
        raw = invoice("A1", 500, "2022-02-07T10:00:00+02:00")
        waiting = [asyncio.create_task(client.post("/events", content=raw, headers=AS_LINES)) for _ in range(3)]
        await until(lambda: len(stack._turn._waiters or ()) == 3)
        answer = await client.post("/events", content=raw, headers=AS_LINES)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
        assert "3 requests with events are under way: send it again in 2 seconds" in answer.json()["detail"]
        stack._turn.release()
        assert [done.status_code for done in await asyncio.gather(*waiting)] == [200] * 3
        assert (await client.post("/events", content=raw, headers=AS_LINES)).status_code == 200


async def test_V5_a_pretty_printed_event_among_lines_is_one_event(client: httpx.AsyncClient) -> None:
    pretty = json.dumps(json.loads(invoice("A1", 500, "2022-02-07T10:00:00+02:00")), indent=2)
    answer = await client.post("/events", content=pretty.encode(), headers=AS_LINES)
    assert (answer.status_code, [each["outcome"] for each in answer.json()["answers"]]) == (200, ["accepted"])


async def test_V5_what_is_no_json_is_parked_and_answered_422_with_its_id(client: httpx.AsyncClient) -> None:
    answer = await client.post("/events", content=b"rubbish", headers={"Content-Type": "application/json"})
    (given,) = answer.json()["answers"]
    assert (answer.status_code, answer.json()["detail"].startswith("not JSON")) == (422, True)
    whole = (await client.get(f"/parked/{given['parked_id']}")).json()
    assert (whole["raw_base64"], whole["topic"]) == ("cnViYmlzaA==", "unknown")
    coded = await client.post("/events", content=b"x", headers=AS_LINES | {"Content-Encoding": "gzip"})
    assert (coded.status_code, coded.headers["Accept-Encoding"]) == (415, "identity")


LINE = st.binary(min_size=1, max_size=20).map(lambda raw: raw.replace(b"\n", b"").strip()).filter(bool)
VALUES = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=8)


@given(st.lists(LINE, min_size=2, max_size=30), st.sampled_from([b"\n", b"\r\n", b"\n \n"]))
def test_A3_lines_come_out_as_they_went_in(lines: list[bytes], between: bytes) -> None:
    assert split(between.join([b"{", *lines]) + b"\n", "lines") == [b"{", *lines]


@given(st.lists(VALUES, max_size=30))
def test_A3_a_batch_comes_out_as_it_went_in(values: list[object]) -> None:
    written = [json.dumps(value, indent=1).encode() for value in values]
    assert split(b"[" + b" , ".join(written) + b"]", "batch") == written


@given(st.integers(0, 2 * MAX_EVENTS))
def test_A3_no_more_than_the_limit_is_ever_taken(count: int) -> None:
    for body, kind in ((b"0\n" * count, "lines"), (b"[" + b",".join([b"0"] * count) + b"]", "batch")):
        if count <= MAX_EVENTS:
            assert len(split(body, kind)) == count
        else:
            with pytest.raises(HTTPException, match="more than 1000"):
                split(body, kind)


READABLE = [invoice(str(n), 1, "2022-02-07T10:00:00+02:00") for n in range(2)] + worked_start()[:2]
BROKEN = [b"0", b"{", b'{"type": "budget.approved"}', b'{"type": "x"}', b"[]", b"\xff",
          b'{"type": "invoice.submitted", "time": "0001-01-01T00:00:00+14:00"}']  # fmt: skip


@given(st.lists(st.sampled_from(READABLE + BROKEN), max_size=60))
def test_A3_goes_lose_nothing_and_neighbours_that_can_not_be_read_share_one(raws: list[bytes]) -> None:
    goes = list(runs(raws))
    assert [raw for go in goes for raw in go] == raws
    broken = [all(map(_can_not_be_read, go)) for go in goes]
    assert not any(one and other for one, other in pairwise(broken))


def _can_not_be_read(raw: bytes) -> bool:
    try:
        parse(raw, outside=True)
    except Malformed:
        return True
    return False
