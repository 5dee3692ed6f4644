"""The letters of point 18 on their way, as metrics: how many, and how many could not be delivered at the last try."""

from typing import TYPE_CHECKING

from shared.telemetry.metrics import Metrics
from shared.telemetry.samples import Look

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shared.effects.letters import Delivery, Key

OF_LETTERS = {
    "psdf_letters_under_way": "Letters on their way to the ministry",
    "psdf_letters_failing": "Letters on their way that could not be delivered at the last try",
}


def watch_letters(metrics: Metrics, deliveries: "Callable[[], Mapping[Key, Delivery]]") -> None:
    """Tell of the letters that a process delivers."""

    def look() -> Look:
        under_way = deliveries().values()
        failing = sum(bool(each.failures or each.fault) for each in under_way)
        return {"psdf_letters_under_way": [({}, len(under_way))], "psdf_letters_failing": [({}, failing)]}

    metrics.look_at(OF_LETTERS, look)
