"""V8. What people read in Lithuanian: one word for what is committed, the law by its own name, no sum in two lines."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from shared.cli.screen import lines
from shared.events.catalogue import CATALOGUE
from shared.explain.sentences import point_name, reason_sentence, sentence
from shared.kernel.language import LANGUAGES, NO_BREAK_SPACE
from shared.kernel.reason import REGISTER, TERMS
from shared.messages.examples import EXAMPLES
from shared.reports.year.words import Voice
from tests.runtime.funds import fund, ministry, psdf, until, worked_start


@pytest.mark.parametrize(
    ("number", "lithuanian"),
    [("18", "18"), ("9.1", "9.1"), ("HIL 14(3)", "SDĮ 14 str. 3 d."), ("HIL 23", "SDĮ 23 str.")],
)
def test_V8_a_point_of_the_law_has_its_lithuanian_name(number: str, lithuanian: str) -> None:
    assert point_name(number, "lt") == lithuanian
    assert point_name(number, "en") == number


async def test_V8_a_story_in_lithuanian_names_the_law_in_lithuanian(tmp_path: Path) -> None:
    home = tmp_path / "home"
    async with ministry(tmp_path / "ministry") as url, fund(home, url) as stack:
        await stack.publish(worked_start())
        await until(lambda: not stack.payments.notices)
    told = psdf("why", "300111224/A2", "--lang", "lt", home=home).stdout
    assert "Punktai: 18, SDĮ 14 str. 3 d. (overrun.notified)" in told
    assert "HIL" not in told


@pytest.mark.parametrize("type_", sorted(CATALOGUE))
def test_V8_no_lithuanian_sentence_has_the_english_name_of_the_law(type_: str) -> None:
    data = EXAMPLES[type_]["data"]
    told = [sentence(type_, data, "lt"), *(reason_sentence(reason, "lt") for reason in data.get("reasons") or ())]
    assert not [text for text in told if "HIL" in text]


def test_V8_what_is_committed_is_isipareigota_and_what_is_appropriated_is_not() -> None:
    committed = {name: words["lt"] for name, words in TERMS.items() if "committed" in name}
    assert committed
    assert not [words for words in committed.values() if "įsipareigota" not in words]
    others = [words["lt"] for name, words in TERMS.items() if "committed" not in name]
    assert not [words for words in others if "įsipareigot" in words]
    told = [kind.words["lt"] for kind in REGISTER.values() if any("committed" in name for name in kind.terms)]
    assert told
    assert all("įsipareigota" in words and "numatyta" not in words for words in told)


def test_V8_a_sum_never_breaks_over_lines() -> None:
    console = Console(file=StringIO(), force_terminal=True, width=60)
    sums = ["1 234 567.89 EUR", "9 999 999 999.00 EUR"]
    text = " ".join(f"asked for {each} of" for each in sums * 9)
    told = lines(console, text, 18)
    assert len(told) > len(sums)
    assert sum(line.count(each.replace(" ", NO_BREAK_SPACE)) for line in told for each in sums) == 2 * 9
    voice = Voice(LANGUAGES["lt"])
    for paper in (voice.money(123_456_789), voice.eur(123_456_789), voice.change(123_456_789)):
        assert " " not in paper
        assert NO_BREAK_SPACE in paper


def test_V8_a_notice_is_told_with_each_number_once() -> None:
    told = sentence("overrun.notified", EXAMPLES["overrun.notified"]["data"], "lt")
    sums = [word for word in told.split(", ") if "EUR" in word or "Eur" in word]
    assert len(sums) == 4
    assert "sąskait" not in told
