"""What must agree: Sodra's statements (22), claims (20, 21), the territorial funds' year (24, 25). Pure functions."""

from collections.abc import Iterator
from datetime import date

from shared.kernel.calendar import DAY
from shared.kernel.clock import Now
from shared.kernel.money import Cents
from shared.kernel.reason import Reason, reason
from shared.kernel.value import value

QUARTERS = 4

# --- Sodra's statement


def submit_by(now: Now, year: int, quarter: int) -> date:
    """22. "kiekvieną ketvirtį iki jo pirmojo mėnesio 15 dienos": of the quarter that follows."""
    next_year, month = (year + 1, 1) if quarter == QUARTERS else (year, quarter * 3 + 1)
    return now.fund.calendar.roll(date(next_year, month, now.amount("statement_due_day")))


def approve_by(now: Now, first_on: date, submitted_on: date, *, corrected: bool) -> date:
    """22. "per 10 kalendorinių dienų"; a corrected one "ne vėliau kaip per 15 ... nuo pirmosios ... pateikimo"."""
    limit = submitted_on + now.amount("statement_approval_days") * DAY
    if corrected:
        limit = min(limit, first_on + now.amount("statement_total_days") * DAY)
    return now.fund.calendar.roll(limit)


def differs_from_record(stated: Cents, recorded: Cents) -> Iterator[Reason]:
    """22. What was transferred and set off agrees with our own record of Sodra's revenue, to the cent."""
    if stated != recorded:
        yield reason("sum_mismatch", "22", stated_cents=stated, recorded_cents=recorded)


def compensation_over_article(left: Cents, asked: Cents) -> Iterator[Reason]:
    """22. The compensation is within what is left of Sodra's article in the year of its pay day."""
    if asked > left:
        yield reason("compensation_over_article", left_cents=left, asked_cents=asked)


# --- the territorial funds' year


@value
class Year:
    """A payer's year with one source of money: what came in, what was used, and the difference."""

    received_cents: Cents
    used_cents: Cents

    @property
    def balance_cents(self) -> Cents:
        """What was not used."""
        return self.received_cents - self.used_cents


def report_by(now: Now, year: int) -> date:
    """24. "Iki kitų metų sausio 5 dienos"."""
    return now.fund.calendar.roll(date(year + 1, 1, now.amount("payer_report_day")))


def return_by(now: Now, year: int) -> date:
    """25. "iki kitų metų sausio 10 dienos grąžinami"."""
    return now.fund.calendar.roll(date(year + 1, 1, now.amount("balance_return_day")))


def differs_from_ledger(reported: Year, balance: Cents, ours: Year) -> Iterator[Reason]:
    """24. All three sums equal to our ledger."""
    if (reported, balance) != (ours, ours.balance_cents):
        yield reason(
            "differs_from_ledger",
            received_cents=reported.received_cents,
            used_cents=reported.used_cents,
            balance_cents=balance,
            received_ours_cents=ours.received_cents,
            used_ours_cents=ours.used_cents,
            balance_ours_cents=ours.balance_cents,
        )


# --- claims


def more_than_claim(rest: Cents, asked: Cents) -> Iterator[Reason]:
    """20, 21. No more than what is left of the claim, and no claim larger than its invoice."""
    if asked > rest:
        yield reason("more_than_claim", rest_cents=rest, asked_cents=asked)
