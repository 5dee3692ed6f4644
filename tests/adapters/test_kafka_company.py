"""When a service's small batches wait for company, on virtual time: in a flow, and never at rest."""

from shared.adapters.kafka.company import CEASED_S, MANY_BATCHES, MANY_RECORDS, Company
from tests.simulation.loop import VirtualLoop

PAUSE_S, APART_S = 0.1, 0.02


def waited(pause_s: float, batches: list[tuple[float, int]]) -> list[float]:
    """The seconds that each batch waits, given what passes before each and its records."""
    loop, found = VirtualLoop(), list[float]()  # type: ignore[abstract]

    async def flow() -> None:
        company = Company(pause_s)
        for before, records in batches:
            loop.now_s += before
            begun = loop.time()
            await company.come(records)
            found.append(round(loop.time() - begun, 3))

    assert loop.run_until(loop.create_task(flow()).done, patience_s=60)
    return found


def test_small_batches_that_never_cease_wait_for_company() -> None:
    flow = waited(PAUSE_S, [(APART_S, 3)] * (MANY_BATCHES + 5))
    assert flow == [0.0] * MANY_BATCHES + [PAUSE_S - APART_S] * 5


def test_what_came_while_one_was_decided_is_company_enough() -> None:
    assert waited(PAUSE_S, [(PAUSE_S + APART_S, 3)] * (MANY_BATCHES + 5)) == [0.0] * (MANY_BATCHES + 5)


def test_at_rest_none_waits() -> None:
    """A day that is played step by step has some batches, and then none for a while."""
    some = [(2 * CEASED_S, 1), *[(APART_S, 1)] * (MANY_BATCHES - 1)]
    assert waited(PAUSE_S, some * 4) == [0.0] * len(some) * 4


def test_a_large_batch_is_company_enough_so_that_who_catches_up_is_not_held() -> None:
    assert waited(PAUSE_S, [(APART_S, MANY_RECORDS)] * 30) == [0.0] * 30
