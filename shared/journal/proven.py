"""When the journals of a home were proven last, and what came of it: ``verified.json``, written by ``psdf verify``."""

from datetime import datetime

import msgspec

from shared.journal.home import Home
from shared.kernel.value import value


@value
class Proven:
    """A run of ``psdf verify``: when, over how many commits, and the first fault; empty where all held."""

    at: datetime
    commits: int
    fault: str


def keep(home: Home, proven: Proven) -> None:
    """Write down the last run. Raises OSError where the home can't be written to."""
    unfinished = home.verified.with_suffix(".unfinished")
    unfinished.write_bytes(msgspec.json.encode(proven))
    unfinished.replace(home.verified)


def last_proven(home: Home) -> Proven | None:
    """The last run; None where there was none, or where what is written of it can't be read."""
    try:
        return msgspec.json.decode(home.verified.read_bytes(), type=Proven)
    except (OSError, msgspec.DecodeError):
        return None
