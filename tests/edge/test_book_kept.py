"""The gate's book of answers is kept on: where the disk is full for a while, and behind what is no answer."""

import asyncio
import json
import sqlite3
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from shared.adapters.kafka.broker import Kafka
from shared.adapters.kafka.follower import Follower, Take
from shared.edge.book import Book, Entry
from shared.edge.topics_feed import TopicsLibrary
from shared.engine.waiting import Backoff, Status
from shared.runtime.process import at_work

RAWS = [json.dumps({"source": "/vlk", "id": f"c-{number}"}).encode() for number in range(100)]


def room(book: Book, pages: int) -> None:
    """Let the book grow to so many pages, and no further."""
    book._db.execute(f"PRAGMA max_page_count={pages}")


async def test_what_the_full_disk_did_not_take_is_read_again_once_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library, status = TopicsLibrary(Book(tmp_path / "answers.sqlite3", "VLK"), ""), Status()
    said = {"topic": "budget.approved", "partition": 0, "timestamp": 0}
    records = [SimpleNamespace(offset=at, value=raw, **said) for at, raw in enumerate(RAWS)]
    waits = list[str]()

    async def read(_: Follower, take: Take, starts: Mapping[str, int], __: Backoff, *, once: bool) -> None:
        assert (starts, once) == ({}, True)
        waits.append(status.waits["answers"])
        room(library.book, 1 if len(waits) == 1 else 1_000_000)
        await take(records, {"budget.approved/0": len(RAWS)})  # type: ignore[arg-type]

    monkeypatch.setattr(Follower, "_follow", read)
    await Follower(Kafka(bootstrap=""), [], status, "answers").follow(library.take, library.book.next, once=True)
    assert "database or disk is full; is there room on the disk?" in waits[1]
    assert all(library.book.receipt(sha256(raw).hexdigest()) for raw in RAWS)
    library.book.close()


@pytest.mark.parametrize("rubbish", [b"rubbish", b'{"type": "contract.concluded", "time": "2022-01-03T10:00:00Z"}'])
def test_what_is_no_answer_is_passed_over(tmp_path: Path, rubbish: bytes) -> None:
    book = Book(tmp_path / "answers.sqlite3", "VLK")
    said: dict[str, Any] = {"type": "budget.adopted", "time": "2022-01-03T10:00:00+02:00", "id": "1", "data": {}}
    entries = [
        Entry(place="contract.concluded/0", number=4, type="contract.concluded", raw=rubbish),
        Entry(place="budget.adopted/0", number=0, type="budget.adopted", raw=json.dumps(said).encode()),
    ]
    book.write(entries, {"contract.concluded/0": 5})
    assert [json.loads(item.raw)["id"] for item in book.page("/vlk", "", 9).items] == ["1"]
    assert book.next() == {"contract.concluded/0": 5}
    book.close()


async def test_what_nobody_foresaw_in_what_a_process_does_beside_ends_it() -> None:
    async def fails() -> None:
        raise sqlite3.ProgrammingError("nobody foresaw it")

    status = Status()
    (task, other) = at_work(status, fails(), asyncio.sleep(0))
    await asyncio.wait({task, other})
    await asyncio.sleep(0)
    assert status.dead == "ProgrammingError('nobody foresaw it')"
