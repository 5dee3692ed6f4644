"""What a page is made of: plain records, which one template writes as HTML, and machines read as JSON or CSV."""

from dataclasses import field
from datetime import date
from typing import Any, Literal, TypeAlias, get_args

from shared.kernel.value import value

Tone: TypeAlias = Literal["", "good", "warn", "bad", "quiet"]


@value
class Link:
    """Words that lead to another page; ``hint`` is told beside them in small letters."""

    text: str
    href: str
    hint: str = ""


@value
class Tag:
    """A state in a word; the tone only colours it."""

    text: str
    tone: Tone = ""


Cell: TypeAlias = str | int | date | Link | Tag | None
Kind: TypeAlias = Literal["text", "id", "money", "count", "date", "bar"]
KINDS: dict[str, Kind] = {kind: kind for kind in get_args(Kind)}
Level: TypeAlias = Literal["line", "part", "total"]


@value
class Column:
    """A column: its key for machines, its heading, and what stands in it (money is cents, a bar is SVG, an id is held together)."""

    key: str
    label: str
    kind: Kind = "text"


@value
class Row:
    """A row: its cells; a total or a part of the line above."""

    cells: tuple[Cell, ...]
    level: Level = "line"

    @classmethod
    def of(cls, *cells: Cell, level: Level = "line") -> "Row":
        """A row of these cells."""
        return cls(cells=cells, level=level)


@value
class Table:
    """A table with its title; ``empty`` is said where there are no rows, ``note`` below, ``more`` leads to all."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    empty: str = ""
    note: str = ""
    more: Link | None = None


@value
class Card:
    """One number that matters: what, how much, and what it means."""

    label: str
    value: str
    note: str = ""
    href: str = ""
    tone: Tone = ""


@value
class Cards:
    """Cards side by side."""

    cards: tuple[Card, ...]


@value
class Chart:
    """A picture with its title and sentence; ``table`` holds the same numbers."""

    title: str
    svg: str
    sentence: str
    table: Table | None = None


@value
class Step:
    """One event of a story; ``gap`` tells how many days passed since the one before."""

    day: date
    time: str
    service: str
    sentence: str
    rules: tuple[Link, ...]
    numbers: tuple[tuple[str, str], ...]
    event: Link
    gap: str = ""
    tone: Tone = ""


@value
class Timeline:
    """A story, step by step."""

    title: str
    steps: tuple[Step, ...]


@value
class Facts:
    """Names and what they are."""

    title: str
    rows: tuple[tuple[str, Cell], ...]


@value
class Quote:
    """A point of law, word for word or summed up (``ours``)."""

    point: Link
    act: str
    wording: str
    ours: bool


@value
class Quotes:
    """The points that decided."""

    title: str
    quotes: tuple[Quote, ...]


@value
class Text:
    """A paragraph; a list of links may follow."""

    text: str
    title: str = ""
    links: tuple[Link, ...] = ()
    tone: Tone = ""


@value
class Choice:
    """A field of a form that narrows a list down: free text, a day, or one of some; ``none`` is said for none of them."""

    name: str
    label: str
    value: str
    options: tuple[tuple[str, str], ...] = ()
    kind: str = "search"
    none: str = ""


@value
class Filter:
    """A form that asks the same page for less; it works without scripts and changes nothing. ``button`` is its word."""

    action: str
    choices: tuple[Choice, ...]
    button: str = ""


@value
class Input:
    """One input of a form that changes something: how it is asked for, what stands in it, and what is wrong with it.

    ``kind`` is an HTML type, ``select``, or ``textarea``; ``hint`` is told before, ``fault`` where it did not fit.
    """

    key: str
    label: str
    kind: str = "text"
    value: str = ""
    options: tuple[tuple[str, str], ...] = ()
    hint: str = ""
    fault: str = ""
    needed: bool = False
    longest: int | None = None


@value
class Rows:
    """Rows of inputs under one title; ``columns`` are their headings."""

    key: str
    label: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Input, ...], ...]


@value
class Button:
    """What sends a form: the value of ``action`` that it sends, and its words; ``has_file``: with the file of the form."""

    action: str
    text: str
    tone: Tone = ""
    has_file: bool = False


@value
class Form:
    """A form that changes something once it is sent; ``faults`` are its summary, each leading to its input.

    ``links`` lead to where it will be seen; ``has_file``: an input of it is a file.
    """

    title: str
    action: str
    inputs: tuple[Input | Rows, ...]
    buttons: tuple[Button, ...]
    text: str = ""
    faults: tuple[Link, ...] = ()
    links: tuple[Link, ...] = ()
    has_file: bool = False


@value
class Signature:
    """Where a paper is signed: what the signature means, and a line for each thing written by hand. Only print has it."""

    title: str
    lines: tuple[str, ...]


Block: TypeAlias = Cards | Chart | Facts | Filter | Form | Quotes | Signature | Table | Text | Timeline


@value
class Page:
    """A page: its title, the sentence that answers its question, its blocks; ``data`` is for machines alone.

    While it is ``live`` it refreshes itself: when something is decided, or each so many seconds (``again_s``).
    ``progress`` is where it hears how far its answer is, while that is made. ``until`` is the day at whose end its numbers stand, where that is not the day that is asked about.
    """

    title: str
    lead: str
    blocks: tuple[Block, ...]
    nav: str = ""
    crumbs: tuple[Link, ...] = ()
    tag: Tag | None = None
    status: int = 200
    live: bool = True
    again_s: int = 0
    progress: str = ""
    until: date | None = None
    data: dict[str, Any] = field(default_factory=dict)


def table_of(block: Block) -> Table | None:
    """The table that a block is, or that stands behind its picture."""
    table = block.table if isinstance(block, Chart) else block
    return table if isinstance(table, Table) else None
