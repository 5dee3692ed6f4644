"""One way of waiting: pauses grow to a limit, and nobody comes back just when others do."""

import logging

import pytest

from shared.engine.waiting import Backoff, Status


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
    status = Status(waits={})
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
