"""I1-I8 and I12 hold after every step of any history; and the watch would see it if they did not."""

import json
from collections.abc import Iterator
from copy import deepcopy

import pytest
from hypothesis import given, note

from tests.engine.story import Json
from tests.invariants.examples import many
from tests.invariants.histories import BEGINNINGS, History, Player, histories
from tests.invariants.watch import Watch


@many
@given(histories())
def test_i1_to_i8_and_i12_hold_after_every_step_of_any_history(history: History) -> None:
    note(f"{history}")
    Player(history).play()


# ---------------------------------------------------------------------------------------------- would it see a mistake?

FULL = History(
    beginning="in the year",
    at_once=True,
    happened=[
        ("cash", "VLK", "PSDF", 20, 0),
        ("cash", "VLK", "STATE", 30, 0),
        ("contract", "V", 20, 2),
        ("invoice", "V", 25, "whole"),
        ("invoice", "W", 30, "whole"),
        ("invoice", "S", 20, "whole"),
        ("credit", 0, 3),
        ("days", 1),
        ("invoice", "V", 35, "whole"),
        ("days", 4),
        ("report", 0, "rejected"),
        ("days", 3),
    ],
)


def told_of(history: History) -> Iterator[tuple[int, Json]]:
    """All that was told of a history, in order."""
    player, heard = Player(history, watched=False), list[Json]()
    player.whole._listen = lambda told: heard.append(deepcopy(told))
    player.play()
    return enumerate(heard)


def watched(told: list[Json]) -> list[str]:
    watch = Watch(BEGINNINGS[FULL.beginning])
    for one in told:
        watch.hear(one)
    return watch.wrong


def a_cent_more(data: Json, name: str) -> None:
    data[name] += 1


MISTAKES = {
    "payment.scheduled": ("I1", lambda data: a_cent_more(data, "amount_cents")),
    "payment.ordered": ("I5", lambda data: a_cent_more(data, "amount_cents")),
    "payment.lowered": ("I1", lambda data: a_cent_more(data, "lowered_cents")),
    "shortage.declared": ("17", lambda data: a_cent_more(data, "cash_cents")),
    "payment.deferred": ("I12", lambda data: data["terms"].popitem()),
    "payment.overdue": ("I12", lambda data: data.update(rules=[])),
}


def test_the_watch_finds_nothing_in_what_is_right() -> None:
    assert watched([told for _, told in told_of(FULL)]) == []


@pytest.mark.parametrize("kind", MISTAKES)
def test_the_watch_finds_a_mistake_in_what_is_told(kind: str) -> None:
    invariant, mistake = MISTAKES[kind]
    told = [one for _, one in told_of(FULL)]
    mistake(next(one for one in told if one["type"] == kind)["data"])
    assert any(wrong.startswith(invariant) for wrong in watched(told)), watched(told)


@pytest.mark.parametrize(("article_cents", "total_cents", "invariant"), [(1, 10_000, "I3"), (10_000, 1, "I2")])
def test_the_watch_finds_what_a_lower_limit_forbids(article_cents: int, total_cents: int, invariant: str) -> None:
    told = [one for _, one in told_of(FULL)]
    for one in told:
        if one["type"] == "budget.adopted":
            one["data"]["expenses_total_cents"] = total_cents
            for line in one["data"]["expenses"]:
                line["amount_cents"] = article_cents
    assert any(wrong.startswith(invariant) for wrong in watched(told)), watched(told)


def test_the_watch_finds_a_smaller_cap_and_a_smaller_share() -> None:
    happened = [("days", 4), ("invoice", "V", 40, "whole")]
    january = History(beginning="without a budget", at_once=True, happened=happened)
    told = [one for _, one in told_of(january)]
    assert json.dumps(told).count('"payment.scheduled"') == 1
    for one in told:
        if one["type"] == "budget.adopted":
            one["data"]["expenses_total_cents"] = 39 * 12 + 11
    assert any(wrong.startswith("I7") for wrong in watched(told))
    told = [one for _, one in told_of(FULL)]
    for one in told:
        if one["type"] == "distribution.adopted":
            one["data"]["shares"] = []
    assert any(wrong.startswith("16") for wrong in watched(told))
    assert any(wrong.startswith("I6") for wrong in watched(told))
