"""How tests are shared out among workers (`make test ARGS="-n 3"`).

What needs the real Kafka and store is one worker's, and the first to begin: it mostly waits, and others compute beside it,
while no two tests break servers at once. The tests of a file stay together, for many share what is dear to make, and so
do rooms that make something dearer still. Long rooms come before quick ones, so that no worker ends long before the other.
"""

from functools import cache
from pathlib import PurePath
from typing import Any

import pytest
from httpx._config import DEFAULT_TIMEOUT_CONFIG
from httpx._transports import default
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from deploy.local import state

PATIENCE_S = 60.0
"""On a busy machine an answer that takes long is no fault, nor is one of hypothesis' examples that does."""
for each in ("connect", "read", "write", "pool"):
    setattr(DEFAULT_TIMEOUT_CONFIG, each, PATIENCE_S)
default.create_ssl_context = cache(default.create_ssl_context)
"""Whom this machine trusts is read once: it takes 24 ms of the processor, and each client would read it anew."""
settings.register_profile("here", deadline=None)
settings.load_profile("here")

CONNECTED = "connected"
WITH_SERVERS = (
    "cluster",
    "ports",
    "demo/test_demo_cluster.py",
    "deploy/test_A2_deployment_starts.py",
    "deploy/test_A4_store_rights.py",
    "deploy/test_local_stack.py",
    "deploy/test_observed.py",
    "deploy/test_runbook_local.py",
    "runtime/test_second_fund.py",
)
TOGETHER = ("console", "edge/einvoice", "kit", "reports")
"""Rooms that make something once for all their files: a played year, a browser, an environment, a validator's rules."""
LONG = ("console", "docs", "demo", "simulation", "invariants", "runtime", "reports", "edge", "kit", "model", "deploy")
"""Rooms with the longest tests."""


def _within(path: PurePath, places: tuple[str, ...]) -> str | None:
    return next((place for place in places if path.is_relative_to(place)), None)


def _path(nodeid: str) -> PurePath:
    """Where a test lies, seen from here."""
    return PurePath(nodeid.partition("::")[0].removeprefix("tests/"))


def _group(nodeid: str) -> str:
    path = _path(nodeid)
    return CONNECTED if _within(path, WITH_SERVERS) else _within(path, TOGETHER) or str(path)


def _place(item: pytest.Item) -> int:
    """Where the group of a test stands in the queue."""
    path = _path(item.nodeid)
    if _within(path, WITH_SERVERS):
        return 0
    room = _within(path, LONG)
    return 1 + (LONG.index(room) if room else len(LONG))


class Groups(LoadScopeScheduling):
    """A group is one worker's. (xdist's own groups are written into node ids, which pytest 9 does not take.)"""

    def _split_scope(self, nodeid: str) -> str:
        return _group(nodeid)


def pytest_configure(config: pytest.Config) -> None:
    """Give each worker ports of its own: those it has asked for, and does not listen on yet, are no other's."""
    if worker := getattr(config, "workerinput", None):
        share = (state.LAST_PORT - state.FIRST_PORT) // worker["workercount"]
        state.FIRST_PORT += share * int(worker["workerid"].removeprefix("gw"))
        state.LAST_PORT = state.FIRST_PORT + share


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:  # noqa: ANN401 - as xdist has it
    return Groups(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Raises UsageError where a connected test would run beside others of its kind."""
    for item in items:
        if item.get_closest_marker(CONNECTED) and _group(item.nodeid) != CONNECTED:
            raise pytest.UsageError(f"{item.nodeid} needs the servers: name its file in {__file__}")
    if hasattr(config, "workerinput"):
        items.sort(key=_place)
