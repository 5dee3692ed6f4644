"""How a file of the statute is read: exactly its keys, of exactly their types; a fault is told as a person reads it."""

import tomllib
from collections.abc import Iterator
from importlib.resources.abc import Traversable
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError, model_validator

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class StatuteError(ValueError):
    """A file of the statute cannot be used: the message names the file, the key, the value, and what is expected."""


class Table(BaseModel):
    """A table of a file: exactly the keys below, of exactly these types.

    What is in the fund's own language is ``name_lt`` in the packaged files, and may be ``name`` in those of others.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    @model_validator(mode="before")
    @classmethod
    def _in_its_own_language(cls, table: Any) -> Any:  # noqa: ANN401 - whatever the file has there
        if not isinstance(table, dict):
            return table
        own = {name.removesuffix("_lt"): name for name in cls.model_fields if name.endswith("_lt")}
        return {own.get(key, key) if own.get(key) not in table else key: given for key, given in table.items()}


T = TypeVar("T", bound=Table)


def read(file: Traversable, table: type[T]) -> T:
    """Read a file as its table. Raises StatuteError."""
    try:
        return table.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise StatuteError(f"{file}: cannot be read: {error.strerror}") from error
    except ValidationError as error:
        raise StatuteError("\n".join(f"{file}: {fault}" for fault in faults(error))) from error
    except ValueError as error:  # not UTF-8, or not TOML
        raise StatuteError(f"{file}: is no TOML file: {error}") from error


def faults(error: ValidationError) -> Iterator[str]:
    """Say each fault as a person reads it: ``parameters, entry 2, value: Input should be a valid integer, not 'x'``."""
    for fault in error.errors(include_url=False):
        place = ", ".join(f"entry {part + 1}" if isinstance(part, int) else part for part in fault["loc"])
        match fault["type"]:
            case "value_error":
                what = str(fault["ctx"]["error"])
            case "missing":
                what = "is missing"
            case "extra_forbidden":
                what = f"is no key here (it has the value {fault['input']!r})"
            case _:
                what = f"{fault['msg']}, not {fault['input']!r}"
        yield f"{place}: {what}" if place else what


def bytes_of(file: Traversable) -> bytes:
    """Read a file as it is. Raises StatuteError."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise StatuteError(f"{file}: cannot be read: {error.strerror}") from error
