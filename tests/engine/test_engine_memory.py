"""What sleeps is the same when it wakes: a provider's stream of which nothing waits for a day is kept as bytes."""

import pytest

from services.invoicing.service import INVOICING
from services.invoicing.state import State
from tests.engine.stores import Writer, events, kinds
from tests.engine.story import at_once
from tests.given import contract, day, invoice

PROVIDER = "provider:300111222"


def asleep(writer: Writer) -> list[str]:
    return [name for name in writer.engine.streams() if name not in writer.engine.memory.awake]


def test_a_stream_that_heard_nothing_for_a_week_sleeps_and_wakes_when_something_comes() -> None:
    writer = Writer(INVOICING)
    writer.handle(*events(INVOICING, day("2026-02-02"), contract("C"), invoice("300111222/A", 5, contract_id="C")))
    writer.handle(*events(INVOICING, day("2026-02-08")))
    assert asleep(writer) == []
    awake = writer.engine.snapshot(PROVIDER)
    writer.handle(*events(INVOICING, day("2026-02-09")))
    assert asleep(writer) == [PROVIDER]
    assert writer.engine.snapshot(PROVIDER) == awake
    again = invoice("300111222/B", 5, contract_id="C")
    assert kinds(writer.handle(*events(INVOICING, again, since="2026-02-10"))) == ["invoice.refused"], "the same month"
    assert asleep(writer) == []


def test_no_day_is_held_up_by_those_who_fall_asleep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.engine.memory.AT_ONCE", 2)
    providers = [f"30011122{number}" for number in range(5)]
    heard = [contract(f"C-{each}", provider=each) for each in providers]
    writer = Writer(INVOICING)
    writer.handle(*events(INVOICING, *heard, since="2026-02-02"))
    writer.handle(*events(INVOICING, day("2026-02-12")))
    assert len(asleep(writer)) == 2
    last = contract("D", provider=providers[-1])
    writer.handle(*events(INVOICING, last, since="2026-02-12"))
    assert len(asleep(writer)) == 4
    writer.handle(*events(INVOICING, day("2026-02-13")))
    assert f"provider:{providers[-1]}" not in asleep(writer), "it heard something meanwhile"


def test_who_looks_at_what_sleeps_does_not_wake_it() -> None:
    writer = Writer(INVOICING)
    writer.handle(*events(INVOICING, contract("C"), invoice("300111222/A", 5, contract_id="C"), day("2026-03-02")))
    state = writer.state(PROVIDER)
    assert isinstance(state, State)
    assert list(state.numbers) == ["300111222/A"]
    assert writer.engine.today(PROVIDER) == state.numbers["300111222/A"].first_received_on
    assert asleep(writer) == [PROVIDER]


def test_what_waits_for_a_clerk_does_not_sleep_not_even_after_a_restart() -> None:
    writer = Writer(INVOICING)
    reviewed, plain = contract("C", review="clerk"), contract("D", provider="302223334")
    arrived = invoice("300111222/A", 5, contract_id="C")
    writer.handle(*events(INVOICING, reviewed, plain, arrived, since="2026-02-02"))
    writer.handle(*events(INVOICING, day("2026-02-12")))
    at_once(writer.engine.save_snapshots())
    for each in (writer, writer.another()):
        assert asleep(each) == ["provider:302223334"]
    assert kinds(writer.another().handle(*events(INVOICING, day("2026-02-20")))) == ["invoice.check.overdue"]
