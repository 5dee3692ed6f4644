"""The double's HTTP: the routes of the door's document that a provider uses, and the content modes of CloudEvents."""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from importlib.resources import files
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

PROBLEM = "application/problem+json"
LARGEST_PAGE, PARTS_OF_A_TOKEN = 1_000, 3
Response = tuple[int, Any, dict[str, str]]


class Answering(Protocol):
    """What answers: the fund for tests."""

    @property
    def public_keys(self) -> Mapping[str, str]:
        """The public keys without which it takes nothing, by their ids."""

    def failure(self) -> tuple[int, float | None] | None:
        """What goes wrong with this request: a status (0: the connection is cut), and ``Retry-After``."""

    def events(self, raws: Sequence[bytes]) -> Response:
        """``POST /events``."""

    def answers(self, source: str, after: str, wait_s: float, limit: int) -> Response:
        """``GET /answers``."""

    def receipt(self, digest: str) -> Response:
        """``GET /receipts/{digest}``."""

    def contract(self, source: str, contract_id: str) -> Response:
        """``GET /contracts/{id}``."""


class Handler(BaseHTTPRequestHandler):
    """The routes of the door's document that a provider uses."""

    protocol_version = "HTTP/1.1"
    of: Answering

    def do_POST(self) -> None:
        """``POST /events``, in each content mode of the CloudEvents binding."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if urlsplit(self.path).path != "/events":
            self._routed("POST")
            return
        try:
            raws = _events(self.headers.get("Content-Type", ""), dict(self.headers.items()), body)
        except LookupError as error:
            self._reply(*problem(415, str(error)))
            return
        failure = self.of.failure()
        if failure and failure[0]:
            self._failed(*failure)
            return
        answer = self.of.events(raws)
        if failure:
            self.close_connection = True
            return
        self._reply(*answer)

    def do_GET(self) -> None:
        """What a source may ask."""
        if failure := self.of.failure():
            self._failed(*failure)
            return
        self._routed("GET")

    def do_OPTIONS(self) -> None:
        """The webhook's handshake."""
        if urlsplit(self.path).path != "/events":
            self._routed("OPTIONS")
            return
        headers = {"Allow": "OPTIONS, POST"}
        if origin := self.headers.get("WebHook-Request-Origin"):
            headers |= {"WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": "30000"}
        self._reply(200, None, headers)

    def do_PUT(self) -> None:
        """Nothing is put, patched or deleted here."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._routed(self.command)

    do_PATCH = do_DELETE = do_PUT  # noqa: N815 - as the library has it

    def _routed(self, method: str) -> None:
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        _, first, *rest = unquote(parts.path).split("/", 2)
        match first, *rest:
            case ["events"]:
                self._reply(*problem(405, "POST is allowed", {"Allow": "OPTIONS, POST"}))
            case ["answers" | "receipts" | "contracts" | ".well-known" | "openapi.json", *_] if method != "GET":
                self._reply(*problem(405, "GET is allowed", {"Allow": "GET, HEAD"}))
            case ["answers"]:
                self._answers(asked)
            case ["receipts", digest]:
                self._reply(*self.of.receipt(digest))
            case ["contracts", id_]:
                source = self._source(asked)
                self._reply(*(self.of.contract(source, id_) if isinstance(source, str) else source))
            case [".well-known", "jwks.json"]:
                self._reply(200, {"keys": []}, {"Content-Type": "application/jwk-set+json"})
            case ["openapi.json"]:
                self._reply(200, json.loads((files("psdf_provider") / "openapi.json").read_text("utf-8")), {})
            case _:
                self._reply(*problem(404, "there is no such thing"))

    def _answers(self, asked: Mapping[str, str]) -> None:
        source = self._source(asked)
        if not isinstance(source, str):
            self._reply(*source)
            return
        after, wait, limit = asked.get("after", ""), asked.get("wait", "0"), asked.get("limit", "100")
        if not (wait.isascii() and wait.isdigit()):
            self._reply(*problem(400, f"wait is {wait[:20]}: give whole seconds, at most 60"))
        elif not (limit.isascii() and limit.isdigit() and 1 <= int(limit[:9]) <= LARGEST_PAGE):
            self._reply(*problem(400, f"limit is {limit[:20]}: give 1 to {LARGEST_PAGE}"))
        elif "text/event-stream" in self.headers.get("Accept", ""):
            self._stream(source, self.headers.get("Last-Event-ID") or after)
        else:
            self._reply(*self.of.answers(source, after, min(int(wait[:9]), 60), int(limit)))

    def _stream(self, source: str, after: str) -> None:
        """All that there is, and what comes within a moment; then the connection ends, as connections do."""
        status, page, headers = self.of.answers(source, after, 1, LARGEST_PAGE)
        if status != HTTPStatus.OK:
            self._reply(status, page, headers)
            return
        said = [f"id: {each['cursor']}\ndata: {json.dumps(each)}\n\n" for each in page["answers"]]
        self.close_connection = True
        self._written(200, "".join(said).encode() or b": nothing new\n\n", {"Content-Type": "text/event-stream"})

    def _source(self, asked: Mapping[str, str]) -> str | Response:
        """Who asks: by its token where keys are known, else as it says; or what is answered to nobody."""
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and len(token.split(".")) == PARTS_OF_A_TOKEN:
            head, claims = (part_of(part) for part in token.split(".")[:2])
            if head.get("kid") in self.of.public_keys and isinstance(claims.get("iss"), str):
                return str(claims["iss"])
        if self.of.public_keys or token:
            return problem(401, "the token names no key of its source that is valid now, by EdDSA")
        return asked.get("source") or problem(400, "whose? Give ?source=, such as /providers/300111224")

    def _failed(self, status: int, retry_after: float | None) -> None:
        if status == 0:
            self.close_connection = True
            return
        headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
        self._reply(*problem(status, "as the test asked for", headers))

    def _reply(self, status: int, record: Any, headers: Mapping[str, str]) -> None:  # noqa: ANN401 - any record
        body = b"" if record is None else json.dumps(record, ensure_ascii=False).encode()
        self._written(status, body, {"Content-Type": "application/json", **headers})

    def _written(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, text in headers.items():
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the library has it
        """Say nothing of requests."""


def _events(kind: str, headers: Mapping[str, str], body: bytes) -> list[bytes]:
    """The events of a body; what is no batch is one that can't be read. Raises LookupError for another kind."""
    mode, given = kind.partition(";")[0].strip().lower(), {name.lower(): text for name, text in headers.items()}
    if "ce-specversion" in given and not mode.startswith("application/cloudevents"):
        said = {name[3:]: unquote(text) for name, text in given.items() if name.startswith("ce-")}
        head = json.dumps({**said, "datacontenttype": kind or "application/json"}, ensure_ascii=False)
        return [head[:-1].encode() + b',"data":' + body + b"}"]
    if mode == "application/cloudevents-batch+json":
        try:
            return _elements(body.decode())
        except (ValueError, IndexError):
            return [body]
    if mode == "application/x-ndjson":
        return [line for line in body.splitlines() if line.strip()]
    if mode in ("application/cloudevents+json", "application/json"):
        return [body]
    raise LookupError(f"Content-Type is {mode or 'missing'}: it is none of an event")


def _elements(text: str) -> list[bytes]:
    """The elements of a list, each with its own bytes: a signature is over these. Raises ValueError, IndexError."""
    json.loads(text)
    decoder, found, at = json.JSONDecoder(), list[bytes](), text.index("[") + 1
    while True:
        while text[at] in " \t\r\n,":
            at += 1
        if text[at] == "]":
            return found
        start = at
        _, at = decoder.raw_decode(text, at)
        found.append(text[start:at].encode())


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None, **more: object) -> Response:
    """The answer to a fault, by RFC 9457."""
    record = {"type": "about:blank", "title": "Not as asked", "status": status, "detail": detail, **more}
    return status, record, {"Content-Type": PROBLEM, **(headers or {})}


def part_of(text: str) -> dict[str, Any]:
    """An object in base64url, as tokens and cursors have it; empty for what is none."""
    try:
        found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError, UnicodeError):
        return {}
    return found if isinstance(found, dict) else {}
