"""Every command that a page names exists as it stands there, and those of the front page are done, in order."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from deploy.local import free_port
from tests.docs.commands import blocks, fault, helps, lines, named
from tests.docs.points import README, ROOT
from tests.docs.test_readme import PAGES

ENVIRONMENT = Path(sys.prefix)
NOTHING_LEFT_OUT = "..."


@pytest.mark.parametrize("page", sorted(PAGES), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_that_a_page_names_is_known(page: Path) -> None:
    assert [found for words in named(page.read_text(encoding="utf-8")) if (found := fault(words))] == []


def test_every_example_of_a_help_text_is_known() -> None:
    examples = list(helps())
    assert len(examples) > 30
    assert [found for line in examples for words in named(f"`{line}`") if (found := fault(words))] == []


def test_what_is_not_known_is_seen() -> None:
    text = "`psdf fun --home x`, `psdf why A/1 --loud`, `make demos`, `make demo`, `psdf why A/1 --lang lt`"
    assert [bool(fault(words)) for words in named(text)] == [True, True, True, False, False]


def done(line: str, folder: Path) -> str:
    """Do a line as a person types it, in a folder with the environment that ``make`` makes. What it printed."""
    env = {**os.environ, "COLUMNS": "200"}
    made = subprocess.run(line, shell=True, cwd=folder, env=env, capture_output=True, text=True, check=False)  # noqa: S602
    assert made.returncode == 0, f"{line}\n{made.stdout[-2000:]}\n{made.stderr[-2000:]}"
    return made.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    here = tmp_path_factory.mktemp("front-door")
    (here / ".venv").symlink_to(ENVIRONMENT)
    return here


@pytest.fixture(scope="module")
def story(folder: Path) -> str:
    """What ``make demo`` prints when the environment is there."""
    plan = ["make", "-n", "--no-print-directory", "demo"]
    alone = {name: said for name, said in os.environ.items() if name not in ("ARGS", "MAKEFLAGS", "MAKEOVERRIDES")}
    planned = subprocess.run(plan, cwd=ROOT, env=alone, capture_output=True, text=True, check=True).stdout
    return done(planned.splitlines()[-1], folder)


SUM = re.compile(r"\d[\d ]*\.\d\d(?= EUR)")


def test_the_demo_is_a_story_each_scene_with_a_command_that_proves_it(folder: Path, story: str) -> None:
    """What proves a scene shows its numbers: a sum of it in euro, or in cents where an event is shown as it is."""
    told = story.partition("events from outside")[0]
    scenes = re.findall(r"^(\d+ [A-Z][a-z]+ 202\d): (.+)\n  (.+)\n  (.+)$", told, flags=re.MULTILINE)
    assert 6 <= len(scenes) <= 12
    assert scenes[0][0] == "20 January 2022"
    assert scenes[-1][1].startswith("The year is closed")
    for _, title, text, command in scenes:
        shown, sums = done(command, folder), SUM.findall(text)
        if " report " in command:
            assert (folder / "psdf-demo" / "reports" / "planas.pdf").is_file()
        elif " close " in command:
            assert re.search(r"sha256 is (\w{64})", text)[1] in shown  # type: ignore[index] # the text has it
        elif sums:
            assert any(each in shown or re.sub(r"[ .]", "", each) in shown for each in sums), title
        else:
            assert text.split()[1] in shown, title


def test_what_the_demo_says_to_ask_is_answered(folder: Path, story: str) -> None:
    asked = re.findall(r"^  (\.venv/bin/psdf .+)$", story.partition("Now ask it:")[2], flags=re.MULTILINE)
    assert len(asked) >= 3
    for command in asked:
        assert done(command, folder)


def test_the_questions_of_the_front_page_are_answered(folder: Path, story: str) -> None:
    assert story
    asked = [line for block in blocks(README) for line in lines(block) if line.startswith(".venv/bin/psdf")]
    assert len([line for line in asked if "--home psdf-demo" in line]) >= 5
    for line in asked:
        if " run " not in line:
            assert done(line, folder)


def test_the_front_page_shows_an_invoices_story_as_it_prints(folder: Path, story: str) -> None:
    assert story
    (block,) = [block for block in blocks(README) if block.startswith("$ .venv/bin/psdf why")]
    command, _, shown = block.partition("\n")
    printed = " ".join(done(command.removeprefix("$ "), folder).split())
    for part in shown.split(NOTHING_LEFT_OUT):
        assert " ".join(part.split()) in printed


@pytest.fixture
def trial(folder: Path) -> Iterator[int]:
    """The fund that the front page starts, on a port of its own."""
    (line,) = [line for block in blocks(README) for line in lines(block) if " run " in line]
    port = free_port()
    command = [*line.split(), "--http", f"127.0.0.1:{port}"]
    fund = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        asyncio.run(_ready(port, fund))
        yield port
    finally:
        fund.terminate()
        assert fund.wait(timeout=30) == 0


async def _ready(port: int, fund: subprocess.Popen[bytes]) -> None:
    async with asyncio.timeout(60), httpx.AsyncClient() as client:
        while True:
            assert fund.poll() is None, "the fund ended before it was ready"
            try:
                if (await client.get(f"http://127.0.0.1:{port}/readyz")).is_success:
                    return
            except httpx.ConnectError:
                await asyncio.sleep(0.05)


@pytest.mark.skipif(shutil.which("curl") is None, reason="NOT TRIED: curl is not here, so README's invoice is not sent")
def test_the_invoice_of_the_front_page_is_accepted_and_again_is_the_same(folder: Path, trial: int) -> None:
    (line,) = [line for block in blocks(README) for line in lines(block) if line.startswith("curl -X POST")]
    for _ in range(2):
        (answer,) = json.loads(done(line.replace("8080", str(trial)), folder))["answers"]
        assert (answer["outcome"], answer["dates"]["due_on"]) == ("accepted", "2022-03-09")
