"""The auditor finds nothing in what is right; and each of its checks finds the mistake that is its own."""

import ast
import re
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from shared.events.catalogue import INTERNAL, OUTSIDE
from tests.engine.story import Json
from tests.invariants.auditor import audit
from tests.invariants.findings import Findings
from tests.invariants.stories import STORIES, heard, played, told_of

Change = Callable[[Json], object]
FOLDER = Path(__file__).parent


def more(name: str, cents: int = 1) -> Change:
    return lambda data: data.update({name: data[name] + cents})


def other(**fields: object) -> Change:
    return lambda data: data.update(fields)


def terms(**fields: object) -> Change:
    return lambda data: data["terms"].update(fields)


def reason(**fields: object) -> Change:
    return lambda data: data["reasons"][0].update(fields)


def expenses(article_cents: int, total_cents: int) -> Change:
    def change(data: Json) -> None:
        data["expenses_total_cents"] = total_cents
        for line in data["expenses"]:
            line["amount_cents"] = article_cents

    return change


LEFT_OUT, TWICE = other(told="never"), other(told="twice")

MISTAKES: dict[str, tuple[str, str, int | None, Change]] = {
    "12: {'04': 60} by quarters": ("march", "distribution.adopted", None, lambda data: data["shares"].pop()),
    "I6: V0-2025: 10 contracted of 0": ("march", "contract.concluded", None, other(ceiling_cents=10)),
    "I6: 300111222/I4: 25 accepted of 10": ("march", "contract.concluded", None, other(ceiling_cents=10)),
    "I8: 300111222/I4 is of another source": ("march", "contract.concluded", None, other(source="STATE")),
    "I8: 300111222/I6 is of ('STATE', '04', 'VLK', 2026)": ("march", "payment.ordered", 0, other(source="PSDF")),
    "I8: 300111222/I9 is of ('PSDF', '04', 'VLK', 2026)": ("march", "payment.deferred", 0, other(payer="TLK-KAUNAS")),
    "I9: allotted": ("december", "surplus.allotted", 0, other(amount_cents=1_000)),
    "I9: used": ("december", "reserve.use.allowed", 0, other(amount_cents=13)),
    "23: not allotted": ("december", "surplus.refused", 0, other(amount_cents=80)),
    "8: not used": ("december", "reserve.use.refused", 0, other(amount_cents=2)),
    "I1: 300111222/I4: (0, -1, 26) and 0 of 25": ("march", "payment.lowered", 0, more("lowered_cents", 23)),
    "I4: paid on 2026-03-01": ("march", "payment.scheduled", 0, other(pay_on="2026-03-01")),
    "I4: before acceptance": ("march", "payment.ordered", 0, other(on="2026-03-01")),
    "I12: 300111222/I4 asks 25": ("march", "payment.scheduled", 0, terms(asked_cents=24)),
    "I12: article_committed_cents is 0": ("march", "payment.scheduled", 0, terms(article_committed_cents=1)),
    "I12: notified_cents is 0": ("march", "payment.scheduled", 0, terms(notified_cents=1)),
    "I12: committed is 52": ("march", "payment.scheduled", 3, terms(total_committed_cents=1)),
    "I1: 300111222/I4: 25 committed": ("march", "payment.scheduled", 0, more("amount_cents")),
    "I2: 24 above the limit": ("march", "budget.adopted", None, expenses(10_000, 1)),
    "I3: 24 over, 0 allowed": ("march", "budget.adopted", None, expenses(1, 10_000)),
    "I3: 10 over, 9 told": ("march", "payment.scheduled", 3, more("over_appropriation_cents", -1)),
    "I7: 1 above the limit": ("january", "budget.adopted", None, expenses(10_000, 39 * 12 + 11)),
    "16: 25 of 0": ("march", "distribution.adopted", None, lambda data: data["shares"].clear()),
    "I1: 300111222/I9: 35 waits": ("march", "payment.deferred", 0, more("amount_cents", -1)),
    "16: 0 of it waits": ("march", "payment.lowered", 0, other(payment_id=None)),
    "I1: 300111222/I4: 21 rest after": ("march", "payment.lowered", 0, more("lowered_cents")),
    "24: 300111222/I5: 25 carried": ("december", "payment.carried", 0, more("amount_cents")),
    "HIL 14(3): 132": ("march", "budget.adopted", None, more("expenses_total_cents", -20)),
    "18: two notices of 03": ("march", "notice.prepared", 0, TWICE),
    "18: no notice was under way": ("march", "notice.prepared", 0, other(article="04")),
    "17: 22 due": ("march", "shortage.declared", 0, more("due_cents")),
    "17: 20 on the account": ("march", "shortage.declared", 0, more("cash_cents")),
    "17: partial": ("march", "payment.ordered", 0, other(partial=True)),
    "I5: 300111222/I6: 20 expected": ("march", "payment.ordered", 0, more("amount_cents")),
    "I5: not ordered in the run": ("march", "payment.ordered", 4, LEFT_OUT),
    "I8: 2 more than is on the account": ("march", "account.credited", 0, more("amount_cents", -2)),
    "I10: 300111222/I6#1 again": ("march", "payment.ordered", 2, other(order_id="300111222/I6#1")),
    "I10: 300111222/I4#1 was not executed before": ("march", "payment.executed", 0, LEFT_OUT),
    "I10: 20 of 300111222/I6 were ordered": ("march", "payment.rejected", 0, more("amount_cents")),
    "payment.lowered: nothing was said of 'X'": ("march", "payment.lowered", 0, other(invoice_id="X")),
    "I12: payment.overdue names no point": ("march", "payment.overdue", 0, other(rules=[])),
    "I12: surplus.refused has no reason": ("december", "surplus.refused", 0, other(reasons=[])),
    "I12: surplus.refused more_than_surplus names": ("december", "surplus.refused", 0, reason(rule="")),
    "I12: surplus.refused more_than_surplus has": ("december", "surplus.refused", 0, reason(terms={})),
    "I12: payment.scheduled by ['16'] has": ("march", "payment.scheduled", 0, other(rules=["16"])),
    "I12: payment.deferred payer_share has the terms": ("march", "payment.deferred", 0, lambda d: d["terms"].popitem()),
}
"""What the auditor says: the story, the type of the word, which of them (None: each), and what is told otherwise."""


def mistaken(mistake: str) -> list[Json]:
    """A story with a mistake."""
    story, kind, which, change = MISTAKES[mistake]
    told = told_of(story)
    words = [one for one in told if one["type"] == kind]
    for one in words if which is None else [words[which]]:
        if change is LEFT_OUT:
            told.remove(one)
        elif change is TWICE:
            told.insert(told.index(one), one)
        else:
            change(one["data"])
    return told


def from_outside(told: list[Json]) -> list[str]:
    """What is found by whoever knows what came in and what was published, and no order between services."""
    came = [one for one in told if one["type"] in OUTSIDE]
    return audit(came, [one for one in told if one["type"] not in OUTSIDE and one["type"] not in INTERNAL])


@pytest.mark.parametrize("story", STORIES)
def test_the_auditor_finds_nothing_in_what_is_right(story: str) -> None:
    assert heard(told_of(story)).wrong == []
    assert from_outside(told_of(story)) == []


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_auditor_finds_a_mistake_in_what_is_told(mistake: str) -> None:
    found = heard(mistaken(mistake)).wrong
    assert any(wrong.startswith(mistake) for wrong in found), found


ONLY_IN_ORDER = ("I9", "23", "8:", "I6: 300111222/I4", "I12: committed", "HIL 14(3)", "18", "17: 20 on the account")
"""What is no mistake for whom services race: it depends on what one had heard of another, or on what is not published."""


@pytest.mark.parametrize("mistake", [mistake for mistake in MISTAKES if not mistake.startswith(ONLY_IN_ORDER)])
def test_the_auditor_finds_it_from_outside(mistake: str) -> None:
    found = from_outside(mistaken(mistake))
    assert any(wrong.startswith(mistake) for wrong in found), found


def state(**otherwise: object) -> Any:  # noqa: ANN401 - as the state of payments
    """What payments remembers at the end of March, but for a part."""
    theirs = played("march")[0].whole.payments
    parts = {name: getattr(theirs, name) for name in ("year", "invoices", "book", "held_cents", "cash")}
    return SimpleNamespace(**parts | otherwise)


NOT_AS_TOLD = {
    "I1: 300111222/I9: (34, 0) in the state": {
        "invoices": {"": SimpleNamespace(invoice_id="300111222/I9", waiting_cents=34, unordered_cents=0)}
    },
    "K of PSDF: 1 in the state": {"book": SimpleNamespace(committed_of_source={"PSDF": 1})},
    "held: 1": {"held_cents": 1},
    "cash of VLK PSDF: 1": {"cash": {("VLK", "PSDF"): 1}},
}


@pytest.mark.parametrize("wrong", NOT_AS_TOLD)
def test_the_auditor_finds_a_state_that_is_not_what_was_told(wrong: str) -> None:
    today = played("march")[0].whole.today
    heard(told_of("march")).after(state(), today)
    with pytest.raises(AssertionError, match=re.escape(wrong)):
        heard(told_of("march")).after(state(**NOT_AS_TOLD[wrong]), today)


def test_the_auditor_finds_a_reserve_under_5_percent() -> None:
    """I9: 32 of reserve, of which 20 are locked, and a use of 13 is told where 10 were used."""
    whole, told = played("december")[0].whole, mistaken("I9: used")
    ends = next(at for at, one in enumerate(told) if one["time"] > "2026-12-31")
    with pytest.raises(AssertionError, match="I9: on 2026-12-30 the reserve is under 5 %"):
        heard(told[:ends]).after(whole.payments, date(2026, 12, 30))


def test_no_check_is_without_its_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each line of the auditor that says what must hold has said once that it does not."""
    failed = set[tuple[str, int]]()

    def said(holds: object) -> None:
        at = sys._getframe(2)
        if not holds:
            failed.add((Path(at.f_code.co_filename).name, at.f_lineno))

    monkeypatch.setattr(Findings, "must", lambda _, holds, what: said(holds))  # noqa: ARG005 - as it is
    monkeypatch.setattr(Findings, "must_in_order", lambda _, holds, what: said(holds))  # noqa: ARG005
    for mistake in MISTAKES:
        heard(mistaken(mistake))
    never = checks() - failed
    assert {line for line in never if line[0] != "auditor.py"} == set()


def checks() -> set[tuple[str, int]]:
    """Where the auditor says what must hold: file and line."""
    found = set[tuple[str, int]]()
    for path in sorted(FOLDER.glob("audit*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("self._must", "self._must_in_order"):
                found.add((path.name, node.lineno))
    return found
