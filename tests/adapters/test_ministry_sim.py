"""The small ministry: each letter is received once, whole, and for good."""

import asyncio
from pathlib import Path

import httpx
import pytest

from shared.adapters.ministry.client import Ministry, MinistryRefused
from shared.adapters.ministry.sim import LetterBox, ministry_app
from tests.adapters.serving import running

PDF = b"%PDF-1.7 a letter"
OTHER = b"%PDF-1.7 another letter"


async def test_what_was_received_outlives_the_server(tmp_path: Path) -> None:
    async with running(ministry_app(tmp_path)) as url, Ministry(url) as ministry:
        first = await ministry.deliver("2022-04-1", PDF)
    async with running(ministry_app(tmp_path)) as url, Ministry(url) as ministry:
        assert await ministry.deliver("2022-04-1", PDF) == first


def test_a_letter_without_a_receipt_was_not_received(tmp_path: Path) -> None:
    box = LetterBox(tmp_path)
    (tmp_path / "2022-04-1.pdf").write_bytes(OTHER)  # the server died before it gave a receipt
    assert box.receipts() == []
    assert box.receive("2022-04-1", PDF)[0] == 201
    assert box.letter("2022-04-1").read_bytes() == PDF


async def test_many_at_once_are_received_once(ministry: Ministry, url: str) -> None:
    receipts = await asyncio.gather(*(ministry.deliver("2022-04-1", PDF) for _ in range(20)))
    assert len(set(receipts)) == 1
    async with httpx.AsyncClient() as client:
        assert len((await client.get(f"{url}/notices")).json()) == 1


async def test_the_list_is_in_the_order_of_receipt(ministry: Ministry, url: str) -> None:
    for notice_no in ("2022-04-2", "2022-01-1", "2022-1(a)-1"):
        await ministry.deliver(notice_no, PDF)
    async with httpx.AsyncClient() as client:
        listed = (await client.get(f"{url}/notices")).json()
        assert (await client.get(f"{url}/livez")).text == "ok"
        assert (await client.get(f"{url}/notices/2022-09-9")).status_code == 404
    assert [receipt["notice_no"] for receipt in listed] == ["2022-04-2", "2022-01-1", "2022-1(a)-1"]


@pytest.mark.parametrize("number", ["../../etc/passwd", ".hidden", "a b", "ą", "2022/04", "%2e%2e", "x" * 101])
async def test_a_number_that_is_no_file_name_is_refused(ministry: Ministry, tmp_path: Path, number: str) -> None:
    with pytest.raises(MinistryRefused):
        await ministry.deliver(number, PDF)
    assert LetterBox(tmp_path).receipts() == []


async def test_a_letter_must_be_a_whole_pdf(url: str) -> None:
    async with httpx.AsyncClient() as client:
        text = await client.put(f"{url}/notices/1", content=PDF, headers={"Content-Type": "text/plain"})
        broken = await client.put(
            f"{url}/notices/1",
            content=PDF,
            headers={"Content-Type": "application/pdf", "Content-Digest": "sha-256=:AAAA:"},
        )
    assert (text.status_code, broken.status_code) == (415, 400)


async def test_faults_are_whole_numbers(url: str) -> None:
    async with httpx.AsyncClient() as client:
        assert (await client.post(f"{url}/faults", json={"fail_next": "many"})).status_code == 400
        assert (await client.post(f"{url}/faults", content=b"{")).status_code == 400
        assert (await client.post(f"{url}/faults", json={"fail_next": 1})).json() == {"fail_next": 1, "lose_next": 0}
