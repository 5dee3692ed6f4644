"""Somebody watches the cluster's year and takes processes, Kafka and the store away: it ends as if nobody had."""

import json
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.local import Stack
from shared.demo.switch_page import PATH
from tests.demo.terminals import PATIENCE_S, terminal

pytestmark = [pytest.mark.connected, pytest.mark.faults]

WHO = {"sec-fetch-site": "same-origin"}
OF_THE_WORLD = ("bank-refuses", "sent-twice", "broken", "other-name", "ministry-silent")
OF_THE_CLUSTER = ("away letters", "kill payments", "kafka", "store")
LOOK_S = 0.2


class Page:
    """The page of switches, as a browser of this machine has it."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=30, trust_env=False)
        self._origin = {"origin": url}

    def press(self, *actions: str) -> None:
        for action in actions:
            done = self._client.post(PATH, data={"action": action}, headers=WHO | self._origin)
            assert (done.status_code, done.headers["location"]) == (303, PATH), (action, done.text)

    def told(self, path: str = PATH) -> dict[str, Any]:
        """What the page says. Its line ties at every look."""
        told: dict[str, Any] = self._client.get(path, params={"as": "json"}).json()
        if path == PATH:
            assert (told["holds"], told["lost"]) == (True, []), told
        return told

    def look_until(self, what: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        limit = time.monotonic() + PATIENCE_S
        while not holds(told := self.told()):
            assert time.monotonic() < limit, f"{what}: {told}"
            time.sleep(LOOK_S)
        return told


def test_whatever_is_taken_away_nothing_is_lost_or_doubled_and_the_year_ends_the_same(
    own: Stack, tmp_path: Path
) -> None:
    home = tmp_path / "year"
    own.up()
    home.mkdir()
    (home / "stack").symlink_to(own.folder)
    watched = ("demo", "--cluster", "--until", "2022-01-14", "--pace", "4")
    with terminal(*watched, home=home) as (screen, program):
        url = screen.until(r"nothing is lost: (http\S+)/tour/faults")
        print(url)
        page = Page(url)
        page.look_until("providers send", lambda told: told["handed"] > 200)
        page.press(*OF_THE_WORLD)
        screen.press("+" * 7)
        page.press(*OF_THE_CLUSTER)
        while "The tour of the year" not in screen.said:
            page.told()
            screen.read(LOOK_S)
        print(screen.said[-6000:])
        print(json.dumps(page.told())[:3000])
        program.send_signal(signal.SIGINT)
        assert program.wait(PATIENCE_S) == 0
