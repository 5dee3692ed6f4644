"""Reference model of point 18 and HIL 14(3): the ministry is told of an overrun before it is paid."""

from tests.model.model_ledger import Ledger
from tests.model.model_queues import pay_day, queue, schedule, try_queues
from tests.model.plain import VLK, Data


def prepare_notices(fund: Ledger) -> None:
    """One an article, in order of code, where the VLK's head waits for the appropriation."""
    pots = {i["pot"] for i in fund.invoices.values() if i["waiting"]}
    for pot in sorted(p for p in pots if p[0] == VLK and p[2] == "PSDF"):
        waiting = queue(fund, pot)
        if waiting and waiting[0]["deferral"] == ("appropriation", fund.year):
            prepare_notice(fund, pot[1], waiting)


def prepare_notice(fund: Ledger, article: str, waiting: list[Data]) -> None:
    """The four sums, of the queue from its head on while the year's total is not passed."""
    covered: list[Data] = []
    planned, asked, kept = 0, 0, fund.kept_for_tlk(article)
    for invoice in waiting:
        edition = fund.edition(pay_day(fund, invoice))
        if edition is None or invoice["kind"] == "compensation":
            break
        if fund.total_committed() + asked + invoice["waiting"] > fund.total_limit(edition):
            break
        room = max(0, fund.appropriation(edition, article) - (fund.committed("PSDF", article) + asked) - kept)
        planned += max(0, invoice["waiting"] - room)
        asked += invoice["waiting"]
        covered.append(invoice)
    if not planned:
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
            "planned_cents": planned,
            "invoices": [i["invoice_id"] for i in covered],
            "prepared_on": str(fund.day),
            "kept": kept,
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
    notice["state"], article = "delivered", notice["article"]
    told = {k: v for k, v in notice.items() if k not in ("state", "kept")}
    fund.say("overrun.notified", {**told, "delivered_on": str(fund.day)})
    for invoice_id in notice["invoices"]:
        invoice = fund.invoices[invoice_id]
        edition = fund.edition(pay_day(fund, invoice))
        assert edition is not None
        room = max(0, fund.appropriation(edition, article) - fund.committed("PSDF", article) - notice["kept"])
        terms = {
            "total_limit_cents": fund.total_limit(edition),
            "total_committed_cents": fund.total_committed(),
            "asked_cents": invoice["waiting"],
        }
        schedule(fund, invoice, terms, max(0, invoice["waiting"] - room), notice["notice_no"])
    try_queues(fund)
