"""What the documentation says, compared with the code."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.docs.points import README, ROOT, WHO_MUST_OBEY, named_tests, pages, rules

LINK = re.compile(r"\]\(([^)#:]+?)(?:#[^)]*)?\)")
MOST_LINES = 150


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_that_is_made_from_the_code_is_that_of_the_code(page: Path) -> None:
    assert page.read_text(encoding="utf-8") == pages()[page](), "make generate writes it anew"


@cache
def numbers(found: Callable[[], Iterator[tuple[str, str]]]) -> set[str]:
    """The points that have a rule, or a test: all files are read once for it."""
    return {point.partition(".")[0] for point, _ in found()}


@pytest.mark.parametrize("number", [str(n) for n in range(1, 27)])
def test_each_point_has_its_rule_and_its_tests_or_says_who_must_obey(number: str) -> None:
    if number in WHO_MUST_OBEY:
        return
    assert number in numbers(rules)
    if number != "5":  # who sends the draft to whom: the draft's export serves it
        assert number in numbers(named_tests)


PAGES = [README, *(page for top in ("services", "shared", "deploy", "tests") for page in (ROOT / top).glob("**/*.md"))]


@pytest.mark.parametrize("page", sorted(PAGES), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_between_our_pages_leads_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} links to {target}"


def test_the_front_page_is_read_in_a_minute() -> None:
    assert README.read_text(encoding="utf-8").count("\n") <= MOST_LINES
