"""The tables of a report in English: the same numbers, each Lithuanian word by its own. What the law names stays."""

import re
from collections.abc import Sequence
from typing import Any, Final

from shared.kernel.reason import REGISTER
from shared.reports.year.summary import summary_en
from shared.reports.year.table import Cell, Column, Row, Table
from shared.reports.year.tables import all_tables
from shared.reports.year.words import CAUSES, PARTS, SOURCES, STATUSES, WAITS, day_en, safe
from shared.reports.year.write import document, shown, table_block
from shared.reports.year.year import Report

TITLES: Final = {
    "Išlaidų sąmatos vykdymas": "Execution of the expense estimate",
    "Valstybės biudžeto lėšos (Taisyklių 19 punktas)": "State funds (point 19 of the Rules)",
    "Išlaidos pagal ketvirčius": "Expenses by quarter",
    "Pajamų plano vykdymas": "Execution of the revenue plan",
    "Pajamos pagal ketvirčius": "Revenue by quarter",
    "Išlaidų plano vykdymas": "Execution of the expense plan",
    "PSDF biudžeto rezervas": "The reserve of the fund's budget",
    "Apyvartos lėšų likutis (Taisyklių 4 punktas)": "Working capital (point 4 of the Rules)",
    "Lėšų likučiai sąskaitose": "Balances of the accounts",
    "Pranešimai Sveikatos apsaugos ministerijai (Taisyklių 18 punktas)": "Notices to the Ministry of Health (point 18 of the Rules)",
    "Lėšų trūkumas (Taisyklių 17 punktas)": "Shortages of cash (point 17 of the Rules)",
    "Vėluojantys mokėjimai (Taisyklių 16 punktas)": "Late payments (point 16 of the Rules)",
    "Vėluojantys mokėjimai pagal mokėtojus": "Late payments by payer",
    "Teritorinių ligonių kasų metų duomenys": "The year's data of the territorial funds",
    "Neapmokėtos priimtos sąskaitos": "Accepted and unpaid invoices",
    "Laukiančios sąskaitos pagal priežastį": "Waiting invoices by reason",
    "Sutikrinimas": "Proof",
}  # fmt: skip
LABELS: Final = {
    "Straipsnis": "Article", "Pavadinimas, mokėtojas": "Name, payer", "Pavadinimas": "Name", "Mokėtojas": "Payer",
    "Pirminis planas": "First plan", "Pakeitimai": "Changes", "Planas": "Plan", "Skirta dalis": "Share",
    "Planas, mokėtojui skirta dalis": "Plan, the payer's share", "Planas, skirta dalis": "Plan, share",
    "Viršplaninės pajamos": "Over-plan revenue", "Įsipareigota": "Committed", "Pateikta mokėjimo nurodymų": "Ordered",
    "Pervesta": "Transferred", "Neapmokėta": "Unpaid", "Likutis": "Left", "Ketvirtis": "Quarter", "Ketvirčio planas": "Quarter's plan",
    "Kodas": "Code", "Pajamos": "Revenue", "Gauta": "Received", "Skirtumas": "Difference", "Rezervas": "Reserve",
    "Numatyta": "Stated", "Panaudota": "Used", "Būsena": "State", "Apyvartos lėšos": "Working capital", "Lėšos": "Money",
    "Sąskaitoje": "On the account", "Bus įskaityta vėliau": "To come", "Atidėta grąžinti": "Set aside to be returned",
    "Pranešimas": "Notice", "Parengtas": "Prepared", "Skirta": "Allotted", "Viršija": "Exceeding", "Numatoma pervesti": "Planned",
    "Kas įvyko": "Outcome", "Diena": "Day", "Mokėtina": "Due", "Turėta lėšų": "Cash", "Dalijama: priimta": "Split: accepted on",
    "Mokėtina grupei": "Due to the group", "Apmokėta grupei": "Paid to the group", "Sąskaita": "Invoice", "Apmokėti iki": "Due on",
    "Palūkanos": "Interest", "Dienų": "Days", "Sąskaitų": "Invoices", "Neapmokėta suėjus terminui": "Unpaid when due",
    "Metai": "Year", "Priimta": "Accepted", "Laukia eilėje": "Waits in the queue", "Suplanuota": "Scheduled", "Iš viso": "In all",
    "Priežastis": "Reason", "Suma": "Sum", "Pagal": "By", "Eur": "EUR", "Eur ": "EUR ", "Sutampa": "Agrees",
}  # fmt: skip
OF_SOURCE: Final = {"PSDF": "the fund's own money", "STATE": "state funds (p. 19)"}
OF_STATUS: Final = {"planned": "planned", "approved": "approved", "ordered": "ordered", "done": "done"}
OF_PART: Final = {"main": "Main part", "risk": "Risk part"}
OF_CAUSE: Final = {
    "budget.adopted": "a new edition of the budget was taken",
    "distribution.adopted": "the distribution was changed",
    "surplus.allotted": "over-plan revenue was allotted",
    "invoice.accepted": "a credit was accepted",
    "recovery.set_off": "a damage was set off",
    "payment.reported": "the bank returned a payment",
    "administration.paid": "after an expense of administration the year's total does not suffice",
    "payer.merged": "payers were merged",
    "day.started": "the year ended",
}
OF_WAIT: Final = {"carried": "carried from last year", "none": "not tested yet"}
WORDS: Final = {
    "Iš viso": "In all", "taip": "yes", "NE": "NO", "pristatomas": "under way",
    "Likutis metų pradžioje pagal įstatymą": "Balance at the start of the year by the law", "Gauta pajamų": "Revenue received",
    "Pervesta išlaidų": "Expenses transferred", "Pervesta į rezervo sąskaitą": "Transferred to the reserve's account",
    "Likutis ataskaitos dieną": "Balance on the day of the report", "Įstatyme nustatytas likutis": "Balance that the law sets",
    "apskaitos įrašai": "the journal's records", "ataskaita": "the report", "mokėjimų apskaita": "the payments' record",
    "mokėtojų suma": "sum of payers", "mėnesių suma": "sum of months", "pateikta ir suplanuota": "ordered and scheduled",
    "suderinimo apskaita": "the reconciliation's record", "sąskaitose": "on the accounts", "sąskaitų tikrinimas": "the checks of invoices",
    "banko įvykdyti nurodymai": "orders executed by the bank", "iždo pranešimai": "the treasury's messages", "konsoliduota": "consolidated",
    "lėšų judėjimas nuo apskaitos pradžios": "what came and went since the record began", "rezervo apskaita": "the reserve's record",
    "įsipareigota": "committed",
}  # fmt: skip
QUARTERLY: Final = {"planas": "plan", "gauta": "received", "pervesta": "transferred"}
QUARTERS: Final = {"I": "Q1", "II": "Q2", "III": "Q3", "IV": "Q4"}
NAMED_BY_LAW: Final = frozenset({"name", "invoice_id", "notice_no", "code", "article"})
"""Columns whose words are the law's or somebody's own; a payer among the names is told in English."""


class English:
    """The words of one report."""

    def __init__(self, report: Report) -> None:
        """Take the report, whose payers and pairs of sums have names of their own."""
        reasons = {kind.label["lt"]: kind.label["en"] for kind in REGISTER.values() if kind.label}
        payers = {payer.name_lt: payer.name_en for payer in report.fund.payers}
        self._payers = payers
        self._words = (
            WORDS
            | reasons
            | payers
            | {tie.what_lt: tie.what_en for tie in report.ties}
            | {SOURCES[each]: said for each, said in OF_SOURCE.items()}
            | {STATUSES[each]: said for each, said in OF_STATUS.items()}
            | {PARTS[each].capitalize(): said for each, said in OF_PART.items()}
            | {WAITS[each]: said for each, said in OF_WAIT.items()}
        )
        self._causes = {CAUSES[each]: said for each, said in OF_CAUSE.items()}

    def table(self, table: Table) -> Table:
        """A table with its title, headings and words in English."""
        columns = tuple(Column(key=c.key, label=self.label(c.label), kind=c.kind) for c in table.columns)
        rows = tuple(Row(cells=tuple(map(self.cell, table.columns, row.cells)), level=row.level) for row in table.rows)
        title, _, payer = table.title.partition(": ")
        said = TITLES[title] + (f": {self._payers.get(payer, payer)}" if payer else "")
        return Table(key=table.key, title=said, columns=columns, rows=rows)

    def label(self, label: str) -> str:
        """A heading. Raises KeyError for one that has no English."""
        if found := re.fullmatch(r"(I|II|III|IV) ketv\. (\w+)", label):
            return f"{QUARTERS[found[1]]} {QUARTERLY[found[2]]}"
        return LABELS[label]

    def cell(self, column: Column, cell: Cell) -> Cell:
        """A cell: its words in English, where they are the fund's."""
        if column.kind != "text" or not isinstance(cell, str) or not cell:
            return cell
        if found := re.fullmatch(r"pristatytas (\S+)", cell):
            return f"delivered {found[1]}"
        if found := re.fullmatch(r"atšauktas (\S+): (.*)", cell):
            return f"withdrawn {found[1]}: {self._causes.get(found[2], found[2])}"
        if found := re.fullmatch(r"Pervedimas į rezervą \((.*)\)", cell):
            return f"Transfer to the reserve ({found[1]})"
        return self._words.get(cell, cell)


def tables_en(report: Report) -> tuple[Table, ...]:
    """Every table of the report in English."""
    english = English(report)
    return tuple(english.table(table) for table in all_tables(report))


def summary_pdf(report: Report, tables: Sequence[Table]) -> bytes:
    """The year in English: the summary, and the tables that have something in them. For information, not to be signed."""
    blocks: list[dict[str, Any]] = [{"kind": "par", "text": safe(said)} for said in summary_en(report)]
    blocks += [
        table_block(table, lambda column, cell: shown(column, cell, "en"))
        for table in tables
        if any(row.level != "total" for row in table.rows)
    ]
    drawn_by = report.fund.payer(report.fund.state_payer)
    assert drawn_by is not None
    return document(
        f"{report.fund.name_en}: execution of the budget",
        "Consolidated, in euros. For information: the papers in Lithuanian are the ones that are signed",
        f"{report.year}, as at the end of {day_en(report.cut_off)}",
        report.cut_off,
        blocks,
        wide=True,
        drawn_by=drawn_by.name_en,
        lang="en",
    )
