"""An invoice that Kafka deletes before anybody has heard it: never in silence, and it counts when it is sent again."""

from pathlib import Path

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete

from deploy.local import Report
from tests.bench import world
from tests.cluster.fleet import fleet
from tests.cluster.quiet import until

pytestmark = pytest.mark.connected

NAMES = ("contracts", "invoicing")


async def test_an_invoice_that_is_deleted_unheard_is_told_and_counts_when_it_comes_again(
    stack: Report, fund: str, tmp_path: Path
) -> None:
    async with fleet(stack, fund, tmp_path, partitions=2) as here:
        _, invoicing = await here.started(*NAMES)
        for raw in world.beginning(world.MONTHS):
            await here.send([raw])
            await here.quiet()
        assert await invoicing.stop() == 0
        unheard = world.invoice(0, 1, 2)
        await here.send([unheard])
        ((topic, _, number, _),) = here.places_of([unheard])
        await here.admin.delete_records({TopicPartition(topic, number): RecordsToDelete(-1)})

        (again,) = await here.started("invoicing")

        async def counted() -> bool:
            return await again.count("deleted") == 1

        await until(counted, "invoicing has counted the invoice that it will never read", why_not=again.log.read_text)
        assert f"1 records of {topic}-{number} were deleted before they were read" in again.log.read_text()
        assert await here.count("invoice.accepted") == 0
        await here.send([unheard])
        await here.quiet()
        assert await here.count("invoice.accepted") == 1
