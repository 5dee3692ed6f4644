"""Cases that were computed by hand from the text of the Rules: the program decides each of them so, to the cent and day."""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.reports.replay import replay
from tests.cases.judge import CASES, faults, raws, read
from tests.given import FUND

ROOT = Path(__file__).parents[2]
ORIGINALS = {
    **{path: ROOT.parent / "shared" / "check" / "cases" / path.name for path in CASES},
    ROOT / "tests" / "statute" / "resolution-589.lt.txt": ROOT.parent / "shared" / "law" / "resolution-589.lt.txt",
    ROOT / "tests" / "runtime" / "worked-start.jsonl": ROOT.parent / "shared" / "data" / "worked-start.jsonl",
}
"""What was copied into this repository, and where from."""


async def decided(case: dict[str, Any]) -> list[dict[str, Any]]:
    out: list[bytes] = []
    await replay(raws(case), out.append, FUND)
    return [json.loads(raw) for raw in out]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
async def test_the_program_holds_the_hand_computed_case(path: Path) -> None:
    case = read(path)
    assert faults(case, await decided(case)) == []


async def test_the_judge_sees_what_is_missing_and_what_is_a_cent_off_and_what_nobody_expects() -> None:
    case = read(next(path for path in CASES if path.stem.startswith("11-")))
    events = await decided(case)
    of_the_case = [event for event in events if event["type"] in case["complete"]]
    assert [line.split()[0] for line in faults(case, [])] == ["missing"] * len(case["expect"])
    assert faults(case, [*events, of_the_case[0]]) == [f"unexpected {json.dumps(of_the_case[0], ensure_ascii=False)}"]
    refused = next(event for event in events if event["type"] == "contract.refused")
    refused["data"]["reasons"][0]["terms"]["free_cents"] += 1
    assert faults(case, events)[0].startswith("missing")


def test_the_cases_are_there() -> None:
    assert len(CASES) >= 28


def test_each_copy_is_its_original_and_none_is_left_out() -> None:
    folder = ROOT.parent / "shared" / "check" / "cases"
    if not folder.is_dir():
        pytest.skip("COPIES ARE NOT COMPARED: their originals are not beside this repository")
    assert {path.name for path in folder.glob("*.json")} == {path.name for path in CASES}
    assert [copy.name for copy, original in ORIGINALS.items() if copy.read_bytes() != original.read_bytes()] == []
