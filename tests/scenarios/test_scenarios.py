"""Each story, end to end through the whole fund: on each day exactly what it says is decided, on no other day anything."""

import json
from pathlib import Path

import pytest

from shared.kernel.calendar import day_of
from shared.reports.replay import replay
from tests.engine.story import Json, Said, at_once
from tests.given import FUND
from tests.scenarios.reading import Scenario, scenarios

STORIES = dict(scenarios(Path(__file__).parent / "stories"))


def decided(scenario: Scenario) -> dict[str, list[Json]]:
    """What the fund decides, by day."""
    from datetime import datetime

    by_day: dict[str, list[Json]] = {}

    def hear(raw: bytes) -> None:
        told = json.loads(raw)
        if told["type"] not in scenario.aside:
            by_day.setdefault(day_of(datetime.fromisoformat(told["time"])).isoformat(), []).append(told)

    at_once(replay(scenario.raws, hear, FUND))
    return by_day


def shown(day: str, expected: list[Said], came: list[Json]) -> str:
    wanted = "\n".join(f"  {one.type} {json.dumps(one.data)}" for one in expected) or "  nothing"
    got = "\n".join(f"  {one['type']} {json.dumps(one['data'])}" for one in came) or "  nothing"
    return f"\n{day}, expected:\n{wanted}\ncame:\n{got}"


@pytest.mark.parametrize("name", STORIES)
def test_the_story_is_decided_as_told(name: str) -> None:
    scenario = STORIES[name]
    came = decided(scenario)
    assert scenario.points
    for day in sorted(came.keys() | scenario.decided.keys()):
        expected, got = scenario.decided.get(day, []), came.get(day, [])
        fits = len(expected) == len(got) and all(one.fits(told) for one, told in zip(expected, got, strict=True))
        assert fits, shown(day, expected, got)


def test_there_are_stories_and_each_decides_something() -> None:
    assert len(STORIES) >= 12
    for name, scenario in STORIES.items():
        assert any(scenario.decided.values()), name
