"""The fund's door over HTTP: what is sent, what is asked, and how often it is tried again."""

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

import httpx

from psdf_provider.contract import Answer
from psdf_provider.errors import NotReached, NotTaken
from psdf_provider.keys import Key

VERSION = "0.1.0"
BATCH, XML = "application/cloudevents-batch+json", "application/xml"
AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses after which the same may be sent again, and may be taken."""
TOO_LARGE, NOTHING_TAKEN = 413, 422
LONG_S = 75.0
"""An answer may be waited for a minute; a connection that says nothing for longer is broken."""


@dataclass(frozen=True)
class Patience:
    """How often something is tried, and how long is waited before: twice as long each time, from half to all of it.

    ``Retry-After`` of the door goes before, up to ``most_s``.
    """

    tries: int = 8
    first_s: float = 0.5
    most_s: float = 60.0
    pause: Callable[[float], None] = time.sleep

    def wait(self, tried: int, asked: str | None) -> None:
        """Wait after so many tries."""
        due = seconds_of(asked) if asked else None
        longest = min(self.most_s, self.first_s * 2**tried)
        chance = random.uniform(0.5, 1.0)  # noqa: S311 - it spreads, it keeps no secret
        self.pause(longest * chance if due is None else min(due, self.most_s))


def seconds_of(retry_after: str) -> float | None:
    """The seconds of a ``Retry-After``, which is a number or a moment; None for what is neither."""
    if retry_after.strip().isdigit():
        return float(retry_after)
    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None


class Door:
    """A fund's door, as one source uses it.

    With a ``key`` each question shows a token that was signed with it, for the fund of the name ``audience``; without
    one the source says who it is, which a fund believes on its own machine only. May be used by several threads.
    """

    def __init__(
        self,
        url: str,
        source: str,
        key: Key | None = None,
        *,
        audience: str = "psdf",
        patience: Patience | None = None,
        verify: Any = True,  # noqa: ANN401 - as httpx takes it: True, or an ssl.SSLContext
    ) -> None:
        self.source, self.key, self._audience = source, key, audience
        self._patience = patience or Patience()
        self._http = httpx.Client(
            base_url=url.rstrip("/"),
            headers={"User-Agent": f"psdf-provider/{VERSION}"},
            timeout=httpx.Timeout(10, read=LONG_S),
            verify=verify,
        )
        self._token, self._until = "", datetime.min.replace(tzinfo=UTC)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def send(self, raws: Sequence[bytes], wait_s: int = 0) -> list[Answer]:
        """Send events in one batch; an answer for each, in their order. Sent again, nothing counts twice.

        Raises NotReached when the door could not be reached, or had no time, as often as patience allows; NotTaken
        when it will not take this from us (401, 403, 413, 415, ...). What could not be read is an answer too (parked).
        """
        headers = {"Content-Type": BATCH} | ({"Prefer": f"wait={wait_s}"} if wait_s else {})
        answer = self._tried("POST", "/events", content=b"[" + b",".join(raws) + b"]", headers=headers)
        said = _said(answer, "answers", NOTHING_TAKEN)
        found = [Answer.model_validate(each) for each in said["answers"]]
        if len(found) != len(raws):
            raise NotTaken(answer.status_code, {"detail": f"{len(found)} answers came to {len(raws)} events"})
        return found

    def answers(self, after: str = "", wait_s: int = 0, limit: int = 100) -> dict[str, Any]:
        """A page of what the fund said to the source behind a cursor: ``answers``, ``after``, ``more``."""
        asked = {"after": after, "wait": str(wait_s), "limit": str(limit)}
        return self._asked("/answers", {name: text for name, text in asked.items() if text}, "after")

    def stream(self, after: str = "") -> Iterator[dict[str, Any]]:
        """The same one after another, for as long as the connection holds (server-sent events).

        Raises NotReached when it breaks: go on behind the last one's ``cursor``.
        """
        headers = {"Accept": "text/event-stream", **({"Last-Event-ID": after} if after else {})}
        with (
            self._reaching(),
            self._http.stream("GET", "/answers", params=self._me(), headers=self._with(headers)) as got,
        ):
            if got.is_error:
                got.read()
                raise _refusal(got)
            for line in got.iter_lines():
                if line.startswith("data:"):
                    yield json.loads(line.removeprefix("data:"))

    def receipt(self, digest: str) -> dict[str, Any]:
        """The receipt of an event by the SHA-256 of its bytes, in hexadecimal digits, and the fund's signature."""
        return self._asked(f"/receipts/{digest}", {}, "receipt", bare=True)

    def contract(self, contract_id: str) -> dict[str, Any]:
        """A contract of one's own as it stands."""
        return self._asked(f"/contracts/{quote(contract_id, safe='')}", {}, "contract_id")

    def ubl(self, document: bytes) -> dict[str, Any]:
        """Send an e-invoice, UBL 2.1 as it is; its receipt. Sent again, the same bytes get the same, and count once.

        Raises NotTaken with each rule that it breaks (``problem["errors"]``), NotReached.
        """
        answer = self._tried("POST", "/ubl", content=document, headers={"Content-Type": XML})
        return _said(answer, "receipt")

    def response(self, invoice_id: str, status: str = "") -> bytes:
        """The Peppol Invoice Response to one of our invoices, as XML: the one that stands, or that of a status (AB)."""
        code, _, number = invoice_id.partition("/")
        asked = self._me() | ({"status": status} if status else {})
        path = f"/invoices/{quote(code, safe='')}/{quote(number, safe='')}/response"
        answer = self._tried("GET", path, params=asked, headers={})
        if answer.is_error:
            raise _refusal(answer)
        if not answer.headers.get("Content-Type", "").startswith(XML):
            raise _another(answer)
        return answer.content

    def _asked(self, path: str, params: Mapping[str, str], member: str, *, bare: bool = False) -> dict[str, Any]:
        return _said(self._tried("GET", path, params={} if bare else {**self._me(), **params}, headers={}), member)

    def _tried(self, method: str, path: str, headers: Mapping[str, str], **what: Any) -> httpx.Response:  # noqa: ANN401
        """An answer that trying again would not change. Raises NotReached."""
        why = ""
        for tried in range(self._patience.tries):
            try:
                answer = self._http.request(method, path, headers=self._with(headers), **what)
            except httpx.RequestError as error:
                why, asked = f"{type(error).__name__}: {error}", None
            else:
                if answer.status_code not in AGAIN:
                    return answer
                why, asked = str(_refusal(answer)), answer.headers.get("Retry-After")
            if tried + 1 < self._patience.tries:
                self._patience.wait(tried, asked)
        raise NotReached(f"{self._http.base_url}{path}: tried {self._patience.tries} times, the last time {why}")

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except httpx.RequestError as error:
            raise NotReached(f"{self._http.base_url}: {type(error).__name__}: {error}") from None

    def _me(self) -> dict[str, str]:
        return {} if self.key else {"source": self.source}

    def _with(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The headers, with a token that is good for a while yet."""
        now = datetime.now(UTC)
        if self.key and now > self._until:
            self._token = self.key.token(self.source, self._audience, now)
            self._until = now + timedelta(minutes=4)
        return {**headers, **({"Authorization": f"Bearer {self._token}"} if self.key else {})}


def _said(answer: httpx.Response, member: str, error_too: int = 0) -> dict[str, Any]:
    """What the door says: ``member`` always stands in it, also in an error of that status.

    Raises NotTaken; NotReached where somebody else answers.
    """
    said = _json(answer)
    if answer.is_error and not (answer.status_code == error_too and said.get(member)):
        raise NotTaken(answer.status_code, said)
    if member not in said:
        raise _another(answer)
    return said


def _another(answer: httpx.Response) -> NotReached:
    """Who answers is not the fund but a proxy, another server, or the page at which a network asks who is there."""
    leads = f", {answer.headers['Location']}" if answer.is_redirect else ""
    who = "atsako ne fondas / it is not the fund that answers"
    return NotReached(f"{answer.url}: {who} ({answer.status_code}{leads})")


def _refusal(answer: httpx.Response) -> NotTaken:
    return NotTaken(answer.status_code, _json(answer))


def _json(answer: httpx.Response) -> dict[str, Any]:
    """The body as an object; where it is none, what it was as a problem's detail."""
    try:
        body = answer.json()
    except ValueError:
        body = None
    return body if isinstance(body, dict) else {"detail": answer.text[:200] or answer.reason_phrase}
