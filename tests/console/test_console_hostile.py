"""What others send is shown as text and no more: scripts in names, huge invoices, messages that can't be read."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.journal.home import Home, reading
from shared.journal.parked import ParkedEvent, dismiss, parked_events
from tests.console.conftest import shown
from tests.runtime.funds import day, event, fund, invoice, worked_start

SCRIPT = "<script>alert(1)</script>"
LINES = 10_000


def contract_of(name: str) -> bytes:
    """The worked start's contract, of a provider with another name."""
    told = next(json.loads(raw) for raw in worked_start() if b'"contract.proposed"' in raw)
    told["data"]["provider"]["name"] = name
    return json.dumps(told, ensure_ascii=False).encode()


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    start = [contract_of(f'{SCRIPT} & "Sūnūs"') if b'"contract.proposed"' in raw else raw for raw in worked_start()]
    async with fund(tmp_path) as stack:
        await stack.publish(start[:4])
        lines = [
            {"service_code": f"X-{n}", "quantity": 1, "unit_price_cents": 7, "amount_cents": 7} for n in range(LINES)
        ]
        big = invoice("BIG", 7 * LINES, "2022-02-07T10:00:00+02:00", lines=lines)
        unreadable = event("/providers/300111224", "x", "invoice.submitted", "2022-02-07T11:00:00+02:00", {"a": SCRIPT})
        await stack.publish([big, unreadable, b"\x00\xff not json", day("2022-02-08")])
    with shown(tmp_path) as url:
        async with httpx.AsyncClient(base_url=url, timeout=60) as client:
            yield client


async def test_a_script_in_a_name_is_a_name(client: httpx.AsyncClient) -> None:
    for path in (
        "/fund",
        "/contracts",
        "/providers/300111224",
        "/invoices",
        "/invoices/300111224/BIG",
        "/search?q=script",
    ):
        page = (await client.get(path)).text
        assert "<script>alert" not in page, path
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &#34;Sūnūs&#34;" in (await client.get("/contracts")).text
    echoed = await client.get("/search", params={"q": SCRIPT})
    assert "<script>alert" not in echoed.text
    assert "<script>alert" not in (await client.get("/fund", params={"on": SCRIPT})).text
    assert "<script>alert" not in (await client.get(f"/{SCRIPT}")).text


async def test_an_invoice_of_ten_thousand_lines_has_its_page(client: httpx.AsyncClient) -> None:
    answer = await client.get("/invoices/300111224/BIG")
    assert answer.status_code == 200
    assert f"Rodomos pirmosios 200 iš {LINES} eilučių" in answer.text
    assert len(answer.content) < 400_000
    rows = (await client.get("/invoices/300111224/BIG", params={"as": "csv", "table": "lines"})).text.splitlines()
    assert len(rows) == 1 + LINES, "its file has every line"


async def test_what_was_parked_is_shown_byte_for_byte_and_as_text(client: httpx.AsyncClient) -> None:
    listed = (await client.get("/parked", params={"as": "json"})).json()["parked"]
    assert len(listed) == 2
    for each in listed:
        (found,) = [link async for link in _links(client, each["id"])]
        page = (await client.get(found)).text
        assert "<script>alert" not in page
        assert each["error"].split(":")[0] in page
    assert r"\xff not json" in "".join([(await client.get(link)).text async for link in _links(client, "")])


async def test_what_nests_too_deep_to_be_read_has_its_page_too(tmp_path: Path) -> None:
    async with fund(tmp_path) as stack:
        await stack.publish([*worked_start()[:4], b'{"a":' * 10_000])
    with shown(tmp_path) as url:
        async with httpx.AsyncClient(base_url=url, timeout=60) as client:
            (link,) = [link async for link in _links(client, "")]
            page = await client.get(link)
    assert (page.status_code, "skliaustai skliaustuose per giliai" in page.text) == (200, True)


@pytest.mark.parametrize("number", ["A%2f?b#c", "A/../B", "A/./.", ".."])
async def test_a_page_is_led_to_and_leads_to_itself_whatever_a_number_has_in_it(tmp_path: Path, number: str) -> None:
    """Browsers take segments of dots out of an address before they ask for it, as this client does."""
    async with fund(tmp_path) as stack:
        await stack.publish([*worked_start()[:4], invoice(number, 100_000, "2022-02-07T10:00:00+02:00")])
    with shown(tmp_path) as url:
        async with httpx.AsyncClient(base_url=url, timeout=60) as client:
            there = set(re.findall(r'href="(/invoices/3[^"]*)', (await client.get("/invoices")).text))
            (page,) = [await client.get(unescape(each)) for each in there]
            assert f"<h1>300111224/{number} " in page.text
            own = [each for each in re.findall(r'href="(/invoices/3[^"]*)', page.text) if "?" in each]
            assert len(own) > 3
            for each in own:
                assert (await client.get(unescape(each))).status_code == 200, each


async def test_what_was_dismissed_waits_for_nobody_on_the_page_of_operations(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    before = (await client.get("/ops", params={"as": "json"})).json()
    gone = (await client.get("/parked", params={"as": "json"})).json()["parked"][0]
    (whole,) = [each.id for each in _all_parked(tmp_path) if each.id.startswith(gone["id"])]
    dismiss(Home(path=tmp_path), [whole])
    after = (await client.get("/ops", params={"as": "json"})).json()
    count = [next(c["value"] for c in told["cards"] if c["label"] == "Atidėti pranešimai") for told in (before, after)]
    assert count == ["2", "1"]
    assert [len(told["parked"]) for told in (before, after)] == [2, 1]
    assert gone["error"] not in {row["error"] for row in after["parked"]}


def _all_parked(home: Path) -> list[ParkedEvent]:
    with reading(Home(path=home)) as connection:
        return list(parked_events(connection))


async def _links(client: httpx.AsyncClient, prefix: str) -> AsyncIterator[str]:
    page = (await client.get("/parked")).text
    for part in page.split('href="/parked/')[1:]:
        if part.startswith(prefix) and not part.startswith('"'):
            yield f"/parked/{part.partition(chr(34))[0]}"


async def test_the_bell_rings_when_something_is_decided_and_the_pages_know_it(tmp_path: Path) -> None:
    async with fund(tmp_path) as stack:
        await stack.publish(worked_start()[:4])
        with shown(tmp_path) as url:
            async with httpx.AsyncClient(base_url=url, timeout=60) as client, client.stream("GET", "/bell") as bell:
                assert bell.headers["content-type"].startswith("text/event-stream")
                heard = bell.aiter_lines()
                assert (await anext(heard)).startswith("id: ")
                assert (await client.get("/invoices/300111224/A1")).status_code == 404
                await stack.publish([invoice("A1", 500, "2022-02-07T10:00:00+02:00")])
                async with asyncio.timeout(60):
                    while not (await anext(heard)).startswith("event: fund"):
                        pass
                assert (await client.get("/invoices/300111224/A1")).status_code == 200
                fragment = (await client.get("/invoices/300111224/A1", headers={"HX-Request": "true"})).text
                assert "<html" not in fragment
                assert "<h1>300111224/A1" in fragment


@pytest.mark.parametrize("knows", [{"params": {"read": "1"}}, {"headers": {"Last-Event-ID": "1"}}])
async def test_the_bell_rings_at_once_for_a_page_that_knows_less(tmp_path: Path, knows: dict[str, Any]) -> None:
    """Given what came after the page was made and before it listened, or while its tab slept: it is not missed."""
    async with fund(tmp_path) as stack:
        await stack.publish(worked_start()[:4])
    with shown(tmp_path) as url:
        async with httpx.AsyncClient(base_url=url, timeout=60) as client:
            async with client.stream("GET", "/bell", **knows) as bell:
                assert await anext(bell.aiter_lines()) == "event: fund"
            page = (await client.get("/invoices")).text
            read = page.partition("/bell?read=")[2].partition('"')[0]
            async with client.stream("GET", "/bell", params={"read": read}) as bell:
                assert await anext(bell.aiter_lines()) == f"id: {read}", "nothing is new to it"


async def test_a_fund_without_a_day_has_its_pages(tmp_path: Path) -> None:
    async with fund(tmp_path):
        pass
    with shown(tmp_path) as url:
        async with httpx.AsyncClient(base_url=url) as client:
            for path in ("/fund", "/queues", "/terms", "/payments", "/tour", "/budget", "/invoices", "/statements"):
                answer = await client.get(path, follow_redirects=True)
                assert answer.status_code in (200, 404), path
            assert "Dar neprasidėjo nė viena diena" in (await client.get("/fund")).text
