"""Delivery of the letters of point 18 to the Ministry of Health over HTTP: the same letter as often as it takes.

18. "... Valstybinė ligonių kasa, prieš apmokėdama sutartis sudariusių ūkio subjektų pateiktas sąskaitas, kai viršijami
atitinkamame išlaidų straipsnyje numatyti asignavimai, raštu informuoja Sveikatos apsaugos ministeriją ..."

The letter says all that the law asks for, so the letter alone travels::

    PUT {base_url}/notices/{notice_no}
    Content-Type: application/pdf
    Content-Digest: sha-256=:{base64}:          (RFC 9530)

    200 or 201  {"notice_no": ..., "received_at": RFC 3339 with offset, "sha256": hex}
    409         other bytes were received under this number before

The same bytes again are answered with the first receipt. A letter counts as delivered only when a receipt of exactly
its bytes is in hand: no delivery, no payment.
"""

import hashlib
from base64 import b64encode
from datetime import datetime
from http import HTTPStatus
from typing import Self
from urllib.parse import quote

import httpx

from shared.kernel.value import value

TIMEOUT = httpx.Timeout(30.0, connect=5.0)
RECEIVED = (HTTPStatus.OK, HTTPStatus.CREATED)
LATER = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS)


@value
class Receipt:
    """What the ministry answers: the number of the notice, when it came by the ministry's clock, and which bytes."""

    notice_no: str
    received_at: datetime
    sha256: str


class MinistryError(Exception):
    """A letter was not delivered."""


class MinistryUnavailable(MinistryError):  # noqa: N818 - the kind of fault, as in the architecture
    """Nobody answered, or not with a receipt of this letter: it is to be sent again."""


class MinistryRefused(MinistryError):  # noqa: N818 - the kind of fault, as in the architecture
    """The ministry said no (4xx): sending again changes nothing, a person looks. ``status`` is the answer's code."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class Ministry:
    """The ministry's letter box at ``base_url``; an async context manager that holds its connections.

    ``client`` replaces the HTTP client, for TLS with a certificate of one's own or for a test.
    """

    def __init__(self, base_url: str, *, client: httpx.AsyncClient | None = None) -> None:
        self._notices = f"{base_url.rstrip('/')}/notices"
        self._client = client or httpx.AsyncClient(timeout=TIMEOUT)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def deliver(self, notice_no: str, pdf: bytes) -> Receipt:
        """Deliver one letter once, or find that it was delivered before: the first receipt comes back.

        Raises MinistryUnavailable when no receipt of these bytes came (no connection, time-out, 5xx, another answer),
        MinistryRefused for a 4xx, 409 when other bytes hold this number.
        """
        digest = hashlib.sha256(pdf)
        headers = {
            "Content-Type": "application/pdf",
            "Content-Digest": f"sha-256=:{b64encode(digest.digest()).decode()}:",
        }
        try:
            answer = await self._client.put(
                f"{self._notices}/{quote(notice_no, safe='')}", content=pdf, headers=headers
            )
        except httpx.RequestError as error:
            told = str(error) or type(error).__name__
            raise MinistryUnavailable(f"notice {notice_no} not delivered to {self._notices}: {told}") from error
        return _receipt(answer, notice_no, digest.hexdigest())


def _receipt(answer: httpx.Response, notice_no: str, sha256: str) -> Receipt:
    """Read the receipt of exactly this letter from the answer."""
    told = f"notice {notice_no}: the ministry answered {answer.status_code}"
    if answer.is_client_error and answer.status_code not in LATER:
        raise MinistryRefused(f"{told}: {answer.text[:200]}", answer.status_code)
    if answer.status_code not in RECEIVED:
        raise MinistryUnavailable(f"{told}: {answer.text[:200]}")
    try:
        body = answer.json()
        receipt = Receipt(
            notice_no=str(body["notice_no"]),
            received_at=datetime.fromisoformat(body["received_at"]),
            sha256=str(body["sha256"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise MinistryUnavailable(f"{told} without a receipt: {answer.text[:200]}") from error
    if (receipt.notice_no, receipt.sha256) != (notice_no, sha256) or receipt.received_at.tzinfo is None:
        raise MinistryUnavailable(f"{told} with the receipt of something else: {receipt}, sent sha256 {sha256}")
    return receipt
