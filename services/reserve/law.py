"""The reserve and over-plan revenue: points 8-10 and 23. Pure functions."""

from collections.abc import Iterator
from datetime import date

from shared.kernel.budget import Edition
from shared.kernel.calendar import DECEMBER
from shared.kernel.money import Cents
from shared.kernel.reason import Reason, reason

DECIDER = {"main": "/government", "risk": "/ministry"}
"""HIL 23: the main part is used by the Government, the risk part by the minister."""


def planned_transfers(edition: Edition) -> dict[str, Cents]:
    """9.1, 9.2. "iš PSDF biudžeto sąskaitos į PSDF biudžeto rezervo sąskaitą pervedamos iki ... gruodžio 31 d."

    9.1: what the year's law approves; 9.2: last year's working capital above the law's figure.
    """
    before = edition.working_capital_before_cents
    return {
        "9.1": edition.reserve_transfer_cents,
        "9.2": 0 if before is None else max(0, before - edition.working_capital_cents),
    }


def within_five_percent(reserve: Cents, last_year_sodra: Cents, percent: int) -> bool:
    """23. "rezervas sudaro ne mažiau kaip 5 procentus praėjusiais metais ... pervestų pajamų"; equality passes."""
    return 100 * reserve >= percent * last_year_sodra


def five_percent_broken(reserve: Cents, last_year_sodra: Cents | None, percent: int) -> Iterator[Reason]:
    """23. The reserve against what Sodra transferred last year, set-offs included, as far as it is recorded."""
    if last_year_sodra is None:
        yield reason("no_last_year")
    elif not within_five_percent(reserve, last_year_sodra, percent):
        yield reason("reserve_under_5_percent", reserve_cents=reserve, last_year_sodra_cents=last_year_sodra)


def not_december(year: int, *days: date) -> Iterator[Reason]:
    """23. "Einamųjų metų gruodžio mėnesį": the decision and the event are of December of the year."""
    if any((day.year, day.month) != (year, DECEMBER) for day in days):
        yield reason("not_december")


def not_health_care(edition: Edition | None, article: str) -> Iterator[Reason]:
    """23. "sveikatos priežiūros ... išlaidoms ... kompensuoti": health-care articles only."""
    line = edition.article(article) if edition else None
    if not (line and line.health_care):
        yield reason("not_health_care", "23")


def more_than_surplus(received: Cents, planned: Cents, allotted: Cents, asked: Cents) -> Iterator[Reason]:
    """23. "teigiamas ... gautų bendrų PSDF biudžeto pajamų ir ... nustatytų pajamų skirtumas"; never more than it."""
    surplus = received - planned
    if surplus <= 0:
        yield reason("no_surplus", received_cents=received, planned_cents=planned)
    if allotted + asked > surplus:
        yield reason("more_than_surplus", surplus_cents=surplus, allotted_cents=allotted, asked_cents=asked)


def no_document(document: str, rule: str) -> Iterator[Reason]:
    """A decision on money names its document."""
    if not document.strip():
        yield reason("no_document", rule)


def no_purpose(purpose: str) -> Iterator[Reason]:
    """8. "Uses of the reserve: each names document and purpose", one of those for which its part is kept (HIL 23)."""
    if not purpose.strip():
        yield reason("no_purpose")


def wrong_decider(part: str, source: str) -> Iterator[Reason]:
    """8, HIL 23. Each part of the reserve has its decider."""
    if DECIDER[part] != source:
        yield reason("wrong_decider")


def more_than_reserve(part: str, left: Cents, asked: Cents) -> Iterator[Reason]:
    """8. A use never asks for more than its part holds."""
    if asked > left:
        yield reason("more_than_reserve", part=part, left_cents=left, asked_cents=asked)


def unplanned_transfer(planned: Cents, asked: Cents) -> Iterator[Reason]:
    """10. "Atskaitymų (pervedimų) ... planą tvirtina ... direktorius": the approved sum equals the planned one."""
    if planned != asked:
        yield reason("unplanned_transfer", planned_cents=planned, asked_cents=asked)
