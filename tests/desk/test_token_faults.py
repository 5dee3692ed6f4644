"""Whyever a token lets nobody in: who gave it reads why in Lithuanian, with every value of it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.desk import issuer, issuer_client
from shared.desk.token_faults import token_fault

ENGLISH = re.compile(r"\b(the|is|of|no|not|and|for|at|one|has|are|names)\b")
LEFT_OUT = "LONGEST"
"""What is said in words instead: a day."""


def sentences(module: object) -> Iterator[tuple[str, list[str]]]:
    """Every sentence of a TokenError, with something in each of its places; and what that is."""
    code = Path(str(module.__file__)).read_text(encoding="utf-8")  # type: ignore[attr-defined]
    for call in ast.walk(ast.parse(code)):
        if not isinstance(call, ast.Call) or ast.unparse(call.func) != "TokenError":
            continue
        (told,) = call.args
        if isinstance(told, ast.Constant):
            yield str(told.value), []
        elif isinstance(told, ast.JoinedStr):
            given = {each: ast.unparse(each.value) for each in told.values if isinstance(each, ast.FormattedValue)}
            words = {each: f"{n}7" for n, each in enumerate(given, 1)}
            kinds = ["an access token by RFC 9068", "an ID token"] if "kind" in given.values() else [""]
            for kind in kinds:
                said = {each: kind if given[each] == "kind" else words[each] for each in given}
                shown = [said[each] for each in given if given[each] not in (LEFT_OUT, "kind")]
                yield (
                    "".join(said[e] if isinstance(e, ast.FormattedValue) else str(e.value) for e in told.values),
                    shown,
                )


FOUND = sorted((said, values) for module in (issuer, issuer_client) for said, values in sentences(module))


def test_they_are_found() -> None:
    assert len(FOUND) > 20


@pytest.mark.parametrize(("said", "values"), FOUND)
def test_each_is_said_in_lithuanian_with_all_that_stands_in_it(said: str, values: list[str]) -> None:
    found = token_fault(said)
    assert not ENGLISH.search(found), found
    assert all(each in found for each in values), (said, found)


def test_what_stands_between_values_is_lithuanian_too() -> None:
    told = token_fault("the token names two roles, clerk and second: a person has one")
    assert told == "rakte kelerios pareigos (clerk ir second), o asmuo turi vienas"
    assert (
        token_fault("the token's groups names no payer: one is due") == "rakto groups nenurodo mokėtojo, o reikia vieno"
    )
    assert token_fault("somebody's own words") == "somebody's own words"
