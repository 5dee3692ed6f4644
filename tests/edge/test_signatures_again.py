"""``psdf verify`` proves each signature of the journal again, by the key that was good when its event came."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

from shared.edge import jws
from shared.edge.again import unfit
from shared.engine.ingress import INGRESS
from shared.engine.journal import Commit
from shared.journal.home import Home, reading
from shared.journal.journals import SqliteJournals
from tests.edge.signing import Signer
from tests.runtime.funds import day, fund, invoice, psdf, worked_start

AT = "2022-02-07T10:00:00+02:00"


async def told_of(home: Path) -> list[str]:
    with reading(Home(path=home)) as connection:
        return [told async for told in unfit(SqliteJournals(connection).store(INGRESS.name))]


def test_old_events_are_proved_by_the_key_of_their_time_though_it_was_revoked(tmp_path: Path) -> None:
    async def play() -> tuple[str, list[str]]:
        async with fund(tmp_path) as stack:
            await stack.publish(worked_start()[:4])
            old = await Signer().registered(stack)
            new = await Signer().registered(stack)
            by_jws = jws.sign(invoice("A2", 500, AT, month="2021-12"), new.keyid, new.key)
            await stack.publish([old.sign(invoice("A1", 500, AT)), by_jws, day("2022-02-08")])
            await old.revoked(stack)
        return old.keyid, await told_of(tmp_path)

    keyid, told = asyncio.run(play())
    assert told == []
    assert psdf("verify", home=tmp_path).returncode == 0
    changed = asyncio.run(told_with(tmp_path, b'"amount_cents": 500', b'"amount_cents": 501'))
    assert [told.partition(": ")[0] for told in changed] == [f"event i-A{n} of /providers/300111224" for n in (1, 2)]
    (without_its_key, *_) = asyncio.run(told_with(tmp_path, keyid.encode(), b"A" * 43))
    assert "of /providers/300111224: signature: " in without_its_key


async def told_with(home: Path, old: bytes, new: bytes) -> list[str]:
    """What is told of the same journal where something in its bodies is another."""
    with reading(Home(path=home)) as connection:
        store = SqliteJournals(connection).store(INGRESS.name)

        class Changed:
            async def read(self, stream: str) -> AsyncIterator[Commit]:
                async for commit in store.read(stream):
                    yield replace(commit, body=commit.body.replace(old, new))

        return [told async for told in unfit(Changed())]  # type: ignore[arg-type]
