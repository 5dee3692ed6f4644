"""A table of a report: columns, rows and cells, for every writer to write."""

from datetime import date
from typing import Literal, TypeAlias, get_args

from shared.kernel.value import value
from shared.reports.year.words import Voice

Kind: TypeAlias = Literal["text", "money", "count", "date"]
KINDS: dict[str, Kind] = {kind: kind for kind in get_args(Kind)}
Cell: TypeAlias = str | int | date | None
Level: TypeAlias = Literal["line", "part", "total"]


@value
class Column:
    """A column: its key for machines, its heading for people, and what stands in it (money is cents)."""

    key: str
    label: str
    kind: Kind = "money"


@value
class Row:
    """A row: its cells, and whether it is a line, a part of the line above it, or a total."""

    cells: tuple[Cell, ...]
    level: Level = "line"


@value
class Table:
    """A table with its key for machines and its title for people."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


def text(key: str, label: str) -> Column:
    """A column of text."""
    return Column(key=key, label=label, kind="text")


def columns_of(say: Voice, **kinds: str) -> tuple[Column, ...]:
    """Columns by their keys: what stands in each, and its heading's word where the key is not it, ``money|left``."""
    found = ((key, *kind.partition("|")) for key, kind in kinds.items())
    return tuple(Column(key=key, label=say(f"column.{word or key}"), kind=KINDS[kind]) for key, kind, _, word in found)
