"""Snapshots: a start is short, and keeping them costs no more than deciding does."""

import pytest

from services.payments.service import PAYMENTS
from shared.engine import stream as streams
from tests.engine.stores import Writer, events
from tests.given import budget, cash, invoice, shares


def test_a_state_is_kept_when_as_much_was_decided_since_as_it_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "SNAPSHOT_EVERY", 1)
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
