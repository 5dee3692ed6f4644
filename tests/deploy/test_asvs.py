"""The table of ASVS: each file and each test that it names is there, and what is not met is said as not met."""

import ast
import re
from collections import Counter

import pytest

from tests.docs.points import ROOT

PAGE = ROOT / "deploy" / "asvs.md"
ROW = re.compile(r"^\| (V[0-9.]+) \| (.+?) \| (met|partly|not met) \| (.*?) \| (.*?) \|$", re.MULTILINE)
NAMED = re.compile(r"`((?:tests|shared|services|deploy)/[^`:]+|requirements\.lock|pyproject\.toml)(?:::(\w+))?`")
CHAPTERS = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
TEXT = PAGE.read_text(encoding="utf-8")
ROWS = ROW.findall(TEXT)


def test_every_row_is_read_once_and_every_chapter_that_applies_has_some() -> None:
    assert len(ROWS) == len([line for line in TEXT.splitlines() if line.startswith("| V")])
    assert [item for item, many in Counter(row[0] for row in ROWS).items() if many > 1] == []
    assert {int(item[1:].partition(".")[0]) for item, *_ in ROWS} == CHAPTERS


@pytest.mark.parametrize(
    ("item", "state", "where", "shown"), [(row[0], *row[2:]) for row in ROWS], ids=lambda each: each[:9]
)
def test_what_is_met_names_code_and_a_test_and_both_are_there(item: str, state: str, where: str, shown: str) -> None:
    files, tests = NAMED.findall(where), [each for each in NAMED.findall(shown) if each[0].startswith("tests/")]
    for path, name in [*files, *tests]:
        assert (ROOT / path).is_file(), f"{item} names {path}"
        assert not name or name in functions(path), f"{item} names {name}, which is not in {path}"
    if state == "met":
        assert files or "(#" in where, f"{item} is met by no code"
        assert tests, f"{item} is shown by no test"
    if state == "not met":
        assert files + tests == [], f"{item} is not met, and names something that meets it"
        assert shown, f"{item} is not met: say what is to do"


def functions(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_the_inventory_of_keys_names_files_that_are_there() -> None:
    inventory = TEXT.partition("## Keys and algorithms")[2]
    named = NAMED.findall(inventory)
    assert len(named) >= 8
    assert [path for path, _ in named if not (ROOT / path).is_file()] == []
