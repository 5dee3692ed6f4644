"""18. One sender of letters: until the ministry has each, whatever fails meanwhile; the same answer once more counts once."""

import asyncio
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.adapters.ministry.client import Ministry
from shared.effects import letters as sender
from shared.effects.letters import Key, Letter, Letters, tries
from shared.engine.faults import Unavailable
from shared.engine.outbox import Message
from shared.engine.waiting import Status, Waits
from shared.events.internal import NoticeDelivered
from shared.messages.read import parse
from tests.adapters.serving import closed_port
from tests.cluster.quiet import until

FIRST, SECOND = "2022-04-1", "2022-04-2"
PREPARED = datetime(2022, 3, 5, 0, 0, tzinfo=UTC)


async def called(_codes: Collection[str]) -> Mapping[str, str]:
    """No contract tells what anybody is called."""
    return {}


class Post:
    """What keeps letters and takes answers: ``fails`` are raised one by one before it keeps, ``mute`` before it takes."""

    def __init__(self, *fails: Exception, mute: Iterable[Exception] = ()) -> None:
        self.fails, self.mute = list(fails), list(mute)
        self.kept: dict[str, bytes] = {}
        self.answers: list[tuple[Key, dict[str, Any]]] = []
        self.by_hand: set[str] = set()
        self.done: list[Key] = []
        self.status = Status(waits=Waits())

    async def was_told(self, notice_no: str) -> bool:
        return notice_no in self.by_hand

    async def keep(self, notice: Mapping[str, Any], _names: Mapping[str, str]) -> bytes:
        if self.fails:
            raise self.fails.pop(0)
        return self.kept.setdefault(notice["notice_no"], b"%PDF-1.7 " + notice["notice_no"].encode())

    async def answer(self, key: Key, message: Message | None) -> None:
        if message is None:
            self.done.append(key)
            return
        if self.mute:
            raise self.mute.pop(0)
        event = parse(message.raw, outside=False)
        assert event.of(NoticeDelivered).notice_no
        self.answers.append((key, json.loads(message.raw)))

    async def told(self, count: int = 1) -> bool:
        return len(self.answers) == count

    def sends(self, ministry: Ministry, *, arrival: bool = False) -> Letters:
        told = self.was_told
        return Letters(ministry, self, called, self.answer, told, arrival=arrival, status=self.status, traced=untraced)


@contextmanager
def untraced(_: str) -> Iterator[None]:
    yield


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "FIRST_PAUSE_S", 0.005)
    monkeypatch.setattr(sender, "LONGEST_PAUSE_S", 0.02)


def letter(notice_no: str = FIRST, cause: str | None = "the notice's event") -> Letter:
    return Letter(notice={"notice_no": notice_no}, prepared_at=PREPARED, cause=cause)


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def order_faults(url: str, **faults: object) -> None:
    async with httpx.AsyncClient() as client:
        await client.post(f"{url}/faults", json=faults)


async def test_18_a_letter_is_delivered_and_answered_with_the_moment_of_its_notice(ministry: Ministry) -> None:
    post = Post()
    sends = post.sends(ministry)
    sends.take("k", letter())
    sends.take("k", letter())
    await sends.tried()
    ((key, answer),) = post.answers
    assert (key, answer["id"], answer["causationid"]) == ("k", answer["id"], "the notice's event")
    assert datetime.fromisoformat(answer["time"]) == PREPARED
    assert not sends.deliveries
    assert not tries(sends.deliveries)
    assert post.status.counts == {"letters": 1}


async def test_18_a_letter_that_was_delivered_by_hand_meanwhile_is_not_sent() -> None:
    """While the ministry is away it is tried; once a person delivered it, the notice is done, and nothing is told twice."""
    post, address = Post(), closed_port()

    async def is_done() -> bool:
        return post.done == ["k"] and not sends.deliveries

    async with Ministry(address) as away:
        sends = post.sends(away)
        sends.take("k", letter())
        await sends.tried()
        assert tries(sends.deliveries)[FIRST].count == sends.deliveries["k"].failures >= 1
        post.by_hand.add(FIRST)
        await until(is_done, "the notice is done")
    assert post.answers == []
    assert post.status.ready


async def test_18_the_ministrys_clock_starts_no_day_of_ours(ministry: Ministry) -> None:
    """Its clock stands at 2022 here: what arrives has the moment of our clock."""
    post, before = Post(), datetime.now(UTC).replace(microsecond=0)
    sends = post.sends(ministry, arrival=True)
    sends.take("k", letter(cause=None))
    await sends.tried()
    ((_, answer),) = post.answers
    assert datetime.fromisoformat(answer["time"]) >= before
    assert "causationid" not in answer


@pytest.mark.parametrize("fault", [Unavailable("the store is away"), OSError("disk full")], ids=["store", "disk"])
async def test_18_a_letter_that_cannot_be_kept_is_tried_until_it_can(ministry: Ministry, fault: Exception) -> None:
    post = Post(fault, fault)
    sends = post.sends(ministry)
    sends.take("k", letter())
    await until(post.told, "it is answered")
    assert post.status.ready
    assert post.status.counts["waits_store"] == 2


async def test_18_a_ministry_that_is_away_or_loses_its_answer_gets_the_letter_once(
    ministry: Ministry, url: str, tmp_path: Path
) -> None:
    await order_faults(url, fail_next=2, lose_next=1)
    post = Post()
    sends = post.sends(ministry)
    sends.take("k", letter())
    await until(post.told, "it is answered")
    assert post.status.counts["waits_ministry"] == 3
    assert post.status.ready
    assert names_in(tmp_path) == [f"{FIRST}.json", f"{FIRST}.pdf"]


async def test_18_somebodys_word_ends_a_pause_and_no_try_and_brings_no_second_letter(
    ministry: Ministry, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pauses are longer than the test: only a word brings the next try."""
    monkeypatch.setattr(sender, "FIRST_PAUSE_S", 3_600.0)
    monkeypatch.setattr(sender, "LONGEST_PAUSE_S", 3_600.0)
    post = Post(OSError("disk full"), OSError("disk full"))
    sends = post.sends(ministry)
    assert not sends.hurry(FIRST), "it is not on its way"
    sends.take("k", letter())
    assert sends.hurry(FIRST)  # before its first try, which goes on as it is
    await sends.tried()

    async def tried_again() -> bool:
        return sends.deliveries["k"].failures == 2

    await asyncio.sleep(0.05)
    assert sends.deliveries["k"].failures == 1, "what was said before the pause does not end it"
    assert not sends.hurry(SECOND)
    assert sends.hurry(FIRST)
    await until(tried_again, "it is tried again")
    for _ in range(3):
        assert sends.hurry(FIRST)
    await until(post.told, "it is answered")
    assert not sends.hurry(FIRST), "it is delivered"
    assert names_in(tmp_path) == [f"{FIRST}.json", f"{FIRST}.pdf"]
    async with httpx.AsyncClient() as client:
        assert len((await client.get(f"{url}/notices")).json()) == 1


async def test_18_an_answer_that_cannot_be_told_is_told_later_with_the_same_id(ministry: Ministry) -> None:
    once, later = Post(), Post(mute=[Unavailable("no broker"), Unavailable("no broker")])
    for post in (once, later):
        sends = post.sends(ministry)
        sends.take("k", letter())
        await until(post.told, "it is answered")
    assert later.answers == once.answers
    assert later.status.counts["waits_store"] == 2


async def test_18_one_that_is_refused_holds_up_no_other_and_goes_when_it_is_put_right(
    ministry: Ministry, url: str
) -> None:
    async with httpx.AsyncClient() as client:
        headers = {"Content-Type": "application/pdf"}
        await client.put(f"{url}/notices/{FIRST}", content=b"%PDF-1.7 other bytes", headers=headers)
    post = Post()
    sends = post.sends(ministry)
    sends.take("first", letter())
    sends.take("second", letter(SECOND))
    await until(post.told, "the second is answered")
    assert post.answers[0][0] == "second"
    await sends.tried()
    assert "409" in (sends.deliveries["first"].fault or "")
    assert "a person must look" in post.status.waits[f"notice {FIRST}"]
    post.kept[FIRST] = b"%PDF-1.7 other bytes"

    async def both() -> bool:
        return await post.told(2)

    await until(both, "the first is answered too")
    assert post.status.ready


async def test_18_what_nobody_foresaw_stops_one_letter_and_is_said(ministry: Ministry) -> None:
    post = Post(KeyError("foreseen by nobody"))
    sends = post.sends(ministry)
    sends.take("first", letter())
    await sends.tried()
    sends.take("second", letter(SECOND))
    await until(post.told, "the second is answered")
    assert "KeyError" in post.status.waits[f"notice {FIRST}"]
    assert "KeyError" in (sends.deliveries["first"].fault or "")


async def test_18_one_that_is_withdrawn_is_sent_no_more() -> None:
    post = Post()
    async with Ministry(closed_port()) as away:
        sends = post.sends(away)
        sends.take("k", letter())
        await sends.tried()
        assert "ministry" in post.status.waits
        task = sends.deliveries["k"].task
        sends.drop("k")
        await asyncio.wait({task})
    assert task.cancelled()
    assert not sends.deliveries
    assert post.status.ready


async def test_18_at_the_end_what_the_ministry_has_is_answered_first(ministry: Ministry) -> None:
    post, may_tell = Post(), asyncio.Event()

    async def slow(key: Key, message: Message | None) -> None:
        reached.set()
        await may_tell.wait()
        await post.answer(key, message)

    reached = asyncio.Event()
    sends = Letters(ministry, post, called, slow, post.was_told, arrival=False, status=post.status, traced=untraced)
    sends.take("k", letter())
    await reached.wait()
    closing = asyncio.create_task(sends.close())
    may_tell.set()
    await closing
    assert len(post.answers) == 1


async def test_18_at_the_end_an_answer_that_cannot_be_told_holds_up_nobody(ministry: Ministry) -> None:
    post, may_tell, reached = Post(), asyncio.Event(), asyncio.Event()

    async def broken(_: Key, _message: Message | None) -> None:
        reached.set()
        await may_tell.wait()
        raise Unavailable("no broker")

    sends = Letters(ministry, post, called, broken, post.was_told, arrival=False, status=post.status, traced=untraced)
    sends.take("k", letter())
    await reached.wait()
    closing = asyncio.create_task(sends.close())
    may_tell.set()
    async with asyncio.timeout(60):
        await closing
    assert post.answers == []
