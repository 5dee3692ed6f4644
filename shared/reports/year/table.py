"""A table of a report: columns, rows and cells, for every writer to write."""

from datetime import date
from typing import Literal, TypeAlias

from shared.kernel.value import value

Kind: TypeAlias = Literal["text", "money", "count", "date"]
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


def day(key: str, label: str) -> Column:
    """A column of days."""
    return Column(key=key, label=label, kind="date")


def count(key: str, label: str) -> Column:
    """A column of whole numbers."""
    return Column(key=key, label=label, kind="count")
