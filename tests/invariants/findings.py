"""What the auditor finds wrong, and the words that it reads."""

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from shared.kernel.calendar import day_of
from tests.engine.story import Json


class Word:
    """An event as it was told."""

    def __init__(self, told: Json) -> None:
        self.told = told
        self.type: str = told["type"]
        self.source: str = told["source"]
        self.data: Json = told["data"]

    @cached_property
    def moment(self) -> datetime:
        """When it is said."""
        return datetime.fromisoformat(self.told["time"])

    @cached_property
    def day(self) -> date:
        """The day of the fund on which it is said."""
        return day_of(self.moment)

    @property
    def decision(self) -> tuple[Any, ...]:
        """What words of one decision share."""
        return self.told["time"], self.source, self.told.get("causationid")


@dataclass
class Findings:
    """What is wrong, a line each, with the invariant's number or the point.

    Where services race, nobody outside knows which of two words of others a service had heard when it spoke.
    """

    racing: bool
    wrong: list[str] = field(default_factory=list)

    def must(self, holds: object, what: str) -> None:
        """Say what is wrong unless it holds."""
        if not holds:
            self.wrong.append(what)

    def must_in_order(self, holds: object, what: str) -> None:
        """The same, of what can be known only where each word is heard before the next is said."""
        self.must(self.racing or holds, what)
