"""18. The letter is delivered: no receipt of its bytes, no delivery; the same letter again changes nothing."""

import asyncio
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from shared.adapters.ministry.client import (
    Ministry,
    MinistryRefused,
    MinistryUnavailable,
    Receipt,
)
from shared.effects.letter import overrun_letter
from tests.adapters.serving import running
from tests.adapters.test_letter import notice

PDF = b"%PDF-1.7 a letter"
OTHER = b"%PDF-1.7 another letter"
FIRST = datetime(2022, 3, 5, 8, 1, tzinfo=UTC)


def kept(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_18_a_letter_is_delivered_and_its_receipt_is_of_its_bytes(ministry: Ministry, tmp_path: Path) -> None:
    receipt = await ministry.deliver("2022-04-1", PDF)
    assert receipt == Receipt(notice_no="2022-04-1", received_at=FIRST, sha256=hashlib.sha256(PDF).hexdigest())
    assert (tmp_path / "2022-04-1.pdf").read_bytes() == PDF
    assert kept(tmp_path) == ["2022-04-1.json", "2022-04-1.pdf"]


async def test_the_same_letter_again_has_the_first_receipt(ministry: Ministry) -> None:
    first = await ministry.deliver("2022-04-1", PDF)
    assert await ministry.deliver("2022-04-1", PDF) == first


async def test_other_bytes_under_the_number_are_refused_and_the_first_stay(ministry: Ministry, url: str) -> None:
    await ministry.deliver("2022-04-1", PDF)
    with pytest.raises(MinistryRefused, match="409") as refused:
        await ministry.deliver("2022-04-1", OTHER)
    assert refused.value.status == 409
    async with httpx.AsyncClient() as client:
        letter = await client.get(f"{url}/notices/2022-04-1")
    assert letter.content == PDF
    assert letter.headers["content-type"] == "application/pdf"


@pytest.mark.parametrize(
    "answer",
    [
        PlainTextResponse("thank you"),
        JSONResponse([]),
        JSONResponse({"notice_no": "2022-04-1"}),
        JSONResponse({"notice_no": "2022-04-1", "received_at": "2022-03-05T10:00:00+02:00", "sha256": "0" * 64}),
        JSONResponse(
            {"notice_no": "2", "received_at": "2022-03-05T10:00:00+02:00", "sha256": hashlib.sha256(PDF).hexdigest()}
        ),
        JSONResponse(
            {"notice_no": "2022-04-1", "received_at": "2022-03-05T10:00:00", "sha256": hashlib.sha256(PDF).hexdigest()}
        ),
        JSONResponse({"notice_no": "2022-04-1", "received_at": 7, "sha256": hashlib.sha256(PDF).hexdigest()}),
        PlainTextResponse("slow down", 429),
        RedirectResponse("/elsewhere"),
        Response(status_code=204),
        Response(b"no gzip", headers={"Content-Encoding": "gzip"}),
    ],
)
async def test_what_is_no_receipt_of_this_letter_is_no_delivery(answer: Response) -> None:
    async def strange(_: Request) -> Response:
        return answer

    app = Starlette(routes=[Route("/notices/{notice_no}", strange, methods=["PUT"])])
    async with running(app) as url, Ministry(url) as ministry:
        with pytest.raises(MinistryUnavailable):
            await ministry.deliver("2022-04-1", PDF)


async def test_a_silent_ministry_is_unavailable() -> None:
    released = asyncio.Event()

    async def silent(_: Request) -> Response:
        await released.wait()
        return Response()

    app = Starlette(routes=[Route("/notices/{notice_no}", silent, methods=["PUT"])])
    async with (
        running(app) as url,
        Ministry(url, client=httpx.AsyncClient(timeout=httpx.Timeout(60, read=0.05))) as ministry,
    ):
        with pytest.raises(MinistryUnavailable, match="ReadTimeout"):
            await ministry.deliver("2022-04-1", PDF)
        released.set()


async def test_18_the_real_letter_arrives(ministry: Ministry, tmp_path: Path) -> None:
    letter = overrun_letter(notice(0, transferred_cents=0))
    receipt = await ministry.deliver("2022-04-1", letter)
    assert json.loads((tmp_path / "2022-04-1.json").read_bytes())["sha256"] == receipt.sha256
    assert (tmp_path / "2022-04-1.pdf").read_bytes() == letter
