"""The cluster decides as the replay does: the same events, one by one, each to quiescence, give the same decisions."""

import json
import os
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from deploy.local import Report
from shared.events.catalogue import OUTSIDE
from shared.reports.replay import replay
from shared.statute.load import load_fund
from tests.cases.judge import CASES, raws, read
from tests.cluster.fleet import fleet
from tests.model.generate import history

pytestmark = pytest.mark.connected

FEW = ("01", "15", "32", "37", "57", "69")
"""To play all takes a quarter of an hour, with PSDF_ALL_CASES=1. These have each kind of event that the cases have."""
SEEDS = (259, 320)
"""Random histories that together have each kind of event from outside."""
PLAYED = [case for case in CASES if os.environ.get("PSDF_ALL_CASES") == "1" or case.name[:2] in FEW]


def decisions(events: Iterable[dict[str, Any]]) -> Counter[str]:
    """What was decided, and when; of what was laid aside, what and why (when it came is the broker's to say)."""
    return Counter(json.dumps(_said(event), sort_keys=True) for event in events)


def _said(event: dict[str, Any]) -> list[Any]:
    if event["type"].endswith(".parked"):
        return [event["type"], {name: event["data"][name] for name in ("topic", "error", "raw_base64")}]
    return [event["type"], datetime.fromisoformat(event["time"]).isoformat(), event["data"]]


async def replayed(raws: Iterable[bytes]) -> Counter[str]:
    told: list[dict[str, Any]] = []
    await replay(raws, lambda raw: told.append(json.loads(raw)), load_fund())
    return decisions(told)


@pytest.fixture
async def decided(
    stack: Report, fund: str, ministry: str, tmp_path: Path
) -> AsyncIterator[Callable[[list[bytes]], Awaitable[Counter[str]]]]:
    """Plays events through a fund's processes, one by one, each to quiescence; gives what they decided."""
    async with fleet(stack, fund, tmp_path, partitions=2, ministry=ministry) as here:
        await here.started("contracts", "invoicing", "payments", "reserve", "reconciliation", "letters")

        async def play(raws: list[bytes]) -> Counter[str]:
            for raw in raws:
                await here.send([raw])
                await here.quiet()
            return decisions(await here.told())

        yield play


async def same(decided: Callable[[list[bytes]], Awaitable[Counter[str]]], raws: list[bytes]) -> None:
    wanted, found = await replayed(raws), await decided(raws)
    assert found - wanted == Counter(), "only the cluster decided so"
    assert wanted - found == Counter(), "only the replay decided so"


@pytest.mark.parametrize("case", PLAYED, ids=lambda case: case.stem)
async def test_a_case_gives_the_decisions_of_the_replay(
    decided: Callable[[list[bytes]], Awaitable[Counter[str]]], case: Path
) -> None:
    await same(decided, raws(read(case)))


def told_by(seed: int) -> list[dict[str, Any]]:
    """A random history, a word on a statement that nobody asked for, a plan of a month, and a letter that nobody wrote."""
    events = history(seed)
    data = {"year": 2026, "quarter": 1, "submission": 1, "verdict": "approve", "reasons": []}
    plan = {"month": "2027-01", "expenses": [{"article": "01", "amount_cents": 1}], "document": "1K-2"}
    letter = {
        "notice_no": "2026-01-99",
        "how": "by_hand",
        "delivered_by": "Rasa Rasaitė",
        "delivered_on": "2026-03-02",
        "delivered_at": "14:30",
        "document": "G-118",
        "letter_sha256": 64 * "0",
    }
    last = {**events[-1], "source": "/vlk"}
    return [
        *events,
        {**last, "id": "word", "type": "sodra.statement.reviewed", "data": data},
        {**last, "id": "plan", "type": "month.plan.approved", "data": plan},
        {**last, "id": "letter", "type": "overrun.delivered", "data": letter},
    ]


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_random_history_gives_the_decisions_of_the_replay(
    decided: Callable[[list[bytes]], Awaitable[Counter[str]]], seed: int
) -> None:
    await same(decided, [json.dumps(event, ensure_ascii=False).encode() for event in told_by(seed)])


def test_the_histories_have_each_kind_of_event_from_outside() -> None:
    assert {event["type"] for seed in SEEDS for event in told_by(seed)} >= OUTSIDE
