"""A7: other sites' pages can neither read nor release; who listens to others says so; no answer is without bound."""

import asyncio
import base64
import hashlib
import sqlite3
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.edge.callers import LOOPBACK, OurNames, is_loopback
from shared.runtime import http as served
from shared.runtime.embedded import Stack
from shared.runtime.http import fund_app, probes_app
from tests.adapters.serving import running
from tests.runtime import served as fixtures
from tests.runtime.funds import invoice, psdf, until

LINES, JSON = {"Content-Type": "application/x-ndjson"}, {"Content-Type": "application/json"}
BIG = b"x" * 300_000
stack = fixtures.stack


@pytest.fixture
async def client(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    async with running(fund_app(stack, ["fund.example.lt"])) as url, httpx.AsyncClient(base_url=url) as client:
        yield client


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8080", "", "localhost.evil.example", "10.0.0.1", "[::2]"]
)
async def test_A7_a_name_that_is_not_ours_is_not_answered(client: httpx.AsyncClient, host: str) -> None:
    for path in ("/fund", "/parked", "/metrics", "/events"):
        answer = await client.request("POST" if path == "/events" else "GET", path, headers={"Host": host})
        assert answer.status_code == 421
        assert answer.json()["detail"].startswith(f"Host is {host or 'missing'}: this fund is not called so")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8080", "127.0.0.1:1", "[::1]:8080", "fund.example.lt"])
async def test_A7_our_names_are_answered(client: httpx.AsyncClient, host: str) -> None:
    assert (await client.get("/fund", headers={"Host": host})).status_code == 200


async def test_A7_probes_are_asked_by_an_address_but_by_no_foreign_name(stack: Stack) -> None:
    async with running(probes_app(stack)) as url, httpx.AsyncClient(base_url=url) as client:
        assert (await client.get("/readyz", headers={"Host": "10.1.2.3:9090"})).status_code == 200
        assert (await client.get("/metrics", headers={"Host": "evil.example"})).status_code == 421


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost:1", "http://fund.example.lt.evil"]
)
async def test_A7_pages_of_other_sites_are_not_answered(client: httpx.AsyncClient, origin: str) -> None:
    raw = invoice("A1", 500, "2022-02-07T10:00:00+02:00")
    answer = await client.post("/events", content=raw, headers=LINES | {"Origin": origin})
    assert (answer.status_code, answer.json()["detail"][: 10 + len(origin)]) == (403, f"Origin is {origin}")
    ours = {"Host": "fund.example.lt", "Origin": "https://fund.example.lt"}
    assert (await client.post("/events", content=raw, headers=LINES | ours)).status_code == 200


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
async def test_A7_a_form_releases_nothing(client: httpx.AsyncClient, kind: str | None) -> None:
    reused = invoice("A2", 600, "2022-03-07T10:00:00+02:00", month="2022-02", id_="i-A1")
    await client.post("/events", content=invoice("A1", 500, "2022-02-07T10:00:00+02:00"), headers=LINES)
    parked_id = (await client.post("/events", content=reused, headers=LINES)).json()["answers"][0]["parked_id"]
    answer = await client.post(f"/parked/{parked_id}/release", headers={"Content-Type": kind} if kind else {})
    assert (answer.status_code, "give application/json" in answer.json()["detail"]) == (415, True)
    assert (await client.get(f"/parked/{parked_id}")).json()["released"] is False
    assert (await client.post(f"/parked/{parked_id}/release", headers=JSON)).status_code == 200
    assert (await client.get(f"/parked/{parked_id}")).json()["released"] is True


async def test_A7_what_is_parked_comes_by_pages_without_its_bytes(client: httpx.AsyncClient) -> None:
    raws = [b"%d " % n + BIG for n in range(5)]
    sent = (await client.post("/events", content=b"\n".join(raws), headers=LINES)).json()["answers"]
    found: list[dict[str, Any]] = []
    after: dict[str, str] = {}
    while True:
        answer = await client.get("/parked", params={"limit": "2"} | after)
        assert len(answer.content) < 5_000
        page = answer.json()
        assert 0 < len(page["parked"]) <= 2
        found += page["parked"]
        if page["next"] is None:
            break
        assert len(page["parked"]) == 2
        after = {"after": page["next"]}
    assert [each["id"] for each in found] == [each["parked_id"] for each in sent]
    assert [(each["bytes"], each["sha256"]) for each in found] == [
        (len(r), hashlib.sha256(r).hexdigest()) for r in raws
    ]
    assert found[3]["begins"] == raws[3][:200].decode()
    whole = (await client.get(f"/parked/{found[3]['id']}")).json()
    assert base64.b64decode(whole["raw_base64"]) == raws[3]
    for wrong in ("0", "1001", "x", "-1", "99999999999"):
        assert (await client.get("/parked", params={"limit": wrong})).status_code == 400
    unknown = await client.get("/parked", params={"after": "no-such-id"})
    assert (unknown.status_code, (await client.get("/parked/no-such-id")).status_code) == (404, 404)


async def test_A7_questions_to_the_journal_are_few_at_once(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, asking, most = threading.Event(), 0, 0
    lock = threading.Lock()

    def slow(*_: object) -> None:
        nonlocal asking, most
        with lock:
            asking += 1
            most = max(most, asking)
        assert go_on.wait(60)
        with lock:
            asking -= 1

    monkeypatch.setattr(served, "story_of", slow)
    asked = [asyncio.create_task(client.get(f"/invoices/300111224/A{n}")) for n in range(served.READS_WAITING + 5)]
    await until(lambda: sum(each.done() for each in asked) == 5 and asking == served.READERS)
    turned_away = [each.result() for each in asked if each.done()]
    assert {(answer.status_code, answer.headers["Retry-After"]) for answer in turned_away} == {(503, "2")}
    assert (await client.get("/fund")).status_code == 200
    go_on.set()
    answered = [(await each).status_code for each in asked]
    assert (answered.count(404), most) == (served.READS_WAITING, served.READERS)


async def test_A7_a_question_that_takes_too_long_is_given_up(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served, "READ_S", 0.2)

    def endless(connection: sqlite3.Connection, *_: object) -> None:
        count = "WITH RECURSIVE n(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
        connection.execute(count).fetchone()

    monkeypatch.setattr(served, "story_of", endless)
    began = time.monotonic()
    answer = await client.get("/invoices/300111224/A1")
    assert (answer.status_code, "could not be read in" in answer.json()["detail"]) == (503, True)
    assert time.monotonic() - began < 20


@pytest.mark.parametrize("where", ["0.0.0.0:0", "10.0.0.5:8080", "fund.example.lt:8080", "128.0.0.1:1"])
def test_A7_a_fund_listens_to_others_only_if_it_is_said(tmp_path: Path, where: str) -> None:
    done = psdf("run", "--http", where, home=tmp_path / "home")
    assert (
        done.returncode,
        "each source signs what it sends with a key that is registered" in done.stderr,
    ) == (2, True)
    assert f"PSDF_HTTP={where} listens to other machines" in done.stderr
    assert "--open-to" in done.stderr
    assert not (tmp_path / "home").exists()


@given(st.text(max_size=30))
def test_A7_only_names_of_ours_pass_whatever_is_sent(host: str) -> None:
    scope = {"type": "http", "method": "GET", "headers": [(b"host", host.encode("utf-8", "replace"))]}
    sent: list[Any] = []
    reached: list[object] = []

    async def app(scope: object, _receive: object, _send: object) -> None:
        reached.append(scope)

    async def send(message: object) -> None:
        sent.append(message)

    asyncio.run(OurNames(app)(scope, None, send))  # type: ignore[arg-type]
    if reached:
        name, _, port = host.lower().rpartition(":")
        assert host.lower() in LOOPBACK or (name in LOOPBACK and port.isdigit())
    else:
        assert sent[0]["status"] == 421


def test_A7_what_is_loopback() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "127.9.9.9", "localhost", "[::1]")))
    assert not any(map(is_loopback, ("0.0.0.0", "10.0.0.1", "localhost.example", "example.lt", "")))  # noqa: S104
