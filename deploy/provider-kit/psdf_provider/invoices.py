"""Invoices: the record that the door takes, how it is read from a file, and how it becomes an event."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from pydantic import ValidationError, model_validator

from psdf_provider.contract import InvoiceSubmitted
from psdf_provider.errors import FileError

TYPE = "invoice.submitted"
NAMESPACE = UUID("0f6f7c0e-6d1b-5f0a-9d0e-2f5c9b1f6a53")
SODRA = "SODRA"
_SHOWN = 60


class Invoice(InvoiceSubmitted):
    """An invoice, or a credit to one, as it is sent: cents are whole, days are ``date``s."""

    @model_validator(mode="after")
    def _is_its_own(self) -> "Invoice":
        theirs = f"{self.provider_code}/{self.number}"
        if self.invoice_id != theirs:
            raise ValueError(f"invoice_id '{self.invoice_id}' is not '{theirs}', the provider's code and the number")
        if self.provider_code == SODRA:
            raise ValueError("provider_code SODRA is kept for the compensations of point 22")
        return self

    @property
    def sender(self) -> str:
        """The ``source`` of its event."""
        return f"/providers/{self.provider_code}"

    @property
    def event_id(self) -> str:
        """The id of its event: the same for the same content, whenever and wherever it is sent."""
        said = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        return str(uuid5(NAMESPACE, f"{self.sender}\n{said}"))

    def event(self, at: datetime | None = None, event_id: str = "") -> bytes:
        """Its CloudEvent in structured JSON; ``at`` is its moment (now), which no key may have signed long before."""
        moment = at or datetime.now(UTC)
        if moment.tzinfo is None:
            raise ValueError(f"{moment.isoformat()} has no offset: nobody can say which moment it is")
        attributes = {
            "specversion": "1.0",
            "id": event_id or self.event_id,
            "source": self.sender,
            "type": TYPE,
            "subject": self.invoice_id,
            "time": moment.isoformat(timespec="seconds"),
            "datacontenttype": "application/json",
            "data": self.model_dump(mode="json"),
        }
        return json.dumps(attributes, ensure_ascii=False, separators=(",", ":")).encode()


def invoice(data: dict[str, Any] | str | bytes) -> Invoice:
    """The invoice of its data. Raises FileError, which names each field that is wrong."""
    text = data if isinstance(data, str | bytes) else json.dumps(data)
    try:
        json.loads(text, object_pairs_hook=_once)
        return Invoice.model_validate_json(text)
    except ValidationError as error:
        raise FileError("; ".join(_faults(error))) from None
    except (ValueError, RecursionError) as error:
        raise FileError(_no_json(error)) from None


def read(path: Path) -> Iterator[Invoice]:
    """The invoices of a file: one as JSON, a list of them, or one a line; as data, or as whole CloudEvents.

    Raises FileError, which names the invoice by its place from 1.
    """
    parts = values_in(path)
    if len(parts) == 1 and isinstance(parts[0], list):
        parts = parts[0]
    for number, part in enumerate(parts, 1):
        try:
            yield invoice(part.get("data", part) if isinstance(part, dict) else part)
        except FileError as error:
            raise FileError(f"{path}, invoice {number}: {error}") from None


def values_in(path: Path) -> list[Any]:
    """The JSON of a file, one value after another. Raises FileError."""
    try:
        return list(_values(path.read_text(encoding="utf-8-sig")))
    except OSError as error:
        raise FileError(f"{path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise FileError(f"{path}: {_no_json(error)}") from None


def _values(text: str) -> Iterator[Any]:
    end = 0
    while begins := _SOMETHING.search(text, end):
        one, end = _DECODER.raw_decode(text, begins.start())
        yield one


def _no_json(error: ValueError | RecursionError) -> str:
    """Why a text is none, and where; the last words are Python's own."""
    if isinstance(error, json.JSONDecodeError):
        line, column = error.lineno, error.colno
        return f"ne JSON: {line} eilutė, {column} simbolis / no JSON: line {line}, column {column}: {error.msg}"
    return f"ne JSON, kurį galima suprasti vienaip / no JSON that can be read in one way only: {error}"


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object in which no key stands twice: the door takes no other one."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"'{twice[:_SHOWN]}' stands twice in one object")
    return found


_SOMETHING, _DECODER = re.compile(r"\S"), json.JSONDecoder(object_pairs_hook=_once)


def _faults(error: ValidationError) -> Iterator[str]:
    for each in error.errors(include_url=False)[:5]:
        where = ".".join(map(str, each["loc"]))
        match each["type"]:
            case "missing":
                yield f"{where} is missing"
            case "extra_forbidden":
                yield f"{where} is no field of an invoice"
            case "value_error":
                yield f"{where or 'data'}: {each['msg'].removeprefix('Value error, ')}"
            case _:
                yield f"{where}: {_shown(each['input'])} is not {_title(each['loc']) or each['msg']}"


def _title(where: tuple[int | str, ...]) -> str | None:
    """What the field must be, in the contract's words."""
    model: Any = InvoiceSubmitted
    if len(where) > 1:
        model = model.model_fields[str(where[0])].annotation.__args__[0]
    field = model.model_fields.get(str(where[-1]))
    return field.title if field else None


def _shown(given: object) -> str:
    text = json.dumps(given, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
