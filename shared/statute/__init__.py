"""Points of law, parameters, holidays and funds as data, with dates and sources; ``load_fund`` makes a fund of them.

The files are read once, at start, and checked as a whole: a fund that loads has every number that a rule asks for.
"""

from shared.statute.load import load_fund
from shared.statute.tables import StatuteError

__all__ = ["StatuteError", "load_fund"]
