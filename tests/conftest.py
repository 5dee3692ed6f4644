"""How tests are shared out among workers (`make test ARGS="-n 3"`).

What needs the real Kafka and store is two workers', and the first to begin: it half waits, and a third computes beside it.
One of the two has all that breaks servers, so that no two tests do it at once; the other's only use them. The tests of a
file stay together, for many share what is dear to make, and so do rooms that make something dearer still. Long rooms
come before quick ones, so that no worker ends long before the other.
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

FIRST = BREAKING, CONNECTED = "breaking", "connected"
BREAK_SERVERS = (
    "cluster/test_bad_input.py",
    "cluster/test_campaign.py",
    "cluster/test_faults.py",
    "cluster/test_poison.py",
    "cluster/test_watched_cluster.py",
    "cluster/test_watched_cluster_browser.py",
    "deploy/test_A2_deployment_starts.py",
    "deploy/test_local_stack.py",
    "deploy/test_observed.py",
    "deploy/test_runbook_local.py",
)
"""Those with a stack of their own."""
USE_SERVERS = (
    "cluster",
    "ports",
    "demo/test_demo_cluster.py",
    "deploy/test_A4_store_rights.py",
    "runtime/test_second_fund.py",
)
"""Those with the stack of the run; it is also that of the tests above which break nothing."""
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
    if _within(path, BREAK_SERVERS):
        return BREAKING
    return CONNECTED if _within(path, USE_SERVERS) else _within(path, TOGETHER) or str(path)


def _place(item: pytest.Item) -> int:
    """Where the group of a test stands in the queue."""
    group, room = _group(item.nodeid), _within(_path(item.nodeid), LONG)
    if group in FIRST:
        return FIRST.index(group)
    return len(FIRST) + (LONG.index(room) if room else len(LONG))


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
        wanted = [BREAKING] if "own" in getattr(item, "fixturenames", ()) else FIRST
        if item.get_closest_marker(CONNECTED) and _group(item.nodeid) not in wanted:
            raise pytest.UsageError(f"{item.nodeid} needs servers: name its file in {__file__} ({' or '.join(wanted)})")
    if hasattr(config, "workerinput"):
        items.sort(key=_place)
