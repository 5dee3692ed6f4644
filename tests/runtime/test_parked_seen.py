"""Parked messages stay open until somebody has looked; and the runbook's commands at the alarms, as a person copies them."""

import asyncio
from pathlib import Path

import pytest

from tests.runtime.funds import fund, invoice, psdf, worked_start
from tests.runtime.runbook import commands, does
from tests.telemetry.prometheus import samples


def broken(number: str) -> bytes:
    return invoice(number, 1, "2022-02-07T10:00:00+02:00", amount_cents=-1)


async def open_now(home: Path, *more: bytes) -> float:
    """How many parked invoices a fund of this home tells to be open, after more came."""
    async with fund(home) as stack:
        await stack.publish(more)
        await stack.parked.look()
        return samples(stack.telemetry.metrics.text().decode())["psdf_parked_open{topic=invoice.submitted}"]


async def test_who_has_looked_ends_the_alarm_until_something_new_is_parked(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert await open_now(home, *worked_start(), broken("A8"), broken("A9")) == 2
    assert await open_now(home) == 2, "a new start forgets none"
    looked = psdf("parked", "seen", home=home)
    assert looked.returncode == 0, looked.stderr
    assert "Looked at: 2" in looked.stdout
    assert await open_now(home) == 0
    assert await open_now(home, broken("A7")) == 1
    assert "Parked: 3" in psdf("parked", "list", home=home).stdout, "what was looked at stays"


async def test_a_running_fund_hears_of_it(tmp_path: Path) -> None:
    home, name = tmp_path / "home", "psdf_parked_open{topic=invoice.submitted}"
    async with fund(home) as stack:
        await stack.publish([*worked_start(), broken("A9")])
        await stack.parked.look()
        assert samples(stack.telemetry.metrics.text().decode())[name] == 1
        assert psdf("parked", "seen", home=home).returncode == 0
        await stack.parked.look()
        assert samples(stack.telemetry.metrics.text().decode())[name] == 0


async def test_A15_types_that_somebody_made_up_are_open_together(tmp_path: Path) -> None:
    made_up = [broken("A9").replace(b"invoice.submitted", b"made.up.%d" % number) for number in range(3)]
    async with fund(tmp_path / "home") as stack:
        await stack.publish(made_up)
        await stack.parked.look()
        found = samples(stack.telemetry.metrics.text().decode())
    assert found["psdf_parked_open{topic=unknown}"] == 3
    assert not [name for name in found if "made.up" in name]


@pytest.mark.parametrize(
    "alarm", ["PsdfBankWaits", "PsdfWebhookDisabled", "PsdfParked", "PsdfTermAtRisk", "PsdfTermMissed"]
)
def test_the_runbooks_commands_at_an_alarm_can_be_done(alarm: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    asyncio.run(open_now(home, *worked_start(), broken("A9")))
    for line in commands(alarm):
        done = does(line, {"HOME": home, "INVOICE": Path("300111224/A2")})
        assert done.returncode == 0, f"{line}: {done.stderr}"
        assert done.stdout
