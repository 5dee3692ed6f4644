"""The year watched at a terminal: the console opens, days wait for the reader, and it ends on the tour."""

import asyncio
import signal
from pathlib import Path

import httpx
import pytest

from shared.demo.live import FASTEST, NO_KEY, SLOWEST, Pace
from tests.console.test_budget_upload import inputs_of
from tests.demo.terminals import PATIENCE_S, terminal
from tests.desk.test_budget_file import PLAIN
from tests.runtime.funds import psdf


class Reader:
    """A clock that stands until somebody waits, and the keys that are pressed then."""

    def __init__(self, *keys: str) -> None:
        self.now, self._keys = 0.0, list(keys)

    async def keys(self, within_s: float | None) -> str:
        if within_s == 0:
            return ""
        if self._keys:
            return self._keys.pop(0)
        assert within_s is not None, "it waits for a key that nobody presses"
        self.now += within_s
        return ""


async def test_days_pass_at_their_pace() -> None:
    reader = Reader()
    told = list[str]()
    pace = Pace(8, reader.keys, lambda: reader.now)
    for _ in range(16):
        await pace.day_passed(told.append)
    assert reader.now == pytest.approx(2.0)
    assert pace.said == "8 days/s"


async def test_space_pauses_until_it_is_pressed_again_and_the_pace_has_its_bounds() -> None:
    told, reader = list[str](), Reader(" ", "x", "+", " ")
    pace = Pace(8, reader.keys, lambda: reader.now)
    await pace.day_passed(told.append)
    assert (pace.paused, pace.days_a_second) == (False, 16)
    assert reader.now == pytest.approx(1 / 16)
    assert told == ["8 days/s", "paused", "paused", "paused", "16 days/s"]
    for key, bound in (("+", FASTEST), ("-", SLOWEST)):
        reader = Reader(*[key] * 20)
        pace = Pace(8, reader.keys, lambda: reader.now)  # noqa: B023 - asked within the turn
        await pace.day_passed(told.append)
        assert pace.days_a_second == bound


async def test_a_button_of_the_page_is_heard_while_days_wait_for_a_key() -> None:
    pressed, told = asyncio.Queue[str](), asyncio.Queue[str]()

    async def keys(within_s: float | None) -> str:
        return "" if within_s == 0 else await pressed.get()

    pace = Pace(8, keys, lambda: 0.0, wake=lambda: pressed.put_nowait(NO_KEY.decode()))
    waiting = asyncio.create_task(pace.day_passed(told.put_nowait))
    assert await told.get() == "8 days/s"
    for key, said in ((" ", "paused"), ("-", "paused"), (" ", "4 days/s")):
        pace.press(key)
        assert await told.get() == said
    waiting.cancel()


def budget_of_two(client: httpx.Client) -> str:
    """What the fund answers to a budget out of a file, which one proposes and another confirms."""
    client.post("/sign-in", data={"name": "Petras Petraitis"})
    filled = client.post("/desk/new/budget", data={"action": "file"}, files={"file": ("b.csv", PLAIN)})
    looked = client.post("/desk/new/budget", data=inputs_of(filled.text) | {"action": "look"}, follow_redirects=True)
    client.post(looked.url.path, data={"action": "propose"})
    client.post("/sign-in", data={"name": "Dora Doraitė"})
    return client.post(looked.url.path, data={"action": "confirm"}, follow_redirects=True).text


def test_at_a_terminal_it_opens_the_console_waits_when_paused_and_ends_on_the_tour(tmp_path: Path) -> None:
    watched = ("demo", "--providers", "40", "--until", "2021-12-31", "--pace", "1")
    with terminal(*watched, home=tmp_path / "year") as (screen, program):
        url = screen.until(r"as it lives: (http://127\.0\.0\.1:\d+)/fund")
        screen.press(" ")
        screen.until(r"(paused)")
        told = httpx.get(f"{url}/fund?as=json", timeout=30).json()
        assert "2021-12-20" <= told["standing"]["today"] < "2021-12-31", "a day that is not the last, while it waits"
        screen.press("+" * 8)
        screen.until(r"(paused)")
        for action in ("faster", "pause"):
            post = {"data": {"action": f"pace {action}"}, "headers": {"Origin": url}, "follow_redirects": True}
            answer = httpx.post(f"{url}/tour/faults", timeout=30, **post)
            assert answer.status_code == 200
        assert "sustabdyta" not in answer.text
        assert screen.until(r"The tour of the year: (http\S+)/tour") == url
        with httpx.Client(base_url=url, headers={"Accept": "text/html", "Origin": url}, timeout=30) as client:
            asked = client.get("/tour", follow_redirects=True)
            assert "Kas jūs?" in asked.text
            signed_in = client.post(asked.url.raw_path.decode(), data={"name": "Dora Doraitė"})
            assert signed_in.headers["location"] == "/tour"
            assert "Dora Doraitė" in client.get("/tour").text
            assert "Fondas priėmė." in budget_of_two(client)
        program.send_signal(signal.SIGINT)
        assert program.wait(PATIENCE_S) == 0


def test_without_a_terminal_it_plays_through_and_ends_by_itself(tmp_path: Path) -> None:
    done = psdf("demo", "--providers", "40", "--until", "2021-12-23", home=tmp_path / "year")
    assert done.returncode == 0
    assert "as it lives" not in done.stdout
    refused = psdf("demo", "--watch", home=tmp_path / "other")
    assert "--watch is for a terminal" in refused.stderr
