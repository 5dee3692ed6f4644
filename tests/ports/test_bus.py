"""What every bus does: in order, nothing lost, decided once, whatever fails in between."""

import base64

import pytest

from shared.engine.engine import Engine
from shared.messages.read import parse
from tests.ports.buses import FUND, HEARD, SAID, SERVICE, Bus, OnKafka, bus, credit

__all__ = ["bus"]


async def heard(bus: Bus) -> list[str]:
    """What the service has decided on, in order, as its journal says."""
    found = [commit.body async for commit in bus.store.read()]
    return [word for body in found for word in _references(body)]


def _references(body: bytes) -> list[str]:
    return [part.split(b'"')[0].decode() for part in body.split(b'"invoice_id":"1/')[1:]]


async def told(bus: Bus) -> list[str]:
    return [str(event["data"]["invoice_id"]).removeprefix("1/") for event in await bus.told(SAID)]


async def test_messages_of_a_key_are_decided_and_told_in_order(bus: Bus) -> None:
    names = [f"r{n:03d}" for n in range(300)]
    await bus.start()
    await bus.send([credit(name) for name in names])
    await bus.quiet()
    assert await heard(bus) == names
    assert await told(bus) == names


async def test_the_same_again_changes_nothing(bus: Bus) -> None:
    await bus.start()
    await bus.send([credit("a"), credit("a")])
    await bus.send([credit("a"), credit("b")])
    await bus.quiet()
    assert await heard(bus) == ["a", "b"]


async def test_the_same_id_with_other_content_is_laid_aside(bus: Bus) -> None:
    await bus.start()
    await bus.send([credit("a"), credit("a", amount_cents=2), credit("b")])
    await bus.quiet()
    assert await heard(bus) == ["a", "b"]
    (parked,) = await bus.told(f"{HEARD}.parked")
    assert "other content" in parked["data"]["error"]


async def test_while_the_store_is_away_nothing_is_lost_and_all_is_decided_once(bus: Bus) -> None:
    names = [f"r{n:03d}" for n in range(50)]
    await bus.start()
    bus.store.lost_before = 3
    await bus.send([credit(name) for name in names])
    await bus.quiet()
    assert await heard(bus) == names
    assert await told(bus) == names


@pytest.mark.parametrize("bus", ["simulated", pytest.param("kafka", marks=pytest.mark.connected)], indirect=True)
async def test_where_the_answer_of_the_store_was_lost_all_is_decided_once_and_told(bus: Bus) -> None:
    names = [f"r{n:03d}" for n in range(50)]
    await bus.start()
    bus.store.lost_after = 2
    await bus.send([credit(name) for name in names])
    await bus.quiet()
    assert await heard(bus) == names
    assert sorted(set(await told(bus))) == names


@pytest.mark.parametrize("rubbish", [b"rubbish", b"", b'{"type":"account.credited"}', b"\xff\xfe"])
async def test_rubbish_is_laid_aside_byte_for_byte_and_the_others_go_on(bus: Bus, rubbish: bytes) -> None:
    await bus.start()
    await bus.send([credit("a"), rubbish, credit("b")])
    await bus.quiet()
    assert await heard(bus) == ["a", "b"]
    aside = await bus.told(f"{HEARD}.parked") + await bus.told("unknown.parked")
    assert [base64.b64decode(event["data"]["raw_base64"]) for event in aside] == [rubbish]


@pytest.mark.parametrize("bus", ["simulated", pytest.param("kafka", marks=pytest.mark.connected)], indirect=True)
async def test_what_was_sent_with_a_wrong_key_is_laid_aside_wherever_it_lies_and_whenever_it_comes(
    bus: OnKafka,
) -> None:
    await bus.start()
    for number in range(2):
        await bus.send([credit(f"a{number}")])
        await bus.send_astray([credit(f"b{number}"), b"rubbish"])
        await bus.quiet()
    assert await heard(bus) == ["a0", "a1"]
    aside = [event["data"]["error"] for event in await bus.told(f"{HEARD}.parked")]
    assert [error.split(":")[0] for error in aside] == ["key", "not JSON"] * 2


@pytest.mark.parametrize("bus", ["simulated", pytest.param("kafka", marks=pytest.mark.connected)], indirect=True)
async def test_more_than_a_fetch_and_a_batch_of_kafka_hold_is_decided_and_told_in_order(bus: OnKafka) -> None:
    names = [f"r{n:04d}{'x' * 135}" for n in range(3_000)]
    await bus.send([credit(name) for name in names])
    await bus.start()
    await bus.quiet()
    assert await heard(bus) == names
    assert await told(bus) == names


async def test_after_a_crash_it_goes_on_where_it_was(bus: Bus) -> None:
    await bus.start()
    await bus.send([credit("a")])
    await bus.quiet()
    await bus.crash()
    await bus.start()
    await bus.send([credit("b"), credit("a")])
    await bus.quiet()
    assert await heard(bus) == ["a", "b"]


async def test_what_a_crash_left_untold_is_told_at_start(bus: Bus) -> None:
    died_before_it_told = Engine(SERVICE, FUND, bus.store)
    await died_before_it_told.start()
    await died_before_it_told.handle([parse(credit("a"), outside=True), parse(credit("b"), outside=True)])
    await bus.start()
    await bus.send([credit("c"), credit("b")])
    await bus.quiet()
    assert await heard(bus) == ["a", "b", "c"]
    assert await told(bus) == ["a", "b", "c"]


async def test_what_was_told_and_marked_is_not_told_again(bus: Bus) -> None:
    await bus.start()
    await bus.send([credit("a")])
    await bus.quiet()
    await bus.stop()
    await bus.start()
    await bus.send([credit("b")])
    await bus.quiet()
    assert await told(bus) == ["a", "b"]
