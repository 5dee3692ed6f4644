"""Sentences: every type of event has one in both languages, and every field that they name is there."""

import re
import tomllib
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest

from services.payments import events as payments_events
from shared.messages.catalogue import CATALOGUE
from shared.messages.examples import EXAMPLES
from shared.messages.internal import INTERNAL
from shared.runtime import story
from shared.runtime.story import Lang, has_words, numbers, reason_sentence, sentence

SENTENCES = tomllib.loads(Path(story.__file__).with_name("story.toml").read_text(encoding="utf-8"))
WORDS = tomllib.loads(Path(story.__file__).with_name("words.toml").read_text(encoding="utf-8"))
DEFERRALS = {
    "earlier_unpaid", "next_year", "no_budget", "one_twelfth", "state_funds", "payer_share", "appropriation",
    "year_total",
}  # fmt: skip


@pytest.mark.parametrize("type_", sorted(CATALOGUE))
def test_every_type_has_a_sentence_whose_fields_exist(type_: str) -> None:
    assert has_words(type_)
    data = EXAMPLES[type_]["data"]
    for lang in get_args(Lang):
        told = sentence(type_, data, lang)
        assert told.endswith((".", ":")) or told[-1].isalnum() or told[-1] == "–"
        assert "_" not in told
        assert "None" not in told


@pytest.mark.parametrize("key", sorted(SENTENCES))
def test_a_sentence_names_fields_of_its_type_alike_in_both_languages(key: str) -> None:
    type_, _, case = key.partition(":")
    names = {
        lang: {name for _, name, _, _ in Formatter().parse(SENTENCES[key][lang]) if name} for lang in SENTENCES[key]
    }
    assert names["lt"] == names["en"]
    model = CATALOGUE.get(type_) or INTERNAL.get(type_)
    if model and type_ != "payment.deferred":  # whose sentences name terms too
        assert names["lt"] <= model.model_fields.keys()
    if type_ == "payment.deferred" and case:
        assert case in DEFERRALS


def test_every_deferral_has_its_own_sentence() -> None:
    assert {key.partition(":")[2] for key in SENTENCES if key.startswith("payment.deferred:")} == DEFERRALS
    assert payments_events.Deferred.type == "payment.deferred"


def test_every_code_of_a_reason_and_name_of_a_term_has_words() -> None:
    root = Path(__file__).parents[2]
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (root / "services").rglob("*.py"))
    codes = set(re.findall(r'code="([a-z_0-9]+)"', sources))
    assert len(codes) > 25
    assert codes - DEFERRALS <= {key.partition(":")[0] for key in WORDS["reasons"]}
    for example in EXAMPLES.values():
        for reason in example["data"].get("reasons") or ():
            assert reason_sentence(reason, "lt") != reason["code"]
            assert "–" not in reason_sentence(reason, "lt")
            assert reason["terms"].keys() <= WORDS["terms"].keys() | {"articles"}


def test_sums_are_euro_with_thousands_separators() -> None:
    terms = {"asked_cents": 300_000_000, "month": "2022-03", "articles": [{"article": "04", "sum_cents": 5}]}
    assert numbers({"terms": terms}, "en") == [
        ("asked", "3 000 000.00 EUR"),
        ("month", "2022-03"),
        ("article", "04"),
        ("sum", "0.05 EUR"),
    ]
    assert numbers({"terms": {"asked_cents": 300_000_000}}, "lt") == [("prašoma", "3 000 000,00 Eur")]


def test_a_type_without_words_is_told_by_its_name() -> None:
    assert sentence("payments.day_begun", {}, "en") == "payments.day_begun."
