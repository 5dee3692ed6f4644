"""The reserve and the surplus: uses allowed and refused, over-plan revenue allotted in December, transfers."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from shared.demo import plot
from shared.demo.days import working_day_from
from shared.demo.post import Data, Draft, Ears, clock

AT: Final = clock(11, 30)
DONE_AT: Final = clock(16, 30)
TRANSFERS_APPROVED_ON: Final = date(2023, 1, 17)
WRONG_APPROVAL_ON: Final = date(2023, 1, 16)  # a cent more than planned: refused

# Speaker, day, part, cents, purpose.
USES: Final = (
    (
        "/ministry",
        date(2022, 4, 12),
        "risk",
        1_200_000_000,
        "Sveikatos priežiūros paslaugoms, dėl kurių išaugo poreikis (demo)",
    ),
    ("/ministry", date(2022, 9, 20), "main", 500_000_000, "Pagrindinės dalies ministras neskiria (demo)"),
    ("/ministry", date(2022, 12, 28), "risk", 28_000_000_000, "Liktų mažiau kaip 5 procentai (demo)"),
)

# Day, article, cents.
SURPLUS: Final = (
    (date(2022, 12, 6), "02", 500_000_000),  # the plan is not reached yet
    (date(2022, 12, 21), "02", 2_000_000_000),
    (date(2022, 12, 27), "02", 16_000_000_000),  # more than is left
)


class Reserve:
    """What the ministry decides, and the transfers that the VLK's director approves."""

    def __init__(self) -> None:
        """Nothing is planned at first."""
        self._planned: dict[date, list[Draft]] = {}
        self.ears: Ears = {"reserve.transfer.planned": self._plan, "reserve.transfer.ordered": self._ordered}

    def morning(self, day: date) -> Iterator[Draft]:
        """Decisions of the day."""
        for number, (speaker, on, part, cents, purpose) in enumerate(USES, 1):
            if on == day:
                yield self._use(speaker, on, part, cents, purpose, f"V-{100 + number} (demo)")
        for number, (on, article, cents) in enumerate(SURPLUS, 1):
            if on == day:
                document = f"V-{200 + number} (demo)"
                data = {
                    "year": plot.YEAR,
                    "article": article,
                    "amount_cents": cents,
                    "decided_on": on.isoformat(),
                    "document": document,
                }
                yield Draft(at=AT, source="/ministry", kind="surplus.proposed", subject=document, data=data)
        yield from self._planned.pop(day, [])

    def _use(self, speaker: str, on: date, part: str, cents: int, purpose: str, document: str) -> Draft:
        data = {
            "year": on.year,
            "part": part,
            "amount_cents": cents,
            "purpose": purpose,
            "article": "01",
            "decided_on": on.isoformat(),
            "document": document,
        }
        return Draft(at=AT, source=speaker, kind="reserve.use.proposed", subject=document, data=data)

    # ------------------------------------------------------------------------------------------------------- answers

    def _plan(self, day: date, data: Data) -> tuple[Draft, ...]:
        """The director approves what was planned: one sum a cent too large at first."""
        if data["year"] > plot.YEAR and data["amount_cents"]:
            if data["kind"] == "9.1":
                self._approve(WRONG_APPROVAL_ON, data, data["amount_cents"] + 1)
            self._approve(max(TRANSFERS_APPROVED_ON, working_day_from(day)), data, data["amount_cents"])
        return ()

    def _approve(self, on: date, planned: Data, cents: int) -> None:
        subject = f"{planned['year']}-{planned['kind']}"
        data = {
            "year": planned["year"],
            "kind": planned["kind"],
            "amount_cents": cents,
            "document": f"1K-{planned['kind']} (demo)",
        }
        draft = Draft(at=AT, source="/vlk", kind="reserve.transfer.approved", subject=subject, data=data)
        self._planned.setdefault(on, []).append(draft)

    def _ordered(self, day: date, data: Data) -> Iterator[Draft]:
        subject = f"{data['year']}-{data['kind']}"
        told = {"year": data["year"], "kind": data["kind"], "amount_cents": data["amount_cents"], "on": day.isoformat()}
        yield Draft(at=DONE_AT, source="/treasury", kind="reserve.transfer.reported", subject=subject, data=told)
