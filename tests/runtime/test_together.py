"""Small requests that come at one moment share a go, and each is answered as if it had come alone."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from pathlib import Path

import pytest

from shared.engine.ingress import STREAM
from shared.explain.overview import overview
from shared.explain.results import Answers
from shared.journal.home import Home, held
from shared.runtime.embedded import Stack, open_fund
from shared.runtime.goes import TOGETHER
from tests.bench import world
from tests.given import FUND

MANY = 20
MONTH = [raw for raw in world.month_of_invoices(MANY * 10, 1) if b"2022-02-01T" in raw][:MANY]


@asynccontextmanager
async def fund_of(folder: Path) -> AsyncIterator[Stack]:
    """A fund to which nobody has come yet."""
    home = Home(path=folder)
    with held(home, FUND.fund_id):
        async with open_fund(home, FUND, moment="event") as stack:
            yield stack


@asynccontextmanager
async def fund(folder: Path) -> AsyncIterator[Stack]:
    """A fund at the end of January with a contract for each invoice of the month."""
    async with fund_of(folder) as stack:
        days = [world.started(date(world.YEAR, 1, day)) for day in range(world.FIRST.day + 1, 32)]
        await stack.publish([*world.beginning(MANY * 10 * world.MONTHS), *days])
        yield stack


def goes_of(stack: Stack) -> int:
    """How many goes the door's journal holds: one commit each."""
    return stack.engine("door").memory.asleep_or_awake(STREAM).version


def outcomes(stack: Stack, raws: Sequence[bytes], told: Sequence[object]) -> list[str]:
    answers = Answers(told, stack.engine("invoicing"))  # type: ignore[arg-type]
    for raw in raws:
        answers.add(raw)
    assert answers.are_given
    return [answer.outcome for answer in answers.given]


async def test_what_comes_together_is_one_go_and_decided_as_one_by_one(tmp_path: Path) -> None:
    assert len(MONTH) == MANY <= TOGETHER
    async with fund(tmp_path / "alone") as alone:
        before = goes_of(alone)
        for raw in MONTH:
            await alone.publish([raw])
        assert goes_of(alone) == before + MANY
        expected = overview(FUND, alone.engine)
    async with fund(tmp_path / "together") as together:
        before = goes_of(together)
        told = await asyncio.gather(*(together.publish([raw]) for raw in MONTH))
        assert goes_of(together) == before + 1
        assert overview(FUND, together.engine) == expected
        for raw, of_go in zip(MONTH, told, strict=True):
            assert outcomes(together, [raw], of_go) == ["accepted"]


async def test_contracts_that_are_proposed_together_are_one_go_and_decided_as_one_by_one(tmp_path: Path) -> None:
    *adopted, first, second, third = list(world.beginning(3 * world.MONTHS))
    contracts = [first, second.replace(b"C-1", b"C-0"), third.replace(b'"year": 2022', b'"year": 2021'), third]
    async with fund_of(tmp_path / "alone") as alone:
        await alone.publish(adopted)
        one_by_one = [message for raw in contracts for message in await alone.publish([raw])]
    async with fund_of(tmp_path / "together") as together:
        await together.publish(adopted)
        before = goes_of(together)
        at_once = await together.publish(contracts)
        assert goes_of(together) == before + 1
    assert sorted(message.raw for message in at_once) == sorted(message.raw for message in one_by_one)
    assert Counter(message.topic for message in at_once) == {
        "contract.proposed": 3, "contract.concluded": 1, "contract.refused": 2, "contract.proposed.parked": 1
    }  # fmt: skip


async def test_of_two_kinds_each_has_its_go(tmp_path: Path) -> None:
    async with fund(tmp_path) as stack:
        before = goes_of(stack)
        other = MONTH[1].replace(b"2022-02-01T", b"2022-02-02T")
        await asyncio.gather(stack.publish([MONTH[0]]), stack.publish([other]), stack.publish([MONTH[2]]))
        assert goes_of(stack) == before + 2


async def test_who_gives_up_leaves_the_others_their_turn(tmp_path: Path) -> None:
    async with fund(tmp_path) as stack:
        first, *others = [asyncio.create_task(stack.publish([raw])) for raw in MONTH[:5]]
        await asyncio.sleep(0)
        first.cancel()
        told = await asyncio.gather(*others)
        assert first.cancelled()
        for raw, of_go in zip(MONTH[1:5], told, strict=True):
            assert outcomes(stack, [raw], of_go) == ["accepted"]
        again = await stack.publish([MONTH[0]])
        assert outcomes(stack, [MONTH[0]], again) == ["accepted"], "what was given up may come again"


async def test_who_gives_up_while_all_are_decided_disturbs_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with fund(tmp_path) as stack:
        receive, begun, go_on = stack._bus.receive, asyncio.Event(), asyncio.Event()

        async def slowly(raws: Sequence[bytes], moment: datetime | None, *, own: bool) -> None:
            begun.set()
            await go_on.wait()
            await receive(raws, moment, own=own)

        monkeypatch.setattr(stack._bus, "receive", slowly)
        first, second, third = [asyncio.create_task(stack.publish([raw])) for raw in MONTH[:3]]
        await begun.wait()
        second.cancel()
        await asyncio.sleep(0)
        go_on.set()
        told = await asyncio.gather(first, third)
        assert second.cancelled()
        for raw, of_go in zip((MONTH[0], MONTH[2]), told, strict=True):
            assert outcomes(stack, [raw], of_go) == ["accepted"]
        assert stack._waiting == []


async def test_what_is_laid_aside_at_one_moment_is_one_go_and_holds_up_nobody(tmp_path: Path) -> None:
    """Rubbish, and what nobody has signed: a flood of it is durable by few writes."""
    async with fund(tmp_path) as stack:
        stack.signatures.all_sign = True
        unsigned = [b'%s, "n": %d}' % (raw.rstrip()[:-1], n) for raw in list(world.beginning(1))[:1] for n in range(8)]
        flood = [*unsigned, *(b"rubbish %d" % n for n in range(8))]
        before = goes_of(stack)
        told = await asyncio.gather(*(stack.publish([raw]) for raw in flood))
        assert goes_of(stack) == before + 1
        parked = {message.raw for of_go in told for message in of_go}
        assert len(parked) == len(flood)
        assert all(b".parked" in raw for raw in parked)
        await asyncio.gather(stack.publish([b"rubbish"]), stack.publish([b"rubbish", unsigned[0]]))
        assert goes_of(stack) == before + 2
