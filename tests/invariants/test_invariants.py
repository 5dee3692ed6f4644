"""I1-I9 and I12 hold after every step of any history, and I10 at its end; and the watch would see it if they did not."""

import json
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy

import pytest
from hypothesis import given, note

from tests.engine.story import Json
from tests.given import FUND
from tests.invariants.examples import MANY, many
from tests.invariants.histories import BEGINNINGS, History, Player, histories
from tests.invariants.reported import reports, untied
from tests.invariants.watch import Watch

OF_200 = {
    "payment.executed": 40, "overrun.notified": 15, "shortage.declared": 60, "payment.carried": 15,
    "surplus.allotted": 12, "reserve.use.allowed": 40, "reserve.use.refused": 40, "sodra.statement.approved": 30,
    "payer.year.accepted": 3,
}  # fmt: skip
"""In so many of 200 histories each of these happens, at the least: what the invariants are about."""


def test_i1_to_i10_and_i12_hold_in_any_history() -> None:
    happened = Counter[str]()

    @many
    @given(histories())
    def hold(history: History) -> None:
        note(f"{history}")
        happened.update(Player(history).play().report().watch.seen.keys())

    hold()
    rare = {kind: happened[kind] for kind, least in OF_200.items() if happened[kind] * 200 < least * MANY}
    assert not rare


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


def watched(history: History, told: list[Json]) -> list[str]:
    watch = Watch(BEGINNINGS[history.beginning])
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
    assert watched(FULL, [told for _, told in told_of(FULL)]) == []


@pytest.mark.parametrize("kind", MISTAKES)
def test_the_watch_finds_a_mistake_in_what_is_told(kind: str) -> None:
    invariant, mistake = MISTAKES[kind]
    told = [one for _, one in told_of(FULL)]
    mistake(next(one for one in told if one["type"] == kind)["data"])
    assert any(wrong.startswith(invariant) for wrong in watched(FULL, told)), watched(told)


@pytest.mark.parametrize(("article_cents", "total_cents", "invariant"), [(1, 10_000, "I3"), (10_000, 1, "I2")])
def test_the_watch_finds_what_a_lower_limit_forbids(article_cents: int, total_cents: int, invariant: str) -> None:
    told = [one for _, one in told_of(FULL)]
    for one in told:
        if one["type"] == "budget.adopted":
            one["data"]["expenses_total_cents"] = total_cents
            for line in one["data"]["expenses"]:
                line["amount_cents"] = article_cents
    assert any(wrong.startswith(invariant) for wrong in watched(FULL, told)), watched(told)


def test_the_watch_finds_a_smaller_cap_and_a_smaller_share() -> None:
    happened = [("days", 4), ("invoice", "V", 40, "whole")]
    january = History(beginning="without a budget", at_once=True, happened=happened)
    told = [one for _, one in told_of(january)]
    assert json.dumps(told).count('"payment.scheduled"') == 1
    for one in told:
        if one["type"] == "budget.adopted":
            one["data"]["expenses_total_cents"] = 39 * 12 + 11
    assert any(wrong.startswith("I7") for wrong in watched(FULL, told))
    told = [one for _, one in told_of(FULL)]
    for one in told:
        if one["type"] == "distribution.adopted":
            one["data"]["shares"] = []
    assert any(wrong.startswith("16") for wrong in watched(FULL, told))
    assert any(wrong.startswith("I6") for wrong in watched(FULL, told))


DECEMBER = History(
    beginning="the year ends",
    at_once=True,
    happened=[("surplus", "04", 20), ("use", "risk", 10, "right"), ("use", "risk", 3, "right"), ("days", 1)],
)


def test_the_watch_finds_a_reserve_under_5_percent_and_more_than_the_surplus() -> None:
    """I9: 32 of reserve, 20 are locked; a use of 10 is allowed, of 3 more not. Then what was told is not what was."""
    told = [one for _, one in told_of(DECEMBER)]
    kinds = [one["type"] for one in told if one["source"] == "/reserve"]
    assert kinds == ["surplus.allotted", "reserve.use.allowed", "reserve.use.refused"]
    assert watched(DECEMBER, told) == []
    allotted, allowed = (next(one["data"] for one in told if one["type"] == kind) for kind in kinds[:2])
    allowed["amount_cents"] = 13
    assert any(wrong.startswith("I9: used") for wrong in watched(DECEMBER, told))
    allotted["amount_cents"] = 1_000
    assert any(wrong.startswith("I9: allotted") for wrong in watched(DECEMBER, told))


def test_the_report_of_a_history_is_compared_with_the_bank() -> None:
    """I10: a cent more in a file of the bank, or an answer that the journal does not know, and nothing ties."""
    player = Player(FULL).play().report()
    book = {payer.code: payer.code for payer in FUND.payers}
    (found,) = reports(player.whole)
    orders = [order for day in player.bank.ordered.values() for order in day]
    assert orders
    orders[-1]["amount_cents"] += 1
    assert any(wrong.startswith("I10") for wrong in untied(found, player.bank, book))
    orders[-1]["amount_cents"] -= 1
    player.bank.answered[orders[-1]["order_id"]] = [("executed", f"{found.cut_off}")]
    assert any(wrong.startswith("I10: transferred") for wrong in untied(found, player.bank, book))
