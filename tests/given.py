"""Given, when, then: the words in which rule tests tell what happened, and what a service must say of it.

    story(PAYMENTS).given(budget({"04": 1_000}), shares("04", VLK=1_000)).when(invoice("A", 400)).then(
        said("payment.scheduled", invoice_id=bill("A"), amount_cents=400)
    )

A word has the form that the service in hand hears: ``invoice`` is ``invoice.submitted`` to invoicing, and
``invoice.accepted`` to payments. It happens on the story's last day, a minute after the last one, or on the day ``on``.
"""

from collections.abc import Mapping
from datetime import date
from itertools import count

from services.payments.service import PAYMENTS
from shared.engine.service import Service
from shared.kernel.fund import Fund
from shared.statute.load import load_fund
from tests.engine.story import Happening, Json, Said, Story

FUND = load_fund()
PROVIDER, IBAN = "300111222", "LT121000011101001000"

_references = count(1)


def bill(number: str) -> str:
    """The id of an invoice by its number, of the usual provider if it names no other."""
    return number if "/" in number else f"{PROVIDER}/{number}"


def story(service: Service, fund: Fund = FUND, *, since: str = "2026-01-02") -> Story:
    """A new story of a service; what happens first, happens on the day ``since`` (Friday 2 January 2026)."""
    return Story(service, fund, since)


def of_vlk(cents: int, *, since: str = "2026-01-02") -> Story:
    """A story of payments whose budget is so much in article 04, all of it the VLK's."""
    return story(PAYMENTS, since=since).given(budget({"04": cents}), shares("04", VLK=cents))


# -------------------------------------------------------------------------------------------------------- what happened


def event(type_: str, sender: str, /, *, on: str | None = None, at: str | None = None, **data: object) -> Happening:
    """Any event, by its type, sender and data; a field of the name ``on`` is written ``on_``."""
    return Happening(forms={type_: (sender, data)}, on=on, at=at)


def sender(payer: str) -> str:
    """Who speaks for a payer."""
    return "/vlk" if payer == "VLK" else f"/tlk/{payer}"


def day(on: str) -> Happening:
    """A day starts, and with it all before it that did not."""
    return Happening(forms={"day.started": ("/clock", {"date": on})}, on=on, at="00:00")


def budget(
    articles: Mapping[str, int],
    *,
    total: int | None = None,
    year: int = 2026,
    edition: int = 1,
    in_force_from: str | None = None,
    state: int = 0,
    on: str | None = None,
    **changed: object,
) -> Happening:
    """An edition: articles with sums (07 is Sodra's), the rest of ``total`` in 05; revenue equals expenses."""
    lines = dict(articles)
    if total is not None:
        lines["05"] = total - sum(articles.values())
    whole = sum(lines.values())
    main = (15 * whole + 50_000_000) // 100_000_000 * 100_000
    data = {
        "year": year,
        "edition": edition,
        "law": f"law {year}-{edition}",
        "in_force_from": in_force_from or f"{year}-01-01",
        "revenue": [revenue_line("01.01", whole, sodra=True), revenue_line("04", 0, sodra=False)],
        "revenue_total_cents": whole,
        "expenses": [expense_line(article, cents) for article, cents in lines.items()],
        "expenses_total_cents": whole,
        "working_capital_cents": 0,
        "reserve_main_cents": main,
        "reserve_risk_cents": 0,
        "state_funds_cents": state,
        **changed,
    }
    adopted = {**data, "flags": [], "rules": ["7"]}
    return Happening(forms={"budget.approved": ("/vlk", data), "budget.adopted": ("/contracts", adopted)}, on=on)


def revenue_line(code: str, cents: int, *, sodra: bool) -> Json:
    """A line of revenue."""
    return {"code": code, "name": f"line {code}", "sodra": sodra, "amount_cents": cents}


def expense_line(article: str, cents: int) -> Json:
    """An expense article: 06 and 07 are no health care, 07 is Sodra's."""
    care = article not in ("06", "07")
    return {
        "article": article,
        "name": f"article {article}",
        "health_care": care,
        "sodra": article == "07",
        "amount_cents": cents,
    }


def shares(article: str, *, year: int = 2026, edition: int = 1, on: str | None = None, **of_payer: int) -> Happening:
    """A distribution of one article by payer (``VLK=60, TLK_KAUNAS=40``), in equal quarters."""
    rows = [
        {"payer": payer.replace("_", "-"), "article": article, "amount_cents": cents}
        for payer, cents in of_payer.items()
    ]
    whole = sum(of_payer.values())
    each, last = whole // 4, whole - 3 * (whole // 4)
    quarters = {"article": article, "q1_cents": each, "q2_cents": each, "q3_cents": each, "q4_cents": last}
    data = {"year": year, "edition": edition, "quarters": [quarters], "shares": rows}
    adopted = {**data, "rules": ["12"]}
    return Happening(
        forms={"distribution.proposed": ("/vlk", data), "distribution.adopted": ("/contracts", adopted)}, on=on
    )


def contract(contract_id: str, ceiling: int | None = None, *, on: str | None = None, **changed: object) -> Happening:
    """A contract of 2026 of the VLK in article 04 with the usual provider, without prices."""
    year = changed.get("year", 2026)
    data = {
        "contract_id": contract_id,
        "year": year,
        "payer": "VLK",
        "article": "04",
        "source": "PSDF",
        "provider": {"code": changed.pop("provider", PROVIDER), "name": "UAB Klinika", "iban": IBAN},
        "ceiling_cents": ceiling,
        "valid_from": f"{year}-01-01",
        "valid_to": f"{year}-12-31",
        "payment_days": 30,
        "services": [],
        "review": "automatic",
        **changed,
    }
    concluded = {**data, "formerly": changed.get("formerly", []), "rules": ["13"]}
    data.pop("formerly", None)
    return Happening(
        forms={
            "contract.proposed": (sender(str(data["payer"])), data),
            "contract.concluded": ("/contracts", concluded),
        },
        on=on,
    )


def invoice(
    number: str,
    amount: int,
    *,
    on: str | None = None,
    at: str | None = None,
    due_on: str | None = None,
    arrived_at: str | None = None,
    accepted_on: str | None = None,
    lines: list[Json] | None = None,
    **changed: object,
) -> Happening:
    """An invoice of the usual provider under contract C for January 2026: submitted, or accepted on its day."""
    provider_code, _, number = bill(number).partition("/")
    said_alike = {
        "invoice_id": f"{provider_code}/{number}",
        "kind": "invoice",
        "corrects": None,
        "contract_id": "C",
        "provider_code": provider_code,
        "payer": "VLK",
        "article": "04",
        "source": "PSDF",
        "service_month": "2026-01",
        "amount_cents": amount,
        **changed,
    }
    line = {"service_code": "S", "quantity": 1, "unit_price_cents": amount, "amount_cents": amount}
    submitted = {**said_alike, "number": number, "issued_on": "2026-02-01", "lines": lines or [line]}
    accepted = {
        **said_alike,
        "iban": IBAN,
        "received_on": date.isoformat,
        "check_by": date.isoformat,
        "accepted_on": accepted_on or date.isoformat,
        "due_on": due_on or (lambda today: FUND.calendar.term(today, 30).isoformat()),
        "arrived_at": arrived_at,
        "rules": ["15", "16"],
    }
    sender = f"/providers/{provider_code}"
    return Happening(
        forms={"invoice.submitted": (sender, submitted), "invoice.accepted": ("/invoicing", accepted)}, on=on, at=at
    )


def credit(number: str, amount: int, corrects: str, **changed: object) -> Happening:
    """A credit of the usual provider: it corrects an accepted invoice of contract C and January 2026."""
    return invoice(number, amount, kind="credit", corrects=bill(corrects), **changed)


def cash(
    amount: int,
    payer: str = "VLK",
    source: str = "PSDF",
    *,
    value_on: str | None = None,
    on: str | None = None,
    **named: str,
) -> Happening:
    """The treasury credits an account; the money is usable the same day if no ``value_on`` is given."""
    data = {
        "payer": payer,
        "source": source,
        "amount_cents": amount,
        "value_on": value_on or date.isoformat,
        "reference": named.get("reference", f"ref{next(_references)}"),
    }
    return event("account.credited", "/treasury", on=on, **data)


def report(order_id: str, outcome: str = "executed", *, on: str | None = None, reason: str | None = None) -> Happening:
    """The bank's answer to an order (``A#1``)."""
    data = {"order_id": bill(order_id), "outcome": outcome, "on_": date.isoformat, "reason": reason}
    return event("payment.reported", "/treasury", on=on, **data)


def account(contract_id: str, iban: str = IBAN, on: str | None = None, payer: str = "VLK") -> Happening:
    """The account of a contract is confirmed, or is another one."""
    proposed = {"contract_id": contract_id, "iban": iban}
    known = {"provider_code": PROVIDER, **proposed}
    return Happening(
        forms={
            "contract.account.proposed": (sender(payer), proposed),
            "contract.account.known": ("/contracts", known),
            "contract.account.confirmed": ("/contracts", {**known, "rules": ["13", "16"]}),
        },
        on=on,
    )


def delivered(notice_no: str, on: str | None = None) -> Happening:
    """The ministry has the letter of a notice."""
    return event("notice.delivered", "/letters", on=on, notice_no=notice_no, letter_sha256="0" * 64)


def merged(payer: str, into: str, acts_on: str, on: str | None = None) -> Happening:
    """A payer is to be merged into another from the start of a day."""
    return event("payer.merged", "/vlk", on=on, payer=payer, into=into, on_=acts_on)


def used_up(room: int, *waiting: Happening) -> Story:
    """A story of payments: article 04 has 100 000, all transferred; the year has so much room beyond it."""
    return story(PAYMENTS).given(
        budget({"04": 100_000}, total=100_000 + room),
        shares("04", VLK=100_000),
        cash(100_000),
        invoice("PAID", 100_000, due_on="2026-01-05"),
        day("2026-01-05"),
        report("PAID#1"),
        *waiting,
    )


# ---------------------------------------------------------------------------------------------------- what must be said


def said(type_: str, /, **data: object) -> Said:
    """An event of a type with these fields, whatever its others."""
    return Said(type_, data)


def refusal(of: str, /, *reasons: Json, **data: object) -> Said:
    """A refusal of something (``contract.change``), for exactly these reasons."""
    return said(f"{of}.refused", reasons=list(reasons), **data)


def because(code: str, rule: str, **terms: object) -> Json:
    """A reason with exactly these terms."""
    return {"code": code, "rule": rule, "terms": terms}


def cents(**sums: int) -> Json:
    """Terms of money: ``cents(asked=1)`` is ``asked_cents: 1``."""
    return {f"{name}_cents": amount for name, amount in sums.items()}


def limits(
    asked: int, *, share: tuple[int, int], article: tuple[int, int], total: tuple[int, int], notified: int = 0
) -> Json:
    """The terms of a payment's tests: of the share, the article and the year's total the limit, and what is committed."""
    return cents(
        asked=asked,
        share=share[0],
        payer_committed=share[1],
        article_limit=article[0],
        article_committed=article[1],
        notified=notified,
        total_limit=total[0],
        total_committed=total[1],
    )


def parked(type_: str) -> Said:
    """An event that was laid aside."""
    return Said(f"{type_}.parked", {"topic": type_})
