"""Valid documents, mutated at random by seed: each becomes an event that may be published, or is refused by a rule."""

import random
import re
from collections import Counter
from datetime import UTC, datetime
from time import thread_time

import pytest

from shared.edge.einvoice.into_event import submitted_of, warnings
from shared.edge.einvoice.reception import event_of
from shared.edge.einvoice.records import Refused
from shared.edge.einvoice.xml import read_document
from shared.messages.read import parse
from tests.edge.einvoice.made import FUND, credit, invoice, line, ubl
from tests.edge.einvoice.verdict import TERMS

NOW = datetime(2022, 2, 7, 10, tzinfo=UTC)
BASES = [ubl(), ubl(credit()), ubl(invoice(lines=tuple(line(f"ORT-{n}") for n in range(5))))]
TEXTS = [
    "", " ", "0", "-1", "1e9", "NaN", "9" * 30, "1" * 20_000, "0.001", "00000000001", "2022-02-30", "9999-99-99",
    "\u202e", "A\u200b1", "ＡＢ", "а1", "e\u0301", "&amp;", "&lt;b&gt;", "../../etc/passwd", "' OR 1=1", "=cmd()", "\t", "\r\n",
    "x" * 5_000, "PSDF:", "STATE:04", ":", "380", "381", "EUR", "USD", "300111224", "191351679",
]  # fmt: skip
ELEMENT = re.compile(rb"\n *<(c[ab]c:\w+)[^>]*>.*?</\1>", re.DOTALL)
TEXT = re.compile(rb">([^<>\n]+)<")
ATTRIBUTE = re.compile(rb' [A-Za-z:]{1,20}="[^"]*"')


def mutated(dice: random.Random) -> bytes:
    content = dice.choice(BASES)
    for _ in range(dice.randint(1, 4)):
        content = dice.choice([other_text, without_element, element_twice, other_attribute, other_byte, cut])(
            content, dice
        )
    return content


def other_text(content: bytes, dice: random.Random) -> bytes:
    return replaced(content, TEXT, b">%s<" % dice.choice(TEXTS).encode(), dice)


def without_element(content: bytes, dice: random.Random) -> bytes:
    return replaced(content, ELEMENT, b"", dice)


def element_twice(content: bytes, dice: random.Random) -> bytes:
    found = list(ELEMENT.finditer(content))
    if not found:
        return content
    at = dice.choice(found)
    return content[: at.end()] + at.group() + content[at.end() :]


def other_attribute(content: bytes, dice: random.Random) -> bytes:
    return replaced(content, ATTRIBUTE, b' a="%s"' % dice.choice([b"", b"0200", b"x" * 1_000]), dice)


def other_byte(content: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(content) or 1)
    return content[:at] + bytes([dice.randrange(256)]) + content[at + 1 :]


def cut(content: bytes, dice: random.Random) -> bytes:
    return content[: dice.randrange(len(content) or 1)] if dice.random() < 0.1 else content


def replaced(content: bytes, pattern: re.Pattern[bytes], by: bytes, dice: random.Random) -> bytes:
    found = list(pattern.finditer(content))
    if not found:
        return content
    at = dice.choice(found)
    return content[: at.start()] + by + content[at.end() :]


def outcome(content: bytes) -> str:
    """``taken``, or the first rule that is broken; any other exception goes on."""
    try:
        document = read_document(content)
        submitted = submitted_of(document, FUND, TERMS)
        list(warnings(document, submitted, TERMS, submitted.issued_on))
        raw = event_of(document, submitted, NOW)
    except Refused as refused:
        wrong = [each for each in refused.findings if len(each.text) > 700 or not each.text.isprintable()]
        return f"not to be shown: {wrong}" if wrong else refused.findings[0].rule
    return "taken" if parse(raw, outside=True).data == submitted else "taken as something else"


@pytest.mark.parametrize("seed", range(4))
def test_each_is_taken_or_refused_by_a_rule_and_soon(seed: int) -> None:
    dice, outcomes = random.Random(seed), Counter[str]()
    for _ in range(1_000):
        content, began = mutated(dice), thread_time()
        outcomes[outcome(content)] += 1
        assert thread_time() - began < 1.0
    assert outcomes["taken"] > 50
    assert len(outcomes) > 15
    assert {name for name in outcomes if not re.fullmatch("taken|PSDF-[XR][0-9]{2}", name)} == set()
