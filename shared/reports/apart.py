"""A reading in a process of its own: what it takes of memory and time is not taken from whoever asks."""

import multiprocessing
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from multiprocessing.connection import Connection
from typing import Any, TypeVar

import msgspec

from services.all import SERVICES
from shared.adapters.sqlite.store import SqliteStore
from shared.engine.faults import Broken, Unavailable
from shared.journal.home import Home, HomeError, reading
from shared.kernel.fund import Fund
from shared.kernel.language import LANGUAGES, Language
from shared.kernel.value import value
from shared.messages.read import Malformed
from shared.reports.draft_budget import Assumptions, draft_budget
from shared.reports.draft_note import draft_files, lines_table, paragraphs
from shared.reports.questions import Question
from shared.reports.what_if import Answer, what_if
from shared.reports.year.files import papers, tables_of
from shared.reports.year.proof import Untied
from shared.reports.year.table import Table
from shared.reports.year.year import Report, make_report

TOLD = (ValueError, HomeError, Broken, Unavailable, Untied, Malformed)
"""What a reading may raise: its words are handed on."""

T = TypeVar("T")


class Failed(Exception):  # noqa: N818 - what the reading did
    """The reading gave nothing: why, in words."""


class TooLong(Failed):
    """It took longer than it may."""


class Busy(Failed):
    """Another one is under way."""


@value
class Drawn:
    """A report as it is shown: its tables in a language, and the papers that it has, by name and both titles."""

    tables: tuple[Table, ...]
    papers: tuple[tuple[str, str, str], ...]


def apart(make: Callable[..., T], *given: object, timeout_s: float) -> T:
    """What a function of this module's kind gives (async, one that can be named), made in a process of its own.

    It ends within so many seconds. Raises TooLong where it did not, Failed with its own words where it could not.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_made, args=(there, make, given, dict(LANGUAGES)), daemon=True)
    process.start()
    there.close()
    try:
        if not here.poll(timeout_s):
            raise TooLong(f"it took longer than {timeout_s:.0f} seconds and was stopped")
        told, said = here.recv()
    except EOFError:
        process.join()
        raise Failed(f"the process that made it ended with code {process.exitcode}") from None
    finally:
        process.kill()
        process.join()
        here.close()
    if not told:
        raise Failed(said)
    result: T = said
    return result


def _made(
    there: Connection, make: Callable[..., Any], given: tuple[object, ...], languages: Mapping[str, Language]
) -> None:
    import asyncio

    LANGUAGES.update(languages)  # a fund's own came with its file, which is not read again here
    try:
        there.send((True, asyncio.run(make(*given))))
    except TOLD as error:
        there.send((False, str(error)))


# --- what may be asked of it


async def drawn(home: Home, fund: Fund, year: int, cut_off: date, lang: str) -> Drawn:
    """The report of a year at the end of a day: tables, and which papers there are."""
    report = await _report(home, fund, year, cut_off)
    named = tuple((paper.name, paper.title_lt, paper.title_en) for paper in papers(report))
    return Drawn(tables=tables_of(report, lang), papers=named)


async def paper(home: Home, fund: Fund, year: int, cut_off: date, name: str) -> bytes:
    """One paper as PDF. Raises ValueError for a name that no paper has."""
    report = await _report(home, fund, year, cut_off)
    found = next((each for each in papers(report) if each.name == name), None)
    if found is None:
        raise ValueError(f"{name} is no paper of {year}")
    return found.pdf()


async def answered(home: Home, fund: Fund, question: Question, horizon: date, like: int | None) -> Answer:
    """A what-if, without the events that it assumed."""
    with reading(home) as connection:
        answer = await what_if(connection, fund, question, horizon, like=like)
    return replace(answer, comes=replace(answer.comes, events=()))


@value
class DraftShown:
    """A draft of the next budget as it is shown: its tables, its note, and the data of the event that it may become."""

    year: int
    tables: tuple[Table, ...]
    note: tuple[str, ...]
    edition: Mapping[str, Any]


async def drafted(home: Home, fund: Fund, year: int, cut_off: date, assume: Assumptions) -> DraftShown:
    """The draft of the budget after a year, from its execution to the end of a month."""
    draft = draft_budget(await _report(home, fund, year, cut_off), assume)
    edition: dict[str, Any] = msgspec.to_builtins(draft.edition)
    tables = tuple(lines_table(draft, side) for side in ("revenue", "expenses"))
    return DraftShown(year=draft.year, tables=tables, note=tuple(paragraphs(draft)), edition=edition)


async def draft_paper(home: Home, fund: Fund, year: int, cut_off: date, assume: Assumptions) -> bytes:
    """Its explanatory note with the forecast, as PDF."""
    return draft_files(draft_budget(await _report(home, fund, year, cut_off), assume), fund)["biudzeto-projektas.pdf"]


async def _report(home: Home, fund: Fund, year: int, cut_off: date) -> Report:
    with reading(home) as connection:
        stores = {service.name: SqliteStore(connection, service.name) for service in SERVICES}
        return await make_report(stores, fund, year, cut_off)
