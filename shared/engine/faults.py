"""The kinds of faults that are not refusals, and what becomes of each.

A refusal is an event. ``Malformed`` (shared/messages/read.py) is parked. Of these here nothing is acknowledged::

    Conflict      another was first     loaded anew, decided again
    Unavailable   not now               tried again later
    Fenced        of no more use        its owner makes a new engine
    Broken        contradicts itself    stops, a person must look
"""


class Conflict(Exception):
    """Another writer appended to the stream first: drop the state, load it anew, decide again."""


class Unavailable(Exception):
    """The store or the broker can't be reached now: nothing is acknowledged, try again later."""


class Fenced(Exception):
    """What is in memory may not be what the store has: whoever owns the engine makes a new one and decides again."""


class Broken(Exception):
    """A decision or a stored commit contradicts itself: this partition stops, a person must look."""
