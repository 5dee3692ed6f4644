"""What commands show: tables, sums in euro, progress."""

import re
import shutil
import textwrap
from collections.abc import Iterable, Sequence
from datetime import date

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from shared.kernel.language import LANGUAGES

NARROWEST, NARROWEST_TEXT = 160, 40
SPACE_IN_SUM = re.compile(r"(?<=\d) (?=\d{3}\b)|(?<=[.,]\d\d) (?=E)")


def screen() -> Console:
    """The terminal; a pipe or file is wide enough for the tables, and takes no colours."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=max(NARROWEST, shutil.get_terminal_size().columns))
    return console


def say(text: object) -> None:
    """A line as it is: nothing in it is a mark of rich's, and a terminal does not break it."""
    screen().print(text, markup=False, soft_wrap=True)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """A table; a column named with ``>`` in front is of numbers: it stands to the right and is never cut."""
    made = Table(title=title or None, title_justify="left", title_style="bold", header_style="bold", box=SIMPLE_HEAD)
    cells = [[cell if isinstance(cell, Text) else Text(str(cell)) for cell in row] for row in rows]
    for at, column in enumerate(columns):
        name, number = column.lstrip(">"), column.startswith(">")
        widest = max((len(row[at]) for row in cells), default=0)
        made.add_column(
            name,
            justify="right" if number else "left",
            no_wrap=number,
            min_width=max(widest, len(name)) if number else None,
        )
    for row in cells:
        made.add_row(*row)
    return made


def short(text: str, longest: int = 40) -> str:
    """A name, cut where it is long."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def money(cents: int, lang: str = "en") -> Text:
    """A sum in euro; less than nothing stands out."""
    return Text(LANGUAGES[lang].sum_of(cents), style="red" if cents < 0 else "")


def lines(console: Console, text: str, indent: int) -> list[str]:
    """A sentence in lines that fit beside an indent, no sum broken; for a pipe or file it stays one line."""
    if not console.is_terminal:
        return [text]
    return textwrap.wrap(SPACE_IN_SUM.sub("\u00a0", text), max(console.width - indent, NARROWEST_TEXT))


def days_left(days: int, overdue: str = "overdue") -> Text:
    """Days to a term; a term that is missed stands out."""
    if days < 0:
        return Text(f"{-days} {overdue}", style="red")
    return Text(f"{days}", style="yellow" if days <= 3 else "")  # noqa: PLR2004 - as the alarm of the dashboards


def day(on: date | None) -> str:
    """A date, or nothing."""
    return on.isoformat() if on else ""


def progress(console: Console, unit: str) -> Progress:
    """A bar with a count, shown on a terminal only."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )
