"""P10. The draft of the next budget: what people assume in a form, what follows from the year's execution, its paper."""

from collections.abc import Callable, Iterator
from datetime import date

from shared.console.pages.blocks import Block, Choice, Filter, Link, Page, Text
from shared.console.pages.budget import known_years
from shared.console.pages.invoices import cents_of
from shared.console.pages.offers import offers
from shared.console.pages.reports import shown
from shared.console.pages.view import View
from shared.desk.acts import ACTS
from shared.desk.forms import written_of
from shared.journal.apart import Failed
from shared.journal.events import Data
from shared.kernel.language import LT
from shared.reports.apart import DraftShown
from shared.reports.draft_budget import Assumptions, last_month_end

Asked = Callable[[int, date, Assumptions], DraftShown]
"""Drafts the budget after a year, as of the end of a month; raises Failed."""
PAPER = "/budget/draft/biudzeto-projektas.pdf"
REVENUE, EXPENSE, SODRA_COSTS = "r.", "e.", "sodra"
"""How the inputs are called: growth of a line of revenue, of an article; Sodra's own figure of its costs."""
MOST_GROWTH = 100_000
"""In hundredths of a percent: nothing grows tenfold."""


class Unclear(Exception):  # noqa: N818 - what was written
    """What was written is no percentage or sum: what it is."""


def draft(view: View, asked: Asked) -> Page | None:
    """The form; where it was sent, the draft. None for a fund whose papers are in another language."""
    if view.own_code != LT:
        return None
    base, blocks, status = base_of(view), list[Block](), 200
    if base is None:
        none = view.t("Dar nesibaigė nė vienas metų su biudžetu mėnuo.", "No month of a year with a budget is over.")
        blocks.append(Text(text=none))
    else:
        year, until, edition = base
        blocks.append(_form(view, year, edition))
        try:
            blocks += _drafted(view, asked(year, until, assumed(view)))
        except (Unclear, Failed) as why:
            title = view.t("Projekto nėra", "There is no draft")
            blocks.insert(0, Text(title=title, text=str(why), tone="bad"))
            status = 422
    return Page(
        title=view.t("Biudžeto projektas", "A draft of the budget"),
        lead=view.t(
            "Metų vykdymas, tolygiai įvertintas visiems metams, ir eilučių pokyčiai (3–7 p.). Į žurnalą niekas neįrašoma.",
            "A year's execution, spread over the whole year, and growth line by line (p. 3-7). Nothing is written.",
        ),
        blocks=tuple(blocks),
        nav="budget",
        crumbs=(view.link(view.t("Biudžetas", "Budget"), "/budget"),),
        status=status,
        live=False,
    )


def base_of(view: View) -> tuple[int, date, Data] | None:
    """The last year with a budget of which a month is over, or the one that is asked for; its last edition."""
    wanted = view.asked.get("year", "")
    editions = {e.data["year"]: e.data for e in view.index.of_type("budget.adopted")}
    days = view.index.days()
    for year in reversed(known_years(view)):
        if days and year in editions and days[0].year <= year and wanted in ("", str(year)):
            until = last_month_end(year, view.today)
            if until is not None and until >= days[0]:
                return year, until, editions[year]
    return None


def assumed(view: View) -> Assumptions:
    """What the form says. Raises Unclear."""
    rates: dict[str, dict[str, tuple[int, int, int]]] = {REVENUE: {}, EXPENSE: {}}
    for name, text in view.asked.items():
        if text and name[:2] in rates:
            rate = _signed(view, text)
            if abs(rate) > MOST_GROWTH:
                raise Unclear(view.t(f"„{text}“: tiek nepakinta.", f"{text}: nothing changes so much."))
            rates[name[:2]][name[2:]] = (rate, rate, rate)
    costs = view.asked.get(SODRA_COSTS, "")
    sodra_costs = _signed(view, costs) if costs else None
    return Assumptions(revenue_growth=rates[REVENUE], expense_growth=rates[EXPENSE], sodra_costs=sodra_costs)


def _signed(view: View, text: str) -> int:
    found = cents_of(text.replace("−", "-"))
    if found is None:
        raise Unclear(view.t(f"„{text}“ nėra skaičius.", f"{text} is no number."))
    return found


def _form(view: View, year: int, edition: Data) -> Filter:
    asked = view.asked.get
    growth = view.t("pokytis, proc.", "growth, %")
    lines = [(f"{REVENUE}{line['code']}", f"{line['code']} {line['name']}") for line in edition["revenue"]]
    lines += [(f"{EXPENSE}{line['article']}", f"{line['article']} {line['name']}") for line in edition["expenses"]]
    return Filter(
        action="/budget/draft",
        button=view.t("Skaičiuoti", "Draft it"),
        choices=(
            Choice(name="year", label=view.t("Pagal metus", "From the year"), value=asked("year", "") or str(year)),
            *(Choice(name=name, label=f"{what}: {growth}", value=asked(name, "")) for name, what in lines),
            Choice(name=SODRA_COSTS, label=view.t("„Sodros“ sąnaudos, Eur (jos duomenys)", "Sodra's costs, EUR (its own figure)"), value=asked(SODRA_COSTS, "")),
        ),
    )  # fmt: skip


def _drafted(view: View, found: DraftShown) -> Iterator[Block]:
    paper = Link(
        text=view.t("Aiškinamasis raštas (PDF)", "The explanatory note (PDF)"), href=view.url(PAPER, **dict(view.asked))
    )
    yield Text(title=view.t(f"{found.year} m. projektas", f"The draft of {found.year}"), text="", links=(paper,))
    yield from offers(view, "budget", **{**written_of(ACTS["budget"], found.edition), "law": "", "in_force_from": ""})
    for table in found.tables:
        yield shown(view, table)
    note = view.t("Kodėl tiek", "Why so much (in the fund's own language)")
    yield Text(title=note, text="\n\n".join(found.note), tone="quiet")
