"""Whether the nights are sealed, as a metric: how old the latest seal of the journals is."""

from collections.abc import Callable
from datetime import date

from shared.telemetry.metrics import Metrics
from shared.telemetry.samples import Look

OF_SEALS = {
    "psdf_seal_age_days": "Days of the calendar since the latest day that is sealed; none before the first seal"
}


def watch_seals(metrics: Metrics, sealed: Callable[[], date | None], today: Callable[[], date]) -> None:
    """Tell how old the latest seal is; ``sealed`` is its day, None where there is none or it is not known yet.

    A fund seals a day when it has started everywhere: from then on the age is 0, and 1 after a night without a seal.
    """

    def look() -> Look:
        day = sealed()
        return {"psdf_seal_age_days": [] if day is None else [({}, (today() - day).days)]}

    metrics.look_at(OF_SEALS, look)
