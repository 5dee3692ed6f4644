"""I10. The reports of a history: consolidated = sum of payers = journal = the bank's files, to the cent."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal

from lxml import etree

from services.all import SERVICES
from services.payments.state import PSDF, STATE
from shared.adapters.bank.orders import Account, Order, order_file
from shared.adapters.sqlite.store import SqliteStore
from shared.kernel.calendar import VILNIUS
from shared.reports.year.year import Report, make_report
from tests.engine.story import Json, at_once
from tests.given import FUND, IBAN
from tests.invariants.whole import Whole

Key = tuple[str, str, int]
"""Payer, source, and the year of the order."""


class BankBook:
    """What the bank was asked by its files, and what it carried out; heard from what is told."""

    def __init__(self) -> None:
        self.ordered: dict[tuple[str, str, str], list[Json]] = defaultdict(list)
        self.answered: dict[str, list[tuple[str, str]]] = {}

    def hear(self, told: Json) -> None:
        """One message."""
        data = told["data"]
        if told["type"] == "payment.ordered":
            self.ordered[data["payer"], data["source"], data["on"]].append(data)
        if told["type"] in ("payment.executed", "payment.rejected", "payment.returned"):
            answers = self.answered.setdefault(data["order_id"], [])
            answers.append((told["type"].partition(".")[2], told["time"][:10]))

    def files(self) -> Iterator[tuple[str, str, int, bytes]]:
        """The file of each account and day, with the year that its orders belong to."""
        for (payer, source, on), told in self.ordered.items():
            orders = [
                Order(
                    order_id=data["order_id"],
                    end_to_end_id=data["end_to_end_id"],
                    invoice_id=data["invoice_id"],
                    creditor_name="UAB Klinika",
                    iban=data["iban"] or IBAN,
                    amount_cents=data["amount_cents"],
                )
                for data in told
            ]
            account, day = Account(payer=payer, source=source, name=payer, iban=IBAN), date.fromisoformat(on)
            file = order_file(account, orders, on=day, created_at=datetime.combine(day, time(9), VILNIUS))
            assert file.content is not None
            assert not file.refused
            yield payer, source, day.year, file.content

    def sums(self, cut_off: date) -> tuple[Counter[Key], Counter[Key]]:
        """Ordered and not come back, and carried out, until the end of a day: read from the files again."""
        standing, done = Counter[Key](), Counter[Key]()
        ids = {data["end_to_end_id"]: data["order_id"] for told in self.ordered.values() for data in told}
        for payer, source, year, content in self.files():
            for transfer in etree.fromstring(content).iterfind(".//{*}CdtTrfTxInf"):
                order_id = ids[transfer.findtext(".//{*}EndToEndId")]
                cents = int(Decimal(transfer.findtext(".//{*}InstdAmt")) * 100)
                known = [outcome for outcome, told_on in self.answered.get(order_id, ()) if told_on <= f"{cut_off}"]
                last = known[-1] if known else ""
                standing[payer, source, year] += cents if last not in ("rejected", "returned") else 0
                done[payer, source, year] += cents if last == "executed" else 0
        return standing, done


def reports(whole: Whole) -> Iterator[Report]:
    """The report of each year of a history at its last day."""
    stores = {service.name: SqliteStore(whole.connection, service.name) for service in SERVICES}
    today = whole.payments.today
    if today is not None:
        for year in sorted({today.year, whole.since.year}):
            yield at_once(make_report(stores, FUND, year, today))


def untied(report: Report, bank: BankBook, resolve: dict[str, str]) -> Iterator[str]:
    """What does not agree in a report, in words."""
    yield from (f"I10: {tie}" for tie in report.ties if not tie.holds)
    standing, done = bank.sums(report.cut_off)
    for source, lines in ((PSDF, report.estimate.lines), (STATE, report.estimate.state_lines)):
        for name, at_bank in (("ordered", standing), ("transferred", done)):
            of_payer = Counter[str]()
            for (payer, of, year), cents in at_bank.items():
                if (of, year) == (source, report.year):
                    of_payer[resolve.get(payer, payer)] += cents
            reported = Counter[str]()
            for line in lines:
                parts = sum(getattr(part, name) for part in line.payers)
                if getattr(line, name) != parts:
                    yield f"I10: {name} of {line.article} {source}: {line} is not the sum of its payers"
                for part in line.payers:
                    reported[part.payer] += getattr(part, name) - part.apart
            if +reported != +of_payer:
                yield f"I10: {name} of {source} in {report.year}: {+reported} reported, {+of_payer} by the bank's files"
            apart = sum(part.apart for line in lines for part in line.payers)
            if report.estimate.total(name, lines) - apart != of_payer.total():
                yield f"I10: {name} of {source} in {report.year}: consolidated is not what the bank's files say"
