"""The letters of point 18 on their way, as metrics: how many, and how many could not be delivered at the last try."""

from collections.abc import Callable, Mapping

from shared.effects.letters import Delivery, Key
from shared.telemetry.metrics import Metrics


def watch_letters(metrics: Metrics, deliveries: Callable[[], Mapping[Key, Delivery]]) -> None:
    """Tell of the letters that a process delivers."""
    metrics.gauge("psdf_letters_under_way", "Letters on their way to the ministry", lambda: [({}, len(deliveries()))])
    metrics.gauge(
        "psdf_letters_failing",
        "Letters on their way that could not be delivered at the last try",
        lambda: [({}, sum(bool(each.failures or each.fault) for each in deliveries().values()))],
    )
