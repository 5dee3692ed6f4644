"""What becomes of each record of a batch that can't be read: laid aside, passed over and counted, or the batch's end."""

import json
import logging
from collections.abc import Sequence
from typing import Any

import pytest
from aiokafka import ConsumerRecord

from services.payments.service import PAYMENTS
from shared.adapters.kafka.batch import Batches, Outcome
from shared.adapters.kafka.bounds import Withheld
from shared.adapters.kafka.records import Reader
from shared.engine.stream import OutboxBatch
from shared.messages.examples import EXAMPLES
from shared.messages.read import Event

HEARD = "invoice.accepted"
GOOD = json.dumps(EXAMPLES[HEARD]).encode()
NOT_UNDERSTOOD = json.dumps({**EXAMPLES[HEARD], "data": {**EXAMPLES[HEARD]["data"], "kind": "advance"}}).encode()
CLAIMS = {"of another": {"source": "/providers/1"}, "of another type": {"type": "invoice.refused"}}


class Decides:
    """An engine that remembers what it was given."""

    def __init__(self) -> None:
        self.heard: list[Event] = []

    async def handle(self, events: Sequence[Event]) -> OutboxBatch:
        self.heard += events
        return OutboxBatch(messages=(), versions={})


def record(raw: bytes | None, offset: int, topic: str = HEARD) -> Any:  # noqa: ANN401 - aiokafka ships no types
    return ConsumerRecord(topic, 0, offset, 1_650_000_000_000, 1, None, raw, None, -1, len(raw or b""), ())


async def taken(*raws: bytes | None, parks: Sequence[str] = (), topic: str = HEARD) -> tuple[Outcome, int]:
    engine: Any = Decides()
    batches = Batches(PAYMENTS, Reader("", "psdf", 1, arrival=True), parks, 0)
    came = await batches.take(engine, [record(raw, offset, topic) for offset, raw in enumerate(raws)])
    return came, len(engine.heard)


async def test_s2_what_a_service_says_and_nobody_here_understands_ends_the_batch_there() -> None:
    came, heard = await taken(GOOD, NOT_UNDERSTOOD, GOOD, parks=[HEARD])
    assert (heard, len(came.done), len(came.left)) == (1, 1, 2)
    assert came.parked == []
    assert came.fault.startswith("invoice.accepted/0/1: what /invoicing says can't be read here: data.kind")
    assert "upgrade this service too" in came.fault


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS)
async def test_s2_what_no_service_has_sent_ends_nothing(claim: dict[str, str]) -> None:
    came, heard = await taken(GOOD, json.dumps({**EXAMPLES[HEARD], **claim}).encode(), GOOD, parks=[HEARD])
    assert (heard, len(came.done), len(came.parked), came.skipped, came.fault) == (2, 3, 1, 0, "")


@pytest.mark.parametrize("raw", [b"rubbish", None, Withheld.of("the batch can't be unpacked", 0)])
async def test_s2_what_another_service_lays_aside_is_counted_and_logged(
    raw: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        came, heard = await taken(GOOD, raw, GOOD)
    assert (heard, len(came.done), came.parked, came.skipped, came.fault) == (2, 3, [], 1, "")
    assert "passed over, another service lays it aside: invoice.accepted/0/1:" in caplog.text


async def test_a1_a_batch_that_cannot_be_unpacked_is_one_parked_record_that_names_its_offsets() -> None:
    withheld = Withheld.of("the batch can't be unpacked: too much; offsets 3 to 9", 3)
    came, _ = await taken(withheld, parks=["invoice.submitted"], topic="invoice.submitted")
    (parked,) = came.parked
    data = json.loads(parked.raw)["data"]
    assert (data["raw_base64"], data["lies_at"]) == ("", "invoice.submitted/0/3")
    assert data["error"].endswith("offsets 3 to 9")


async def test_what_comes_behind_what_was_not_decided_is_neither_counted_nor_laid_aside() -> None:
    came, _ = await taken(NOT_UNDERSTOOD, b"rubbish", parks=[HEARD])
    assert (came.done, came.parked, came.skipped) == ([], [], 0)
