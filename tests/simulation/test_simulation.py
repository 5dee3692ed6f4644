"""Some seeds of the simulation: nothing is wrong with them, they can be played again, and planted faults are found."""

import subprocess
import sys
from pathlib import Path
from unittest.mock import patch

import pytest

from shared.engine.codec import decode_decisions
from shared.engine.journal import Commit
from tests.simulation import planted_desk
from tests.simulation.__main__ import told
from tests.simulation.between import untied
from tests.simulation.journal import Journals
from tests.simulation.planted import PLANTED
from tests.simulation.play import Result, play
from tests.simulation.strikes import Plan

ROOT = Path(__file__).parents[2]
SEEDS = range(8)
MOST_SEEDS = 30


pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
"""Of what a killed process was about to await."""


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_wrong_with_a_seed(seed: int) -> None:
    assert play(seed).faults == []


def test_the_seeds_have_both_kinds_of_traffic_and_all_kinds_of_strikes() -> None:
    plans = [Plan.of(seed) for seed in SEEDS]
    assert {plan.at_once for plan in plans} == {False, True}
    assert any(plan.losses for plan in plans)
    assert max(plan.strikes for plan in plans) >= 16
    assert {plan.desk for plan in plans} >= {None, 0.0}
    assert any(plan.desk for plan in plans)
    assert any(plan.clocks for plan in plans)


def test_a_seed_is_played_again_to_the_same_step_also_by_another_process() -> None:
    first, again = play(3, keep_trace=True), play(3, keep_trace=True)
    assert first.trace == again.trace
    assert first.struck
    command = [sys.executable, "-m", "tests.simulation", "--seed", "3", "--trace"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert shown[: len(first.trace or ())] == first.trace
    assert shown[-1].endswith(first.digest)


def test_a_seed_that_finds_a_fault_of_the_desk_finds_it_again_at_the_same_step() -> None:
    def found() -> tuple[list[str], list[str] | None, int]:
        with PLANTED["a_files_bytes_are_built_again"]():
            result = play(2, rough=True, keep_trace=True)
        return result.faults, result.trace, result.steps

    first = found()
    assert first[0]
    assert found() == first


FOUND_BY = {
    "a_letter_is_written_anew_each_time": (21, False),
    "a_clock_without_guard": (2, True),
    "a_day_that_is_told_early_is_not_told_again": (14, True),
    "a_files_bytes_are_built_again": (2, True),
    "a_partition_is_skipped": (0, True),
    "an_answer_is_put_away_before_it_is_kept": (44, True),
    "an_outcome_before_its_order_is_forgotten": (17, True),
    "marked_before_it_is_told": (17, True),
    "one_person_is_enough": (11, True),
    "orders_are_acknowledged_before_they_are_kept": (26, True),
    "published_before_the_commit": (28, True),
    "sealed_again_after_a_crash": (11, True),
    "sent_is_said_before_it_leaves": (8, True),
    "what_a_crash_left_is_not_told": (3, True),
    "what_was_answered_is_not_told": (2, True),
}
"""A seed that finds a fault, and whether it is a rough one; where it is not here, the first rough one does."""


def test_a_seed_that_went_wrong_says_how_it_is_played_again() -> None:
    wrong = Result(seed=7, faults=["a mark"], digest="", steps=1, virtual_s=1)
    assert told(wrong, None, rough=False).startswith("seed 7: 1 faults; play it again with --seed 7 --trace\n")
    again = "--seed 7 --rough --planted a_mark_is_lost --trace\n"
    assert again in told(wrong, "a_mark_is_lost", rough=True)


def test_each_part_has_its_planted_faults() -> None:
    assert len(PLANTED) >= 15 + 10
    assert {name for name in PLANTED if hasattr(planted_desk, name)} <= FOUND_BY.keys()


@pytest.mark.parametrize("name", sorted(PLANTED))
def test_a_planted_fault_is_found(name: str) -> None:
    """Should schedules change, one of the next seeds must."""
    first, rough = FOUND_BY.get(name, (0, True))
    step = 3 if hasattr(planted_desk, name) else 1  # each third rough seed has a desk
    for seed in range(first, first + step * MOST_SEEDS, step):
        with PLANTED[name]():
            if play(seed, rough=rough).faults:
                return
    pytest.fail(f"{name} was not found by {MOST_SEEDS} seeds")


def without(commits: list[Commit], kind: str) -> list[Commit]:
    """The commits in which nothing of a kind stands."""
    types = [{entry.type for d in decode_decisions(commit.body) for entry in d.events} for commit in commits]
    return [commit for commit, said in zip(commits, types, strict=True) if kind not in said]


def test_what_two_services_know_of_the_same_money_is_compared() -> None:
    """As if one had not heard of a credit, or of an accepted invoice."""
    kept = list[Journals]()
    with patch("tests.simulation.verdict.untied", lambda found: kept.append(found) or ()):
        play(1)
    (found,) = kept
    assert not list(untied(found))
    for service, stream, kind in (
        ("reconciliation", "close", "close.credit_counted"),
        ("contracts", "contracts", "contracts.accepted_counted"),
    ):
        commits = without(found[service][stream], kind)
        assert list(untied({**found, service: {**found[service], stream: commits}})), kind
