"""The cluster decides as the replay does: the same events, one by one, each to quiescence, give the same decisions."""

import json
import os
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from deploy.local import Report
from shared.runtime.replay import replay
from shared.statute.load import load_fund
from tests.cluster.fleet import fleet

pytestmark = pytest.mark.connected

ROOT = Path(__file__).parents[2]
CASES = sorted((ROOT.parent / "shared" / "check" / "cases").glob("*.json"))
FEW = ("01", "15", "32", "37", "43", "57", "69")
"""A start of all processes takes its time: these show each service; PSDF_ALL_CASES=1 plays all."""
PLAYED = [case for case in CASES if os.environ.get("PSDF_ALL_CASES") == "1" or case.name[:2] in FEW]


def decisions(events: Iterable[dict[str, Any]]) -> Counter[str]:
    """What was decided, and when; of what was laid aside, what and why (when it came is the broker's to say)."""
    return Counter(json.dumps(_said(event), sort_keys=True) for event in events)


def _said(event: dict[str, Any]) -> list[Any]:
    if event["type"].endswith(".parked"):
        return [event["type"], {name: event["data"][name] for name in ("topic", "error", "raw_base64")}]
    return [event["type"], datetime.fromisoformat(event["time"]).isoformat(), event["data"]]


def inputs(case: Path) -> list[bytes]:
    return [json.dumps(event, ensure_ascii=False).encode() for event in json.loads(case.read_text())["input"]]


async def replayed(raws: Iterable[bytes]) -> Counter[str]:
    told: list[dict[str, Any]] = []
    await replay(raws, lambda raw: told.append(json.loads(raw)), load_fund())
    return decisions(told)


@pytest.mark.parametrize("case", PLAYED, ids=lambda case: case.stem)
async def test_a_case_gives_the_decisions_of_the_replay(
    stack: Report, fund: str, ministry: str, tmp_path: Path, case: Path
) -> None:
    raws = inputs(case)
    wanted = await replayed(raws)
    async with fleet(stack, fund, tmp_path, partitions=2, ministry=ministry) as here:
        await here.started("contracts", "invoicing", "payments", "reserve", "reconciliation", "letters")
        for raw in raws:
            await here.send([raw])
            await here.quiet()
        found = decisions(await here.told())
    assert found - wanted == Counter(), "only the cluster decided so"
    assert wanted - found == Counter(), "only the replay decided so"
