"""What Prometheus reads: where the fund stands, and what the engines count."""

from pathlib import Path

import pytest

from shared.statute.load import load_fund
from shared.telemetry.setup import Telemetry
from tests.telemetry import prometheus
from tests.telemetry.play import A1, A2, Watched, beginning, executed, invoice, started


def samples(telemetry: Telemetry) -> dict[str, float]:
    return prometheus.samples(telemetry.metrics.text().decode())


async def standing() -> Watched:
    """A1 is paid, A2 waits for the appropriation, a report of an order that was never given is laid aside."""
    fund = Watched(Telemetry(traces=0))
    await fund.bus.start()
    await fund.send(
        *beginning(),
        invoice(A1, "2022-01", 1_720_000_000, "2022-02-07"),
        invoice(A2, "2022-02", 3_000_000, "2022-03-04"),
        started("2022-03-09"),
        executed(f"{A1}#1", "2022-03-09"),
        executed(f"{A1}#2", "2022-03-09"),
        b"not JSON",
    )
    return fund


async def test_where_the_fund_stands() -> None:
    fund = await standing()
    assert fund.telemetry
    found = samples(fund.telemetry)
    pot = "{article=04,payer=VLK,source=PSDF}"
    assert found[f"psdf_queue_length{pot}"] == 1
    assert found[f"psdf_queue_age_days{pot}"] == 5
    assert found["psdf_article_left_cents{article=04}"] == 1_000_000
    assert found["psdf_cash_cents{payer=VLK,source=PSDF}"] == 280_000_000
    assert found["psdf_days_to_nearest_term{}"] == 26
    assert found["psdf_ready{}"] == 1


async def test_what_the_engines_count() -> None:
    fund = await standing()
    assert fund.telemetry
    found = samples(fund.telemetry)
    assert found["psdf_decisions_total{kind=invoice.accepted,service=invoicing}"] == 2
    assert found["psdf_decisions_total{kind=payment.deferred,service=payments}"] == 1
    assert found["psdf_parked_total{topic=payment.reported}"] == 1
    assert found["psdf_parked_total{topic=unknown}"] == 1
    assert found["psdf_commit_seconds_count{service=payments}"] > 0
    assert (
        found["psdf_commit_seconds_bucket{le=+Inf,service=payments}"]
        == found["psdf_commit_seconds_count{service=payments}"]
    )
    assert {value for name, value in found.items() if name.startswith("psdf_relay_lag")} == {0}


async def test_what_is_durable_and_not_told_is_the_relay_lag(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "fund.sqlite3"
    fund = Watched(Telemetry(traces=0), path)
    await fund.bus.start()
    await fund.send(*beginning())

    async def crash(_: object) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr(fund.engines["payments"], "handle", crash)
    with pytest.raises(RuntimeError, match="killed"):
        await fund.send(invoice(A2, "2022-02", 3_000_000, "2022-03-04"))
    assert fund.telemetry
    assert samples(fund.telemetry)["psdf_relay_lag{service=invoicing}"] == 1
    fund.connection.close()
    again = Watched(Telemetry(traces=0), path)
    for engine in again.engines.values():
        await engine.start()
    await again.engines["invoicing"].unpublished()
    assert again.telemetry
    assert samples(again.telemetry)["psdf_relay_lag{service=invoicing}"] == 1


async def test_two_funds_in_one_process_do_not_meet() -> None:
    one, other = Telemetry(traces=0), Telemetry(traces=0)
    one.parked("payments", "payment.reported")
    assert samples(one)["psdf_parked_total{topic=payment.reported}"] == 1
    assert "psdf_parked_total{topic=payment.reported}" not in samples(other)


async def test_a_process_without_the_fund_says_nothing_of_it() -> None:
    telemetry = Telemetry(traces=0)
    telemetry.fund(lambda: None, load_fund(), ready=lambda: False)
    found = samples(telemetry)
    assert found["psdf_ready{}"] == 0
    assert not any(name.startswith("psdf_cash") for name in found)


async def test_A15_types_that_somebody_made_up_are_counted_together() -> None:
    """A label that anyone may choose grows without end; collectors drop it after some 2 000 values."""
    fund = Watched(Telemetry(traces=0))
    await fund.bus.start()
    made_up = [executed("H/A#1", "2022-03-09").replace(b"payment.reported", b"made.up.%d" % each) for each in range(9)]
    await fund.send(*beginning(), *made_up)
    assert fund.telemetry
    parked = {name: count for name, count in samples(fund.telemetry).items() if name.startswith("psdf_parked_total")}
    assert parked["psdf_parked_total{topic=unknown}"] == 9
    assert not [name for name in parked if "made.up" in name]
