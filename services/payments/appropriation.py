"""May it be paid? Points 11, 16, 19 and HIL 14(3): queues, the planned pay day, and the tests in legal order."""

from collections.abc import Collection, Iterator
from datetime import date
from heapq import heapify, heappop, heappush

from services.payments.events import Event, Pot, PutBack, ScheduledAsBefore
from services.payments.state import PSDF, STATE, Book, Invoice, State
from shared.events.payments import PaymentDeferred, PaymentScheduled
from shared.kernel.budget import Edition
from shared.kernel.calendar import month_of
from shared.kernel.clock import Now
from shared.kernel.fields import Terms
from shared.kernel.money import Cents
from shared.kernel.reason import Reason, kind_of, reason
from shared.kernel.value import value

# --- the planned pay day


def planned_pay_day(now: Now, state: State, invoice: Invoice) -> date:
    """16. "Lėšos ne vėliau kaip per 30 dienų nuo sąskaitos ... gavimo dienos pervedamos".

    The last bank day not after the due date whose run is still to come; where there is none, the next run. What waits
    is tested for this day of its own, also where it is to join a payment of an earlier one: so no limit is passed.
    """
    return max(now.fund.calendar.bank_day_until(invoice.due_on), state.run_from)


def pay_day_of_payment(invoice: Invoice, planned: date) -> date:
    """When the payment of the year is paid: while something of it is unordered its day stays, for what joins it too."""
    return invoice.pay_on if invoice.pay_on and invoice.unordered_cents else planned


# --- the tests; each returns the terms of its sum, and the reason where it fails


@value
class Tested:
    """The tests of one invoice: the terms of those passed, or the reason and terms of the first that failed."""

    passed: Terms
    rules: tuple[str, ...]
    failed: Reason | None = None


def passes(rules: tuple[str, ...], terms: Terms) -> Tested:
    """All tests passed."""
    return Tested(passed=terms, rules=rules)


def fails(code: str, terms: Terms) -> Tested:
    """A test failed: it names the reason, all points of its kind, and every number."""
    return Tested(passed={}, rules=kind_of(code).points, failed=reason(code, **terms))


def one_twelfth(now: Now, state: State, source: str, pay_on: date, asked: Cents) -> Tested:
    """11. "iki patvirtinimo jo išlaidos kiekvieną mėnesį negali viršyti 1/12 praėjusių metų PSDF biudžeto išlaidų".

    The cap of the pay day's month is a twelfth of last year's latest edition: of its expenses for PSDF money, of its
    state funds for STATE money. What a month leaves unused does not carry over (I).
    """
    room = month_room(state, source, pay_on, now.amount("one_twelfth"))
    if room is None:
        return fails("no_budget", {"year": pay_on.year})
    month, cap, committed = room
    terms: Terms = {"month": month, "cap_cents": cap, "committed_cents": committed, "asked_cents": asked}
    return passes(("11",), terms) if committed + asked <= cap else fails("one_twelfth", terms)


def month_room(state: State, source: str, pay_on: date, parts: int) -> tuple[str, Cents, Cents] | None:
    """The month of a day without a budget, its cap (last year's plan in so many ``parts``), and what it has committed.

    None where the edition of the year before is not known; and where the fund's law has no such rule (0 ``parts``):
    then nothing is paid before there is a budget.
    """
    last = state.editions.latest(pay_on.year - 1)
    if last is None or not parts:
        return None
    month = month_of(pay_on)
    committed = state.book_of(pay_on.year).committed_of_month.get(source, {}).get(month, 0)
    return month, plan_of(last, source) // parts, committed


def plan_of(edition: Edition, source: str) -> Cents:
    """What an edition plans of a source's money: all its expenses, or its state funds."""
    return edition.state_funds_cents if source == STATE else edition.expenses_total_cents


def state_funds(book: Book, edition: Edition, asked: Cents) -> Tested:
    """19. "PSDF biudžetui skiriamomis valstybės biudžeto lėšomis mokama už ... paslaugas".

    State money is its own limit, never mixed with the fund's, and has no overrun.
    """
    committed = book.committed_of_source.get(STATE, 0)
    terms: Terms = {
        "funds_cents": edition.state_funds_cents,
        "committed_cents": committed,
        "asked_cents": asked,
    }
    return (
        passes(("19", "16"), terms) if committed + asked <= edition.state_funds_cents else fails("state_funds", terms)
    )


def kept_for_tlk(book: Book, article: str, state_payer: str) -> Cents:
    """R(a): what the territorial funds have not yet used of their shares of the article."""
    return sum(
        max(0, share - book.committed.get(Pot(payer, article, PSDF), 0))
        for payer, share in book.shares.get(article, {}).items()
        if payer != state_payer
    )


def article_limit(book: Book, edition: Edition, article: str) -> Cents:
    """L(a) = A(a) + V(a): the appropriation, and the over-plan revenue allotted to it."""
    return with_allotted(book, article, edition.appropriation_cents(article))


def with_allotted(book: Book, article: str, appropriated: Cents) -> Cents:
    """The limit of an article whose appropriation is known: for who asks of all of an edition's articles."""
    return appropriated + book.allotted.get(article, 0)


def total_limit(book: Book, edition: Edition) -> Cents:
    """AT + VT: the year's total expenses and all over-plan revenue allotted. Nothing passes it."""
    return edition.expenses_total_cents + sum(book.allotted.values())


def total_committed(state: State) -> Cents:
    """KT: all that is committed of the fund's money, and all that the invoices of notices under way ask."""
    return state.book.committed_of_source.get(PSDF, 0) + state.held_cents


def year_total(state: State, edition: Edition, asked: Cents) -> tuple[Terms, bool]:
    """The numbers of the year total (its limit, what is committed and held, what is asked), and whether they fit."""
    limit, committed = total_limit(state.book, edition), total_committed(state)
    terms: Terms = {"total_limit_cents": limit, "total_committed_cents": committed, "asked_cents": asked}
    return terms, committed + asked <= limit


def share_article_total(now: Now, state: State, pot: Pot, edition: Edition, asked: Cents) -> Tested:
    """16. "neviršydamos atitinkamame išlaidų straipsnyje numatytų asignavimų ar ... ligonių kasai skirtų lėšų".

    A territorial fund stays within its share, and the article within its limit and what was notified. The VLK too; over
    its share but within the article it must redistribute first; over the article it may go on only after the notice of
    point 18, and never over the year's total (HIL 14(3)).
    """
    book, at_vlk = state.book, pot.payer == now.fund.state_payer
    limit, notified = article_limit(book, edition, pot.article), book.notified.get(pot.article, 0)
    share = book.share(pot.payer, pot.article) + (book.allotted.get(pot.article, 0) if at_vlk else 0)
    of_payer, of_article = book.committed.get(pot, 0), book.committed_of_article.get(pot.article, 0)
    terms: Terms = {
        "share_cents": share,
        "payer_committed_cents": of_payer,
        "article_limit_cents": limit,
        "article_committed_cents": of_article,
        "notified_cents": notified,
        "asked_cents": asked,
    }
    total, within_total = year_total(state, edition, asked)
    if of_payer + asked > share or of_article + asked > limit + notified:
        if not at_vlk or of_article + asked <= limit:
            return fails("payer_share", terms)
        if not within_total:
            return fails("year_total", total)
        return fails("appropriation", terms | {"kept_for_tlk_cents": kept_for_tlk(book, pot.article, pot.payer)})
    if not within_total:
        return fails("year_total", total)
    return passes(("16", "HIL 14(3)"), terms | total)


def may_be_paid(now: Now, state: State, invoice: Invoice, pay_on: date) -> Tested:
    """All tests of an invoice, in legal order; without a budget on the pay day only the first (point 11)."""
    edition, asked = state.editions.in_force(pay_on), invoice.waiting_cents
    if edition is None:
        return one_twelfth(now, state, invoice.pot.source, pay_on, asked)
    if invoice.pot.source == STATE:
        return state_funds(state.book, edition, asked)
    return share_article_total(now, state, invoice.pot, edition, asked)


# --- the decisions


def try_queues(now: Now, state: State, pots: Collection[Pot] | None = None) -> Iterator[Event]:
    """Test the heads of the queues, always the earliest of all next; who stands behind a failed head waits.

    A head that failed blocks its pot for the rest of the decision; a pot that waits for a notice is not tested.
    """
    heads = [(state.head(pot).place, pot) for pot in (state.queues if pots is None else pots) if pot in state.queues]
    heapify(heads)
    while heads:
        _, pot = heappop(heads)
        if state.notice_of(pot):
            yield from stand_behind(now, state, pot)
            continue
        head = state.head(pot)
        pay_on = planned_pay_day(now, state, head)
        if pay_on.year > state.year:
            yield stand_aside(now, state, head)
        else:
            tested = may_be_paid(now, state, head, pay_on)
            if tested.failed:
                yield from defer(state, head, tested.failed)
                yield from stand_behind(now, state, pot)
                continue
            yield schedule(state, head, pay_on, tested)
        if pot in state.queues:
            heappush(heads, (state.head(pot).place, pot))


def schedule(
    state: State, invoice: Invoice, planned: date, tested: Tested, over_cents: Cents = 0, notice_no: str | None = None
) -> Event:
    """Commit all that waits of an invoice; announced where sum, day or notice are not those told last."""
    amount, pay_on = invoice.amount_cents + invoice.waiting_cents, pay_day_of_payment(invoice, planned)
    notice_no = notice_no or invoice.notice_no
    told = invoice.standing
    if told.kind == "scheduled" and (told.amount_cents, told.pay_on, told.notice_no) == (amount, pay_on, notice_no):
        return ScheduledAsBefore(invoice_id=invoice.invoice_id)
    return PaymentScheduled(
        payment_id=f"{invoice.invoice_id}@{state.year}",
        invoice_id=invoice.invoice_id,
        year=state.year,
        payer=invoice.pot.payer,
        article=invoice.pot.article,
        source=invoice.pot.source,
        amount_cents=amount,
        over_appropriation_cents=invoice.over_cents + over_cents,
        notice_no=notice_no,
        accepted_on=invoice.accepted_on,
        pay_on=pay_on,
        due_on=invoice.due_on,
        terms=tested.passed,
        rules=tested.rules,
    )


def deferral(state: State, invoice: Invoice, why: Reason) -> PaymentDeferred:
    """What is told of an invoice that waits: the reason, and every number of the test that failed."""
    return PaymentDeferred(
        invoice_id=invoice.invoice_id,
        year=state.year,
        payer=invoice.pot.payer,
        article=invoice.pot.article,
        source=invoice.pot.source,
        amount_cents=invoice.waiting_cents,
        accepted_on=invoice.accepted_on,
        due_on=invoice.due_on,
        reason=why.code,  # type: ignore[arg-type] # a code of the register
        terms=why.terms,
        rules=kind_of(why.code).points,
    )


def defer(state: State, invoice: Invoice, why: Reason) -> Iterator[Event]:
    """Tell that an invoice waits; told when it first happens and when reason or year change, not every day."""
    told = invoice.standing
    if told.kind != "deferred" or (told.reason, told.year) != (why.code, state.year):
        yield deferral(state, invoice, why)


def stand_behind(now: Now, state: State, pot: Pot) -> Iterator[Event]:
    """Nobody overtakes in a pot: who stands behind a head that waits is deferred for it."""
    notice = state.notice_of(pot)
    head_id = notice.invoices[0].invoice_id if notice else state.head(pot).invoice_id
    why = reason("earlier_unpaid", behind=head_id)
    behind = [state.invoices[i] for i in state.queues[pot].not_told_behind if i != head_id]
    for invoice in sorted(behind, key=lambda i: i.place):
        if planned_pay_day(now, state, invoice).year > state.year:
            yield stand_aside(now, state, invoice)
        else:
            yield from defer(state, invoice, why)


def stand_aside(now: Now, state: State, invoice: Invoice) -> Event:
    """What is to be paid in a year that has not started stands aside, blocks nobody, and is tested when it starts."""
    pay_on = planned_pay_day(now, state, invoice)
    return deferral(state, invoice, reason("next_year", year=pay_on.year, pay_on=pay_on.isoformat()))


def put_back_for_the_month(now: Now, state: State) -> Iterator[Event]:
    """11. On the first day of a month without a budget what is not ordered is tested anew, for the month of its day.

    A payment under a delivered notice stays; so does one whose pay day has a budget in force.
    """
    if state.editions.in_force(now.day) is not None:
        return
    for invoice in sorted(state.invoices.values(), key=lambda i: i.place):
        pay_on = invoice.pay_on if invoice.unordered_cents and not invoice.notice_no else None
        if pay_on and state.editions.in_force(pay_on) is None:
            yield PutBack(invoice_id=invoice.invoice_id)
