"""A reading in a process of its own: what it takes of memory and time is not taken from whoever asks."""

import multiprocessing
from collections.abc import Callable, Iterator, Mapping, MutableSequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

import msgspec

from services.all import SERVICES
from shared.adapters.sqlite.store import SqliteStore
from shared.engine.faults import Broken, Unavailable
from shared.journal.apart import LARGE, Failed, apart, ends_at, last_commit
from shared.journal.fold import at_once
from shared.journal.home import Home, HomeError, reading
from shared.journal.services import Stores
from shared.kernel.fund import Fund
from shared.kernel.value import value
from shared.messages.read import Malformed
from shared.reports.draft_budget import Assumptions, draft_budget
from shared.reports.draft_note import draft_files, lines_table, paragraphs
from shared.reports.questions import Question
from shared.reports.what_if import Answer, what_if
from shared.reports.year.files import papers, tables_of
from shared.reports.year.proof import Untied
from shared.reports.year.table import Table
from shared.reports.year.year import Beside, Report, beside_payments, make_report, money_of, report_from

TOLD = (ValueError, HomeError, Broken, Unavailable, Untied, Malformed)
"""What a reading may raise: its words are handed on."""

T = TypeVar("T")


class TooLong(Failed):
    """It took longer than it may."""


class Busy(Failed):
    """Another one is under way."""


@value
class Drawn:
    """A report as it is shown: its tables in a language, and the papers that it has, by name and both titles."""

    tables: tuple[Table, ...]
    papers: tuple[tuple[str, str, str], ...]


def made_within(make: Callable[..., T], *given: object, timeout_s: float) -> T:
    """What a function of this module's kind gives, made in a process of its own, which ends within so many seconds.

    Raises TooLong where it did not, Failed with its own words where it could not.
    """
    with apart(make, *given, may_raise=TOLD) as made:
        if not made.ended(timeout_s):
            raise TooLong(f"it took longer than {timeout_s:.0f} seconds and was stopped")
        return made.result()


# --- what may be asked of it


def drawn(home: Home, fund: Fund, year: int, cut_off: date, lang: str) -> Drawn:
    """The report of a year at the end of a day: tables, and which papers there are."""
    report = report_of(home, fund, year, cut_off)
    named = tuple((paper.name, paper.title_lt, paper.title_en) for paper in papers(report))
    return Drawn(tables=tables_of(report, lang), papers=named)


def paper(home: Home, fund: Fund, year: int, cut_off: date, name: str) -> bytes | None:
    """One paper as PDF; None for a name that no paper has."""
    report = report_of(home, fund, year, cut_off)
    found = next((each for each in papers(report) if each.name == name), None)
    return found.pdf() if found else None


def answered(
    home: Home, fund: Fund, question: Question, horizon: date, like: int | None, passed: MutableSequence[int]
) -> Answer:
    """A what-if, without the events that it assumed; ``passed`` holds how many days were played, of how many."""

    def told(days: int, of: int) -> None:
        passed[:] = [days, of]

    with reading(home) as connection:
        answer = at_once(what_if(connection, fund, question, horizon, like=like, passed=told))
    return replace(answer, comes=replace(answer.comes, events=()))


@value
class DraftShown:
    """A draft of the next budget as it is shown: its tables, its note, and the data of the event that it may become."""

    year: int
    tables: tuple[Table, ...]
    note: tuple[str, ...]
    edition: Mapping[str, Any]


def drafted(home: Home, fund: Fund, year: int, cut_off: date, assume: Assumptions) -> DraftShown:
    """The draft of the budget after a year, from its execution to the end of a month."""
    draft = draft_budget(report_of(home, fund, year, cut_off), assume)
    edition: dict[str, Any] = msgspec.to_builtins(draft.edition)
    tables = tuple(lines_table(draft, side) for side in ("revenue", "expenses"))
    return DraftShown(year=draft.year, tables=tables, note=tuple(paragraphs(draft)), edition=edition)


def draft_paper(home: Home, fund: Fund, year: int, cut_off: date, assume: Assumptions) -> bytes:
    """Its explanatory note with the forecast, as PDF."""
    return draft_files(draft_budget(report_of(home, fund, year, cut_off), assume), fund)["biudzeto-projektas.pdf"]


def report_of(home: Home, fund: Fund, year: int, cut_off: date) -> Report:
    """The report of a year at the end of a day. A large journal is read by two processes at once.

    Raises as ``make_report``, and HomeError.
    """
    last = last_commit(home)
    with _stores(home, last) as stores:
        if last < LARGE or multiprocessing.current_process().daemon:  # a daemon may start none
            return at_once(make_report(stores, fund, year, cut_off))
        with apart(_beside_payments, home, year, cut_off, last, may_raise=TOLD) as beside:
            money = at_once(money_of(stores, fund, year, cut_off))
            try:
                return report_from(fund, year, cut_off, money, beside.result())
            except Failed as error:
                raise HomeError(str(error)) from None


def _beside_payments(home: Home, year: int, cut_off: date, last: int) -> Beside:
    with _stores(home, last) as stores:
        return at_once(beside_payments(stores, year, cut_off))


@contextmanager
def _stores(home: Home, last: int) -> Iterator[Stores]:
    with reading(home) as connection:
        ends_at(connection, last)
        yield {service.name: SqliteStore(connection, service.name) for service in SERVICES}
