"""16. The small bank over real sockets: a file out, its answers in, each order answered once."""

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from shared.adapters.bank.answers import BankFileError, BankRecord
from shared.adapters.bank.orders import Bank, BankUnavailable, order_file
from shared.adapters.bank.sim import bank_app
from tests.adapters.bank_samples import CREATED, DAY, VLK, bank_answers, order
from tests.adapters.serving import closed_port, running

ORDERS = [order(f"A{n}", 100 + n) for n in range(1000)]
FILE = order_file(VLK, ORDERS, on=DAY, created_at=CREATED)
CONTENT = FILE.content or b""


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as client:
        yield client


async def answers(bank: Bank, since: int = 0) -> list[BankRecord]:
    return [record for _, xml in await bank.answers(since) for record in bank_answers(xml)]


async def test_16_each_order_is_answered_once_and_the_share_is_seeded(client: httpx.AsyncClient) -> None:
    async with running(bank_app(rejected_share=0.1, seed=7)) as url:
        bank = Bank(url, client)
        await bank.send(CONTENT)
        told = await answers(bank)
    assert sorted(record.end_to_end_id for record in told) == sorted(order.end_to_end_id for order in ORDERS)
    assert {record.on for record in told} == {DAY}
    rejected = {record.end_to_end_id for record in told if record.outcome == "rejected"}
    assert 60 < len(rejected) < 140
    async with running(bank_app(rejected_share=0.1, seed=7)) as url:
        await Bank(url, client).send(CONTENT)
        assert await answers(Bank(url, client)) == told


async def test_a_file_sent_twice_is_one_file(client: httpx.AsyncClient) -> None:
    async with running(bank_app()) as url:
        bank = Bank(url, client)
        await bank.send(CONTENT)
        await bank.send(CONTENT)
        assert len(await answers(bank)) == len(ORDERS)
        changed = CONTENT.replace(b">1.00<", b">2.00<")
        with pytest.raises(BankFileError, match="409"):
            await bank.send(changed)


async def test_answers_come_later_and_can_be_asked_from_a_number(client: httpx.AsyncClient) -> None:
    now = [0.0]
    async with running(bank_app(delay_s=60, rejected_share=0.5, clock=lambda: now[0])) as url:
        bank = Bank(url, client)
        await bank.send(CONTENT)
        assert await bank.answers(0) == []
        now[0] = 60.0
        assert [number for number, _ in await bank.answers(0)] == [1, 2]
        assert [number for number, _ in await bank.answers(1)] == [2]
        assert await bank.answers(2) == []


@pytest.mark.parametrize("content", [b"", b"<Document/>", CONTENT.replace(b"<NbOfTxs>1000", b"<NbOfTxs>many")])
async def test_a_file_that_is_not_valid_is_refused(client: httpx.AsyncClient, content: bytes) -> None:
    async with running(bank_app()) as url:
        with pytest.raises(BankFileError, match="400"):
            await Bank(url, client).send(content)
        assert await Bank(url, client).answers(0) == []
        assert (await client.get(f"{url}/answers?since=x")).status_code == 400
        assert (await client.get(f"{url}/livez")).text == "ok"


async def test_a_bank_that_does_not_answer_is_unavailable(client: httpx.AsyncClient) -> None:
    with pytest.raises(BankUnavailable):
        await Bank(closed_port(), client).send(CONTENT)

    async def broken(_: Request) -> Response:
        return PlainTextResponse("broken", 502)

    async def nonsense(request: Request) -> Response:
        if request.query_params["since"] == "1":
            return Response(b"no gzip", headers={"Content-Encoding": "gzip"})
        return JSONResponse(["nonsense"])

    app = Starlette(routes=[Route("/files", broken, methods=["POST"]), Route("/answers", nonsense)])
    async with running(app) as url:
        with pytest.raises(BankUnavailable, match="502"):
            await Bank(url, client).send(CONTENT)
        with pytest.raises(BankUnavailable, match="no list of answers"):
            await Bank(url, client).answers(0)
        with pytest.raises(BankUnavailable, match="decompressing"):
            await Bank(url, client).answers(1)
