"""One way of waiting: pauses grow to a limit, and nobody comes back just when others do."""

import logging
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from shared.engine import waiting
from shared.engine.waiting import Backoff, Status, Waits


def test_pauses_double_up_to_the_limit_and_begin_anew_after_a_success() -> None:
    backoff = Backoff(1, 300, jitter=lambda: 0)
    assert [backoff.next_s() for _ in range(11)] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    backoff.reset()
    assert backoff.next_s() == 1


def test_chance_takes_up_to_a_half_of_a_pause_and_never_all() -> None:
    assert Backoff(2, 8, jitter=lambda: 0.5).next_s() == 1.5
    assert Backoff(2, 8, jitter=lambda: 1.0).next_s() == 1
    assert len({Backoff().next_s() for _ in range(20)}) > 1


def test_what_is_broken_is_told_first_and_does_not_pass() -> None:
    status = Status()
    assert (status.ready, status.fault) == (False, "starting")
    status.came("start")
    assert (status.ready, status.fault) == (True, None)
    status.wait("store", "the disk is full")
    status.broken = "the sums do not tie"
    status.came("store")
    assert (status.ready, status.fault) == (False, "the sums do not tie")


def test_what_is_waited_for_is_logged_once_when_it_goes_and_once_when_it_comes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    status = Status(waits=Waits())
    with caplog.at_level(logging.INFO):
        for _ in range(3):
            status.wait("store", "it does not answer")
        assert not status.ready
        status.came("store")
        status.came("store")
    assert status.ready
    assert [record.getMessage() for record in caplog.records] == [
        "waiting for store: it does not answer",
        "store: it works again",
    ]
    assert status.counts == {"waits_store": 3}


def test_it_is_known_since_when_each_is_waited_for_whatever_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(datetime(2026, 3, 4, 12, minute, 1, 5, tzinfo=UTC) for minute in range(10))
    monkeypatch.setattr(waiting, "datetime", SimpleNamespace(now=lambda _: next(clock)))
    status = Status()
    status.wait("store", "it does not answer")
    status.wait("store", "it is full")
    status.waits["partitions"] = "joining"
    begun = {"start": 0, "store": 1, "partitions": 3}
    assert status.waits.since == {
        what: datetime(2026, 3, 4, 12, minute, 1, tzinfo=UTC) for what, minute in begun.items()
    }
    assert status.waits == {"start": "starting", "store": "it is full", "partitions": "joining"}
    status.came("store")
    status.waits.pop("partitions", None)
    status.waits.pop("partitions", None)
    assert status.waits.since.keys() == status.waits.keys() == {"start"}
    status.wait("store", "it does not answer")
    assert status.waits.since["store"] > datetime(2026, 3, 4, 12, 3, 1, tzinfo=UTC), "it is another time"
