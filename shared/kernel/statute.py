"""The law as data with dates: points with their wording, parameters with their source (read from files by the runtime).

A decision asks for what was in force on its day. ``as_of`` pins one day for all questions: how a past period would have
been decided under another version of the Rules.
"""

from datetime import date

from shared.kernel.value import value


@value
class Point:
    """A point of the Rules or an article of a law: its number, binding wording, act, and when it is in force.

    ``cited`` is how people cite it, where the fund's law numbers it otherwise than the rules of this program do.
    """

    number: str
    wording_lt: str
    summary_en: str
    act: str
    from_day: date
    to_day: date | None
    cited: str = ""


@value
class Parameter:
    """A number that a point sets: its value, the point, and when it is in force.

    ``interpretation`` says why it is this one where the point does not: a reading of ours, in English and Lithuanian.
    """

    name: str
    amount: int
    point: str
    from_day: date
    to_day: date | None
    interpretation: str | None = None
    interpretation_lt: str | None = None


def _in_force(from_day: date, to_day: date | None, day: date) -> bool:
    return from_day <= day and (to_day is None or day <= to_day)


class Statute:
    """All points and parameters of a fund, asked by day."""

    def __init__(self, points: tuple[Point, ...], parameters: tuple[Parameter, ...], as_of: date | None = None) -> None:
        """Hold the data; ``as_of`` answers every question as on that day instead."""
        self.points, self.parameters, self.as_of = points, parameters, as_of
        self._cache: dict[tuple[str, date], int] = {}
        self._versions: dict[date, str] = {}

    def amount(self, name: str, day: date) -> int:
        """The parameter's value on the day. Raises KeyError where no version is in force."""
        day = self.as_of or day
        if (name, day) not in self._cache:
            found = [p.amount for p in self.parameters if p.name == name and _in_force(p.from_day, p.to_day, day)]
            if len(found) != 1:
                message = f"parameter {name} has {len(found)} versions in force on {day}, one is needed"
                raise KeyError(message)
            self._cache[name, day] = found[0]
        return self._cache[name, day]

    def point(self, number: str, day: date) -> Point | None:
        """The point's version in force on the day; None where there is none."""
        day = self.as_of or day
        found = (p for p in self.points if p.number == number and _in_force(p.from_day, p.to_day, day))
        return next(found, None)

    def numbers(self, point: str, day: date) -> tuple[Parameter, ...]:
        """The numbers that a point sets on the day, by name."""
        day = self.as_of or day
        of_point = (p for p in self.parameters if p.point == point and _in_force(p.from_day, p.to_day, day))
        return tuple(sorted(of_point, key=lambda p: p.name))

    def cited(self, number: str, day: date) -> str:
        """How people cite a point: its number, unless the fund's law calls it otherwise."""
        point = self.point(number, day)
        return (point.cited if point else "") or number

    def version(self, day: date) -> str:
        """The act whose wording of the Rules is the newest in force on the day: what a decision records."""
        day = self.as_of or day
        if day not in self._versions:
            rules = (p for p in self.points if not p.number.startswith("HIL") and _in_force(p.from_day, p.to_day, day))
            newest = max(rules, key=lambda point: point.from_day, default=None)
            self._versions[day] = newest.act if newest else ""
        return self._versions[day]
