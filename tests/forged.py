"""How many forged things were tried and how many refused, by path; and the page that says so (`deploy/forged.md`)."""

import re
from collections import Counter
from typing import NamedTuple

from tests.docs.points import ROOT

PAGE = ROOT / "deploy" / "forged.md"
ROW = re.compile(r"^\| ([^|]+?) \|([^|]*)\| ([\d ]+) \| ([\d ]+) \|$", re.MULTILINE)
ALL = "**all**"
RENDERED, BROKER = "Kafka, rights as they are rendered", "Kafka, a broker that asks for certificates"
ON_KAFKA = {RENDERED, BROKER}
"""Counted in ``tests/deploy``: by ``test_kafka_rights.py``, and where the deployment starts."""


class Table(Counter[tuple[str, str]]):
    """By path: how many were tried, how many refused."""

    def add(self, path: str, *, refused: bool, what: object) -> None:
        self[path, "tried"] += 1
        self[path, "refused"] += refused
        assert refused, f"{path}: taken: {what!r}"

    @property
    def paths(self) -> dict[str, tuple[int, int]]:
        """Each path with what was tried and what refused, in the order in which they were tried."""
        return {path: (self[path, "tried"], self[path, "refused"]) for path, _ in self}

    def holds(self) -> None:
        """See that the page says of these paths what was counted."""
        said = page()
        due = [Row(path, said[path].what if path in said else "...", *both) for path, both in self.paths.items()]
        wrong = [str(row) for row in due if said.get(row.path) != row]
        assert wrong == [], "{} says otherwise, write there:\n{}".format(PAGE.name, "\n".join(wrong))


class Row(NamedTuple):
    """A row of the page."""

    path: str
    what: str
    tried: int
    refused: int

    def __str__(self) -> str:
        tried, refused = (f"{number:,}".replace(",", " ") for number in (self.tried, self.refused))
        return f"| {self.path} | {self.what} | {tried} | {refused} |"


def page() -> dict[str, Row]:
    """The page's rows by their paths."""
    rows = ROW.findall(PAGE.read_text(encoding="utf-8"))
    return {path: Row(path, what.strip(), number(tried), number(refused)) for path, what, tried, refused in rows}


def number(text: str) -> int:
    """A number of the page."""
    return int(text.replace(" ", ""))
