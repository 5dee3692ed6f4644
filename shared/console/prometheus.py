"""The one Prometheus that whoever runs the console has named, asked over its HTTP API; nobody else is."""

import math
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Self

import httpx
import msgspec

from shared.console.operations import NO_TLS
from shared.kernel.value import value

PATIENCE_S = 5.0
"""How long it may take to answer one question, in seconds."""
MOST_BYTES = 8_000_000
"""More is not read of an answer."""


class NoAnswer(Exception):  # noqa: N818 - what is so
    """It gave no answer: why, in its own words."""


@value
class Series:
    """A series: its labels; its values, each with its moment in seconds since 1970. What is no number is left out."""

    labels: Mapping[str, str]
    values: tuple[tuple[float, float], ...]

    @property
    def last(self) -> float | None:
        """Its last value; None where it has none."""
        return self.values[-1][1] if self.values else None


class _Found(msgspec.Struct):
    metric: dict[str, str]
    value: tuple[float, str] | None = None
    values: list[tuple[float, str]] = []


class _Data(msgspec.Struct):
    result: list[_Found]


class _Answer(msgspec.Struct):
    status: str
    data: _Data | None = None
    error: str = ""


_answers = msgspec.json.Decoder(_Answer)


class Prometheus:
    """A server by its address, ``http://host:port``, a path behind it if it has one."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    @cached_property
    def _trusted(self) -> ssl.SSLContext:
        """Whom it believes, made once: that takes longer than asking."""
        return ssl.create_default_context()

    def page(self) -> "Asking":
        """What is asked for one page."""
        tls = self._trusted if self.url.startswith("https:") else NO_TLS
        return Asking(httpx.Client(base_url=self.url, timeout=PATIENCE_S, verify=tls, trust_env=False))


class Asking:
    """The questions of one page, from several threads. Where the server once is away, it is not waited for again."""

    def __init__(self, client: httpx.Client) -> None:
        """Take a client, which is closed at the end of the block."""
        self._client = client
        self._away, self._one = "", threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def now(self, expression: str, at: datetime) -> list[Series]:
        """The series of an expression at a moment. Raises NoAnswer."""
        return self._asked("query", {"query": expression, "time": f"{at.timestamp()}"})

    def over(self, expression: str, since: datetime, at: datetime, step_s: int) -> list[Series]:
        """The series of an expression over time, a value every so many seconds. Raises NoAnswer."""
        span = {"start": f"{since.timestamp()}", "end": f"{at.timestamp()}", "step": f"{step_s}"}
        return self._asked("query_range", {"query": expression, **span})

    def _asked(self, what: str, asked: Mapping[str, str]) -> list[Series]:
        with self._one:
            if self._away:
                raise NoAnswer(self._away)
        try:
            raw, status = self._sent(what, asked)
        except (httpx.HTTPError, OSError) as error:
            with self._one:
                self._away = f"it does not answer: {str(error) or type(error).__name__}"
            raise NoAnswer(self._away) from None
        try:
            answer = _answers.decode(raw)
        except (msgspec.MsgspecError, ValueError):
            raise NoAnswer(f"what answers is no Prometheus: status {status}") from None
        if answer.status != "success" or answer.data is None:
            raise NoAnswer(answer.error or f"status {status}")
        return [_series(each) for each in answer.data.result]

    def _sent(self, what: str, asked: Mapping[str, str]) -> tuple[bytes, int]:
        raw, until = bytearray(), time.monotonic() + PATIENCE_S
        with self._client.stream("POST", f"/api/v1/{what}", data=dict(asked)) as answer:
            for part in answer.iter_bytes():
                raw += part
                if len(raw) > MOST_BYTES:
                    raise NoAnswer(f"it answers with more than {MOST_BYTES} bytes")
                if time.monotonic() > until:
                    raise httpx.ReadTimeout("timed out")
            return bytes(raw), answer.status_code


def _series(found: _Found) -> Series:
    told: Sequence[tuple[float, str]] = found.values or ([found.value] if found.value else [])
    numbers = ((at, float(said)) for at, said in told)
    values = tuple((at, number) for at, number in numbers if math.isfinite(number))
    return Series(labels={name: said for name, said in found.metric.items() if name != "__name__"}, values=values)
