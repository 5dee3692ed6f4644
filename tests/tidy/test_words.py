"""Nothing is dead, and one thing has one word: what only tests call goes to the tests, and old words don't come back."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for room in ("services", "shared", "deploy")
    for path in sorted((ROOT / room).rglob("*.py"))
}

CALLED_BY_OTHERS = {
    "filter": "logging calls it",
    "format": "logging calls it",
    "field_title_should_be_set": "pydantic calls it",
    "wait_closed": "uvicorn calls it, of who stands for an asyncio.Server",
    **dict.fromkeys(("do_GET", "do_POST", "do_OPTIONS", "log_message"), "http.server calls it, in the kit's double"),
    "ubl_of": "the way back to UBL: with it tests show that the mapping loses nothing",
    "pymongo_client": "the store is tested with PyMongo's own client, which motor will give way to",
}
"""Functions whose name stands once, and who calls them."""

BANNED = {
    "Causes": "Inbox",
    "Lapsed": "Fenced",
    "Verbatim": "Received",
    "LayAside": "Park",
    "untold": "unpublished",
    "Crew": "Supervisor",
    "Onlooker": "LagMonitor",
    "NotQuiet": "StillLagging",
    "obliging": "cooperative",
    "asof": "as_of",
    "IN_ONE_GO": "BATCHABLE",
    "SURPRISES": "UNEXPECTED_ERRORS",
}
"""Words that were used for what has a standard one."""


def words() -> Counter[str]:
    texts = [*SOURCES.values(), (ROOT / "pyproject.toml").read_text(encoding="utf-8")]
    return Counter(word for text in texts for word in re.findall(r"[A-Za-z_]\w*", text))


def defined(text: str) -> list[str]:
    """Functions and methods that nothing but their own name puts to use."""
    return [
        node.name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and not node.decorator_list
        and not node.name.startswith("__")
    ]


def test_each_function_is_used_by_the_product() -> None:
    used = words()
    dead = {
        f"{path}: {name}"
        for path, text in SOURCES.items()
        for name in defined(text)
        if used[name] == 1 and name not in CALLED_BY_OTHERS
    }
    assert not dead, "used by tests alone, or by nobody"


@pytest.mark.parametrize(("word", "instead"), BANNED.items())
def test_an_old_word_does_not_come_back(word: str, instead: str) -> None:
    found = [path for path, text in SOURCES.items() if re.search(rf"\b{word}\b", text)]
    assert not found, f"say {instead}"
