"""Equal words, days and pots are held once, however often they were read.

A state that was decoded has a copy of its own of each: of the payer in every invoice, and of an invoice's number in
each list that it stands in. That is twice as much as all the rest.
"""

from collections import defaultdict
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any, TypeVar

T = TypeVar("T")
ALONE = (int, bool, bytes, type(None))
"""What takes next to nothing, or is never the same."""


class Same:
    """What was seen, at most so much of it; where there is more it is forgotten, and begun again."""

    def __init__(self, most: int) -> None:
        """Nothing is seen yet."""
        self._most = most
        self._seen: defaultdict[type, dict[Any, Any]] = defaultdict(dict)
        self._names: dict[type, tuple[str, ...]] = {}

    def held_once(self, said: T) -> T:
        """The same, in which all that is equal is one: a record, list or dictionary is changed in its place."""
        if sum(map(len, self._seen.values())) > self._most:
            self._seen.clear()
        held: T = self._held(said)
        return held

    def _held(self, said: Any) -> Any:  # noqa: ANN401 - whatever a state is made of
        kind = type(said)
        if kind in ALONE:
            return said
        if kind is str or kind is date:
            return self._seen[kind].setdefault(said, said)
        if isinstance(said, tuple):
            parts = tuple.__new__(kind, map(self._held, said))
            return self._seen[kind].setdefault(parts, parts) if all(type(part) is str for part in parts) else parts
        if kind is dict:
            pairs = [(self._held(key), self._held(value)) for key, value in said.items()]
            said.clear()
            said.update(pairs)
        elif kind is list:
            said[:] = map(self._held, said)
        elif is_dataclass(kind):
            for name in self._names_of(kind):
                setattr(said, name, self._held(getattr(said, name)))
        return said

    def _names_of(self, kind: type) -> tuple[str, ...]:
        if (names := self._names.get(kind)) is None:
            names = self._names[kind] = tuple(field.name for field in fields(kind))
        return names
