"""Where the fund stands, as metrics: the numbers of the payments' own views, each with its labels.

Sums are in cents, terms in days from the last started day. What there is no number for has no sample.
"""

from collections.abc import Callable
from datetime import date, datetime

from services.payments.ahead import (
    NO_CASH,
    NOT_ORDERED,
    cash_ahead,
    days_to_nearest_term,
    days_to_notified_term,
    oldest_order_on,
    terms_at_risk,
    terms_missed,
)
from services.payments.state import State
from services.payments.views import FundStanding, aside_cents, fund_standing
from shared.kernel.calendar import VILNIUS, day_of
from shared.kernel.fund import Fund
from shared.kernel.reason import kind_of
from shared.telemetry.counts import DEFERRED
from shared.telemetry.metrics import Metrics
from shared.telemetry.samples import Look, Samples

AHEAD_DAYS = (1, 3, 10)
"""How far ahead the need of cash is told."""
AT_RISK_DAYS = 3
"""An invoice that waits and is due within so many days may miss its term."""

OF_THE_FUND = {
    "psdf_queue_length": "Waiting invoices of a pot",
    "psdf_queue_age_days": "Days since the head of a queue was accepted",
    "psdf_article_limit_cents": "What an article may commit, L, while a budget is in force",
    "psdf_article_committed_cents": "What is committed of an article, K",
    "psdf_article_left_cents": "What is left of an article, L - K, while a budget is in force",
    "psdf_article_info": "Always 1: the name of an article in the budget in force",
    "psdf_month_left_cents": "Without a budget: what is left of the month's 1/12 (point 11)",
    "psdf_total_left_cents": "What is left of the year's total (HIL 14(3)), while a budget is in force",
    "psdf_state_funds_left_cents": "What is left of the state's money (point 19), while a budget is in force",
    "psdf_cash_cents": "Usable cash of an account",
    "psdf_cash_to_come_cents": "Credits of an account whose value day comes within so many days",
    "psdf_cash_needed_cents": "What an account is to order within so many days",
    "psdf_unpaid_cents": "What is accepted and not ordered, by how it stands",
    "psdf_set_aside_cents": "What is set aside for the return to the VLK (point 25)",
    "psdf_orders_open": "Orders that the bank has not answered",
    "psdf_order_age_days": "Days since the oldest order that the bank has not answered; 0 without any",
    "psdf_days_to_nearest_term": "Days to the earliest due date with something not ordered",
    "psdf_terms_at_risk": f"Invoices due within {AT_RISK_DAYS} days that may not be paid in time, by reason",
    "psdf_terms_missed": "Overdue invoices with something not ordered, by reason",
    "psdf_reason_info": "Always 1: what a reason is called, in Lithuanian and English",
    "psdf_notices_under_way": "Notices that the ministry has not received (point 18)",
    "psdf_notice_days_to_term": "Days to the earliest due date of what waits for a notice to be delivered",
    "psdf_days_behind": "Days of the calendar since the last one that the fund has started",
}
NAMES = {
    **{code: kind_of(code).label for code in DEFERRED},
    NO_CASH: {"lt": "trūksta lėšų", "en": "cash does not reach"},
    NOT_ORDERED: {"lt": "bus nurodyta artimiausią banko dieną", "en": "the next run orders it"},
}
"""What the reasons of terms are called, in Lithuanian and English."""


def watch_fund(
    metrics: Metrics, state: Callable[[], State | None], fund: Fund, *, today: Callable[[], date] | None
) -> None:
    """Tell where the fund stands, from the state of payments; None where another process has it.

    ``today`` is the calendar's day, None where events bring their own time: then no time is compared with a clock.
    """

    def look() -> Look:
        of = state()
        if of is None:
            return {}
        behind = {"psdf_days_behind": days_behind(of, today())} if today else {}
        return fund_samples(of, fund) | behind

    metrics.look_at(OF_THE_FUND, look)
    if today:
        metrics.measure_invoices()


def calendar_day() -> date:
    """The day that it is now in Vilnius."""
    return day_of(datetime.now(VILNIUS))


def fund_samples(state: State, fund: Fund) -> dict[str, Samples]:
    """The samples of each metric of ``OF_THE_FUND`` that the state alone gives."""
    standing = fund_standing(state, fund)
    notified, ordered = days_to_notified_term(state), oldest_order_on(state)
    age = (standing.today - ordered).days if standing.today and ordered else 0
    return {
        **_room(standing),
        **_money(state, standing),
        **_terms(state),
        "psdf_orders_open": [({}, len(state.orders))],
        "psdf_order_age_days": [({}, age)],
        "psdf_notices_under_way": [({}, len(standing.notices))],
        "psdf_notice_days_to_term": _one(notified),
    }


def days_behind(state: State, today: date) -> Samples:
    """How many days of the calendar have come since the last one that was started; none before the first day."""
    return [({}, (today - state.today).days)] if state.today else []


def _room(standing: FundStanding) -> dict[str, Samples]:
    in_force = [each for each in standing.articles if each.left_cents is not None]
    pots = [({"payer": q.payer, "article": q.article, "source": q.source}, q) for q in standing.queues]
    return {
        "psdf_queue_length": [(pot, q.length) for pot, q in pots],
        "psdf_queue_age_days": [(pot, q.age_days) for pot, q in pots],
        "psdf_article_limit_cents": [({"article": each.article}, each.limit_cents) for each in in_force],
        "psdf_article_committed_cents": [
            ({"article": each.article}, each.committed_cents) for each in standing.articles
        ],
        "psdf_article_left_cents": [({"article": each.article}, each.left_cents or 0) for each in in_force],
        "psdf_article_info": [({"article": each.article, "name": each.name}, 1) for each in in_force],
        "psdf_month_left_cents": [({"source": each.source}, each.left_cents) for each in standing.months],
        "psdf_total_left_cents": _one(standing.total.left_cents if standing.total else None),
        "psdf_state_funds_left_cents": _one(standing.state_funds.left_cents if standing.state_funds else None),
    }


def _money(state: State, standing: FundStanding) -> dict[str, Samples]:
    ahead = [each for days in AHEAD_DAYS for each in cash_ahead(state, days)]
    within = [({"payer": a.payer, "source": a.source, "days": str(a.within_days)}, a) for a in ahead]
    aside = [
        ({"payer": account.payer, "source": account.source, "year": str(year)}, cents)
        for account, of_year in state.set_aside.items()
        for year, cents in of_year.items()
    ]
    return {
        "psdf_cash_cents": [({"payer": c.payer, "source": c.source}, c.cash_cents) for c in standing.cash],
        "psdf_cash_to_come_cents": [(labels, each.to_come_cents) for labels, each in within],
        "psdf_cash_needed_cents": [(labels, each.needed_cents) for labels, each in within],
        "psdf_unpaid_cents": [
            ({"how": "waiting"}, sum(queue.waiting_cents for queue in standing.queues)),
            ({"how": "next_year"}, aside_cents(state)),
            ({"how": "scheduled"}, sum(each.unordered_cents for each in standing.cash)),
        ],
        "psdf_set_aside_cents": aside,
    }


def _terms(state: State) -> dict[str, Samples]:
    """Each reason has its series from the start, so that a graph and an alarm know 0 from nothing."""
    at_risk, missed = terms_at_risk(state, AT_RISK_DAYS), terms_missed(state)
    return {
        "psdf_days_to_nearest_term": _one(days_to_nearest_term(state)),
        "psdf_terms_at_risk": [({"reason": why}, at_risk[why]) for why in (*DEFERRED, NO_CASH)],
        "psdf_terms_missed": [({"reason": why}, missed[why]) for why in NAMES],
        "psdf_reason_info": [({"reason": why, **names}, 1) for why, names in NAMES.items()],
    }


def _one(number: float | None) -> Samples:
    return [] if number is None else [({}, number)]
