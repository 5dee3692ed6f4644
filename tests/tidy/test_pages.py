"""A room's page names what is in the room, and what a page or a file's first lines name is there."""

import ast
import re
from itertools import chain
from pathlib import Path

import pytest

from tests.docs.test_readme import PAGES

ROOT = Path(__file__).parents[2]
ROOMS = sorted(
    folder
    for folder in [ROOT / "services", ROOT / "deploy", ROOT / "deploy" / "local", ROOT / "deploy" / "provider-kit", *(ROOT / "services").iterdir(), *(ROOT / "shared").iterdir()]
    if folder.is_dir() and any(folder.rglob("*.py"))
)  # fmt: skip
FILE = re.compile(r"(?<![\w./-])((?:\.\./)*[\w-]+(?:/[\w-]+)*\.(?:py|toml|typ|jsonl|jinja|md|yaml))\b")
"""A file as prose names it."""
ELSEWHERE = {"bank.toml", "events.jsonl", "example/fund.toml", "oidc.toml"}
"""Files that the program writes, that another program reads, or that persons give it."""


def modules(room: Path) -> list[str]:
    """The files of a room, by their path in it; a folder with a page of its own is a room of its own."""
    pages = [page.parent for page in room.rglob("README.md") if page.parent != room]
    return [
        path.relative_to(room).as_posix()
        for path in sorted(room.rglob("*.py"))
        if path.name != "__init__.py" and not any(path.is_relative_to(page) for page in pages)
    ]


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.relative_to(ROOT).as_posix())
def test_the_page_of_a_room_names_each_of_its_files(room: Path) -> None:
    page = (room / "README.md").read_text(encoding="utf-8")
    missing = [name for name in modules(room) if f"[{name}]({name})" not in page and f"`{name}`" not in page]
    assert missing == [], f"{room.relative_to(ROOT)}/README.md does not say what they are"


@pytest.mark.parametrize("page", sorted(PAGES), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_page_names_only_files_that_are_there(page: Path) -> None:
    assert [name for name in named(page.read_text(encoding="utf-8")) if not there(name, page.parent)] == []


SOURCES = sorted(chain.from_iterable((ROOT / top).rglob("*.py") for top in ("services", "shared", "deploy")))


def test_the_first_lines_of_a_file_name_only_files_that_are_there() -> None:
    wrong = [
        (path.relative_to(ROOT).as_posix(), name)
        for path in SOURCES
        for name in named(ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "")
        if not there(name, path.parent)
    ]
    assert wrong == []


def named(prose: str) -> set[str]:
    """The files that a text names."""
    return set(FILE.findall(prose))


def there(name: str, folder: Path) -> bool:
    """Whether a file is there, seen from a folder, from the root, or by the end of its path anywhere among ours."""
    if name in ELSEWHERE or (folder / name).exists() or (ROOT / name).exists():
        return True
    tops = ("services", "shared", "deploy", "tests")
    return any(path.as_posix().endswith(f"/{name}") for top in tops for path in (ROOT / top).rglob(Path(name).name))


def test_a_name_of_nothing_is_found() -> None:
    assert named("see `kafka_onlooker.py` and ../crew.py, shared/kernel/money.py.") == {
        "kafka_onlooker.py", "../crew.py", "shared/kernel/money.py",
    }  # fmt: skip
    assert not there("kafka_onlooker.py", ROOT / "shared" / "demo")
    assert there("money.py", ROOT / "shared" / "demo")
