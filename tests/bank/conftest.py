"""Each test has a bank of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bank.independent import Place, banking


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with banking(tmp_path) as found:
        yield found
