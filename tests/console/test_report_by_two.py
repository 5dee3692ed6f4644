"""A large journal's report: read by two processes at once up to one commit, the same to the byte."""

import asyncio
import signal
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path
from shutil import copytree

import pytest

from shared.journal.apart import ends_at, last_commit
from shared.journal.fold import at_once
from shared.journal.home import Home, HomeError, reading
from shared.reports import apart
from shared.reports.year.files import report_files
from tests.runtime.funds import FUND

CUT_OFF = date(2022, 12, 31)


def test_26_two_processes_write_the_same_report_as_one(played: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(path=played)
    alone = report_files(apart.report_of(home, FUND, 2022, CUT_OFF), "lt")
    monkeypatch.setattr(apart, "LARGE", 1)
    monkeypatch.setattr(apart, "beside_payments", None)  # here; the other process has its own
    assert report_files(apart.report_of(home, FUND, 2022, CUT_OFF), "lt") == alone


def test_26_what_is_committed_meanwhile_is_in_neither(played: Path) -> None:
    home = Home(path=played)
    last = last_commit(home)
    with reading(home) as journal:
        ends_at(journal, last - 100)
        assert journal.execute("SELECT max(rowid) FROM main.commits").fetchone() == (last,)
        assert journal.execute("SELECT count(*) FROM commits").fetchone() == (last - 100,)


def test_26_what_the_other_process_finds_broken_is_said(
    played: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(path=copytree(played, tmp_path / "home"))
    with closing(sqlite3.connect(home.journal)) as journal, journal:
        journal.execute("UPDATE commits SET hash = zeroblob(32) WHERE service = 'reserve' AND version = 1")
    monkeypatch.setattr(apart, "LARGE", 1)
    with pytest.raises(HomeError, match="contradicts itself: stream reserve: commit 1"):
        apart.report_of(home, FUND, 2022, CUT_OFF)


class Large:
    """What nobody should ask for its words."""

    asked = 0

    def __repr__(self) -> str:
        self.asked += 1
        return "very many words"


def test_nobody_asks_what_a_reading_looks_like_in_words() -> None:
    async def reading() -> Large:
        return Large()

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # as in a command: a worker of tests has another
    try:
        assert asyncio.run(reading()).asked  # what Python's own does: where it does not any more, ``at_once`` may go
        assert not at_once(reading()).asked
    finally:
        signal.signal(signal.SIGINT, before)
