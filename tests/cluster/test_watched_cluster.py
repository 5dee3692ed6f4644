"""Somebody watches the cluster's year and takes processes, Kafka and the store away: it ends as if nobody had."""

import re
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
from tests.runtime.funds import psdf

pytestmark = [pytest.mark.connected, pytest.mark.faults]

WHO = {"sec-fetch-site": "same-origin"}
OF_THE_WORLD = ("bank-refuses", "sent-twice", "broken", "other-name", "money-late VLK", "ministry-silent")
OF_THE_CLUSTER = ("away invoicing", "kafka", "store")
WHILE_IT_STANDS_STILL = ("kill payments",)
PROCESSES = {"contracts", "invoicing", "payments", "reserve", "reconciliation", "letters"}
SAID = (
    r"invoicing \(process \d+\) is killed, and stays down for 20 s",
    r"invoicing \(process \d+\) has died; started again",
    r"payments \(process \d+\) has died; started again",
    r"Kafka is started again",
    r"the store is started again",
    r"The embedded stack says the same: \d+ events of the services, none differs",
)
LOOK_S, INVOICES = 0.2, 200


class Page:
    """The page of switches, as a browser of this machine has it."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=30, trust_env=False)
        self._origin = {"origin": url}

    def press(self, *actions: str) -> None:
        for action in actions:
            done = self._client.post(PATH, data={"action": action}, headers=WHO | self._origin)
            assert (done.status_code, done.headers["location"]) == (303, PATH), (action, done.text)

    def asked(self, path: str) -> dict[str, Any]:
        told: dict[str, Any] = self._client.get(path, params={"as": "json"}).json()
        return told

    def told(self) -> dict[str, Any]:
        """What it says; its line ties at every look."""
        told = self.asked(PATH)
        assert (told["holds"], told["lost"]) == (True, []), told
        return told

    def processes(self) -> set[str]:
        """Those that are shown on the page of operations."""
        return {each["process"] for each in self.asked("/ops")["processes"]}

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
    watched = ("demo", "--cluster", "--until", "2022-01-14", "--pace", "2")
    with terminal(*watched, home=home) as (screen, program):
        page = Page(screen.until(r"nothing is lost: (http\S+)/tour/faults"))
        page.look_until("invoices have come", lambda told: told["handed"] > INVOICES)
        screen.press(" ")
        screen.until(r"(paused)")
        page.look_until("what was done is copied while it waits", lambda told: not told["under_way"])
        page.look_until("all processes have spoken", lambda _: page.processes() == PROCESSES)
        page.press(*OF_THE_WORLD, *OF_THE_CLUSTER)
        screen.press("+" * 8 + " ")
        page.press(*WHILE_IT_STANDS_STILL)
        while "The tour of the year" not in screen.said:
            page.told()
            assert program.poll() is None, screen.said[-800:]
            screen.read(LOOK_S)
        told = page.look_until("all is copied", lambda told: not told["under_way"])
        assert page.asked("/parked")["parked"]
        program.send_signal(signal.SIGINT)
        assert program.wait(PATIENCE_S) == 0
    for said in SAID:
        assert re.search(said, screen.said), said
    pressed = OF_THE_WORLD + OF_THE_CLUSTER + WHILE_IT_STANDS_STILL
    assert [each["how"] for each in told["pressed"]] == ["Kur žiūrėti"] * len(pressed), "none could not be done"
    assert (len(told["line"]), told["again"] > 0) == (4, True), told["line"]
    verified = psdf("verify", home=home)
    assert verified.returncode == 0, verified.stderr
