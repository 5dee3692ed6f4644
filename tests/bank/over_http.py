"""The independent bank behind a real HTTP server, which may have its moods; a desk that reaches it by its address."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from threading import Thread

import httpx
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.adapters.bank.carrier import OverHttp
from shared.adapters.bank.orders import Bank
from shared.adapters.sqlite.store import SqliteStore, connect
from shared.demo.edge_bank import front, mock_bank
from shared.effects.bank.desk import NAME, Desk
from tests.bank.independent import FUND, MORNING, SETTINGS, Place


@dataclass
class Moods:
    """The front's moods, each for one request of a path: a status instead of an answer, or an answer that gets lost."""

    app: ASGIApp
    refuses: dict[str, list[HTTPStatus]] = field(default_factory=dict)
    loses: list[str] = field(default_factory=list)
    files: list[bytes] = field(default_factory=list)
    """Every file that was handed in, as often as it was."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if self.refuses.get(path):
            await PlainTextResponse("not now", self.refuses[path].pop(0))(scope, receive, send)
            return
        body = await Request(scope, receive).body()
        if path == "/files":
            self.files.append(body)

        async def again() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        if path in self.loses:
            self.loses.remove(path)
            await self.app(scope, again, _nowhere)
            await PlainTextResponse("lost on the way", HTTPStatus.GATEWAY_TIMEOUT)(scope, receive, send)
            return
        await self.app(scope, again, send)


async def _nowhere(_: Message) -> None:
    """The answer gets lost."""


@dataclass
class HttpPlace(Place):
    """A desk's folder, the independent bank, and the server in front of it."""

    url: str = ""
    moods: Moods = field(default_factory=lambda: Moods(PlainTextResponse("")))

    def desk(self) -> Desk:
        """A desk that has just been started: it reads the bank's answers from the first."""
        store = SqliteStore(connect(self.path / "bank.sqlite3"), NAME)
        return Desk(FUND, self.settings, store, OverHttp(Bank(self.url, httpx.AsyncClient())))

    def scan(self) -> None:
        """There is no folder to look into."""


@contextmanager
def bank_apart(path: Path) -> Iterator[HttpPlace]:
    """The same in a process of its own."""
    command = [sys.executable, "-m", "tests.bank.over_http"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as apart:
        assert apart.stdout
        said = json.loads(apart.stdout.readline())
        try:
            with httpx.Client(base_url=said["bank"], timeout=30) as bank:
                yield HttpPlace(path, bank, url=said["front"])
        finally:
            apart.terminate()


def serve_apart() -> None:
    """Serve until the process is ended; where the bank and its front are is the first line that is printed."""
    with banking_over_http(Path()) as place:
        print(json.dumps({"bank": str(place.bank.base_url), "front": place.url}), flush=True)
        sys.stdin.read()


@contextmanager
def banking_over_http(path: Path, *, clock: datetime = MORNING) -> Iterator[HttpPlace]:
    """The independent bank with the fund's accounts, behind a server in a thread of this process."""
    ids = {account.iban: f"{payer}-{source}" for (payer, source), account in SETTINGS.accounts.items()}
    with mock_bank(SETTINGS.accounts, clock) as bank, socket.socket() as listener:
        moods = Moods(front(bank, ids))
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        server = uvicorn.Server(uvicorn.Config(moods, log_level="warning", lifespan="off"))
        thread = Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            yield HttpPlace(path, bank, now=clock, url=url, moods=moods)
        finally:
            server.should_exit = True
            thread.join()


if __name__ == "__main__":
    serve_apart()
