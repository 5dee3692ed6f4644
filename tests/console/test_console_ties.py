"""The line under the switches ties on every day of the year, and a cent that is planted shows."""

import sqlite3
from datetime import date
from pathlib import Path

import pytest

from shared.console.index.ask import asking
from shared.console.index.keeper import INDEX, rebuild
from shared.console.pages.ties import Ties, ties_of
from shared.console.pages.view import View
from shared.journal.home import Home
from shared.kernel.calendar import DAY
from tests.runtime.funds import FUND


@pytest.fixture(scope="module")
def index(played: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ties") / INDEX
    rebuild(Home(path=played), FUND, path)
    return path


def ties(index: Path, on: date | None = None) -> Ties:
    with asking(index, on) as asked:
        found = ties_of(View(asked, FUND, "lt", {}))
    assert found is not None
    return found


def test_on_every_day_of_the_year_it_ties_to_the_cent(index: Path) -> None:
    on, waited, reduced, unanswered = date(2021, 12, 20), 0, 0, 0
    while on <= date(2023, 3, 31):
        found = ties(index, on)
        assert found.hold, (on, found)
        waited, reduced, unanswered = waited + found.waiting, found.reduced, unanswered + found.unanswered
        on += DAY
    assert min(waited, reduced, unanswered) > 0


PLANTS = {
    "a cent less is accepted": "UPDATE event SET body = json_set(body, '$.amount_cents', "
    "json_extract(body, '$.amount_cents') - 1) WHERE id = (SELECT min(id) FROM event WHERE type = 'invoice.accepted' "
    "AND json_extract(body, '$.kind') = 'invoice')",
    "an order is lost": "DELETE FROM event WHERE id = (SELECT min(id) FROM event WHERE type = 'payment.ordered')",
    "an order is made twice": "INSERT INTO event SELECT (SELECT max(seq) + 1 FROM event), type, day, at, depth, service, "
    "stream, place, decision, moment, id || '-2', cause, body FROM event WHERE type = 'payment.ordered' LIMIT 1",
    "an outcome is lost": "DELETE FROM event WHERE id = (SELECT min(id) FROM event WHERE type = 'payment.executed')",
}


@pytest.mark.parametrize("plant", PLANTS)
def test_what_is_planted_shows(index: Path, tmp_path: Path, plant: str) -> None:
    copy = tmp_path / INDEX
    with sqlite3.connect(index) as source, sqlite3.connect(copy) as target:
        source.backup(target)
    assert ties(copy).hold
    with sqlite3.connect(copy) as connection:
        assert connection.execute(PLANTS[plant]).rowcount == 1
    found = ties(copy)
    assert not found.hold
    match plant:
        case "a cent less is accepted":
            assert (found.astray, found.doubles) == (-1, 1), "what was paid is a cent more than was accepted"
        case "an order is made twice":
            assert found.doubles == 2, "the order, and the invoice that is overpaid by it"
            assert found.unexplained > 0
        case _:
            assert found.unexplained != 0
