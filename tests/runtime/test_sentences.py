"""Sentences: every type of event has one in both languages, and every field that they name is there."""

import tomllib
from pathlib import Path
from string import Formatter

import pytest

from shared.events.catalogue import CATALOGUE, INTERNAL
from shared.explain import sentences as story
from shared.explain.sentences import has_words, numbers, reason_sentence, sentence
from shared.kernel.language import EN, LANGUAGES, LT
from shared.kernel.reason import REGISTER, TERMS, reason
from shared.messages.examples import EXAMPLES

SENTENCES = tomllib.loads(Path(story.__file__).with_name("story.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("type_", sorted(CATALOGUE))
def test_every_type_has_a_sentence_whose_fields_exist(type_: str) -> None:
    assert has_words(type_)
    data = EXAMPLES[type_]["data"]
    for lang in (LT, EN):
        told = sentence(type_, data, lang)
        assert told.endswith((".", ":")) or told[-1].isalnum() or told[-1] == "–"
        assert "_" not in told
        assert "None" not in told


@pytest.mark.parametrize("key", sorted(SENTENCES))
def test_a_sentence_names_fields_of_its_type_alike_in_both_languages(key: str) -> None:
    type_ = key.partition(":")[0]
    names = {
        lang: {name for _, name, _, _ in Formatter().parse(SENTENCES[key][lang]) if name} for lang in SENTENCES[key]
    }
    assert names["lt"] == names["en"]
    model = CATALOGUE.get(type_) or INTERNAL.get(type_)
    if model and type_ != "payment.deferred":  # whose sentences name terms too
        assert all(hasattr(model, name) for name in names["lt"])


def test_a_deferral_is_told_with_its_reason_and_numbers() -> None:
    told = {"amount_cents": 4_000, "due_on": "2022-03-01", "reason": "next_year"}
    terms = {"year": 2023, "pay_on": "2023-01-02"}
    assert sentence("payment.deferred", {**told, "terms": terms}, "en") == (
        "40.00 EUR waits: its pay day is 2023-01-02, and nothing of 2023 is committed before it starts. Due on 2022-03-01."
    )


def test_22_what_sodra_states_is_told_with_all_that_its_sum_is_made_of() -> None:
    told = {"year": 2022, "quarter": 1, "submission": 1, "transferred_cents": 4_000, "offset_cents": 3}
    assert (
        sentence("sodra.statement.submitted", told, "lt")
        .replace("\N{NO-BREAK SPACE}", " ")
        .endswith("(pateikimas 1): pervesta 40,00 Eur, tarpusavyje įskaityta 0,03 Eur.")
    )
    assert sentence("sodra.statement.submitted", told, "en").endswith("40.00 EUR transferred, 0.03 EUR set off.")


@pytest.mark.parametrize("key", sorted(REGISTER))
def test_every_reason_is_told_in_both_languages_with_its_terms_and_each_term_has_a_name(key: str) -> None:
    kind = REGISTER[key]
    named = {lang: {name for _, name, _, _ in Formatter().parse(kind.words[lang]) if name} for lang in ("lt", "en")}
    assert named["lt"] == named["en"] <= set(kind.terms)
    assert set(kind.terms) - {"articles", "text", "lines"} <= TERMS.keys()


def test_no_code_stands_in_the_code_that_the_register_does_not_have() -> None:
    """Also one that is handed on by its place: a law function can build no reason but through the register."""
    root = Path(__file__).parents[2]
    rules = "\n".join(path.read_text(encoding="utf-8") for path in (root / "services").rglob("*.py"))
    assert "Reason(code" not in rules
    for row in REGISTER.values():
        assert f'"{row.code}"' in rules + (root / "shared/kernel/payers.py").read_text(encoding="utf-8"), row.code
    with pytest.raises(KeyError):
        reason("share_exceded")
    with pytest.raises(AssertionError, match="share_exceeded has the terms"):
        reason("share_exceeded", share_cents=1)
    with pytest.raises(AssertionError, match="not decided by point 14"):
        reason("share_exceeded", "14")


def test_reasons_of_examples_are_told_in_words() -> None:
    for example in EXAMPLES.values():
        for each in example["data"].get("reasons") or ():
            assert reason_sentence(each, "lt") != each["code"]
            assert "–" not in reason_sentence(each, "lt")


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


CAUSES = {
    "budget.adopted", "distribution.adopted", "surplus.allotted", "invoice.accepted", "recovery.set_off", "payment.reported",
    "administration.paid", "payer.merged", "day.started",
}  # fmt: skip
"""For what a notice is withdrawn (18)."""


@pytest.mark.parametrize("because", sorted(CAUSES))
@pytest.mark.parametrize("lang", [LT, EN])
def test_18_why_a_notice_was_withdrawn_is_told_in_words(lang: str, because: str) -> None:
    told = sentence("overrun.withdrawn", {**EXAMPLES["overrun.withdrawn"]["data"], "because": because}, lang)
    assert because not in told
    assert told.rstrip(".").endswith(LANGUAGES[lang].words[f"cause.{because}"])


def test_22_which_term_of_a_statement_was_missed_is_told_in_words() -> None:
    missed = {"year": 2026, "quarter": 1, "by": "2026-01-15"}
    assert sentence("sodra.statement.overdue", {**missed, "what": "submission"}, LT) == (
        "„Sodros“ 2026 m. 1 ketvirčio pažyma iki 2026-01-15 nepateikta."
    )
    assert sentence("sodra.statement.overdue", {**missed, "what": "approval"}, LT) == (
        "„Sodros“ 2026 m. 1 ketvirčio pažyma iki 2026-01-15 nepatvirtinta."
    )


def test_9_a_transfer_is_by_a_point_in_the_accusative() -> None:
    told = sentence("reserve.transfer.done", {"kind": "9.1", "amount_cents": 1}, LT)
    assert told == "Į rezervą pagal 9.1 punktą pervesta 0,01 Eur."
