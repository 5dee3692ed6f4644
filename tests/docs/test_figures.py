"""The page of figures says what was measured, and nothing else."""

import json

from tests.bench.figures import KEPT, PAGE, TABLE, page


def test_the_page_of_figures_is_written_from_what_was_measured() -> None:
    text, kept = PAGE.read_text(encoding="utf-8"), json.loads(KEPT.read_text(encoding="utf-8"))
    assert page(text, kept) == text
    assert {found[2] for found in TABLE.finditer(text)} == set(kept)
    assert all("| machine |" in found[3] for found in TABLE.finditer(text))


def test_a_figure_that_was_changed_by_hand_is_seen() -> None:
    text, kept = PAGE.read_text(encoding="utf-8"), json.loads(KEPT.read_text(encoding="utf-8"))
    kept["embedded"]["embedded.ratio"] += 0.1
    assert page(text, kept) != text
