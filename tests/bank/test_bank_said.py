"""Whatever is set aside at the bank's desk, and whyever a file is not taken: pages say it in Lithuanian."""

import ast
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from shared.adapters.bank import answers
from shared.effects.bank import answering, state
from shared.effects.bank.said import in_lithuanian

SAYS = ("append", "BankFileError", "put_aside")
ENGLISH = re.compile(r"\b(the|was|is|and|of|has|no|not|which|order|file|statement|line|executed|no order)\b")
GIVEN = {
    "which": "statement 4 of LT121000011101001000 (2022-03-09)",
    "about": "order 300111224/A1#1",
    "said": "executed 2022-03-09 AC04",
    "before": "rejected",
    "now": "executed",
    "euro(": "1 234.56",
    ".on": "2022-03-09",
    "number": "5",
    "sourceline": "3",
    "LARGEST_FILE": "8000000",
    "len(": "8000001",
    "expected": "5",
    "last.number + 1": "5",
    "reason": "FF01 Invalid",
    "localname": "Ntry",
}
"""What stands in a sentence, by what gives it."""


def values(given: ast.expr) -> list[str]:
    """What an expression of a sentence may give."""
    if isinstance(given, ast.IfExp):
        return [*values(given.body), *values(given.orelse)]
    if isinstance(given, ast.BoolOp):
        return [value for each in given.values for value in values(each)]
    if isinstance(given, ast.Constant):
        return [str(given.value)]
    code = ast.unparse(given)
    return [next((value for part, value in GIVEN.items() if code.startswith(part) or code.endswith(part)), "X1")]


def sentences(module: object) -> Iterator[str]:
    """Every sentence that a module sets aside or raises, with something in each of its places."""
    code = Path(str(module.__file__)).read_text(encoding="utf-8")  # type: ignore[attr-defined]
    for call in ast.walk(ast.parse(code)):
        if not isinstance(call, ast.Call) or ast.unparse(call.func).split(".")[-1] not in SAYS:
            continue
        for told in call.args:
            if isinstance(told, ast.JoinedStr):
                parts = [values(e.value if isinstance(e, ast.FormattedValue) else e) for e in told.values]
                yield from map("".join, product(*parts))
            elif isinstance(told, ast.Constant) and "append" not in ast.unparse(call.func):
                yield str(told.value)


FOUND = sorted({said for module in (answering, answers, state) for said in sentences(module)})


def test_they_are_found() -> None:
    assert len(FOUND) > 30


@pytest.mark.parametrize("said", FOUND)
def test_each_is_said_in_lithuanian_with_all_that_stands_in_it(said: str) -> None:
    found = in_lithuanian(said)
    assert not ENGLISH.search(found), found
    assert found.count("1\u00a0234,56\u00a0Eur") == said.count("1 234.56 EUR")
    for given in ("2022-03-09", "LT121000011101001000", "300111224/A1#1", "X1", "AC04", "FF01"):
        assert (given in said) == (given in found), found


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "1 eilutė, 1 simbolis: failas tuščias"),
        (b"x", "1 eilutė, 1 simbolis: reikia žymės, kuri prasideda <"),
        (b"<a", "1 eilutė, 3 simbolis: 1 eilutėje pradėta žymė a nebaigta"),
        (b"<a>\n<b>", "2 eilutė, 4 simbolis: failas baigiasi, o 2 eilutės žymė b neuždaryta"),
        (b"<a>\n</b>", "2 eilutė, 5 simbolis: 1 eilutės žymė a uždaroma kaip b"),
        (b"<a/><b/>", "1 eilutė, 5 simbolis: dokumentas jau baigėsi"),
        (b"<a b></a>", "1 eilutė, 5 simbolis: atributas b be reikšmės"),
        (b"<a b=1/>", "1 eilutė, 6 simbolis: atributo reikšmė turi būti tarp kabučių"),
        (b"<a b='1' b='2'/>", "1 eilutė, 15 simbolis: atributas b yra du kartus"),
        (b"<x:a/>", "1 eilutė, 5 simbolis: žymės a priešdėlis x neapibrėžtas"),
        (b"<a>&x;</a>", "1 eilutė, 7 simbolis: nėra tokios esybės: x"),
        (b"<a>&</a>", "1 eilutė, 5 simbolis: ženklas & rašomas &amp;"),
        (b"<a>\xff</a>", "1 eilutė, 4 simbolis: simboliai ne to kodavimo"),
        (b"<a>\x00</a>", "1 eilutė, 4 simbolis: negalimas simbolis 0x0"),
        (b"<?xml version='1.0' encoding='x'?><a/>", "1 eilutė, 33 simbolis: nežinomas kodavimas x"),
        (b"<a>" * 300, "1 eilutė, 771 simbolis: žymės žymėse giliau nei 256"),
        (b"<!-- <a/>", "1 eilutė, 10 simbolis: pastaba nebaigta"),
    ],
)
def test_where_a_file_is_no_xml_is_said_in_lithuanian(content: bytes, said: str) -> None:
    with pytest.raises(answers.BankFileError) as refused:
        answers.read_xml(content)
    assert in_lithuanian(str(refused.value)) == f"tai ne XML: {said}"


def test_why_a_file_was_refused_is_said_inside_of_that_it_was() -> None:
    said = "a.xml is refused: statement 4 of LT12 (2022-03-09) came, and 3 is missing: ask the bank for it, and give this one again"
    assert in_lithuanian(said) == (
        "failas a.xml nepriimtas: LT12 išrašas Nr. 4 (2022-03-09) gautas, o Nr. 3 trūksta: "
        "paprašykite jo banko ir šį pateikite iš naujo"
    )


@pytest.mark.parametrize("other", ["", "somebody's own words", "order " * 1_000, "is refused: " * 300, "a" * 3_000])
def test_what_is_no_sentence_of_ours_stays_as_it_is(other: str) -> None:
    assert in_lithuanian(other) == other
