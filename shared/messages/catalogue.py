"""Every type of event, by name; who is outside and who is a service; and what becomes of what can't be read."""

from types import ModuleType
from typing import Annotated, ClassVar

from pydantic import Field

from shared.messages import (
    clock,
    contracts,
    invoicing,
    ministry,
    payments,
    providers,
    reconciliation,
    reserve,
    sodra,
    treasury,
    vlk,
)
from shared.messages.fields import Data, Moment, Sha256


def _said_by(*speakers: ModuleType) -> dict[str, type[Data]]:
    """Find the events of these files: each model that has a type of its own, in the order in which it stands there."""
    return {
        model.type: model
        for speaker in speakers
        for model in vars(speaker).values()
        if isinstance(model, type) and issubclass(model, Data) and "type" in vars(model)
    }


_OUTSIDE = _said_by(clock, vlk, providers, treasury, ministry, sodra)
_SERVICE = _said_by(contracts, invoicing, payments, reserve, reconciliation)

CATALOGUE: dict[str, type[Data]] = _OUTSIDE | _SERVICE
"""The model of each type's data."""
OUTSIDE: frozenset[str] = frozenset(_OUTSIDE)
"""What comes from outside, signed by its sender."""
SERVICE: frozenset[str] = frozenset(_SERVICE)
"""What the services emit, with the id of its cause."""


class Parked(Data):
    """What could not be read, as it came, with the error; it can be released again by hand."""

    type: ClassVar[str] = "{topic}.parked"
    subject: ClassVar[str] = "{topic}"
    speaker: ClassVar[tuple[str, ...]] = (
        "/contracts",
        "/invoicing",
        "/payments",
        "/reserve",
        "/reconciliation",
        "/door",
    )

    topic: Annotated[str, Field(min_length=1)] = Field(description="the type that it was sent as, else unknown")
    received: Moment
    error: str = Field(description="one line: the field, the value, and what was expected")
    raw_base64: str = Field(description="the message, byte for byte; the beginning of a longer one than can be kept")
    size_bytes: int | None = Field(default=None, description="how long the whole is, where it was cut")
    sha256: Sha256 | None = Field(default=None, description="the digest of the whole, where it was cut")
    lies_at: str | None = Field(
        default=None, description="where the whole lies, as topic/partition/offset, where it was cut"
    )
