"""Each row of what was found broken has a test that is there and carries its number."""

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
ROW = re.compile(r"^\| ([A-Z]\d+)? *\|.*\| \[[\w -]+\]\(([\w/.]+)\)`::(\w+)` \|$", re.MULTILINE)


def test_each_row_of_what_was_found_names_a_test_that_is_there_and_bears_its_number() -> None:
    page = (TESTS / "found.md").read_text(encoding="utf-8")
    rows, number, wrong = ROW.findall(page), "", []
    assert len(rows) == page.count("\n| ") - 1, "a row is written otherwise"
    for named, path, test in rows:
        number = named or number
        source = (TESTS / path).read_text(encoding="utf-8")
        if f"def {test}(" not in source or number.lower() not in re.split(
            r"[^a-z0-9]+", test.lower().replace("_", " ")
        ):
            wrong.append((number, path, test))
    assert wrong == []
