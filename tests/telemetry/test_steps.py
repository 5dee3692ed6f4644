"""What each step of a batch takes is told as a histogram that Prometheus can ask for its quantiles."""

from shared.engine.steps import DECIDE, STEPS, TELL
from shared.engine.waiting import Status
from shared.telemetry.setup import Telemetry
from tests.telemetry.prometheus import samples

BOUNDS = ("0.001", "0.002", "0.02", "0.05", "5.0", "+Inf")


def test_each_step_is_counted_up_to_its_bounds() -> None:
    """Given two batches decided in 2 and 30 ms, then the one is within 2 ms, both are within 50, and all steps are told."""
    telemetry, status = Telemetry(traces=0), Status()
    telemetry.metrics.watch_status("payments", status)
    status.time(DECIDE, 0.002)
    status.time(DECIDE, 0.03)
    found = samples(telemetry.metrics.text().decode())
    within = {
        bound: found[f"psdf_step_seconds_bucket{{le={bound},service=payments,step={DECIDE}}}"] for bound in BOUNDS
    }
    assert within == {"0.001": 0, "0.002": 1, "0.02": 1, "0.05": 2, "5.0": 2, "+Inf": 2}
    assert found[f"psdf_step_seconds_sum{{service=payments,step={DECIDE}}}"] == 0.032
    assert found[f"psdf_step_seconds_count{{service=payments,step={TELL}}}"] == 0
    assert {f"psdf_step_seconds_count{{service=payments,step={step}}}" for step in STEPS} <= found.keys()


def test_what_takes_longer_than_all_bounds_is_counted_too() -> None:
    """Given a batch that took a minute, then it is in none of the bounds and in the count of all."""
    telemetry, status = Telemetry(traces=0), Status()
    telemetry.metrics.watch_status("payments", status)
    status.time(TELL, 60)
    found = samples(telemetry.metrics.text().decode())
    assert found[f"psdf_step_seconds_bucket{{le=5.0,service=payments,step={TELL}}}"] == 0
    assert found[f"psdf_step_seconds_bucket{{le=+Inf,service=payments,step={TELL}}}"] == 1
