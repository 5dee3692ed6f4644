"""What commands show: tables, sums in euro, progress."""

import re
import shutil
import textwrap
from collections.abc import Iterable, Sequence
from datetime import date

from rich.box import SIMPLE_HEAD
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.measure import Measurement
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from shared.kernel.language import LANGUAGES

NARROWEST, NARROWEST_TEXT, WIDEST = 160, 40, 1_000
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


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> RenderableType:
    """A table; a column named with ``>`` in front is of numbers: it stands to the right and is never cut.

    Where a terminal is too narrow, it comes in parts, each with the columns of text that stand before the first number.
    """
    return _InParts(
        title, columns, [[cell if isinstance(cell, Text) else Text(str(cell)) for cell in row] for row in rows]
    )


class _InParts:
    """A table that is as wide as its console, or several of them."""

    def __init__(self, title: str, columns: Sequence[str], cells: Sequence[Sequence[Text]]) -> None:
        self._title, self._columns, self._cells = title, columns, cells

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        every = range(len(self._columns))
        first = next((at for at in every if self._columns[at].startswith(">")), len(every))
        named, shown = list(every[:first]), list(every[:first])
        for at in every[first:]:
            asked = Measurement.get(console, options.update(max_width=WIDEST), self._part([*shown, at])).minimum
            if shown != named and asked > options.max_width:
                yield self._part(shown)
                shown = list(named)
            shown.append(at)
        yield self._part(shown)

    def _part(self, shown: Sequence[int]) -> Table:
        made = Table(
            title=self._title or None, title_justify="left", title_style="bold", header_style="bold", box=SIMPLE_HEAD
        )
        for at in shown:
            name, number = self._columns[at].lstrip(">"), self._columns[at].startswith(">")
            widest = max((len(row[at]) for row in self._cells), default=0)
            made.add_column(
                name,
                justify="right" if number else "left",
                no_wrap=number,
                min_width=max(widest, len(name)) if number else None,
            )
        for row in self._cells:
            made.add_row(*(row[at] for at in shown))
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
