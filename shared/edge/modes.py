"""The three content modes of the CloudEvents HTTP binding 1.0.2: structured, binary, batched; and lines of JSON.

Whatever the mode, what is handed on is one event a message in structured JSON: in the structured modes byte for byte as
it came, in the binary mode with the body's own bytes as ``data``, so that a signature over them fits.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from email.message import Message as Header
from http import HTTPStatus
from typing import Literal, TypeAlias
from urllib.parse import unquote_to_bytes

import msgspec
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException

Mode: TypeAlias = Literal["one", "lines", "batch", "binary"]

STRUCTURED, BATCH, LINES = "application/cloudevents+json", "application/cloudevents-batch+json", "application/x-ndjson"
PLAIN = "application/json"
"""Without ``ce-`` headers the binding does not call this an event; it is taken as one in structured mode."""
PREFIX = "ce-"
NO_HEADERS = frozenset({"ce-datacontenttype", "ce-data", "ce-data_base64"})
"""What the binary mode has no ``ce-`` header for: Content-Type and the body say it."""
_KINDS: dict[str, Mode] = {STRUCTURED: "one", PLAIN: "one", LINES: "lines", BATCH: "batch"}
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_JSON = re.compile(r"(application/json|text/json|[a-z]+/[0-9a-z.+-]+\+json)")


@dataclass(frozen=True)
class Form:
    """In which mode a body is; of the binary one the attributes that its headers say."""

    mode: Mode
    attributes: dict[str, str] = field(default_factory=dict)


def form_of(headers: Headers) -> Form:
    """Find the mode by the headers. Raises HTTPException 415 for what is no event, or not of a form that is read here.

    Raises HTTPException 400 for a ``ce-`` header that can't be decoded, or that stands twice.
    """
    coding = headers.get("content-encoding", "identity").strip().lower()
    if coding != "identity":
        raise _unsupported(
            f"Content-Encoding is {coding}: send the events as they are", {"Accept-Encoding": "identity"}
        )
    given = headers.get("content-type", "")
    kind, charset = _media_type(given)
    if charset not in ("utf-8", "utf8", "us-ascii"):
        raise _unsupported(f"charset is {charset}: JSON is UTF-8")
    if not kind.startswith("application/cloudevents") and PREFIX + "specversion" in headers:
        return Form("binary", dict(_attributes(headers, given)))
    if kind in _KINDS:
        return Form(_KINDS[kind])
    raise _unsupported(
        f"Content-Type is {kind or 'missing'}: give {STRUCTURED} (one event), {BATCH} or {LINES} (many), or the "
        "headers ce-specversion, ce-id, ... with the data as the body (binary mode)"
    )


def structured(attributes: dict[str, str], body: bytes) -> bytes:
    """The event of a binary message, as structured JSON; what is no JSON goes into ``data_base64``, as the format says.

    A string of the type Binary (``dssematerial``) is base64 in both modes.
    """
    members: dict[str, object] = {**attributes}
    if body.strip() and _is_json(attributes.get("datacontenttype", PLAIN), body):
        members["data"] = msgspec.Raw(body)
    elif body:
        members["data_base64"] = body
    return msgspec.json.encode(members)


def _media_type(given: str) -> tuple[str, str]:
    """The media type and charset of a Content-Type, in small letters."""
    header = Header()
    header["Content-Type"] = given
    if not given.strip():
        return "", "utf-8"
    charset = header.get_param("charset", "utf-8")
    return given.partition(";")[0].strip().lower(), str(charset).strip().lower()


def _attributes(headers: Headers, content_type: str) -> Iterable[tuple[str, str]]:
    seen: set[str] = set()
    for name in NO_HEADERS & {header.lower() for header in headers}:
        raise HTTPException(HTTPStatus.BAD_REQUEST, f"{name}: in binary mode Content-Type and the body say it")
    for header, text in headers.items():
        name = header.lower()
        if not name.startswith(PREFIX):
            continue
        if name in seen:
            raise HTTPException(HTTPStatus.BAD_REQUEST, f"{name} stands twice: nobody can say which is meant")
        seen.add(name)
        yield name.removeprefix(PREFIX), _decoded(name, text)
    if content_type:
        yield "datacontenttype", content_type


def _decoded(name: str, text: str) -> str:
    """A header's value: double quotes are taken off, then one round of percent-decoding; the bytes must be UTF-8."""
    plain = _QUOTED.sub(lambda found: re.sub(r"\\(.)", r"\1", found[1]), text)
    try:
        return unquote_to_bytes(plain.encode("latin-1")).decode()
    except UnicodeError:
        raise HTTPException(HTTPStatus.BAD_REQUEST, f"{name}: its percent-encoded bytes are not UTF-8") from None


def _is_json(content_type: str, body: bytes) -> bool:
    if not _JSON.fullmatch(content_type.partition(";")[0].strip().lower()):
        return False
    try:
        msgspec.json.decode(body, type=msgspec.Raw)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False
    return True


def _unsupported(why: str, headers: dict[str, str] | None = None) -> HTTPException:
    return HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, why, headers)
