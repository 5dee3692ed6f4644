"""Random histories of what is rare, told close together, since faults lie where two rare things meet.

Letters are on their way, articles much too small, mergers merged again; orders, credits and money are of the year before.
"""

import random
from datetime import date, datetime, time, timedelta

from shared.kernel.calendar import DAY, VILNIUS
from tests import sent
from tests.model.generate import Action, features_of, told
from tests.model.plain import VLK, Event
from tests.model.teller import PROVIDERS, TLK, Teller
from tests.model.tells_budgets import credit_account, merge, new_distribution, new_edition
from tests.model.tells_contracts import confirm_account, propose
from tests.model.tells_invoices import invoice, submit
from tests.model.tells_the_year import administration, come_back, report, statement, year_report

BEGINNINGS = ((1, 3), (3, 20), (11, 20), (12, 5), (12, 18))


def rare_history(seed: int) -> list[Event]:
    """A history whose letters come when it says so: the model and the fund play it ``by_post``."""
    dice = random.Random(f"rare {seed}")
    teller = Teller(seed)
    teller.world.fund.by_post = True
    teller.payers = [VLK, *TLK[: dice.randint(1, 3)]]
    teller.on = date(dice.choice((2025, 2026, 2027)), *dice.choice(BEGINNINGS))
    teller.days, teller.pace, teller.budget_chance = dice.choice((40, 60)), dice.choice((1.0, 2.0, 3.0)), 0.0
    teller.lopsided = dice.random() < 0.7
    features = features_of(teller, seed)
    del features[merge], features[year_report], features[administration]
    return told(teller, features | _rare(dice))


def _rare(dice: random.Random) -> dict[Action, float]:
    """How often each rare thing happens in a history, beside the others."""
    rare: dict[Action, tuple[float, ...]] = {
        letter: (2.0, 5.0),
        merged: (0.0, 0.2, 0.6),
        answered_late: (0.0, 1.0, 2.0),
        money_of_another_year: (0.0, 0.5, 1.5),
        much_money: (0.0, 2.0, 5.0),
        credit_of_long_ago: (0.0, 0.0, 2.0),
        years_reported: (0.0, 0.3, 1.0),
        administration_paid: (0.0, 1.0, 3.0),
        contract_of_vlk: (2.0, 3.0),
        come_back: (0.0, 1.0, 2.0),
        confirm_account: (0.0, 1.0),
        statement: (0.5, 2.0),
        report: (3.0, 6.0, 9.0),
        new_edition: (0.0, 0.7, 2.0),
        new_distribution: (0.0, 1.0, 3.0),
        credit_account: (3.0,),
        invoice: (14.0,),
    }
    return {action: dice.choice(weights) for action, weights in rare.items()}


def letter(teller: Teller) -> None:
    """A letter under way reaches the ministry, or goes on waiting."""
    for notice in teller.world.fund.notices:
        if notice["state"] == "under way" and teller.rng.random() < 0.4:
            teller.n, teller.tick = teller.n + 1, teller.tick + 1
            moment = datetime.combine(teller.on, time(8), VILNIUS) + timedelta(minutes=teller.tick)
            data = {"notice_no": notice["notice_no"], "letter_sha256": "0" * 64}
            came = sent.event("/letters", f"e{teller.n}", "notice.delivered", moment, data)
            teller.post({**came, "subject": notice["notice_no"]})


def merged(teller: Teller) -> None:
    """A payer, also one into which another was merged, is merged into one that stands."""
    into = teller.world.fund.into
    standing = [p for p in teller.payers if p not in into]
    planned = {m["payer"] for m in teller.world.fund.merges}
    if mine := [p for p in standing if p != VLK and p not in planned]:
        payer = teller.rng.choice(mine)
        other = teller.rng.choice([p for p in standing if p != payer and p not in planned])
        on = teller.on + teller.rng.choice((-4, 0, 0, 1, 1, 5, 30)) * DAY
        if teller.rng.random() < 0.3:
            on = date(teller.on.year + 1, 1, 1)
        teller.send("payer.merged", "/vlk", {"payer": payer, "into": other, "on": str(on)})


def answered_late(teller: Teller) -> None:
    """The bank answers orders of the year before."""
    old = [o for o in teller.world.fund.orders if o["outcome"] is None and o["year"] < teller.on.year]
    for order in old[:2]:
        outcome = teller.rng.choice(("executed", "rejected", "rejected"))
        data = {"order_id": order["order_id"], "outcome": outcome, "on": str(teller.on), "reason": None}
        teller.send("payment.reported", "/treasury", data)


def money_of_another_year(teller: Teller) -> None:
    """Credits with a value day of December last year, or of January next year."""
    day = teller.rng.randint(1, 9)
    on = teller.rng.choice((date(teller.on.year - 1, 12, 32 - day), date(teller.on.year + 1, 1, day)))
    _credited(teller, teller.scale, on)


def much_money(teller: Teller) -> None:
    """So much that not each run is short of it."""
    _credited(teller, 3 * teller.scale, teller.on)


def _credited(teller: Teller, most: int, on: date) -> None:
    said = {"payer": teller.rng.choice(teller.payers), "source": teller.rng.choice(("PSDF", "PSDF", "STATE"))}
    sums = {"amount_cents": teller.rng.randint(1, most), "value_on": str(on), "reference": f"R{teller.n}"}
    teller.send("account.credited", "/treasury", said | sums)


def credit_of_long_ago(teller: Teller) -> None:
    """A credit note of any invoice that was ever accepted, of a cent or of all of it."""
    accepted = {e["data"]["invoice_id"] for e in teller.world.emitted if e["type"] == "invoice.accepted"}
    known = [e["data"] for e in teller.sent if e["data"]["invoice_id"] in accepted and e["data"]["kind"] == "invoice"]
    if known:
        old, teller.n = teller.rng.choice(known), teller.n + 1
        cents = teller.rng.choice((1, teller.rng.randint(1, old["amount_cents"]), old["amount_cents"]))
        number = f"K{teller.n}"
        named = {"invoice_id": f"{old['provider_code']}/{number}", "number": number, "corrects": old["invoice_id"]}
        submit(teller, {**old, **named, "kind": "credit", "lines": [sent.line("X", 1, cents)], "amount_cents": cents})


def years_reported(teller: Teller) -> None:
    """The territorial funds report the year before, rightly."""
    close = teller.world.close
    for payer, source, year in sorted(close.owes - close.accepted):
        if payer != VLK and year == teller.on.year - 1 and teller.rng.random() < 0.7:
            received, used = close.ledger((payer, source, year))
            sums = {"received_cents": received, "used_cents": used, "balance_cents": max(0, received - used)}
            data = {"payer": payer, "year": year, "source": source, **sums}
            teller.send("payer.year.reported", teller.by(payer), data)


def administration_paid(teller: Teller) -> None:
    """Of a year that has a budget: without one an article that is none of administration is not known as such."""
    if teller.on.year in teller.budgets and teller.on.year - 1 in teller.budgets:
        administration(teller)


def contract_of_vlk(teller: Teller) -> None:
    """Without a ceiling and soon to be paid, in January of the year before: so that its months are over."""
    rng = teller.rng
    year = teller.on.year - (teller.on.month <= 2 or rng.random() < 0.3)
    terms = {
        "payment_days": rng.choice((1, 3, 5, 10)),
        "review": "automatic",
        "article": rng.choice(("01", "01", "02")),
    }
    propose(teller, sent.contract(f"V{teller.n}", year, rng.choice(PROVIDERS), {}, **terms))
