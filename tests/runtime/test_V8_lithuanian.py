"""V8. What people read in Lithuanian: one word for what is committed, the law by its own name, no sum in two lines."""

import re
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from shared.cli.screen import lines, table
from shared.events.catalogue import CATALOGUE
from shared.explain.sentences import point_name, reason_sentence, sentence
from shared.kernel.language import LANGUAGES, NO_BREAK_SPACE
from shared.kernel.reason import REGISTER, TERMS
from shared.messages.examples import EXAMPLES
from shared.reports.year.words import Voice
from tests.runtime.funds import WORKED_START, event, fund, ministry, psdf, until, worked_start

ROOT = Path(__file__).parents[2]
TEXTS = {".py", ".toml", ".typ", ".md", ".html"}


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


def test_V8_screens_in_lithuanian_name_money_and_quarters_in_words(tmp_path: Path) -> None:
    home = tmp_path / "home"
    data = {"payer": "TLK-VILNIUS", "source": "STATE", "amount_cents": 7, "value_on": "2022-03-09", "reference": "V-8"}
    credit = event("/treasury", "V-8", "account.credited", "2022-03-09T10:00:00+02:00", data)
    (sent := tmp_path / "events.jsonl").write_bytes(b"\n".join([*worked_start(), credit]))
    assert psdf("publish", sent, "--moment", "event", home=home).returncode == 0
    told = psdf("fund", "--lang", "lt", home=home).stdout
    assert re.search(r"TLK-VILNIUS +valstybės lėšos +0,07", told)
    closing = psdf("close", "2022", "--lang", "lt", home=home).stdout
    assert "Nepriimta TLK ataskaita: TLK-VILNIUS, valstybės lėšos 0,07 Eur" in closing
    assert "„Sodros“ pažyma: 2022 m. 1 ketv. nepateikta" in closing
    assert not re.findall(r"STATE|-Q\d", told + closing)


def test_V8_what_the_bank_is_told_is_a_nurodymas_everywhere() -> None:
    """ "Mokėjimo nurodymas", as in the reports: "pavedimas" is no second word for it."""
    texts = [each for room in ("shared", "services") for each in (ROOT / room).rglob("*.*") if each.suffix in TEXTS]
    assert len(texts) > 300
    assert not [each.name for each in texts if re.search("pavedim", each.read_text("utf-8"), re.IGNORECASE)]


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


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_V8_no_terminal_is_too_narrow_for_a_sum(width: int) -> None:
    console = Console(file=(told := StringIO()), force_terminal=True, width=width)
    sums = [[f"{at}{row} 234 567 890,12" for at in range(1, 6)] for row in range(1, 4)]
    columns = ["mokėtojas", "straipsnis", *(f">suma {at}" for at in range(5)), "kodėl"]
    console.print(table("Mokėtojai", columns, [[f"TLK-{row}", "01", *of, "laukia"] for row, of in enumerate(sums)]))
    lines_of = told.getvalue().splitlines()
    assert max(len(re.sub(r"\x1b\[[\d;]*m", "", line)) for line in lines_of) <= width
    for row, of in enumerate(sums):
        assert all(any(each in line and f"TLK-{row}" in line for line in lines_of) for each in of)


def test_V8_a_terminal_breaks_no_sum_of_the_fund(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, told = tmp_path / "home", StringIO()
    assert psdf("publish", WORKED_START, "--moment", "event", home=home).returncode == 0
    wide = psdf("fund", "--lang", "lt", home=home).stdout.splitlines()[1]
    monkeypatch.setattr(
        "shared.cli.fund.screen", lambda: Console(file=told, force_terminal=True, width=60, highlight=False)
    )
    assert psdf("fund", "--lang", "lt", home=home).returncode == 0
    sums = re.findall(r"\d[\d ]+,\d\d", wide)
    narrow = told.getvalue().replace(NO_BREAK_SPACE, " ").splitlines()
    assert len(sums) == 3
    assert all(any(each in line for line in narrow) for each in sums)


def test_V8_a_notice_is_told_with_each_number_once() -> None:
    told = sentence("overrun.notified", EXAMPLES["overrun.notified"]["data"], "lt")
    sums = [word for word in told.split(", ") if "EUR" in word or "Eur" in word]
    assert len(sums) == 4
    assert "sąskait" not in told
