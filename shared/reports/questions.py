"""Questions to ask of a fund, as small inputs, and the events that each one stands for."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final, TypeAlias, assert_never

import msgspec

from services.payments.state import State
from shared.kernel.budget import Edition
from shared.kernel.calendar import DAY, DECEMBER
from shared.kernel.money import Cents, equal_parts
from shared.kernel.value import value
from shared.reports.simulate import Play, event_bytes

PERMILLE: Final = 1000
QUARTERS: Final = ("q1_cents", "q2_cents", "q3_cents", "q4_cents")


@value
class MoneyComes:
    """A payer's account is credited on a day. Cents."""

    on: date
    payer: str
    amount_cents: Cents
    source: str = "PSDF"


@value
class ArticleCut:
    """From a day on a new edition has so many thousandths less in an article, and in the total."""

    on: date
    article: str
    permille: int


@value
class NoBudget:
    """The year starts without a budget; without the change it starts with a budget like the last one."""

    year: int


@value
class Happens:
    """Any events from outside, each in its own time."""

    events: tuple[bytes, ...]


Question: TypeAlias = MoneyComes | ArticleCut | NoBudget | Happens


def events_of(question: Question, play: Play, today: date, horizon: date) -> tuple[list[bytes], list[bytes]]:
    """The events of the baseline, and of the play with the change."""
    match question:
        case MoneyComes():
            data = {
                "payer": question.payer,
                "source": question.source,
                "amount_cents": question.amount_cents,
                "value_on": question.on.isoformat(),
                "reference": f"what-if-{question.payer}-{question.on}",
            }
            return [], [event_bytes("what-if", "account.credited", "/treasury", data, question.on)]
        case ArticleCut():
            return [], [cut(question, play.state("payments", "fund"))]
        case NoBudget():
            return budget_like_the_last(question.year, play, today, horizon), []
        case Happens():
            return [], list(question.events)
        case _:
            assert_never(question)


def cut(question: ArticleCut, money: State) -> bytes:
    """The next edition of the year with the article and the total lowered; shares stay as they were distributed."""
    latest = money.editions.latest(question.on.year)
    line = latest.article(question.article) if latest else None
    if latest is None or line is None:
        raise ValueError(f"article {question.article}: {question.on.year} has no budget with it")
    if not 0 < question.permille <= PERMILLE:
        raise ValueError(f"permille {question.permille}: an article is cut by 1 to {PERMILLE} thousandths")
    less = line.amount_cents * question.permille // PERMILLE
    data = edition_data(latest) | {
        "edition": latest.edition + 1,
        "law": f"{latest.law}, what if",
        "in_force_from": question.on.isoformat(),
        "expenses_total_cents": latest.expenses_total_cents - less,
    }
    for expense in data["expenses"]:
        if expense["article"] == question.article:
            expense["amount_cents"] -= less
    return event_bytes("what-if", "budget.approved", "/vlk", data, question.on)


def budget_like_the_last(year: int, play: Play, today: date, horizon: date) -> list[bytes]:
    """The year's budget and distribution as last year's, taken before the year starts: what the change leaves out."""
    money = play.state("payments", "fund")
    last, eve = money.editions.latest(year - 1), date(year - 1, DECEMBER, 31)
    if money.editions.latest(year) is not None:
        raise ValueError(f"{year} has a budget already: ask from a journal of before it")
    if last is None or not today < eve < horizon:
        raise ValueError(f"{year}: its start is not between {today} and {horizon}, or {year - 1} has no budget")
    data = edition_data(last) | {"year": year, "edition": 1, "law": "what if", "in_force_from": f"{year}-01-01"}
    table = distribution_data(last, play.state("contracts", "contracts").shares.get(year - 1, {})) | {"year": year}
    day = today + DAY
    return [
        event_bytes("what-if-budget", "budget.approved", "/vlk", data, day),
        event_bytes("what-if-shares", "distribution.proposed", "/vlk", table, day, hour=10),
    ]


def distribution_data(edition: Edition, shares: Mapping[str, Mapping[str, Cents]]) -> dict[str, Any]:
    """Shares as they were distributed, in equal quarters; of the articles whose shares are all of the article."""
    sums = {article: edition.appropriation_cents(article) for article in sorted(shares)}
    whole = {article: shares[article] for article in sums if sum(shares[article].values()) == sums[article]}
    return {
        "edition": 1,
        "quarters": [
            {"article": article, **dict(zip(QUARTERS, equal_parts(sums[article], len(QUARTERS)), strict=True))}
            for article in whole
        ],
        "shares": [
            {"payer": payer, "article": article, "amount_cents": cents}
            for article, of in whole.items()
            for payer, cents in sorted(of.items())
        ],
    }


def edition_data(edition: Edition) -> dict[str, Any]:
    """An edition as the data of the event that approves it."""
    data: dict[str, Any] = msgspec.to_builtins(edition)
    return data
