"""The demo on the cluster stack says what it says on the embedded one, also where services are killed meanwhile."""

import asyncio
import json
import os
import signal
from collections import deque
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from deploy.local import Report, processes
from shared.demo import Event, World
from shared.demo.cluster import play_cluster
from shared.demo.command import clear, look
from shared.demo.compare import compare, said_in
from shared.demo.supervisor import OFTEN, Supervisor
from shared.demo.tables import ties
from shared.events.catalogue import OUTSIDE
from shared.journal.home import Home, HomeError, held, reading
from shared.journal.journals import SqliteJournals
from shared.journal.verify import verify
from shared.kernel.stop import Stop
from shared.statute.load import load_fund
from tests.invariants.auditor import audit
from tests.stack import fund, stack

__all__ = ["fund", "stack"]

SEED, PROVIDERS = 1, 40
UNTIL = date(2022, 2, 7)
KILLED = {date(2022, 1, 3): "payments", date(2022, 2, 2): "invoicing"}
"""Killed while the events of the next day flow: a burst of invoices, orders and their outcomes."""
SOON_S = 0.05


def at(home: Path, stack: Report) -> Home:
    """A home of the test's own, with the stack that runs already."""
    (home / "stack").symlink_to(stack.folder)
    return Home(path=home)


def days() -> list[date]:
    return [day for day in World(SEED, PROVIDERS).dates() if day <= UNTIL]


def read(home: Home) -> tuple[list[Event], list[Event]]:
    """What came in that could be read, and what was said."""
    events = [json.loads(line) for line in (home.path / "events.jsonl").open(encoding="utf-8") if line.endswith("}\n")]
    came = [event for event in events if event["type"] in OUTSIDE]
    return came, [event for event in events if event["type"] not in OUTSIDE]


@pytest.mark.connected
async def test_the_year_is_decided_as_on_the_embedded_stack_whoever_is_killed(stack: Report, tmp_path: Path) -> None:
    home, law, told_to_people = at(tmp_path, stack), load_fund(), list[str]()

    def kill(name: str) -> None:
        crew = json.loads((home.path / "crew.json").read_text(encoding="utf-8"))
        os.kill(crew[name]["pid"], signal.SIGKILL)

    def progress(day: date, _events: Sequence[Event]) -> None:
        if day in KILLED:
            asyncio.get_running_loop().call_later(SOON_S, kill, KILLED[day])

    with held(home, law.fund_id):
        clear(home)
        told, state = await play_cluster(
            home, law, World(SEED, PROVIDERS), days(), progress, told_to_people.append, traces=1
        )
        with reading(home) as journal:
            streams = await verify(SqliteJournals(journal), lambda: None, door=False)
    for name in KILLED.values():
        assert any(line.startswith(f"{name} (process ") and "started again" in line for line in told_to_people)
    assert sum(told.ordered_cents.values()) > 0
    ties(told, state)
    assert audit(*read(home)) == []
    assert [each for each in streams if each.fault] == []
    assert not (home.path / "crew.json").exists()
    same = await compare(home, law, World(SEED, PROVIDERS), days())
    assert not same.only_here, same
    assert not same.only_embedded, same
    assert same.same == len([event for event in read(home)[1] if not event["type"].endswith(".parked")])
    await a_cent_more_is_seen(home)


async def a_cent_more_is_seen(home: Home) -> None:
    lines = (home.path / "events.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    at = next(at for at, line in enumerate(lines) if '"payment.ordered"' in line)
    order = json.loads(lines[at])
    order["data"]["amount_cents"] += 1
    lines[at] = json.dumps(order) + "\n"
    (home.path / "events.jsonl").write_text("".join(lines), encoding="utf-8")
    assert audit(*read(home))
    same = await compare(home, load_fund(), World(SEED, PROVIDERS), days())
    assert (same.only_here, same.only_embedded) == ({"payment.ordered": 1}, {"payment.ordered": 1})


def test_letters_of_a_day_may_be_answered_in_any_order_and_nothing_else_may(tmp_path: Path) -> None:
    def said(id_: str, cause: str, what: str) -> Event:
        return {"source": "/payments", "type": "payment.scheduled", "id": id_, "causationid": cause, "data": what}

    def told(folder: str, *events: Event) -> list[str]:
        (tmp_path / folder).mkdir()
        lines = "".join(f"{json.dumps(event)}\n" for event in events)
        (tmp_path / folder / "events.jsonl").write_text(lines, encoding="utf-8")
        return sorted(said_in(Home(path=tmp_path / folder)))

    came = {"source": "/clock", "type": "day.started", "id": "day"}
    first, second = said("place-1", "letter-a", "a"), said("place-2", "letter-b", "b")
    then = said("place-3", "place-1", "after a")
    swapped = (
        said("place-1", "letter-b", "b"),
        said("place-2", "letter-a", "a"),
        said("place-3", "place-2", "after a"),
    )
    assert told("one", came, first, second, then) == told("other", came, *swapped)
    assert told("by-day", came, said("place-1", "day", "a")) != told("elsewhere", came, said("place-2", "day", "a"))


async def test_what_dies_again_and_again_ends_the_demo(tmp_path: Path) -> None:
    crew = Supervisor(tmp_path, lambda _: None)
    crew.start(["payments"], {"PSDF_KAFKA": "", "PSDF_MONGO": ""})
    payments = crew.members["payments"]
    payments.deaths = deque([asyncio.get_running_loop().time()] * OFTEN, maxlen=OFTEN)
    with pytest.raises(Stop, match=r"payments died 5 times in 60 s; .*PSDF_MONGO says where"):
        await crew.keep()
    await crew.stop()


async def test_what_was_left_behind_is_stopped(tmp_path: Path) -> None:
    killed = Supervisor(tmp_path, lambda _: None)
    killed.start(["bank-sim"], {})
    await killed.ready()
    process = killed.members["bank-sim"].process
    assert processes.runs(process)
    Supervisor(tmp_path, lambda _: None).stop_left_behind()
    assert not processes.runs(process)


def test_a_folder_that_is_no_demo_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "stack").mkdir()
    look(tmp_path)
    (tmp_path / "fund.sqlite3").touch()
    with pytest.raises(HomeError, match="holds something that is no demo"):
        look(tmp_path)
