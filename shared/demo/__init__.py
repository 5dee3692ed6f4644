"""The demo's outside world: a generated fund year around the real budgets of 2021 and 2022.

``World`` lives through it and answers a fund, ``play`` is the loop between the two, ``days`` gives the script alone.
"""

from shared.demo.post import Event, Sent, day_started
from shared.demo.world import World
from shared.demo.year import Day, days, play

__all__ = ["Day", "Event", "Sent", "World", "day_started", "days", "play"]
