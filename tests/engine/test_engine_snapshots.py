"""Snapshots: a start is short, keeping them costs no more than deciding does, and nobody waits for it within a day."""

import pytest

from services.invoicing.service import INVOICING
from services.payments.service import PAYMENTS
from shared.engine import stream as streams
from tests.engine.stores import Writer, events
from tests.given import budget, cash, contract, day, invoice, shares


def test_a_state_is_kept_when_as_much_was_decided_since_as_it_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "SNAPSHOT_EVERY", 1)
    monkeypatch.setattr(streams, "LONG", 0)
    writer, kept = Writer(PAYMENTS), set()
    story = [budget({"04": 1_000}), shares("04", VLK=1_000), cash(1_000, "VLK")]
    heard = events(PAYMENTS, *story, *(invoice(f"I{number}", 1) for number in range(100)))
    for event in heard:
        writer.handle(event)
        stream = writer.engine.memory.stream("fund")
        assert stream.bytes_since < stream.snapshot_bytes
        kept.add(stream.snapshot_version)
    assert 5 < len(kept) < len(heard) / 2
    assert writer.another().engine.state("fund") == writer.engine.state("fund")


def test_within_a_day_nobody_waits_for_one_and_as_the_next_starts_it_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "SNAPSHOT_EVERY", 1)
    writer = Writer(PAYMENTS)
    story = [budget({"04": 1_000}), shares("04", VLK=1_000), cash(1_000, "VLK")]
    for event in events(PAYMENTS, *story, *(invoice(f"I{number}", 1) for number in range(100))):
        writer.handle(event)
    stream = writer.engine.memory.stream("fund")
    assert stream.snapshot_version == 0
    for event in events(PAYMENTS, day("2026-01-17")):
        writer.handle(event)
    assert stream.snapshot_version == stream.version > 100


def test_a_long_day_is_not_folded_from_its_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "SNAPSHOT_EVERY", 1)
    monkeypatch.setattr(streams, "LONG", 20_000)
    writer = Writer(PAYMENTS)
    for event in events(PAYMENTS, budget({"04": 1_000}), *(invoice(f"I{number}", 1) for number in range(100))):
        writer.handle(event)
    stream = writer.engine.memory.stream("fund")
    assert stream.snapshot_version > 1
    assert stream.bytes_since < 20_000


def test_as_a_day_starts_streams_that_wait_for_no_day_are_kept_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "SNAPSHOT_EVERY", 1)
    writer = Writer(INVOICING)
    for event in events(INVOICING, contract("C-1"), day("2026-01-16")):
        writer.handle(event)
    (provider,) = [name for name in writer.engine.streams() if not name.startswith("days:")]
    stream = writer.engine.memory.stream(provider)
    assert not stream.domain.waits(stream.state)
    assert stream.snapshot_version == stream.version > 0
