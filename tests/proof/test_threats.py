"""The page of threats names tests that are there."""

import re

import pytest

from tests.proof.test_invoice import ROOM

PAGE = (ROOM / "threats.md").read_text(encoding="utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith(("| who | does", "|---"))]


@pytest.mark.parametrize("row", ROWS)
def test_each_threat_that_is_met_names_a_test_that_is_there(row: str) -> None:
    ((path, name),) = re.findall(r"\]\((\S+?)\): (test_\w+) \|$", row)
    assert re.search(rf"^(async )?def {name}\(", (ROOM / path).read_text(encoding="utf-8"), re.MULTILINE)


def test_it_says_what_is_not_met() -> None:
    assert len(ROWS) > 10
    assert PAGE.index("## What is not met") > PAGE.index(ROWS[-1])
