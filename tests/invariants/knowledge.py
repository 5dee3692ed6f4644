"""What one service knows of the others when it speaks: editions, shares, mergers, each from its moment on."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime

from shared.kernel.calendar import midnight
from tests.engine.story import Json
from tests.invariants.findings import Word


class Knowledge:
    """A service starts the days up to a word's own before it takes the word; till then it does not know it."""

    def __init__(self) -> None:
        self.editions: list[Json] = []
        self.shares: dict[tuple[int, str], Counter[str]] = {}
        self.joined: dict[str, str] = {}
        self._now = datetime.min.replace(tzinfo=UTC)
        self._coming: list[tuple[datetime, Callable[[], None]]] = []

    def learn(self, moment: datetime, fact: Callable[[], None]) -> None:
        """It takes the fact when it has come to the moment."""
        self._coming.append((moment, fact))

    def reach(self, moment: datetime) -> None:
        """It has come to a moment, and knows what was told until then."""
        self._now = max(self._now, moment)
        known = [fact for at, fact in self._coming if at <= self._now]
        self._coming = [(at, fact) for at, fact in self._coming if at > self._now]
        for fact in known:
            fact()

    # --- what all hear

    def hear(self, word: Word) -> None:
        """An edition, a distribution or a merger of payers; no other word."""
        match word.type:
            case "budget.adopted":
                self.learn(word.moment, lambda: self.editions.append(word.data))
            case "distribution.adopted":
                self.learn(word.moment, lambda: self._distribute(word.data))
            case "payer.merged":
                since = midnight(date.fromisoformat(word.data["on"]))
                self.learn(max(since, word.moment), lambda: self._join(word.data))

    def _distribute(self, data: Json) -> None:
        """Of the articles that it names, in either table, only its shares are left."""
        for article in {row["article"] for row in (*data["quarters"], *data["shares"])}:
            self.shares[data["year"], article] = Counter()
        for share in data["shares"]:
            self.shares[data["year"], share["article"]][share["payer"]] += share["amount_cents"]

    def _join(self, data: Json) -> None:
        payer, into = self.resolve(data["payer"]), self.resolve(data["into"])
        if payer != into:
            self.joined[payer] = into

    # --- what is asked

    def resolve(self, payer: str) -> str:
        """Whose a payer's affairs are now."""
        while payer in self.joined:
            payer = self.joined[payer]
        return payer

    def edition(self, day: date) -> Json | None:
        """The edition in force on a day."""
        found = [e for e in self.editions if e["year"] == day.year and e["in_force_from"] <= day.isoformat()]
        return max(found, key=lambda e: (e["in_force_from"], e["edition"]), default=None)

    def latest(self, year: int) -> Json | None:
        """The edition of a year with the highest number."""
        return max((e for e in self.editions if e["year"] == year), key=lambda e: int(e["edition"]), default=None)

    def share(self, year: int, article: str, payer: str) -> int:
        """S(p, a), with those of payers merged into it."""
        of_article = self.shares.get((year, article), Counter())
        return sum(cents for who, cents in of_article.items() if self.resolve(who) == payer)
