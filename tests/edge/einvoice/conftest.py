"""The checker of e-invoices: once for all tests, with the official rules."""

import os
from collections.abc import Iterator
from contextlib import closing

import pytest

from shared.edge.einvoice.artefacts import Artefacts, NotHere, artefacts, need_engine
from shared.edge.einvoice.checker import Checker


@pytest.fixture(scope="session")
def rules() -> Artefacts:
    """The official rules and schemas, fetched where they are not in the cache."""
    try:
        need_engine()
        return artefacts(lambda _: None)
    except NotHere as missing:
        if os.environ.get("PSDF_REQUIRE_CONNECTED"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def checker(rules: Artefacts) -> Iterator[Checker]:
    """A checker with time enough for a busy machine."""
    with closing(Checker(rules, wall_s=60.0)) as checker:
        yield checker
