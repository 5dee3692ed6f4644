"""On the cluster the process ``letters`` reads in the desk's journal which letter somebody wants tried now."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress

from shared.desk.desk import Desk
from shared.effects.letters import Letters
from shared.engine.faults import Broken, Unavailable
from shared.engine.own_stream import Journal
from shared.kernel.fund import Fund

log = logging.getLogger(__name__)

LOOK_S = 0.5
"""How often the journal is looked at while letters are on their way, in seconds."""


async def hurry_as_told(fund: Fund, store: Journal, letters: Letters) -> None:
    """Try each letter that somebody asks for, until cancelled. ``store`` is the desk's, and only read.

    What was asked before the first look is done: a letter that is taken up is sent at once. Where the store does not
    answer, or the desk's journal contradicts itself, letters are tried by themselves as ever.
    """
    desk, known = Desk(fund, store), None
    while True:
        if letters.deliveries:
            try:
                with suppress(Unavailable):
                    await desk.load()
                    known = _hurried(desk, known, letters)
            except Broken:
                log.exception("letters: no word of the desk is heard any more")
                return
        await asyncio.sleep(LOOK_S)


def _hurried(desk: Desk, known: Mapping[str, object] | None, letters: Letters) -> Mapping[str, object]:
    """Hurry what is asked for since it was known; gives what is known now."""
    asked: dict[str, object] = {**desk.state.hurried}
    if known is not None:
        for notice_no, _ in asked.items() - known.items():
            letters.hurry(notice_no)
    return asked
