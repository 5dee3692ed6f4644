"""Chance that repeats: the same seed and matter give the same draws, whatever was drawn for other matters before."""

import random


def dice(*matter: object) -> random.Random:
    """A fresh source of chance for one matter, e.g. ``dice(seed, "invoice", "2022-VIL-01-0001", "2022-03")``."""
    return random.Random("/".join(map(str, matter)))  # noqa: S311  # a story is drawn, no secret is kept
