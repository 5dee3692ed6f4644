"""The Python that pages show is run as it stands there."""

import ast
import asyncio
import json
from datetime import date
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from shared.demo.example import first
from shared.demo.invoices import submission
from shared.demo.post import Post
from tests.demo.echo import Echo
from tests.docs.points import ROOT


def python(page: str) -> str:
    """The one block of Python of a page."""
    text = (ROOT / page).read_text(encoding="utf-8")
    (block,) = (part.partition("```")[0] for part in text.split("```python\n")[1:])
    return block


def run(block: str, names: dict[str, Any]) -> dict[str, Any]:
    """Run a block in which a page takes some names as given, and may wait for something."""
    code = compile(block, "<page>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    asyncio.run(_run(code, names))
    return names


async def _run(code: CodeType, names: dict[str, Any]) -> None:
    waits = eval(code, names)  # noqa: S307 - it is our own page
    if waits is not None:
        await waits


def test_a_program_that_runs_a_fund_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    post = Post("page")
    post.open(date(2022, 2, 7))
    (event,) = post.send([submission(36_000, first())])
    found = run(python("shared/runtime/README.md"), {"raw": json.dumps(event).encode()})
    assert (tmp_path / "psdf-home" / "fund.sqlite3").is_file()
    assert [message.topic for message in found["published"]] != []


def test_the_law_is_asked_by_day() -> None:
    found = run(python("shared/statute/README.md"), {"day": date(2022, 2, 7), "date": date})
    assert found["fund"].statute.amount("payment_days", found["day"]) == 30


def test_the_world_is_played_against_whoever_publishes() -> None:
    from shared.demo import World, play

    block = python("shared/demo/README.md")
    assert "World(seed=7, providers=600)" in block
    echo = Echo()
    run(block.replace("600", "40"), {"World": World, "play": play, "publish": echo.publish})
    assert len(echo.received) > 1000
