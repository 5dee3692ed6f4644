"""I1-I9 and I12 hold after every step of any history, and I10 at its end."""

from collections import Counter

from hypothesis import given, note

from tests.given import FUND
from tests.invariants.examples import MANY, many
from tests.invariants.histories import History, Player, histories
from tests.invariants.reported import reports, untied
from tests.invariants.stories import MARCH

OF_200 = {
    "payment.executed": 40, "overrun.notified": 15, "shortage.declared": 60, "payment.carried": 15,
    "surplus.allotted": 12, "reserve.use.allowed": 40, "reserve.use.refused": 40, "sodra.statement.approved": 30,
    "payer.year.accepted": 3,
}  # fmt: skip
"""In so many of 200 histories each of these happens, at the least: what the invariants are about."""


def test_i1_to_i10_and_i12_hold_in_any_history() -> None:
    happened = Counter[str]()

    @many
    @given(histories())
    def hold(history: History) -> None:
        note(f"{history}")
        happened.update(Player(history).play().report().auditor.seen.keys())

    hold()
    rare = {kind: happened[kind] for kind, least in OF_200.items() if happened[kind] * 200 < least * MANY}
    assert not rare


def test_the_report_of_a_history_is_compared_with_the_bank() -> None:
    """I10: a cent more in a file of the bank, or an answer that the journal does not know, and nothing ties."""
    player = Player(MARCH).play().report()
    book = {payer.code: payer.code for payer in FUND.payers}
    (found,) = reports(player.whole)
    orders = [order for day in player.bank.ordered.values() for order in day]
    assert orders
    orders[-1]["amount_cents"] += 1
    assert any(wrong.startswith("I10") for wrong in untied(found, player.bank, book))
    orders[-1]["amount_cents"] -= 1
    player.bank.answered[orders[-1]["order_id"]] = [("executed", f"{found.cut_off}")]
    assert any(wrong.startswith("I10: transferred") for wrong in untied(found, player.bank, book))
