"""The index made anew beside its place, apart, and by one process at a time; states laid down and taken up again."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event

import httpx
import pytest

from shared.console.app import Console
from shared.console.index import anew, depths
from shared.console.index import keeper as module
from shared.console.index.anew import BEING_MADE, make_anew, make_apart
from shared.console.index.ask import asking
from shared.console.index.file import Stale
from shared.console.index.folds import Fold
from shared.console.index.follow import Follower
from shared.console.index.keeper import INDEX, Keeper
from shared.engine.faults import Broken
from shared.journal.home import Home, HomeError
from tests import sent
from tests.console.test_console_index import rows
from tests.runtime.funds import FUND, day, event, fund, invoice, worked_start

PATIENCE_S = 60.0


async def play(home: Path, upto: int = 9) -> None:
    async with fund(home) as stack:
        await stack.publish(worked_start()[:upto])


@pytest.fixture
def home(tmp_path: Path) -> Home:
    asyncio.run(play(tmp_path / "home"))
    return Home(path=tmp_path / "home")


def test_a_large_journal_is_read_by_a_process_of_its_own_into_the_same_index(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_anew(home, FUND, tmp_path / INDEX)
    monkeypatch.setattr(anew, "LARGE", 1)
    make_apart(home, FUND, tmp_path / "apart", Event())
    assert rows(tmp_path / "apart") == rows(tmp_path / INDEX)
    assert not list(tmp_path.glob(f"*{BEING_MADE}*"))


def test_two_halves_that_are_made_at_once_are_the_same_index(
    played: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = make_anew(Home(path=played), FUND, tmp_path / INDEX)
    monkeypatch.setattr(anew, "LARGE", 1)
    assert make_anew(Home(path=played), FUND, tmp_path / "halves") == taken
    assert rows(tmp_path / "halves") == rows(tmp_path / INDEX)
    for query in ("SELECT * FROM name", "SELECT name FROM sqlite_master", "SELECT service, stream, read FROM fold"):
        assert asked(tmp_path / "halves", query) == asked(tmp_path / INDEX, query)
    assert not list(tmp_path.glob(f"*{BEING_MADE}*"))


def test_depths_that_are_held_no_more_are_known_all_the_same(
    played: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = "SELECT id, depth FROM event"
    make_anew(Home(path=played), FUND, tmp_path / INDEX)
    assert {depth for _, depth in asked(tmp_path / INDEX, query)} > {0, 1}
    monkeypatch.setattr(depths, "MOST_HELD", 3)
    make_anew(Home(path=played), FUND, tmp_path / "forgot")
    assert asked(tmp_path / "forgot", query) == asked(tmp_path / INDEX, query)


def asked(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as index:
        return sorted(index.execute(query))


def test_it_ends_where_the_console_is_to_stop(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anew, "LARGE", 1)
    stopping = Event()
    stopping.set()
    monkeypatch.setattr(anew, "LOOK_EVERY_S", 0)
    make_apart(home, FUND, tmp_path / INDEX, stopping)
    assert not (tmp_path / INDEX).exists()


@pytest.mark.parametrize("large", [1, 1_000_000])
def test_what_keeps_it_from_being_made_is_said_and_the_index_in_its_place_stays(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: int
) -> None:
    monkeypatch.setattr(anew, "LARGE", large)
    make_anew(home, FUND, tmp_path / INDEX)
    before = rows(tmp_path / INDEX)
    with closing(sqlite3.connect(home.journal)) as journal, journal:
        journal.execute("UPDATE commits SET hash = zeroblob(32) WHERE rowid = (SELECT max(rowid) FROM commits)")
    with pytest.raises(HomeError, match="contradicts itself") as told:
        make_apart(home, FUND, tmp_path / INDEX, Event())
    assert isinstance(told.value.__cause__, Broken)
    assert rows(tmp_path / INDEX) == before
    assert not list(tmp_path.glob(f"*{BEING_MADE}*"))


def test_two_do_not_make_it_at_once(home: Home, tmp_path: Path) -> None:
    path = tmp_path / INDEX
    with anew._alone(path.with_name(INDEX + BEING_MADE)), pytest.raises(HomeError, match="by another process"):
        make_anew(home, FUND, path)
    path.with_name(INDEX + BEING_MADE).write_bytes(b"what one that was killed has left")
    make_anew(home, FUND, path)
    with asking(path) as index:
        assert index.head()


def contract(contract_id: str, cents: int, when: str) -> bytes:
    """One more contract of the worked start's article, up to a ceiling."""
    said = sent.contract(contract_id, 2022, "300111224", {"ORT-1": 100}, article="04", ceiling_cents=cents)
    return event("/vlk", contract_id, "contract.proposed", when, said)


def steps() -> Iterator[list[bytes]]:
    yield [*worked_start()[:4], contract("C-2", 90_000, "2022-01-04T10:00:00+02:00")]
    yield [invoice("A7", 500, "2022-02-07T10:00:00+02:00")]
    yield [day("2022-02-08"), day("2022-02-09")]
    yield [contract("C-3", 7_000, "2022-02-09T10:00:00+02:00")]
    yield [invoice("A8", 700, "2022-02-10T10:00:00+02:00"), day("2022-02-11")]


async def test_states_laid_down_are_taken_up_where_they_lie_and_all_rows_are_as_if_it_had_never_rested(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, resting = Home(path=tmp_path / "home"), None
    monkeypatch.setattr(Fold, "forward", lambda *_: pytest.fail("what was folded once is folded again"))
    async with fund(home.path) as stack:
        for step in steps():
            await stack.publish(step)
            resting = resting or Follower(home, FUND, tmp_path / "rests")
            assert resting.catch_up() > 0
            resting.rest()
            assert resting.catch_up() == 0
            with closing(sqlite3.connect(tmp_path / "rests")) as index:
                assert {read for (read,) in index.execute("SELECT read FROM fold")} == {resting.read}
    assert resting
    resting.close()
    make_anew(home, FUND, tmp_path / INDEX)
    assert rows(tmp_path / "rests") == rows(tmp_path / INDEX)


def test_what_came_after_the_states_were_laid_down_is_folded_onto_them(tmp_path: Path) -> None:
    home = Home(path=tmp_path / "home")

    async def some(step: list[bytes]) -> None:
        async with fund(home.path) as stack:
            await stack.publish(step)

    for number, step in enumerate(steps()):
        asyncio.run(some(step))
        follower = Follower(home, FUND, tmp_path / "killed")
        follower.catch_up()
        if number == 1:
            follower.close()
        else:
            follower.abandon()  # as a kill: nothing is laid down
    make_anew(home, FUND, tmp_path / INDEX)
    assert rows(tmp_path / "killed") == rows(tmp_path / INDEX)


def test_an_index_of_another_journal_is_of_no_use(tmp_path: Path) -> None:
    asyncio.run(play(tmp_path / "other", 4))
    make_anew(Home(path=tmp_path / "other"), FUND, tmp_path / INDEX)

    async def otherwise() -> None:
        async with fund(tmp_path / "third") as stack:
            await stack.publish([*worked_start()[:3], *(day(f"2022-02-{number:02d}") for number in range(1, 9))])

    asyncio.run(otherwise())
    with (
        pytest.raises(Stale, match="of another journal"),
        closing(Follower(Home(path=tmp_path / "third"), FUND, tmp_path / INDEX)) as follower,
    ):
        follower.catch_up()


async def test_until_there_is_an_index_pages_and_readyz_say_why_there_is_nothing_to_see(home: Home) -> None:
    keeper = Keeper(home, FUND, home.path / INDEX)
    transport = httpx.ASGITransport(Console(home, FUND, keeper).app())
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        for path in ("/fund", "/readyz"):
            answer = await client.get(path)
            assert (answer.status_code, "is being read for the first time" in answer.text) == (503, True), path
        keeper.start()
        await asyncio.to_thread(keeper.wait_ready, None)
        assert [(await client.get(path)).status_code for path in ("/fund", "/readyz")] == [200, 200]
    await asyncio.to_thread(keeper.stop)


def test_an_index_whose_folder_cannot_be_used_is_made_once_it_can(home: Home, tmp_path: Path) -> None:
    """Also where no file can be opened or renamed for a while: else no page is read before the console starts anew."""
    folder = tmp_path / "folder"
    folder.write_bytes(b"no folder")
    keeper = Keeper(home, FUND, folder / INDEX)
    keeper.start()
    assert keeper.wait_ready(PATIENCE_S)
    assert ("Not a directory" in (keeper.fault or ""), keeper.broken) == (True, False)
    folder.unlink()
    folder.mkdir()
    assert keeper.wait_turn(PATIENCE_S)
    assert keeper.fault is None
    keeper.stop()


def test_where_nothing_comes_the_states_are_laid_down_and_what_comes_then_is_shown(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REST_AFTER_S", 0.0)
    keeper, path = Keeper(home, FUND, tmp_path / INDEX), tmp_path / INDEX
    keeper.start()
    assert keeper.wait_turn(PATIENCE_S)

    async def some() -> None:
        async with fund(home.path) as stack:
            await stack.publish([invoice("A9", 500, "2022-05-02T10:00:00+03:00"), day("2022-05-03")])

    for _ in range(2):
        asyncio.run(some())
        assert keeper.wait_turn(PATIENCE_S)
        with asking(path) as index:
            assert index.invoice("300111224/A9")
    keeper.stop()
    with closing(sqlite3.connect(path)) as index:
        ((read,),) = index.execute("SELECT DISTINCT read FROM fold")
    assert read == keeper.read
