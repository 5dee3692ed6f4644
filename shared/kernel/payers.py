"""The payers of a fund: who is merged into whom and since when, who speaks for whom, what is nobody else's to do."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from shared.kernel.clock import Now
from shared.kernel.reason import Reason, reason


@dataclass(slots=True, kw_only=True)
class Payers:
    """Which payers' affairs are another's (``joined``), and mergers whose day has not come (day, payer, into)."""

    joined: dict[str, str] = field(default_factory=dict)
    awaited: list[tuple[date, str, str]] = field(default_factory=list)

    def resolve(self, payer: str) -> str:
        """Whose a payer's affairs are now: its own, or those of the one that it was merged into."""
        while payer in self.joined:
            payer = self.joined[payer]
        return payer

    def merged_into(self, payer: str) -> tuple[str, ...]:
        """The payers whose affairs are now this payer's."""
        return tuple(sorted(former for former in self.joined if self.resolve(former) == payer))

    def wait_for(self, on: date, payer: str, into: str) -> None:
        """A payer will be merged into another at the start of a day."""
        self.awaited.append((on, payer, into))

    def due(self, day: date) -> list[tuple[str, str]]:
        """Mergers whose day has come, in order: payer, and into whom."""
        return [(payer, into) for on, payer, into in sorted(self.awaited) if on <= day]

    def join(self, payer: str, into: str) -> None:
        """A payer's affairs are the other's (both as they are read now); mergers that say no more are not awaited."""
        if payer != into:
            self.joined[payer] = into
        self.awaited = [m for m in self.awaited if self.resolve(m[1]) != self.resolve(m[2])]


def payer_of(source: str, now: Now) -> str:
    """The payer that a sender is: the VLK itself, or a territorial fund by its code; another sender is no payer."""
    if source == "/vlk":
        return now.fund.state_payer
    return source.removeprefix("/tlk/")


def not_yours(now: Now, payers: Payers, owner: str, rule: str) -> Iterator[Reason]:
    """13, 15, 20, 21. A payer acts on its own contracts, on the invoices under them and on its own claims.

    ``owner`` is the payer whose they are. The merged payer's sender speaks for the other.
    """
    sender, owner = payers.resolve(payer_of(now.source, now)), payers.resolve(owner)
    if sender != owner:
        yield reason("not_yours", rule, sender=sender, owner=owner)


def unknown_payers(now: Now, rule: str, *named: str) -> Iterator[Reason]:
    """Nobody concludes, claims, has a share or is merged but the payers of the fund's file."""
    codes = sorted(known.code for known in now.fund.payers)
    if unknown := [code for code in named if code not in codes]:
        yield reason("unknown_payer", rule, unknown=unknown, payers=codes)


def wrong_merger(now: Now, payer: str, into: str) -> Iterator[Reason]:
    """Only the fund's own payers are merged, and the VLK, which answers for whole articles, never into another."""
    unknown = tuple(unknown_payers(now, "26", payer, into))
    yield from unknown
    if not unknown and payer == now.fund.state_payer:
        yield reason("state_payer", payer=payer)
