"""The bank of the edge's demo: one that somebody else wrote (mock-bank) where it is installed, else our own simulator.

Both are asked over HTTP in the same way (``shared/adapters/bank/sim.py``): ``POST /files``, ``GET /answers?since=N``,
and what is played to them: ``/check``, ``/credits``, ``/close``.
"""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import date, datetime
from http import HTTPStatus
from importlib.metadata import version
from importlib.util import find_spec
from threading import Thread
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shared.adapters.bank.orders import Account, sepa_text
from shared.adapters.bank.sim import bank_app
from shared.demo.serving import serving
from shared.kernel.value import value

ITS_OWN = ("ACME", "GLOBEX", "INITECH", "EURODIS")
"""Accounts that mock-bank opens by itself: their statements are none of ours."""
OURS = "our own simulator: mock-bank, which somebody else wrote, is not installed (make setup brings it)"
TAKES_S = 30


@value
class BankHere:
    """A bank that listens on this machine: where, what it is called, and who has written it."""

    url: str
    called: str
    name: str


@asynccontextmanager
async def bank_here(
    accounts: Mapping[tuple[str, str], Account], now: datetime, *, own: bool = False
) -> AsyncIterator[BankHere]:
    """A bank with the fund's accounts, whose clock begins ``now``: mock-bank where it is, our own one if asked for."""
    if own or find_spec("mockbank") is None:
        async with serving(bank_app()) as url:
            yield BankHere(url=url, called="The simulator", name=OURS)
        return
    with mock_bank(accounts, now) as bank:
        async with serving(front(bank, {account.iban: _id(account) for account in accounts.values()})) as url:
            name = f"mock-bank {version('mock-bank')}, which somebody else wrote"
            yield BankHere(url=url, called="mock-bank", name=name)


def _id(account: Account) -> str:
    return f"{account.payer}-{account.source}"


@contextmanager
def mock_bank(accounts: Mapping[tuple[str, str], Account], now: datetime) -> Iterator[httpx.Client]:
    """mock-bank as a thread, with these accounts; the context asks it."""
    import mockbank

    config = mockbank.Config(port=0, quiet=True, timezone="Europe/Vilnius", clock=f"{now:%Y-%m-%dT%H:%M}")
    server = mockbank.make_server(config)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{server.server_address[1]}", timeout=TAKES_S) as bank:
            for name in ITS_OWN:
                bank.patch(f"/_mock/accounts/{name}", json={"closed": True}).raise_for_status()
            for account in accounts.values():
                opened = {
                    "id": _id(account),
                    "iban": account.iban,
                    "name": sepa_text(account.name, 70),
                    "currency": "EUR",
                    "balance": 0,
                }
                bank.post("/_mock/accounts", json=opened).raise_for_status()
            yield bank
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def front(bank: httpx.Client, accounts: Mapping[str, str]) -> Starlette:
    """mock-bank under the routes that a fund asks; ``accounts`` are its ids by IBAN. Answers stay, by its numbers."""

    def files(request: Request) -> Response:
        return _handed(bank.post("/payments", content=request.state.body))

    def answers(request: Request) -> Response:
        since = int(request.query_params.get("since", "0"))
        left = bank.get("/_mock/mailbox", params={"leave": "1"}).raise_for_status().json()
        found = [{"number": each["id"], "xml": each["body"]} for each in left if each["id"] > since]
        return JSONResponse({"answers": found})

    def check(request: Request) -> Response:
        said = bank.post("/_mock/validate", content=request.state.body).text
        return JSONResponse({"findings": [] if "0 findings" in said else said.splitlines()})

    def credits_(request: Request) -> Response:
        said = _body(request)
        debtor = {"name": "Valstybes izdas", "iban": next(iter(accounts))}
        body = {"account": accounts[said["iban"]], "amount": said["amount_cents"], "debtor": debtor}
        return _handed(bank.post("/_mock/credits", json=body))

    def close(request: Request) -> Response:
        today = date.fromisoformat(bank.get("/_mock/state").json()["clock"]["date"])
        days = (date.fromisoformat(_body(request)["on"]) - today).days + 1
        return _handed(bank.post("/_mock/advance", params={"days": days}))

    posts = {"/files": files, "/check": check, "/credits": credits_, "/close": close}
    return Starlette(
        routes=[*(Route(path, _beside(do), methods=["POST"]) for path, do in posts.items()), Route("/answers", answers)]
    )


def _beside(do: Any) -> Any:  # noqa: ANN401 - a handler
    """A handler that asks mock-bank in a thread, with the body read before."""

    async def handler(request: Request) -> Response:
        request.state.body = await request.body()
        answer: Response = await run_in_threadpool(do, request)
        return answer

    return handler


def _body(request: Request) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(request.state.body)
    return said


def _handed(answer: httpx.Response) -> Response:
    """What mock-bank answered, as it is."""
    return Response(answer.content, HTTPStatus(answer.status_code), media_type=answer.headers.get("Content-Type"))
