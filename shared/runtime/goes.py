"""What is decided in one go: neighbours of one sender, and small requests of many that wait at the same moment.

A go is durable by one write to the disk, which takes longer than to decide what is in it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby, islice
from typing import TypeAlias

import msgspec

from shared.engine.outbox import Message
from shared.kernel.calendar import day_of
from shared.messages.read import Event, Malformed, parse

MOST_AT_ONCE = 500
"""Messages that are decided in one go."""
BATCHABLE = frozenset({"contract.proposed", "invoice.submitted", "payment.reported"})
"""What comes in bulk, and of which a run in one go gives the same decisions as one by one."""
LAID_ASIDE_AT_ONCE = 1_000
"""Messages that can't be read that are laid aside in one go: the most of one request."""
FEW, TOGETHER = 50, 32
"""Messages of a request that is decided in one go with others, and the most requests of such a go."""
UNREADABLE = "unreadable"

Bulk: TypeAlias = tuple[str, date]
"""A bulk type, and the day of the events' own time: what all of a go have in common."""


@dataclass(slots=True, eq=False)
class Request:
    """A few messages of one kind that wait for their turn; ``told`` is what followed of their go, when it has."""

    raws: Sequence[bytes]
    kind: Bulk | str
    told: list[Message] | None = None


def together_with(first: Request, waiting: Iterable[Request]) -> list[Request]:
    """A request, and those of its kind that wait and are not decided yet: one go."""
    others = (each for each in waiting if each is not first and each.told is None and each.kind == first.kind)
    return [first, *islice(others, TOGETHER - 1)]


class _Peek(msgspec.Struct):
    """As much of a message as tells whether it may share a go with its neighbours."""

    type: str = ""
    time: datetime | None = None


_peek = msgspec.json.Decoder(_Peek)


def runs(raws: Sequence[bytes]) -> Iterator[list[bytes]]:
    """Split messages into goes: neighbours of a bulk type and day together, or that can't be read; others alone."""
    for key, run in groupby(enumerate(raws), key=lambda numbered: _together(*numbered)):
        members = [raw for _, raw in run]
        most = LAID_ASIDE_AT_ONCE if key is UNREADABLE else MOST_AT_ONCE
        for at in range(0, len(members), most):
            yield members[at : at + most]


def _together(number: int, raw: bytes) -> int | str | Bulk:
    """What neighbours must have in common; a number of its own for what stands alone."""
    try:
        if kind := _bulk(raw):
            return kind
        parse(raw, outside=True)
    except (Malformed, msgspec.MsgspecError, ValueError, RecursionError, OverflowError):
        return UNREADABLE
    return number


def _bulk(raw: bytes) -> Bulk | None:
    """The bulk type and the day of a message that has one. Raises ValueError for what can't be read."""
    peek = _peek.decode(raw)
    if peek.type in BATCHABLE and peek.time is not None and peek.time.tzinfo is not None:
        return peek.type, day_of(peek.time)
    return None


def kind_of(raws: Sequence[bytes], fault_of: Callable[[Event], str | None]) -> Bulk | str | None:
    """What all of some messages have in common with others: a bulk type and its day, or that none of them is taken.

    None where they have neither. ``fault_of`` is why one that can be read is not of whom it names.
    """
    try:
        kinds = {_bulk(raw) for raw in raws}
    except (msgspec.MsgspecError, ValueError, RecursionError, OverflowError):
        kinds = {None}
    if len(kinds) == 1 and (kind := kinds.pop()):
        return kind
    return UNREADABLE if are_laid_aside(raws, fault_of) else None


def are_laid_aside(raws: Iterable[bytes], fault_of: Callable[[Event], str | None]) -> bool:
    """Whether none of some messages is taken now: a flood of these is durable by few writes."""
    return all(_is_laid_aside(raw, fault_of) for raw in raws)


def _is_laid_aside(raw: bytes, fault_of: Callable[[Event], str | None]) -> bool:
    try:
        return fault_of(parse(raw, outside=True)) is not None
    except Malformed:
        return True
