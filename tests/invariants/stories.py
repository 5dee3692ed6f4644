"""Three short histories in which all that the auditor checks happens, and all that is told of a history."""

from collections.abc import Iterable
from copy import deepcopy
from functools import cache

from tests.engine.story import Json
from tests.invariants.auditor import Auditor
from tests.invariants.histories import History, Player

MARCH = History(
    beginning="in the year",
    at_once=True,
    happened=[
        ("cash", "VLK", "PSDF", 20, 0),
        ("cash", "VLK", "STATE", 30, 0),
        ("contract", "V", 20, 2),
        ("invoice", "V", 25, "whole"),
        ("invoice", "W", 30, "whole"),
        ("invoice", "S", 20, "whole"),
        ("credit", 0, 3),
        ("days", 1),
        ("invoice", "V", 35, "whole"),
        ("days", 4),
        ("report", 0, "rejected"),
        ("days", 3),
        ("invoice", "W", 20, "whole"),
        ("days", 1),
        ("administration", 60, "06", 0),
        ("cash", "VLK", "PSDF", 50, 0),
        ("days", 3),
        ("report", 1, "executed"),
        ("report", 1, "returned"),
    ],
)
JANUARY = History(beginning="without a budget", at_once=True, happened=[("days", 4), ("invoice", "V", 40, "whole")])
DECEMBER = History(
    beginning="the year ends",
    at_once=True,
    happened=[
        ("surplus", "04", 20),
        ("use", "risk", 10, "right"),
        ("use", "risk", 3, "right"),
        ("surplus", "04", 900),
        ("invoice", "V", 25, "whole"),
        ("days", 15),
    ],
)


STORIES = {"march": MARCH, "january": JANUARY, "december": DECEMBER}


@cache
def played(story: str) -> tuple[Player, list[Json]]:
    """Who played a story, and all that was told, in order; to be copied before it is changed."""
    player, heard = Player(STORIES[story]), list[Json]()

    def listen(told: Json) -> None:
        heard.append(told)
        player._listen(told)

    player.whole._listen = listen
    return player.play(), heard


def told_of(story: str) -> list[Json]:
    """All that was told of a story, in order."""
    return deepcopy(played(story)[1])


def heard(told: Iterable[Json]) -> Auditor:
    """The auditor when it has heard all of it."""
    auditor = Auditor()
    for one in told:
        auditor.hear(one)
    return auditor.end()
