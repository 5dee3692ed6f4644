"""Reference model of HIL 14(3): what is paid outside the queues counts to K of its year, article and month."""

from datetime import date

from tests.model.plain import Data, day, month_of, reason


class Apart:
    """All that was counted outside the queues, as a list."""

    def __init__(self) -> None:
        self.paid: list[Data] = []

    def sum(self, year: int, article: str | None = None, payer: str | None = None) -> int:
        return sum(
            p["amount_cents"]
            for p in self.paid
            if p["year"] == year and article in (None, p["article"]) and payer in (None, p["payer"])
        )

    def in_month(self, month: str) -> int:
        return sum(p["amount_cents"] for p in self.paid if month_of(day(p["paid_on"])) == month)

    def merge(self, payer: str, into: str) -> None:
        self.paid = [{**p, "payer": into} if p["payer"] == payer else p for p in self.paid]

    def knows(self, data: Data) -> Data | None:
        return next((p for p in self.paid if p["reference"] == data["reference"]), None)


def content(data: Data) -> tuple[object, ...]:
    return data["payer"], data["article"], data["amount_cents"], data["paid_on"]


def refusals(editions: list[Data], data: Data) -> list[Data]:
    of_year = [e for e in editions if e["year"] == data["year"]]
    if not of_year:
        return []
    latest = max(of_year, key=lambda e: int(e["edition"]))
    line = next((x for x in latest["expenses"] if x["article"] == data["article"]), None)
    ours = line is not None and not line["health_care"] and not line["sodra"]
    return [] if ours else [reason("not_administration", article=data["article"])]


def over_article(limit: int, committed: int, asked: int) -> list[Data]:
    if committed + asked <= limit:
        return []
    terms = {"article_limit_cents": limit, "article_committed_cents": committed, "asked_cents": asked}
    return [reason("administration_over", **terms)]


def over_total(limit: int, committed: int, asked: int) -> list[Data]:
    terms = {"total_limit_cents": limit, "total_committed_cents": committed, "asked_cents": asked}
    return [reason("year_total", **terms)] if committed + asked > limit else []


def out_of_reach(today: date, on: date) -> bool:
    return abs(on.year - today.year) > 1 or on > today
