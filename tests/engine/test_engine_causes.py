"""Exactly one effect: what comes twice is decided once, and other content under the same id is laid aside."""

import json
from dataclasses import replace
from hashlib import blake2b
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.service import PAYMENTS
from shared.engine.outbox import NAMESPACE
from shared.engine.stream import Inbox
from shared.kernel.compact import Records
from shared.messages.read import parse
from tests.engine.stores import Writer, events, kinds
from tests.given import budget, cash, invoice, shares


def scene() -> list[object]:
    return [budget({"04": 100}), shares("04", VLK=100), invoice("A", 60), invoice("B", 60)]


def test_what_comes_twice_is_decided_once_in_another_batch_and_in_the_same() -> None:
    writer = Writer(PAYMENTS)
    heard = events(PAYMENTS, *scene())
    first = writer.handle(*heard)
    assert kinds(first) == ["payment.scheduled", "payment.deferred"]
    assert writer.handle(*heard) == []
    assert len(writer.commits()) == 1
    again = Writer(PAYMENTS)
    assert again.handle(*heard, *heard) == first


def test_what_comes_twice_is_decided_once_after_a_restart() -> None:
    writer = Writer(PAYMENTS)
    heard = events(PAYMENTS, *scene())
    writer.handle(*heard)
    assert writer.another().handle(*heard) == []
    at_start = writer.another()
    assert at_start.handle(*heard[::-1]) == []
    assert len(writer.commits()) == 1


def test_what_comes_twice_is_decided_once_after_a_snapshot() -> None:
    writer = Writer(PAYMENTS)
    heard = events(PAYMENTS, *scene())
    writer.handle(*heard)
    from tests.engine.story import at_once

    at_once(writer.engine.save_snapshots())
    restarted = writer.another()
    assert restarted.engine.memory.stream("fund").snapshot_version == 1
    assert restarted.handle(*heard) == []


def test_what_was_laid_aside_under_an_id_changes_nothing_of_what_a_restart_remembers() -> None:
    writer = Writer(PAYMENTS)
    (credited,) = events(PAYMENTS, cash(10))
    writer.handle(credited)
    forged = parse(credited.raw.replace(b'"amount_cents": 10', b'"amount_cents": 11'), outside=True)
    writer.handle(forged)
    assert writer.another().handle(credited) == []


def test_other_content_under_the_same_id_is_laid_aside_and_changes_nothing() -> None:
    writer = Writer(PAYMENTS)
    (credited,) = events(PAYMENTS, cash(10))
    writer.handle(credited)
    forged = parse(credited.raw.replace(b'"amount_cents": 10', b'"amount_cents": 11'), outside=True)
    told = writer.handle(forged)
    assert kinds(told) == ["account.credited.parked"]
    data = json.loads(told[0])["data"]
    assert data["error"] == f"id: {credited.id} of /treasury came before with other content"
    assert data["topic"] == "account.credited"
    assert writer.state("fund").cash == {("VLK", "PSDF"): 10}  # type: ignore[attr-defined]


def test_the_same_id_of_another_source_is_another_event() -> None:
    writer = Writer(PAYMENTS)
    first, second = events(PAYMENTS, cash(10), cash(7))
    same_id = replace(second, source="/another-treasury", id=first.id)
    writer.handle(first, same_id)
    assert writer.state("fund").cash == {("VLK", "PSDF"): 17}  # type: ignore[attr-defined]


def test_the_same_content_in_another_spelling_is_the_same() -> None:
    writer = Writer(PAYMENTS)
    (credited,) = events(PAYMENTS, cash(10))
    writer.handle(credited)
    spelled = json.dumps(json.loads(credited.raw), indent=1, sort_keys=True).encode()
    assert spelled != credited.raw
    assert writer.handle(parse(spelled, outside=True)) == []


def test_decisions_are_named_by_service_stream_and_position_and_name_their_cause() -> None:
    heard = events(PAYMENTS, *scene())
    writer = Writer(PAYMENTS)
    told = [json.loads(raw) for raw in writer.handle(*heard)]
    assert [one["causationid"] for one in told] == [heard[2].id, heard[3].id]
    assert {one["source"] for one in told} == {"/payments"}
    positions = [
        decision.position + offset
        for decision in writer.decisions()
        for offset, entry in enumerate(decision.events)
        if entry.type in ("payment.scheduled", "payment.deferred")
    ]
    assert [UUID(one["id"]) for one in told] == [uuid5(NAMESPACE, f"payments/fund/{n}") for n in positions]


def test_the_same_events_give_the_same_bytes_one_by_one_or_together() -> None:
    heard = events(PAYMENTS, *scene())
    together, one_by_one = Writer(PAYMENTS), Writer(PAYMENTS)
    assert together.handle(*heard) == [raw for event in heard for raw in one_by_one.handle(event)]
    assert together.decisions() == one_by_one.decisions()
    assert (len(together.commits()), len(one_by_one.commits())) == (1, 4)


def test_M1_causes_are_kept_for_ever_and_what_they_said() -> None:
    causes = Inbox()
    keys = [blake2b(b"%d" % number, digest_size=16).digest() for number in range(5_000)]
    for key in keys:
        assert causes.hear(key, b"said" * 4) is None
    kept = Inbox(causes.shelves)
    assert sum(map(len, kept.shelves)) == 16 * len(keys)
    assert max(map(len, kept.shelves)) < 16 * 512, "no shelf is long"
    for key in keys:
        assert kept.said_otherwise(key, b"said" * 4) is False
        assert kept.hear(key, b"else" * 4) is True
    assert kept.said_otherwise(blake2b(b"never", digest_size=16).digest(), b"said" * 4) is None


@given(st.lists(st.binary(min_size=6, max_size=6)))
def test_a_record_is_found_by_its_key_and_nothing_else_is(all_of_them: list[bytes]) -> None:
    kept, known = Records(6), {record[:4]: record for record in all_of_them}
    for record in known.values():
        assert kept.keep(record[:4], record[4:]) is None
        assert kept.keep(record[:4], b"??") == record
    assert sorted(kept) == sorted(known.values())
    assert len(kept) == len(known)
    assert all(kept.find(key) == record for key, record in known.items())
    across = {record[2:] for record in all_of_them} | {
        (record * 2)[at : at + 4] for record in known.values() for at in (3, 4)
    }
    assert not any(kept.find(key) for key in across - set(known)), "what only lies across two records is none"


def test_a_record_may_say_something_else_and_its_neighbours_stay() -> None:
    kept = Records(5)
    for number in range(2_000):
        kept.keep(blake2b(b"%d" % number, digest_size=4).digest(), b"a")
    key = blake2b(b"77", digest_size=4).digest()
    others = sorted(record for record in kept if record[:4] != key)
    kept.change(key, b"b")
    assert kept.find(key) == key + b"b"
    assert sorted(record for record in kept if record[:4] != key) == others
    with pytest.raises(KeyError):
        kept.change(bytes(4), b"b")
