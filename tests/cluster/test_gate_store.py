"""How far webhooks are, kept in a file or in the store: one contract; and of several gates one has the turn."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from deploy.local import Report
from shared.adapters.mongo.client import close, motor_client
from shared.edge.calls import Calls, Progress
from shared.edge.einvoice.kept import Documents, Kept
from shared.edge.gate_store import StoreCalls, StoreDocuments, Turn
from shared.engine.faults import Conflict
from shared.engine.webhooks import Webhook
from shared.journal.home import Home

pytestmark = pytest.mark.connected

AT = datetime(2022, 2, 7, 10, tzinfo=UTC)
Open: TypeAlias = Callable[[], Progress]
SOON_S = 3.0
"""How long a turn lasts here. A gate has lost it when the store was silent for half as long."""


@pytest.fixture
async def client(stack: Report) -> AsyncIterator[Any]:
    made = motor_client(stack.mongo_url)
    yield made
    await close(made)


@pytest.fixture(params=["file", "store"])
def opened(request: pytest.FixtureRequest, tmp_path: Path, client: Any, fund: str) -> Open:  # noqa: ANN401 - untyped
    """Opens what keeps it, again and again as after a restart."""
    if request.param == "file":
        return lambda: Calls(tmp_path / "webhooks.sqlite3")
    return lambda: StoreCalls(client, fund)


def webhook(source: str = "/vlk", *, days: int = 0) -> Webhook:
    return Webhook(source=source, url="https://a.lt", networks="", registered_at=AT + timedelta(days=days))


async def test_it_begins_at_the_end_and_goes_on_after_a_restart_where_it_was(opened: Open) -> None:
    call = await opened().of(webhook(), "end")
    assert (call.source, call.cursor, call.tries, call.disabled) == ("/vlk", "end", 0, False)
    kept = opened()
    call = await kept.of(webhook(), "later")
    assert call.cursor == "end"
    for number in range(3):
        call.cursor, call.tries, call.fault = f"c{number}", number, "it answered 500"
        call.failing_since, call.next_at, call.disabled = AT, AT + timedelta(minutes=5), True
        await kept.keep(call)
    await kept.of(webhook("/sodra"), "another")
    assert await opened().of(webhook(), "later") == call


async def test_registered_anew_it_is_called_anew_from_where_it_was(opened: Open) -> None:
    kept = opened()
    call = await kept.of(webhook(), "end")
    call.cursor, call.tries, call.disabled, call.failing_since, call.fault = "c1", 9, True, AT, "gone"
    await kept.keep(call)
    again = await opened().of(webhook(days=1), "later")
    assert (again.cursor, again.tries, again.disabled, again.failing_since) == ("c1", 0, False, None)


async def test_a_gate_that_has_lost_its_turn_can_keep_nothing(client: Any, fund: str) -> None:  # noqa: ANN401 - untyped
    slow, quick = StoreCalls(client, fund), StoreCalls(client, fund)
    late = await slow.of(webhook(), "end")
    call = await quick.of(webhook(), "end")
    call.cursor = "c1"
    await quick.keep(call)
    with pytest.raises(Conflict, match="another gate has called /vlk"):
        await slow.keep(late)
    assert [each.cursor for each in await quick.all()] == ["c1"]


async def test_one_has_the_turn_until_it_is_silent_or_gives_it(client: Any, fund: str) -> None:  # noqa: ANN401 - untyped
    one, other, third = (Turn(client, fund, lasts_s=SOON_S) for _ in range(3))
    await one.taken()
    holding, waiting = asyncio.create_task(one.lost()), asyncio.create_task(other.taken())
    done, _ = await asyncio.wait({holding, waiting}, timeout=1.5 * SOON_S)
    assert not done, "who says so keeps it"
    holding.cancel()  # as if it were killed
    async with asyncio.timeout(20):
        await waiting
    async with asyncio.timeout(20):
        await one.lost()
    await other.give()
    async with asyncio.timeout(20):
        await third.taken()


@pytest.mark.parametrize("where", ["folder", "store"])
async def test_a_document_and_its_receipt_are_kept_once(
    where: str,
    client: Any,  # noqa: ANN401 - untyped
    fund: str,
    tmp_path: Path,
) -> None:
    kept: Documents = Kept(Home(path=tmp_path)) if where == "folder" else StoreDocuments(client, fund)
    content = b"<Invoice>" + bytes(range(256)) * 20_000 + b"</Invoice>"
    digest = sha256(content).hexdigest()
    assert (await kept.original(digest), await kept.receipt(digest)) == (None, None)
    await asyncio.gather(kept.keep(digest, content), kept.keep(digest, content))
    assert await kept.original(digest) == content
    assert await kept.answered(digest, b"first") == await kept.answered(digest, b"second") == b"first"
    await kept.keep("0" * 64, b"not what its name says")
    assert await kept.original("0" * 64) is None
