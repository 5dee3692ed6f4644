"""Every type of event, by name; who is outside and who is a service; and what becomes of what can't be read."""

from collections.abc import Iterable
from types import ModuleType

from shared.events import (
    clock,
    contracts,
    internal,
    invoicing,
    keys,
    ministry,
    payments,
    providers,
    psdf,
    reconciliation,
    reserve,
    sodra,
    treasury,
    vlk,
    webhooks,
)
from shared.events.record import Record


def _of(*files: ModuleType) -> dict[str, type[Record]]:
    """Find the events of these files, in the order in which they stand there."""
    return {
        record.type: record
        for file in files
        for record in vars(file).values()
        if isinstance(record, type) and issubclass(record, Record) and record.type
    }


def beginnings(records: Iterable[type[Record]]) -> tuple[str, ...]:
    """How the sources begin that may send any of these: ``/tlk/`` of ``/tlk/{payer}``."""
    return tuple(sorted({source.partition("{")[0] for record in records for source in record.sources}))


_OUTSIDE = _of(clock, vlk, providers, treasury, ministry, sodra)
_SERVICE = _of(contracts, invoicing, payments, reserve, reconciliation, psdf)

CATALOGUE: dict[str, type[Record]] = _OUTSIDE | _SERVICE
"""The record of each type's data."""
_REGISTRY = _of(keys, webhooks)
INTERNAL: dict[str, type[Record]] = _of(internal) | _REGISTRY
"""What never leaves the fund: asked of an effect on the outside world, and its answer; keys and webhooks."""
REGISTRY: frozenset[str] = frozenset(_REGISTRY)
"""Keys with which sources sign, and where they are called: read from the beginning by every gate."""
OUTSIDE: frozenset[str] = frozenset(_OUTSIDE)
"""What comes from outside."""
ANSWERED_BY_NAME: tuple[str, ...] = beginnings(_of(vlk, treasury, ministry, sodra).values())
"""How the sources begin to whose events an answer names them; those of providers are known by what they are about."""
SERVICE: frozenset[str] = frozenset(_SERVICE)
"""What the services emit, and the fund of all of them (``psdf``), with the id of its cause."""
