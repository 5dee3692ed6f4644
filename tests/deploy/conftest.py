"""The stack of the run for tests that only use it; tests that break a stack start their own."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local import Stack
from tests.stack import HEAP, fund, require_connected, stack

__all__ = ["fund", "stack"]


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Stack]:
    """A stack of the test's own, to be broken; stopped afterwards, however the test ended.

    Its folder has a name that Kafka, Java and SQLite would each misread: a comma, letters beyond ASCII, a URI's signs.
    """
    require_connected()
    made = Stack(tmp_path / "Jūratės aplankas, 100 %? #1", heap=HEAP)
    yield made
    made.down()


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands first on PATH, for programs that are not what they seem."""
    folder = tmp_path / "path"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    return folder
