"""Reference model of point 18 and HIL 14(3): the ministry is told of an overrun before it is paid."""

from datetime import date

from shared.kernel.calendar import DAY
from tests.model.model_ledger import Ledger
from tests.model.model_queues import defer, pay_day, queue, schedule, try_queues
from tests.model.plain import CALENDAR, VLK, Data


def prepare_notices(fund: Ledger) -> None:
    """One an article, in order of code, where the VLK's head waits for the appropriation."""
    told = {n["article"] for n in fund.notices if n["state"] == "under way"}
    pots = {i["pot"] for i in fund.invoices.values() if i["waiting"]}
    for pot in sorted(p for p in pots if p[0] == VLK and p[2] == "PSDF" and p[1] not in told):
        waiting = queue(fund, pot)
        if waiting and waiting[0]["deferral"] == ("appropriation", fund.year):
            prepare_notice(fund, pot[1], waiting)


def prepare_notice(fund: Ledger, article: str, waiting: list[Data]) -> None:
    """The four sums, of the queue from its head on while the year's total is not passed."""
    covered: list[Data] = []
    over: list[int] = []
    asked, kept = 0, fund.kept_for_tlk(article)
    for invoice in waiting:
        edition = fund.edition(pay_day(fund, invoice))
        if edition is None or invoice["kind"] == "compensation":
            break
        if fund.total_committed() + asked + invoice["waiting"] > fund.total_limit(edition):
            break
        room = max(0, fund.appropriation(edition, article) - (fund.committed("PSDF", article) + asked) - kept)
        over.append(max(0, invoice["waiting"] - room))
        asked += invoice["waiting"]
        covered.append(invoice)
    if not sum(over):
        return
    edition = fund.edition(pay_day(fund, covered[0]))
    assert edition is not None
    limit = fund.appropriation(edition, article)
    n = 1 + sum(1 for x in fund.notices if (x["year"], x["article"]) == (fund.year, article))
    fund.notices.append(
        {
            "state": "under way",
            "notice_no": f"{fund.year}-{article}-{n}",
            "year": fund.year,
            "article": article,
            "allotted_cents": limit,
            "transferred_cents": fund.transferred(article),
            "exceeding_cents": fund.committed("PSDF", article) + asked_of(fund, article) - limit,
            "planned_cents": sum(over),
            "invoices": [i["invoice_id"] for i in covered],
            "prepared_on": str(fund.day),
            "over": over,
        }
    )


def asked_of(fund: Ledger, article: str) -> int:
    """What still comes to an article: all that waits in it, and what of the TLK's shares is neither taken nor waits."""
    waits = [
        i
        for i in fund.invoices.values()
        if i["waiting"]
        and i["article"] == article
        and i["source"] == "PSDF"
        and i["deferral"] != ("next_year", fund.year)
    ]
    unused = 0
    for tlk in {p for (y, p, a) in fund.shares if y == fund.year and a == article and p != VLK}:
        own = sum(i["waiting"] for i in waits if i["payer"] == tlk)
        unused += max(0, fund.share(tlk, article) - fund.committed("PSDF", article, tlk) - own)
    return sum(i["waiting"] for i in waits) + unused


def deliver_notice(fund: Ledger, notice: Data) -> None:
    """Delivered: what it covers is scheduled, each naming it and what of the invoice is over the article."""
    notice["state"] = "delivered"
    told = {k: v for k, v in notice.items() if k not in ("state", "over")}
    fund.say("overrun.notified", {**told, "delivered_on": str(fund.day)})
    for invoice_id, over in zip(notice["invoices"], notice["over"], strict=True):
        invoice = fund.invoices[invoice_id]
        pay_on = pay_day(fund, invoice)
        if pay_on.year != fund.year:  # no run of the year is left
            defer(fund, invoice, "next_year", {"year": pay_on.year, "pay_on": str(pay_on)})
            continue
        edition = fund.edition(pay_on)
        assert edition is not None
        terms = {
            "total_limit_cents": fund.total_limit(edition),
            "total_committed_cents": fund.total_committed(),
            "asked_cents": invoice["waiting"],
        }
        assert terms["total_committed_cents"] + terms["asked_cents"] <= terms["total_limit_cents"]
        schedule(fund, invoice, terms, over, notice["notice_no"])
    try_queues(fund)


def withdraw(fund: Ledger, because: str, articles: set[str] | None = None) -> None:
    """What touches an article, or every one, before the delivery of its notice."""
    for notice in sorted(fund.notices, key=lambda n: str(n["article"])):
        if notice["state"] == "under way" and (articles is None or notice["article"] in articles):
            notice["state"] = "withdrawn"
            told = {k: notice[k] for k in ("notice_no", "year", "article")}
            fund.say("overrun.withdrawn", {**told, "because": because})


def withdraw_outdated(fund: Ledger) -> None:
    """A run has gone by without what a notice covers, and for the next one another edition is in force."""
    next_run = CALENDAR.bank_day_from(fund.day + DAY)

    def edition_at(invoice_id: str, run: date) -> Data | None:
        return fund.edition(max(CALENDAR.bank_day_until(fund.invoices[invoice_id]["due_on"]), run))

    outdated = {
        notice["article"]
        for notice in fund.notices
        if notice["state"] == "under way" and next_run.year == fund.year
        if any(edition_at(i, next_run) != edition_at(i, fund.day) for i in notice["invoices"])
    }
    if outdated:
        withdraw(fund, "day.started", outdated)
        try_queues(fund)
