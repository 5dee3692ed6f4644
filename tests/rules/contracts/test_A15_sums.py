"""A15, 13. What is contracted of a pot is kept as it changes: a proposal counts its own contract, and not all."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts import state as of_state
from services.contracts.service import CONTRACTS, CONTRACTS_STREAM
from services.contracts.state import STATE, State
from shared.engine.codec import StateCodec
from tests.engine.story import Happening, Story
from tests.given import budget, contract, credit, event, invoice, merged, sender, shares, story

Pot = tuple[str, str, str]
POTS: tuple[Pot, ...] = (("VLK", "04", "PSDF"), ("TLK-KAUNAS", "04", "PSDF"), ("TLK-KAUNAS", "04", STATE))


def fund() -> Story:
    return story(CONTRACTS).given(budget({"04": 10_000}, state=5_000), shares("04", VLK=6_000, TLK_KAUNAS=4_000))


def change(number: int, payer: str, ceiling: int | None) -> Happening:
    return event("contract.change.proposed", sender(payer), contract_id=f"C-{number}", ceiling_cents=ceiling)


def end(number: int, payer: str) -> Happening:
    return event("contract.ended", sender(payer), contract_id=f"C-{number}", on_="2026-06-30")


def added_up(state: State) -> dict[Pot, int]:
    """What is contracted of each pot, contract by contract."""
    sums: dict[Pot, int] = {}
    for each in state.contracts.values():
        pot = (each.payer, each.proposed.article, each.proposed.source)
        sums[pot] = sums.get(pot, 0) + each.counted_cents
    return sums


def kept(state: State) -> dict[Pot, int]:
    return {pot: state.contracted_of_pot(2026, *pot) for pot in added_up(state)}


steps = st.tuples(
    st.sampled_from(("conclude", "change", "accept", "credit", "end", "merge")),
    st.integers(0, 3),
    st.sampled_from(POTS),
    st.one_of(st.none(), st.integers(0, 900)),
)


def happenings(told: list[tuple[str, int, Pot, int | None]]) -> Iterator[Happening]:
    for number, (what, which, (payer, article, source), cents) in enumerate(told):
        name, sum_cents = f"C-{which}", cents or 1
        match what:
            case "conclude":
                yield contract(name, cents, payer=payer, article=article, source=source)
            case "change":
                yield change(which, payer, cents)
            case "accept":
                yield invoice(f"A{number}", sum_cents, contract_id=name)
            case "credit":
                yield credit(f"K{number}", sum_cents, "A0", contract_id=name)
            case "end":
                yield end(which, payer)
            case _:
                yield merged("TLK-KAUNAS", "TLK-VILNIUS", "2026-01-02")


@given(st.lists(steps, max_size=12))
def test_A15_13_whatever_happens_the_sums_are_those_of_the_contracts_also_from_a_snapshot(
    told: list[tuple[str, int, Pot, int | None]],
) -> None:
    here = fund().when(*happenings(told))
    state: State = here.engine.state(CONTRACTS_STREAM)
    assert kept(state) == added_up(state)
    codec = StateCodec(State)
    again: State = codec.decode(codec.encode(state))
    assert (kept(again), again.providers()) == (kept(state), state.providers())
    assert codec.encode(again) == codec.encode(state)
    assert again.contracted_by_article(2026) == state.contracted_by_article(2026)


def test_A15_13_a_snapshot_holds_nothing_of_the_sums() -> None:
    """One that an older version kept is read as it is, and one of this version by an older one."""
    fields = State.__dataclass_fields__
    assert not [name for name in of_state.Sums.__slots__ if name in fields]


def test_A15_13_a_proposal_does_not_count_the_contracts_that_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    here = fund().given(*(contract(f"C-{number}", 1) for number in range(300)))
    cents, counted = of_state.counted_cents, list[int]()

    def counting(ceiling: int | None, accepted: int, *, ended: bool) -> int:
        counted.append(accepted)
        return cents(ceiling, accepted, ended=ended)

    monkeypatch.setattr(of_state, "counted_cents", counting)
    here.given(contract("C-300", 1), change(7, "VLK", 3), invoice("A", 2, contract_id="C-8"), end(9, "VLK"))
    assert 0 < len(counted) <= 20
    assert here.engine.state(CONTRACTS_STREAM).contracted_cents(2026, "VLK", "04", "PSDF") == 303
