"""How tests are shared out among workers (`make test ARGS="-n 2"`).

What needs the real Kafka and store is one group, and the first to begin: it mostly waits, and others compute beside it,
while no two tests break servers at once. The tests of a file stay together, for many share what is dear to make, and so
do rooms that make something dearer still. Last come the quick ones, so that no worker ends long before the other.
"""

from pathlib import Path

import pytest

HERE = Path(__file__).parent
CONNECTED = "connected"
TOGETHER = ("console", "edge/einvoice", "kit", "reports")
"""Rooms that make something once for all their files: a played year, a browser, an environment, a validator's rules."""
LONG = (
    "console",
    "docs",
    "demo",
    "simulation",
    "invariants",
    "runtime",
    "reports",
    "edge/einvoice",
    "kit",
    "model",
    "deploy",
)
"""Rooms with the longest tests."""


def _room(item: pytest.Item, rooms: tuple[str, ...]) -> str | None:
    return next((room for room in rooms if item.path.is_relative_to(HERE / room)), None)


def _group(item: pytest.Item) -> str:
    if item.get_closest_marker(CONNECTED):
        return CONNECTED
    return _room(item, TOGETHER) or item.path.relative_to(HERE).as_posix()


def _place(item: pytest.Item) -> int:
    """Where a group stands in the queue: the connected first, then the long rooms, then all others."""
    if item.get_closest_marker(CONNECTED):
        return 0
    room = _room(item, LONG)
    return 1 + (LONG.index(room) if room else len(LONG))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("loadgroup", default=False):
        return
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))
    items.sort(key=_place)
