"""A small real letter box of the Ministry of Health, for trials and tests (point 18): what ``client.py`` speaks to.

Each letter is a file ``{notice_no}.pdf`` with its receipt ``{notice_no}.json`` beside it; the receipt is written last
and says that the letter was received. A letter is never changed: the same bytes again get the first receipt, other
bytes under the same number 409. Faults can be ordered: ``POST /faults {"fail_next": 3}`` answers the next three
deliveries 503 and keeps nothing, ``{"lose_next": 1}`` keeps the letter and answers 503 (the answer lost on its way).
"""

import hashlib
import json
import os
import re
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

NOTICE_NO = re.compile(r"[0-9A-Za-z][0-9A-Za-z().-]{0,99}")
LARGEST_LETTER = 64 * 1024 * 1024


class LetterBox:
    """Letters in a folder, each received once and for good."""

    def __init__(self, folder: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._now = folder, now

    def receive(self, notice_no: str, pdf: bytes) -> tuple[HTTPStatus, dict[str, str]]:
        """Keep the letter and give its receipt: 201 the first time, 200 again, 409 for other bytes."""
        sha256 = hashlib.sha256(pdf).hexdigest()
        if (first := self.receipt(notice_no)) is not None:
            return (HTTPStatus.OK if first["sha256"] == sha256 else HTTPStatus.CONFLICT), first
        receipt = {"notice_no": notice_no, "received_at": self._now().isoformat(), "sha256": sha256}
        self._write(f"{notice_no}.pdf", pdf)
        self._write(f"{notice_no}.json", json.dumps(receipt).encode())
        return HTTPStatus.CREATED, receipt

    def receipt(self, notice_no: str) -> dict[str, str] | None:
        """Give the receipt of a letter; None where none was received under that number."""
        path = self._folder / f"{notice_no}.json"
        receipt: dict[str, str] | None = json.loads(path.read_bytes()) if path.exists() else None
        return receipt

    def receipts(self) -> list[dict[str, str]]:
        """Give all receipts, in the order of receipt."""
        found = [json.loads(path.read_bytes()) for path in self._folder.glob("*.json")]
        return sorted(found, key=lambda receipt: (receipt["received_at"], receipt["notice_no"]))

    def letter(self, notice_no: str) -> Path:
        """Say where the letter lies."""
        return self._folder / f"{notice_no}.pdf"

    def _write(self, name: str, content: bytes) -> None:
        """Write a file whole or not at all."""
        unfinished = self._folder / f".{name}.unfinished"
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self._folder / name)


class _Desk:
    """What answers the requests: the letter box, and the faults that were ordered."""

    def __init__(self, box: LetterBox) -> None:
        self._box, self._faults = box, {"fail_next": 0, "lose_next": 0}

    async def put(self, request: Request) -> Response:
        notice_no, pdf = _notice_no(request), await _body(request)
        if self._strikes("fail_next"):
            raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, "out of order")
        status, receipt = self._box.receive(notice_no, pdf)
        if self._strikes("lose_next"):
            raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, "the answer was lost")
        if status == HTTPStatus.CONFLICT:
            raise HTTPException(status, f"notice {notice_no} was received with other bytes, sha256 {receipt['sha256']}")
        return JSONResponse(receipt, status)

    async def listing(self, _: Request) -> Response:
        return JSONResponse(self._box.receipts())

    async def letter(self, request: Request) -> Response:
        notice_no = _notice_no(request)
        if self._box.receipt(notice_no) is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, f"no notice {notice_no} was received")
        return FileResponse(self._box.letter(notice_no), media_type="application/pdf")

    async def order_faults(self, request: Request) -> Response:
        try:
            asked = {name: int(count) for name, count in (await request.json()).items() if name in self._faults}
        except (ValueError, TypeError, AttributeError):
            raise HTTPException(HTTPStatus.BAD_REQUEST, f"faults are whole numbers of {list(self._faults)}") from None
        self._faults.update(asked)
        return JSONResponse(self._faults)

    async def livez(self, _: Request) -> Response:
        return PlainTextResponse("ok")

    def _strikes(self, fault: str) -> bool:
        ordered = self._faults[fault]
        self._faults[fault] = max(0, ordered - 1)
        return ordered > 0


def ministry_app(folder: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Starlette:
    """Build the ministry's HTTP interface over the letters in a folder; ``now`` is its clock."""
    desk = _Desk(LetterBox(folder, now))
    return Starlette(
        routes=[
            Route("/notices/{notice_no}", desk.put, methods=["PUT"]),
            Route("/notices/{notice_no}", desk.letter, methods=["GET"]),
            Route("/notices", desk.listing, methods=["GET"]),
            Route("/faults", desk.order_faults, methods=["POST"]),
            Route("/livez", desk.livez, methods=["GET"]),
        ]
    )


def serve(port: int, folder: Path, *, host: str = "127.0.0.1") -> None:
    """Serve the letter box until the process is told to stop."""
    uvicorn.run(ministry_app(folder), host=host, port=port, log_level="warning")


def _notice_no(request: Request) -> str:
    """Read the number in the path: it becomes a file's name, so only what a notice number may hold."""
    notice_no = str(request.path_params["notice_no"])
    if NOTICE_NO.fullmatch(notice_no):
        return notice_no
    raise HTTPException(HTTPStatus.BAD_REQUEST, f"not the number of a notice: {notice_no!r}")


async def _body(request: Request) -> bytes:
    """Read the letter and compare its digest; 400, 413 or 415 where it is not whole, too large or no PDF."""
    if request.headers.get("content-type") != "application/pdf":
        raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "a letter is application/pdf")
    pdf = bytearray()
    async for chunk in request.stream():
        pdf += chunk
        if len(pdf) > LARGEST_LETTER:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a letter has at most {LARGEST_LETTER} bytes")
    digest = f"sha-256=:{b64encode(hashlib.sha256(pdf).digest()).decode()}:"
    if request.headers.get("content-digest", digest) != digest:
        raise HTTPException(HTTPStatus.BAD_REQUEST, "the letter does not match its Content-Digest")
    return bytes(pdf)
