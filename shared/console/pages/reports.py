"""P15. The reports of point 26: which years there are; a year's papers as PDF, and its tables on the page and as CSV."""

from collections.abc import Callable
from datetime import date

from shared.console.pages.blocks import Block, Column, Link, Page, Row, Table, Text
from shared.console.pages.budget import known_years
from shared.console.pages.view import View
from shared.journal.apart import Failed
from shared.kernel.calendar import DECEMBER, quarter_end
from shared.reports.apart import Drawn
from shared.reports.year import table as of_report

Asked = Callable[[int, date, str], Drawn]
"""Gives a report of a year, as of the end of a day, in a language; raises Failed."""
OF_PAYERS = ("estimate-", "state-funds-")
"""How the keys of the payers' own tables begin: they are files, and not shown."""


def reports(view: View) -> Page:
    """The years with a report."""
    rows = tuple(
        Row.of(
            view.link(str(year), f"/reports/{year}"),
            cut_off_of(view, year),
            view.t("metai baigėsi", "the year is over") if is_over(view, year) else view.t("metai tęsiasi", "the year runs"),
        )
        for year in reported_years(view)
    )  # fmt: skip
    return Page(
        title=view.t("Ataskaitos", "Reports"),
        lead=view.t(
            "Išlaidų sąmatos ir plano vykdymo ataskaitos su aiškinamaisiais raštais (26 p.).",
            "Execution of the expense estimate and of the plan, with explanatory notes (p. 26).",
        ),
        blocks=(
            Table(
                key="years",
                title=view.t("Metai", "Years"),
                columns=view.columns(
                    year="Metai|Year", cut_off="Pagal šios dienos duomenis|As at the end of|date", state="Būklė|State"
                ),
                rows=rows,
                empty=view.t("Dar neprasidėjo nė viena diena.", "No day has started yet."),
            ),
        ),
        nav="reports",
    )


def reported_years(view: View) -> list[int]:
    """The years of which something can be reported: those with days of this fund, the last first."""
    days = view.index.days()
    return [year for year in reversed(known_years(view)) if days and days[0].year <= year <= view.today.year]


def is_over(view: View, year: int) -> bool:
    """Whether the year has ended by the page's day."""
    return cut_off_of(view, year) >= date(year, DECEMBER, 31)


def cut_off_of(view: View, year: int) -> date:
    """The day at whose end a report stands: the one that is asked about, else the year's last, or the last so far.

    A day after the year shows it with what was told of it later.
    """
    return view.index.on or min(view.today, date(year, DECEMBER, 31))


def report(view: View, year: int, asked: Asked) -> Page | None:
    """One year's papers and tables; None for a year that has none."""
    if year not in reported_years(view):
        return None
    cut_off = cut_off_of(view, year)
    title, crumbs = view.t(f"{year} m. ataskaita", f"The report of {year}"), (view.link(view.t("Ataskaitos", "Reports"), "/reports"),)  # fmt: skip
    try:
        found = asked(year, cut_off, view.lang)
    except Failed as failed:
        said = view.t(f"Ataskaitos nėra: {failed}", f"There is no report: {failed}")
        return Page(title=title, lead=said, blocks=(), nav="reports", crumbs=crumbs, status=503, live=False)
    blocks: list[Block] = [_papers(view, year, found)]
    blocks += [shown(view, table) for table in found.tables if not table.key.startswith(OF_PAYERS)]
    blocks.append(Text(text=view.t("Kitų dienų pabaigoje:", "At the end of other days:"), links=_days(view, year)))
    return Page(
        title=title,
        lead=view.t(
            f"Pagal {view.day(cut_off)} duomenis. Konsoliduota = mokėtojų suma = žurnalas = bankas, iki cento.",
            f"As at the end of {view.day(cut_off)}. Consolidated = sum of payers = journal = bank, to the cent.",
        ),
        blocks=tuple(blocks),
        nav="reports",
        crumbs=crumbs,
        live=False,
        until=cut_off,
    )


def _days(view: View, year: int) -> tuple[Link, ...]:
    """The ends of the quarters, and the last day, as far as they have come."""
    days = view.index.days()
    assert days is not None
    ends = [quarter_end(year, quarter) for quarter in (1, 2, 3, 4)]
    chosen = dict.fromkeys([*(end for end in ends if days[0] <= end <= days[1]), days[1]])
    return tuple(view.link(f"{day}", f"/reports/{year}", on=day.isoformat()) for day in chosen)


def _papers(view: View, year: int, found: Drawn) -> Table:
    return Table(
        key="papers",
        title=view.t("Dokumentai", "Papers"),
        columns=view.columns(paper="Dokumentas|Paper", file="Failas|File|id"),
        rows=tuple(Row.of(view.t(lt, en), view.link(name, f"/reports/{year}/{name}")) for name, lt, en in found.papers),
        note=view.t(
            "Pasirašomi dokumentai yra lietuviški.", "The papers that are signed are in the fund's own language."
        ),
    )


def shown(view: View, table: of_report.Table) -> Table:
    """A table of a report on a page."""
    return Table(
        key=table.key,
        title=table.title,
        columns=tuple(Column(key=each.key, label=each.label.strip(), kind=each.kind) for each in table.columns),
        rows=tuple(Row(cells=row.cells, level=row.level) for row in table.rows),
        empty=view.t("Nieko.", "Nothing."),
    )
