"""A real Kafka and a real MongoDB-wire server for a whole test run: started once, stopped by the last who used them.

A package of tests takes it in its conftest.py:

    from tests.stack import fund, stack

    __all__ = ["fund", "stack"]

and marks its tests `connected`. Workers of pytest-xdist share one stack: it lies in a folder named after the run, each
worker signs in there, and the last one alive stops it. A run that was killed leaves its stack behind; the next run
finds that nobody signed in there lives, and removes it. Tests stay apart by `fund`, a topic prefix and database of
their own.

`PSDF_TEST_STACK=FOLDER` takes the stack in that folder, starts it if need be and leaves it running: quick for whoever
runs tests again and again. `PSDF_REQUIRE_CONNECTED=1` (CI) fails where a stack cannot be started, instead of skipping.
"""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local import Report, Stack, tools
from deploy.local.artefacts import held

HEAP = "256m"
QUICK_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""Half the work at a start of Kafka, which is most of what tests see of it."""
COMMON = Path(tempfile.gettempdir(), f"psdf-test-{os.getuid()}")


def small_stack(home: Path) -> Stack:
    """A stack that starts soon and takes little."""
    os.environ["JAVA_TOOL_OPTIONS"] = QUICK_JAVA
    return Stack(home, heap=HEAP)


def require_connected() -> None:
    """Skip the test, or fail it where CI asks for it, if this machine cannot start the stack."""
    lacking = tools.missing([tools.JAVA, tools.MAVEN, tools.GO])
    if not lacking:
        return
    reason = f"CONNECTED TESTS DO NOT RUN HERE: {'; '.join(lacking)}"
    if os.environ.get("PSDF_REQUIRE_CONNECTED") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def stack() -> Iterator[Report]:
    """Addresses of the stack of this run: `stack.bootstrap`, `stack.mongo_url`."""
    require_connected()
    kept = os.environ.get("PSDF_TEST_STACK")
    if kept:
        yield small_stack(Path(kept)).up(print)
        return
    home = COMMON / os.environ.get("PYTEST_XDIST_TESTRUNUID", f"run-{os.getpid()}")
    with held(COMMON / "lock"):
        _remove_abandoned()
        _sign_in(home)
        report = small_stack(home).up(print)
    yield report
    with held(COMMON / "lock"):
        (home / "users" / str(os.getpid())).unlink(missing_ok=True)
        _remove_abandoned()


@pytest.fixture
def fund() -> str:
    """A name nobody else uses: prefix of topics, name of a database."""
    return f"t{secrets.token_hex(4)}"


def _sign_in(home: Path) -> None:
    (home / "users").mkdir(parents=True, exist_ok=True)
    (home / "users" / str(os.getpid())).touch()


def _remove_abandoned() -> None:
    """Stop and remove every stack that no living process has signed in to."""
    for users in COMMON.glob("*/users"):
        if not any(_lives(int(user.name)) for user in users.iterdir()):
            Stack(users.parent).down()
            shutil.rmtree(users.parent)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
