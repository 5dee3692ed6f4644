"""Reference model of the tests of points 11, 16, 18 and 19: the first limit that a waiting invoice does not fit."""

from datetime import date

from tests.model.model_ledger import Ledger
from tests.model.plain import VLK, Data, month_of


def first_failed(fund: Ledger, invoice: Data, pay_on: date) -> tuple[str, Data]:
    """The tests in order: the first that fails and its terms, or the terms of all."""
    edition = fund.edition(pay_on)
    if edition is None:
        return of_month(fund, invoice["source"], invoice["waiting"], pay_on)
    if invoice["source"] == "STATE":
        return of_state_funds(fund, edition, invoice["waiting"])
    return of_article(fund, edition, invoice)


def of_month(fund: Ledger, source: str, asked: int, pay_on: date) -> tuple[str, Data]:
    """11: one twelfth of the last year's sum, while the year has no budget."""
    last = max((e for e in fund.editions if e["year"] == fund.year - 1), key=lambda e: int(e["edition"]), default=None)
    if last is None:
        return "no_budget", {"year": fund.year}
    month = month_of(pay_on)
    cap = (last["expenses_total_cents"] if source == "PSDF" else last["state_funds_cents"]) // 12
    committed = fund.committed_in_month(source, month)
    terms = {"month": month, "cap_cents": cap, "committed_cents": committed, "asked_cents": asked}
    return "" if committed + asked <= cap else "one_twelfth", terms


def of_state_funds(fund: Ledger, edition: Data, asked: int) -> tuple[str, Data]:
    """19: the state's money of the year, whoever the payer is."""
    committed, funds = fund.committed("STATE"), edition["state_funds_cents"]
    terms = {"funds_cents": funds, "committed_cents": committed, "asked_cents": asked}
    return "" if committed + asked <= funds else "state_funds", terms


def of_article(fund: Ledger, edition: Data, invoice: Data) -> tuple[str, Data]:
    """16, 18: the payer's share and the article with what was notified, then the year's total."""
    payer, article, asked = invoice["payer"], invoice["article"], invoice["waiting"]
    limit, share = fund.appropriation(edition, article), fund.share(payer, article)
    if payer == VLK:
        share += fund.allotted(article)
    own, whole = fund.committed("PSDF", article, payer), fund.committed("PSDF", article)
    terms = {
        "share_cents": share,
        "payer_committed_cents": own,
        "article_limit_cents": limit,
        "article_committed_cents": whole,
        "notified_cents": fund.notified(article),
        "asked_cents": asked,
    }
    total = {
        "total_limit_cents": fund.total_limit(edition),
        "total_committed_cents": fund.total_committed(),
        "asked_cents": asked,
    }
    fits_total = fund.total_committed() + asked <= fund.total_limit(edition)
    if own + asked > share or whole + asked > limit + fund.notified(article):
        if payer != VLK or whole + asked <= limit:
            return "payer_share", terms
        if not fits_total:
            return "year_total", total
        return "appropriation", {**terms, "kept_for_tlk_cents": fund.kept_for_tlk(article)}
    return ("", {**terms, **total}) if fits_total else ("year_total", total)
