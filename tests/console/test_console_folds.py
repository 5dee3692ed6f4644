"""Folded states are laid down in pieces and taken up as they were; what is equal in them is held once."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from services.all import SERVICES
from shared.console.index import folds
from shared.console.index.file import text
from shared.console.index.folds import SELDOM, Fold, folded, new_folds
from shared.console.index.follow import Follower
from shared.console.index.keeper import INDEX
from shared.console.index.same import Same
from shared.console.index.shelf import Shelf
from shared.engine.codec import StateCodec
from shared.journal.home import Home, reading
from shared.kernel.calendar import VILNIUS
from shared.kernel.value import value
from tests.runtime.funds import FUND


def test_states_of_a_year_are_taken_up_as_they_were_laid_down_piece_by_piece(
    played: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folds, "PIECE", 7)
    follower = Follower(Home(path=played), FUND, tmp_path / INDEX)
    follower.catch_up()
    held = {key: written(key, fold) for key, fold in follower._folds.items()}
    follower.close()
    with closing(sqlite3.connect(tmp_path / INDEX)) as index:
        again = {key: Fold(*key) for key in held}
        read = {fold.take_up(index) for fold in again.values()}
        (pieces,) = index.execute("SELECT count(*) FROM fold_piece WHERE field = 'done'").fetchone()
    assert read == {follower.read}
    assert {key: written(key, fold) for key, fold in again.items()} == held
    assert pieces > 1


def written(key: tuple[str, str], fold: Fold) -> bytes:
    """A state as its service keeps it: the order of every dictionary too."""
    service, stream = key
    domain = next(each for each in SERVICES if each.name == service).domain(stream)
    said = {name: plain(getattr(fold.state, name)) for name in SELDOM.get(key, ())}
    return StateCodec(domain.state).encode(replace(fold.state, **said))


def plain(said: object) -> object:
    """What lies on shelves, in dictionaries."""
    return {name: plain(each) for name, each in said.items()} if isinstance(said, Mapping) else said


@pytest.mark.parametrize("laid_down", [True, False])
def test_the_numbers_of_invoices_and_the_names_of_payers_are_held_once(
    played: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, laid_down: bool
) -> None:
    """However they came to be held: taken up where they were laid down, or folded from the first event on."""
    monkeypatch.setattr(folds, "LATELY", 1_000_000)
    follower = Follower(Home(path=played), FUND, tmp_path / INDEX)
    with reading(Home(path=played)) as journal:
        (last,) = journal.execute("SELECT max(rowid) FROM commits").fetchone()
    follower.upto = last // 2
    follower.catch_up()
    follower.close()
    with closing(sqlite3.connect(tmp_path / INDEX)) as index, reading(Home(path=played)) as journal:
        if not laid_down:
            index.execute("DELETE FROM fold")
        state = folded(index, journal, follower.read, sparing=True)["payments", "fund"].state
    kept = state.invoices.values()
    assert len(kept) > 40
    payers = [invoice.pot.payer for invoice in kept]
    assert len({id(payer) for payer in payers}) == len(set(payers)) > 1
    assert {id(number) for number in state.invoices} == {id(invoice.invoice_id) for invoice in kept}


class Pair(NamedTuple):
    one: str
    other: str


class Other(NamedTuple):
    one: str
    other: str


@value
class Record:
    words: list[str]
    by_pair: dict[tuple[str, str], date | datetime | int | bool]


def test_what_is_held_once_is_what_it_was_of_its_own_kind_and_in_its_own_order() -> None:
    moment = datetime(2022, 10, 30, 0, 30, tzinfo=VILNIUS)
    said = [
        Record(words=["b", "a", "b"], by_pair={Pair("x", "y"): date(2022, 1, 2), ("x", "z"): True}),
        Record(words=["a"], by_pair={("x", "z"): 1, Other("x", "y"): moment}),
        Record(words=[], by_pair={Pair("x", "y"): moment.astimezone(tz=None) + timedelta(0)}),
    ]
    before = repr(said)
    held = Same(100).held_once(said)
    assert held is said
    assert repr(held) == before


def test_what_was_seen_is_forgotten_where_it_is_too_much() -> None:
    same = Same(2)
    words = [same.held_once(f"{number}-{'x' * 20}") for number in range(10)]
    assert sum(map(len, same._seen.values())) <= 3
    again = same.held_once(f"{9}-{'x' * 20}")
    assert again is words[9]


def test_what_is_seldom_asked_for_is_on_shelves_and_nothing_of_it_is_held(played: Path, tmp_path: Path) -> None:
    follower = Follower(Home(path=played), FUND, tmp_path / INDEX)
    follower.catch_up()
    follower.close()
    with closing(sqlite3.connect(tmp_path / INDEX)) as index, reading(Home(path=played)) as journal:
        states = {key: fold.state for key, fold in folded(index, journal, follower.read, sparing=True).items()}
    fund, close = states["payments", "fund"], states["reconciliation", "close"]
    shelves = [fund.done, *fund.paid.values(), *close.executed.values()]
    assert {type(each) for each in shelves} == {Shelf}
    assert [each._held for each in shelves] == [{}] * len(shelves)
    assert min(len(fund.done), sum(map(len, fund.paid.values())), sum(map(len, close.executed.values()))) > 40


def test_a_day_of_which_no_order_is_left_stays_a_day(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / INDEX)) as index:
        index.executescript(text("tables.sql"))
        laid, taken = (Fold("payments", "fund", Same(10)) for _ in range(2))
        laid.state.paid = {date(2022, 3, 9): {}, date(2022, 3, 10): {}}
        laid.lay_down(index, 1)
        assert taken.take_up(index) == 1
        assert plain(taken.state.paid) == {date(2022, 3, 9): {}, date(2022, 3, 10): {}}
        laid.close()
        taken.close()


def test_what_is_begun_is_sparing_only_where_that_is_asked_for() -> None:
    assert {fold._same is None for fold in new_folds().values()} == {True}
    assert {fold._same is None for fold in new_folds(sparing=True).values()} == {False}
