"""I11 and the engine under any history: same bytes, snapshot and tail, redelivery, batches."""

import re
from dataclasses import replace
from datetime import timedelta
from itertools import count
from unittest.mock import patch

import msgspec
from hypothesis import given, note

from shared.engine.stream import SnapshotBody
from shared.events.catalogue import OUTSIDE
from shared.messages.read import Event, parse
from shared.reports.replay import replay
from tests.engine.story import at_once
from tests.given import FUND
from tests.invariants.examples import fewer, many
from tests.invariants.histories import BEGINNINGS, History, Player, histories
from tests.invariants.whole import States, Whole, loaded

LETTER = re.compile(rb"(?<=\"letter_sha256\":\")[0-9a-f]{64}")


def played(history: History) -> Whole:
    note(f"{history}")
    return Player(history, audited=False).play().whole


def played_anew(history: History) -> Whole:
    """With the ids and references of every other time."""
    with patch("tests.engine.story._ids", count(1)), patch("tests.given._references", count(1)):
        return played(history)


def states(snapshots: States) -> dict[tuple[str, str], bytes]:
    """The states in snapshots, without what a stream remembers beside them."""
    return {stream: msgspec.msgpack.decode(body, type=SnapshotBody).state for stream, body in snapshots.items()}


@many
@given(histories())
def test_i11_replaying_the_same_input_gives_the_same_bytes(history: History) -> None:
    """What was said when it happened is what a replay says, where the ministry has each letter at once.

    But for the letters' hashes: there none was written. That a letter is the same bytes is a test of its own.
    """
    whole, again = played(replace(history, at_once=True)), list[bytes]()
    at_once(replay(whole.raws, again.append, FUND))
    assert [LETTER.sub(b"", raw) for raw in again] == [LETTER.sub(b"", raw) for raw in whole.said]


@fewer
@given(histories())
def test_a_snapshot_and_its_tail_are_a_full_fold(history: History) -> None:
    """Snapshots are kept in the middle; at the end memory, restart and full fold are the same states."""
    note(f"{history}")
    player = Player(history, audited=False)
    player.play(keep_snapshots_at=len(history.happened) // 2)
    in_memory, restarted, folded = (
        states(found) for found in (player.whole.snapshots(), player.whole.restarted(), player.whole.folded())
    )
    assert folded == restarted
    assert folded == {stream: in_memory[stream] for stream in folded}


@fewer
@given(histories())
def test_redelivery_of_every_message_changes_nothing(history: History) -> None:
    whole = played(history)
    before, said = whole.snapshots(), list(whole.said)
    for raw in list(whole.raws):
        whole.receive(raw)
    assert whole.said == said
    assert whole.snapshots() == before


@fewer
@given(histories())
def test_a_batch_of_many_ends_in_the_state_of_one_by_one(history: History) -> None:
    """Each service hears what it heard, in the same order, in one batch; the journal holds the same decisions."""
    whole = played(history)
    before = states(whole.snapshots())
    for name, engine in whole.engines.items():
        fresh = loaded(engine.service, whole.another_store(name), whole.ministry)
        at_once(fresh.handle(heard_by(whole, name)))
        for stream in fresh.streams():
            body = fresh.snapshot(stream).body
            assert states({(name, stream): body}) == {(name, stream): before[name, stream]}


@fewer
@given(histories())
def test_streams_that_sleep_each_night_say_and_remember_the_same(history: History) -> None:
    whole = played_anew(history)
    with patch("shared.engine.memory.QUIET", timedelta(0)):
        sleepy = played_anew(history)
    assert sleepy.said == whole.said
    assert sleepy.snapshots() == whole.snapshots()


def heard_by(whole: Whole, name: str) -> list[Event]:
    """All that a service heard, in order."""
    return [parse(raw, outside=type_ in OUTSIDE) for type_, raw in whole.heard[name]]


def test_histories_begin_where_limits_turn() -> None:
    assert {day.month for day in BEGINNINGS.values()} == {1, 3, 12}
