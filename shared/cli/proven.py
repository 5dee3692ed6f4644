"""What a proof proves, shown: the events, the law in force, letters, the seal and who signed it."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.cli.screen import say, screen, short, table
from shared.explain.sentences import Lang, has_words, sentence
from shared.proof.check import Proven

SHOWN = 17
"""Signs shown of a digest that stands whole in the proof."""
HEADS: dict[str, dict[str, Any]] = {
    "lt": {
        "invoice": "Sąskaita {}: įrodyti {} fondo {} įvykiai",
        "events": ["kada", "kur", "kas"],
        "law": "Galiojusi teisė",
        "points": ["punktas", "aktas", "dienos", "teksto SHA-256"],
        "to": "–",
        "letter": "raštas {}: SHA-256 {}",
        "seal": "antspaudas {}, {}, šaknis {}",
    },
    "en": {
        "invoice": "Invoice {}: {} events of fund {} are proven",
        "events": ["when", "where", "what"],
        "law": "The law that was in force",
        "points": ["point", "act", "days", "SHA-256 of the wording"],
        "to": "to",
        "letter": "letter {}: SHA-256 {}",
        "seal": "under seal {} of {}, root {}",
    },
}


def show(proven: Proven, lang: Lang) -> None:
    """The proven way, event by event, the law in force, the letters."""
    console, said, heads = screen(), proven.statement, HEADS.get(lang, HEADS["en"])
    console.print(heads["invoice"].format(proven.invoice, len(proven.steps), said.fund), markup=False)
    rows = [
        (step.moment[:16], f"{step.service} {step.number}", _sentence(step.type, step.data, lang))
        for step in proven.steps
    ]
    console.print(table("", heads["events"], rows))
    law = [
        (law.point, law.act, f"{law.from_} {heads['to']} {law.to or '...'}", short(law.wording_sha256, SHOWN))
        for law in proven.pack.law
    ]
    console.print(table(heads["law"], heads["points"], law))
    for letter in proven.pack.letters:
        console.print(heads["letter"].format(letter.notice_no, letter.sha256), markup=False, soft_wrap=True)
    console.print(heads["seal"].format(said.number, said.day, said.root), markup=False, soft_wrap=True)
    say_countersigned(proven.countersigned)


def _sentence(type_: str, data: Mapping[str, object], lang: Lang) -> str:
    return sentence(type_, data, lang) if has_words(type_) else type_


def say_countersigned(others: Sequence[tuple[str, str, bool]]) -> None:
    """Who else signed: name, key, and whether the signature was checked."""
    for name, keyid, checked in others:
        told = "" if checked else ", not checked: --countersigned NAME=PUBLIC gives the key"
        say(f"signed by {name} too (key {keyid}{told})")
