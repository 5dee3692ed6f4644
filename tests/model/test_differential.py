"""The project against the reference model and the auditor, over random histories and the hand-computed cases."""

import os
import random
from pathlib import Path

import pytest

from tests.cases.judge import CASES, faults, read
from tests.invariants.auditor import audit
from tests.invariants.stories import heard
from tests.invariants.whole import told_by
from tests.model.compare import differences, load, real
from tests.model.generate import history
from tests.model.model import play
from tests.model.rare import rare_history

SEEDS = int(os.environ.get("PSDF_AUDIT_SEEDS", "150"))
FOUND = sorted((Path(__file__).parent / "found").glob("*.jsonl"))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_project_and_model_say_the_same(seed: int) -> None:
    assert differences(history(seed)) == []


@pytest.mark.parametrize("seed", range(SEEDS // 2))
def test_project_and_model_say_the_same_where_rare_things_meet(seed: int) -> None:
    assert differences(rare_history(seed), by_post=True) == []


@pytest.mark.parametrize(
    ("seed", "forgotten"),
    [(44, "services.payments.orders.covered"), (4, "services.payments.decide.under_another_edition")],
)
def test_rare_histories_see_that_a_notice_stays_which_is_no_longer_true(
    seed: int, forgotten: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgotten, lambda *_: set())
    assert differences(rare_history(seed), by_post=True)


@pytest.mark.parametrize("seed", range(SEEDS, SEEDS + 40))
def test_auditor_finds_no_breach(seed: int) -> None:
    events = history(seed)
    assert heard(told_by(events)).wrong == []
    assert audit(events, real(events)) == []


def test_auditor_sees_a_cent_too_much() -> None:
    seen = 0
    for seed in range(30):
        events = history(seed)
        emitted = real(events)
        orders = [e for e in emitted if e["type"] == "payment.ordered"]
        if not orders:
            continue
        random.Random(seed).choice(orders)["data"]["amount_cents"] += 1
        assert audit(events, emitted), f"seed {seed}"
        seen += 1
    assert seen > 5


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.stem)
def test_found_before(path: Path) -> None:
    assert differences(load(path)) == []


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_model_holds_the_hand_computed_case(path: Path) -> None:
    case = read(path)
    assert faults(case, play(case["input"])) == []


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_auditor_finds_no_breach_in_the_hand_computed_case(path: Path) -> None:
    events = read(path)["input"]
    assert heard(told_by(events)).wrong == []
    assert audit(events, real(events)) == []
