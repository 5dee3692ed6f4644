"""How old the latest seal is, as both stacks tell it: 0 after the night's seal, 1 after a night without one."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from shared.adapters.sqlite.store import SqliteStore, connect
from shared.engine.faults import Unavailable
from shared.engine.journal import SEALER, Commit
from shared.journal.home import Home, held
from shared.kernel.calendar import VILNIUS
from shared.proof.keys import new_key
from shared.runtime.embedded import open_fund
from shared.runtime.sealing import LatestSeal, Seals
from shared.telemetry.metrics import Metrics
from shared.telemetry.seals import watch_seals
from shared.telemetry.setup import Telemetry
from tests.runtime.funds import FUND, day, psdf
from tests.telemetry import prometheus

AGE = "psdf_seal_age_days{}"


def samples(metrics: Metrics) -> dict[str, float]:
    return prometheus.samples(metrics.text().decode())


@pytest.mark.parametrize(("sealed", "age"), [(date(2022, 3, 2), 0), (date(2022, 3, 1), 1), (None, None)])
def test_the_age_is_in_days_of_the_calendar_and_none_before_the_first_seal(
    sealed: date | None, age: int | None
) -> None:
    metrics = Telemetry(traces=0).metrics
    watch_seals(metrics, lambda: sealed, lambda: date(2022, 3, 2))
    assert samples(metrics).get(AGE) == age


async def test_a_running_fund_with_a_key_tells_it_and_one_without_does_not(tmp_path: Path) -> None:
    today = datetime.now(VILNIUS).date()
    for name, key in (("sealed", True), ("unsealed", False)):
        home, telemetry = Home(path=tmp_path / name), Telemetry(traces=0)
        if key:
            new_key(home.key)
        with held(home, FUND.fund_id):
            async with open_fund(home, FUND, moment="arrival", telemetry=telemetry) as stack:
                await stack.publish([day((today - timedelta(days=1)).isoformat()), day(today.isoformat())], own=True)
                assert samples(telemetry.metrics).get(AGE) == (0 if key else None)


async def test_on_the_cluster_a_process_sees_the_seals_that_a_job_makes(tmp_path: Path) -> None:
    """The store of the seals is one that others write: what came since is read, and no more."""
    home = Home(path=tmp_path / "home")
    published = await asyncio.to_thread(publish, tmp_path, "2022-03-01", home)
    assert published.returncode == 0, published.stderr
    signer, connection = new_key(home.key), connect(home.journal)
    latest = LatestSeal(SqliteStore(connection, SEALER))
    await latest.look()
    assert latest.day is None
    for on in ("2022-03-01", "2022-03-02"):
        published = await asyncio.to_thread(publish, tmp_path, on, home)
        assert published.returncode == 0, published.stderr
        seals = Seals(FUND.fund_id, connection, signer, home.proof)
        await seals.seal()
        await latest.look()
        assert latest.day == seals.day == date.fromisoformat(on)
    connection.close()


class Away(SqliteStore):
    """A store that does not answer."""

    async def read(self, stream: str | None = None, after: int = 0) -> AsyncIterator[Commit]:
        raise Unavailable(f"no store for {stream} after {after}")
        yield  # type: ignore[unreachable] # it is a generator


async def test_where_the_store_is_away_the_latest_that_is_known_grows_old() -> None:
    latest = LatestSeal(Away(connect(None), SEALER))
    latest.day = date(2022, 3, 1)
    await latest.look()
    assert latest.day == date(2022, 3, 1)


def publish(folder: Path, on: str, home: Home) -> subprocess.CompletedProcess[str]:
    """Start a day in a home that nobody holds, without a seal of it."""
    path = folder / "events.jsonl"
    path.write_bytes(day(on) + b"\n")
    return psdf("publish", path, "--moment", "event", home=home.path)
