"""The points of the Rules stand in the file word for word."""

import re
from datetime import date
from pathlib import Path

import pytest

from shared.kernel.statute import Point
from shared.statute import load_fund

ACT_TEXT = Path(__file__).with_name("resolution-589.lt.txt")
STATUTE = load_fund().statute
IN_FORCE = date(2020, 10, 28)
NUMBERS = [str(number) for number in range(1, 10)] + ["9.1", "9.2"] + [str(number) for number in range(10, 27)]
CITED_ARTICLES = ["HIL 6(5)", "HIL 14(3)", "HIL 15(4)", "HIL 21(1)", "HIL 22(1)", "HIL 22(2)", "HIL 23"]
HEADINGS = """
    I SKYRIUS BENDROSIOS NUOSTATOS
    II SKYRIUS PSDF BIUDŽETO SUDARYMAS
    III SKYRIUS PSDF BIUDŽETO REZERVO SUDARYMAS
    IV SKYRIUS PSDF BIUDŽETO VYKDYMAS
    V SKYRIUS PSDF BIUDŽETO VYKDYMO FINANSINĖ ATSKAITOMYBĖ
"""


def words(text: str) -> list[str]:
    return text.split()


def wording(number: str, day: date = IN_FORCE) -> str:
    point = STATUTE.point(number, day)
    assert point is not None, f"point {number} is not in force on {day}"
    return point.wording_lt


def rules_of_the_act() -> str:
    """The Rules as printed, from the first point to the line under the last, without the one printed page number."""
    printed = ACT_TEXT.read_text(encoding="utf-8")
    body = printed[printed.index("I SKYRIUS") : printed.index("______________")]
    return re.sub(r"^\s*\d+\s*$", "", body, flags=re.MULTILINE)


def test_1_to_26_every_point_is_there_once_and_in_order() -> None:
    assert [point.number for point in STATUTE.points if not point.number.startswith("HIL")] == NUMBERS


@pytest.mark.parametrize("number", NUMBERS)
def test_1_to_26_a_point_is_word_for_word_that_of_the_act(number: str) -> None:
    assert f" {number}. {' '.join(words(wording(number)))} " in f" {' '.join(words(rules_of_the_act()))} "


def test_1_to_26_nothing_of_the_act_is_left_out() -> None:
    of_the_file = [word for number in NUMBERS for word in [f"{number}.", *words(wording(number))]]
    assert sorted(words(rules_of_the_act())) == sorted(of_the_file + words(HEADINGS))


@pytest.mark.parametrize("number", NUMBERS)
def test_1_to_26_a_wording_is_clean_text(number: str) -> None:
    text = wording(number)
    assert text == " ".join(words(text))
    assert re.match(r"[A-ZĄČĘĖĮŠŲŪŽ]", text)
    assert text.endswith((".", ";", ":"))
    assert not re.search(r"\w- \w|SKYRIUS|\\", text)


@pytest.mark.parametrize("point", STATUTE.points, ids=lambda point: f"{point.number} from {point.from_day}")
def test_1_to_26_a_summary_is_one_sentence(point: Point) -> None:
    assert point.summary_en.endswith(".")
    assert ". " not in point.summary_en


def test_1_to_26_the_wording_is_law_from_the_day_after_its_publication() -> None:
    published = date(2020, 10, 27)
    assert STATUTE.version(IN_FORCE) == STATUTE.version(date(2026, 1, 1)) == "Nutarimas Nr. 589, Nr. 1181 redakcija"
    assert STATUTE.version(published) == ""
    assert [number for number in NUMBERS if STATUTE.point(number, published)] == []


@pytest.mark.parametrize("article", CITED_ARTICLES)
@pytest.mark.parametrize("day", [IN_FORCE, date(2023, 12, 31), date(2024, 1, 1)])
def test_hil_an_article_that_decisions_cite_is_there_and_called_a_summary(article: str, day: date) -> None:
    assert wording(article, day).startswith("[Santrauka, ne įstatymo tekstas] ")


@pytest.mark.parametrize("article", ["HIL 21(1)", "HIL 23"])
def test_hil_articles_reworded_in_2024_have_two_versions(article: str) -> None:
    assert wording(article, date(2023, 12, 31)) != wording(article, date(2024, 1, 1))
