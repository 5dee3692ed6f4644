"""What a browser sends: the fields of a form, and a file that goes with them, byte for byte."""

import re
from collections.abc import Iterator
from http import HTTPStatus
from urllib.parse import parse_qsl

from starlette.requests import Request

from shared.console.pages.blocks import Page
from shared.console.pages.view import View
from shared.kernel.value import value

MAX_BYTES, MAX_FIELDS = 1_000_000, 20_000
"""How much a form may hold."""
NO_TEXT = ("joje ne UTF-8 tekstas", "its text is no UTF-8")
TOO_MANY = (f"joje daugiau nei {MAX_FIELDS} laukų", f"it has more than {MAX_FIELDS} fields")
FORM = "application/x-www-form-urlencoded"
MAX_FILE_BYTES = 8_000_000
FILE_FORM = re.compile(r"multipart/form-data; *boundary=\"?([0-9A-Za-z'()+_,./:=?-]{1,70})\"?", re.IGNORECASE)
PART = re.compile(
    rb'\r\ncontent-disposition: *form-data; *name="([^"\r\n]*)"(?:; *filename="([^"\r\n]*)")?[^\r\n]*'
    rb"(?:\r\n[^\r\n]+)*\r\n\r\n",
    re.IGNORECASE,
)
"""How a part of a form with a file begins: the name of its field, the file's own where it is one, and other headers."""


class NotAForm(Exception):  # noqa: N818 - what is so
    """What no page of ours sends, or more than is taken: why, in Lithuanian and in English, and the answer's status."""

    def __init__(self, status: HTTPStatus, lt: str, en: str) -> None:
        super().__init__(en)
        self._status, self._lt, self._en = status, lt, en

    def page(self, view: View, _: dict[str, str]) -> Page:
        """What the browser is shown."""
        return Page(
            title=view.t("Tai nepriimta", "This was not taken"),
            lead=view.t(self._lt, self._en),
            blocks=(),
            nav="work",
            status=self._status,
            live=False,
        )


@value
class File:
    """A file as it was sent: its name, and its bytes. A browser sends one without a name where none was chosen."""

    name: str
    content: bytes


async def sent_form(request: Request) -> dict[str, str]:
    """What a form holds. Raises NotAForm for what no form of ours is, or more than one holds."""
    kind = _kind(request).partition(";")[0].strip().lower()
    if kind != FORM:
        raise _other(FORM, kind)
    body = await _body(request, MAX_BYTES, "psdf propose --file")
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except UnicodeDecodeError:
        raise _unreadable(*NO_TEXT) from None
    except ValueError:
        raise _unreadable(*TOO_MANY) from None


async def sent_with_file(request: Request) -> tuple[dict[str, str], File | None]:
    """What a form holds, and its file where it was sent with one. Raises NotAForm as ``sent_form``."""
    if not FILE_FORM.fullmatch(_kind(request)):
        return await sent_form(request), None
    written: dict[str, str] = {}
    file = None
    for name, part in await _parts(request, "psdf propose --file"):
        if isinstance(part, File):
            file = part
            continue
        try:
            written[name] = part.decode()
        except UnicodeDecodeError:
            raise _unreadable(*NO_TEXT) from None
    return written, file


async def sent_file(request: Request) -> File:
    """The file of a form. Raises NotAForm as ``sent_form``."""
    if not FILE_FORM.fullmatch(_kind(request)):
        raise _other("multipart/form-data", _kind(request))
    for name, part in await _parts(request, "psdf bank in"):
        if name == "file" and isinstance(part, File):
            return part
    raise NotAForm(HTTPStatus.BAD_REQUEST, "Formoje nėra failo.", "The form has no file.")


def _kind(request: Request) -> str:
    return request.headers.get("content-type", "").strip()


async def _parts(request: Request, command: str) -> Iterator[tuple[str, bytes | File]]:
    """The fields of a form with a file, by their names."""
    kind = FILE_FORM.fullmatch(_kind(request))
    assert kind
    body = await _body(request, MAX_FILE_BYTES, command)
    parts = (b"\r\n" + body).split(b"\r\n--" + kind[1].encode())[1:-1]  # after the last is how a form ends
    if len(parts) > MAX_FIELDS:
        raise _unreadable(*TOO_MANY)
    return _read(parts)


def _read(parts: list[bytes]) -> Iterator[tuple[str, bytes | File]]:
    for part in parts:
        if found := PART.match(part):
            content = part[found.end() :]
            file = None if found[2] is None else File(name=found[2].decode(errors="replace"), content=content)
            yield found[1].decode(errors="replace"), content if file is None else file


def _unreadable(lt: str, en: str) -> NotAForm:
    return NotAForm(HTTPStatus.BAD_REQUEST, f"Formos perskaityti nepavyko: {lt}.", f"The form can't be read: {en}.")


def _other(wanted: str, kind: str) -> NotAForm:
    kind = kind[:100] or "-"
    lt, en = f"Forma siunčiama kaip {wanted}, ne {kind}.", f"A form is sent as {wanted}, not {kind}."
    return NotAForm(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, lt, en)


async def _body(request: Request, most: int, command: str) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most:
            lt = f"Daugiausia priimama {most} baitų; kas didesnis, siunčiama komanda {command}."
            en = f"At most {most} bytes are taken; what is larger goes by {command}."
            raise NotAForm(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, lt, en)
    return bytes(body)
