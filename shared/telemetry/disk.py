"""The disk of an embedded fund as metrics: the journal's bytes, and what is free. The cluster's is its store's."""

import shutil
from pathlib import Path

from shared.journal.home import Home
from shared.telemetry.metrics import Metrics


def watch_disk(metrics: Metrics, home: Home) -> None:
    """Tell how large the journal is with what is not yet checkpointed, and how large and how free its disk."""
    journal = home.journal
    parts = [journal, journal.with_name(f"{journal.name}-wal")]
    metrics.gauge("psdf_journal_bytes", "Size of the journal", lambda: [({}, sum(map(_bytes, parts)))])
    metrics.gauge("psdf_disk_bytes", "Size of the journal's disk", lambda: [({}, shutil.disk_usage(home.path).total)])
    metrics.gauge("psdf_disk_free_bytes", "Free of it", lambda: [({}, shutil.disk_usage(home.path).free)])


def _bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
