"""What the public may know of the fund: execution, notices, shortages, terms kept; with a dictionary of every field.

It reads the index alone. No provider, invoice, account or person stands in any of its forms: each data set names its
fields here, and takes nothing else.
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import TypeAlias

from shared.console.pages.blocks import Block, Cell, Column, Kind, Page, Row, Table, Text
from shared.console.pages.budget import known_years
from shared.console.pages.notices import NOTICE_STATES, state_of
from shared.console.pages.view import View
from shared.kernel.calendar import DECEMBER
from shared.kernel.value import value

Cells: TypeAlias = tuple[Cell, ...]
UNITS: dict[Kind, tuple[str, str]] = {
    "text": ("tekstas", "text"),
    "id": ("tekstas", "text"),
    "count": ("skaičius", "number"),
    "date": ("diena (YYYY-MM-DD)", "day (YYYY-MM-DD)"),
    "money": ("eurai su centais (CSV), centai (JSON)", "money with cents (CSV), cents (JSON)"),
}


@value
class Field:
    """A field of a data set: its key and kind, its heading and what it means, in both languages."""

    key: str
    kind: Kind
    label: tuple[str, str]
    meaning: tuple[str, str]


@value
class DataSet:
    """A data set: its key, its title, what is said where it is empty, its fields, and what gives its rows."""

    key: str
    title: tuple[str, str]
    empty: tuple[str, str]
    fields: tuple[Field, ...]
    rows: Callable[[View], Iterator[Cells]]

    def table(self, view: View) -> Table:
        """Its rows under the headings of its fields."""
        return Table(
            key=self.key,
            title=view.t(*self.title),
            columns=tuple(Column(key=each.key, label=view.t(*each.label), kind=each.kind) for each in self.fields),
            rows=tuple(Row(cells=cells) for cells in self.rows(view)),
            empty=view.t(*self.empty),
        )


def open_data(view: View) -> Page:
    """All data sets as they stood at the end of the page's day, and their dictionary."""
    first = (view.index.days() or (view.today,))[0]
    years = [year for year in known_years(view) if first <= date(year, DECEMBER, 31) < view.today]
    links = tuple(view.link(f"{year}-12-31", "/open", on=f"{year}-12-31") for year in years)
    blocks: list[Block] = [each.table(view) for each in DATA]
    blocks.append(_dictionary(view))
    if links:
        blocks.append(Text(text=view.t("Metai, kaip jie baigėsi:", "Years as they ended:"), links=links))
    return Page(
        title=view.t("Atviri duomenys", "Open data"),
        lead=view.t(
            "Kaip vykdomas fondo biudžetas. Apie ūkio subjektus, jų sąskaitas ir asmenis čia duomenų nėra.",
            "How the fund's budget is executed. Nothing of providers, their invoices and accounts, or of persons.",
        ),
        blocks=tuple(blocks),
        nav="open",
        live=False,
    )


def _dictionary(view: View) -> Table:
    """Every field of every data set: a heading of the page, the key in JSON and CSV, what it means; and who is late."""
    late = Row.of(
        "*",
        "late_services",
        view.t("Vėluojančios tarnybos", "Late services"),
        view.t("sąrašas (JSON)", "list (JSON)"),
        view.t(
            "kieno skaičiai ne šios dienos ir nuo kada (said), kuriuose rinkiniuose (of); CSV tai sako HTTP antraštė "
            "Late-Services ir failo vardas (late), failas skaičiuoklei – dar ir paskutinis stulpelis",
            "whose numbers are not of this day and since when (said), and in which sets (of); of a CSV the HTTP header "
            "Late-Services and the file's name (late) say it, in the file for Excel also the last column",
        ),
    )
    return Table(
        key="dictionary",
        title=view.t("Duomenų žodynas", "Data dictionary"),
        columns=view.columns(
            set="Rinkinys|Data set", field="Laukas|Field", label="Antraštė|Heading", unit="Kas jame|What it holds",
            meaning="Ką reiškia|What it means",
        ),
        rows=(
            *(Row.of(each.key, field.key, view.t(*field.label), view.t(*UNITS[field.kind]), view.t(*field.meaning))
            for each in DATA
            for field in each.fields),
            late,
        ),
    )  # fmt: skip


# --- the rows


def _execution(view: View) -> Iterator[Cells]:
    """16, 18. Each payer's part of each article, by the payments' own sums."""
    money = view.index.money()
    for pot in money.standing.pots if money else ():
        share = pot.share_cents if pot.source == "PSDF" else None
        yield (
            str(money.standing.year) if money else "", pot.article, view.article(pot.article), pot.payer, view.payer(pot.payer),
            pot.source, share, pot.committed_cents, pot.transferred_cents, pot.waiting_cents,
        )  # fmt: skip


def _notices(view: View) -> Iterator[Cells]:
    """18. The four sums that the ministry was told."""
    for row in view.index.rows("SELECT * FROM notice WHERE prepared <= ? ORDER BY prepared, no", [view.index.day]):
        state = state_of(view, row)
        lt, en, _ = NOTICE_STATES[state]
        yield (
            row["no"], row["article"], date.fromisoformat(row["prepared"]),
            row["allotted"], row["transferred"], row["exceeding"], row["planned"], row["covers"],
            view.t(lt, en), date.fromisoformat(row["ended"]) if state != "prepared" else None,
        )  # fmt: skip


def _shortages(view: View) -> Iterator[Cells]:
    """17. The days on which cash did not suffice."""
    for event in view.index.of_type("shortage.declared"):
        said = event.data
        yield (
            date.fromisoformat(said["on"]), said["payer"], view.payer(said["payer"]), said["source"], said["due_cents"], said["cash_cents"],
            date.fromisoformat(said["group_accepted_on"]), said["group_due_cents"], said["group_paid_cents"],
        )  # fmt: skip


def _terms(view: View) -> Iterator[Cells]:
    """15, 16. What fell due in each month, and what was not ordered in time; checks that were not made in time."""
    due = {
        row["month"]: (row["n"], row["cents"])
        for row in view.index.rows(
            "SELECT substr(due, 1, 7) AS month, count(*) AS n, sum(amount) AS cents FROM invoice "
            f"WHERE due <= ? AND {view.index.in_force} GROUP BY 1",
            [view.today.isoformat(), *view.index.spans],
        )
    }
    late = [(event.data["due_on"][:7], event.data["rest_cents"]) for event in view.index.of_type("payment.overdue")]
    unchecked = [event.data["check_by"][:7] for event in view.index.of_type("invoice.check.overdue")]
    for month in sorted(due.keys() | {of for of, _ in late} | set(unchecked)):
        rests = [rest for of, rest in late if of == month]
        yield (month, *due.get(month, (0, 0)), len(rests), sum(rests), unchecked.count(month))


# --- the fields

ARTICLE = Field(key="article", kind="text", label=("Straipsnis", "Article"), meaning=("biudžeto išlaidų straipsnio numeris", "number of the budget's article of expenses"))  # fmt: skip
PAYER = Field(key="payer", kind="id", label=("Mokėtojas", "Payer"), meaning=("mokėtojo kodas", "the payer's code"))
PAYER_NAME = Field(key="payer_name", kind="text", label=("Mokėtojo pavadinimas", "Payer's name"), meaning=("ligonių kasa, kuri moka", "the health insurance fund that pays"))  # fmt: skip
SOURCE = Field(key="source", kind="text", label=("Lėšos", "Money"), meaning=("PSDF: fondo biudžeto lėšos; STATE: valstybės biudžeto lėšos (19 p.)", "PSDF: the fund's own money; STATE: state funds (p. 19)"))  # fmt: skip

DATA = (
    DataSet(
        key="execution",
        title=("Vykdymas pagal straipsnį ir mokėtoją", "Execution by article and payer"),
        empty=("Vykdyti dar nepradėta.", "Nothing was executed yet."),
        rows=_execution,
        fields=(
            Field(key="year", kind="text", label=("Metai", "Year"), meaning=("fondo metai", "the fund's year")),
            ARTICLE,
            Field(key="article_name", kind="text", label=("Straipsnio pavadinimas", "Article's name"), meaning=("kaip įstatyme", "as in the law")),
            PAYER, PAYER_NAME, SOURCE,
            Field(key="share", kind="money", label=("Dalis", "Share"), meaning=("mokėtojui paskirstyta straipsnio dalis su viršplaninėmis pajamomis (12, 23 p.); valstybės lėšos nepaskirstomos", "the payer's part of the article as distributed, with over-plan revenue (p. 12, 23); state funds are not shared out")),
            Field(key="committed", kind="money", label=("Įsipareigota", "Committed"), meaning=("numatyta mokėti arba jau mokėta", "scheduled or already paid")),
            Field(key="transferred", kind="money", label=("Pervesta", "Transferred"), meaning=("banko įvykdyta arba apmokėta ne pagal sąskaitas", "executed by the bank, or paid outside the queues")),
            Field(key="waiting", kind="money", label=("Laukia", "Waits"), meaning=("priimta apmokėti ir laukia eilėje", "accepted, and waiting in the queue")),
        ),
    ),
    DataSet(
        key="notices",
        title=("Pranešimai ministerijai (18 p.)", "Notices to the ministry (p. 18)"),
        empty=("Pranešimų nebuvo.", "There were no notices."),
        rows=_notices,
        fields=(
            Field(key="no", kind="id", label=("Numeris", "Number"), meaning=("pranešimo numeris: metai, straipsnis, eilės numeris", "the notice's number: year, article, which one")),
            ARTICLE,
            Field(key="prepared", kind="date", label=("Parengtas", "Prepared"), meaning=("diena, kurią parengtas", "the day on which it was prepared")),
            Field(key="allotted", kind="money", label=("Skirta", "Allotted"), meaning=("kokia lėšų suma yra skirta straipsniui", "what is allotted to the article")),
            Field(key="transferred", kind="money", label=("Pervesta", "Transferred"), meaning=("kokia lėšų suma pervesta", "what was transferred")),
            Field(key="exceeding", kind="money", label=("Viršija asignavimus", "Exceeding"), meaning=("kokia lėšų suma viršija numatytus asignavimus", "what exceeds the appropriation")),
            Field(key="planned", kind="money", label=("Numatoma pervesti", "Planned"), meaning=("kokią lėšų sumą numatoma pervesti", "what is planned to be transferred")),
            Field(key="covers", kind="count", label=("Apima sąskaitų", "Invoices covered"), meaning=("kelias sąskaitas apima", "how many invoices it covers")),
            Field(key="state", kind="text", label=("Būklė", "State"), meaning=("neįteiktas, įteiktas arba atšauktas", "not delivered, delivered or withdrawn")),
            Field(key="ended", kind="date", label=("Diena", "Day"), meaning=("diena, kurią įteiktas arba atšauktas", "the day on which it was delivered or withdrawn")),
        ),
    ),
    DataSet(
        key="shortages",
        title=("Lėšų trūkumas (17 p.)", "Shortages of cash (p. 17)"),
        empty=("Lėšų užteko visada.", "Cash always sufficed."),
        rows=_shortages,
        fields=(
            Field(key="on", kind="date", label=("Diena", "Day"), meaning=("banko diena, kurią lėšų neužteko", "the bank day on which cash did not suffice")),
            PAYER, PAYER_NAME, SOURCE,
            Field(key="due", kind="money", label=("Mokėtina", "Due"), meaning=("kiek tą dieną numatyta mokėti", "what was to be paid on the day")),
            Field(key="cash", kind="money", label=("Turėta lėšų", "Cash"), meaning=("kiek lėšų turėta; tiek ir sumokėta", "what there was; so much was paid")),
            Field(key="group_accepted_on", kind="date", label=("Dalijama: priimta", "Split: accepted on"), meaning=("priėmimo diena tų sąskaitų, kurioms dalijama proporcingai", "the day of acceptance of those paid pro rata")),
            Field(key="group_due", kind="money", label=("Mokėtina grupei", "Due to the group"), meaning=("kiek mokėtina tos dienos sąskaitoms", "what was due to those of that day")),
            Field(key="group_paid", kind="money", label=("Sumokėta grupei", "Paid to the group"), meaning=("kiek joms sumokėta proporcingai", "what they were paid, pro rata")),
        ),
    ),
    DataSet(
        key="terms",
        title=("Terminų laikymasis (15, 16 p.)", "Terms kept (p. 15, 16)"),
        empty=("Dar nebuvo nė vieno termino.", "No term has come yet."),
        rows=_terms,
        fields=(
            Field(key="month", kind="text", label=("Mėnuo", "Month"), meaning=("mėnuo, kurį baigėsi terminas", "the month in which the term ended")),
            Field(key="due_count", kind="count", label=("Apmokėti sąskaitų", "Invoices due"), meaning=("kelių sąskaitų apmokėjimo terminas baigėsi", "invoices whose term of payment ended")),
            Field(key="due", kind="money", label=("Jų suma", "Their sum"), meaning=("jų suma, kaip priimta apmokėti", "their sum as accepted")),
            Field(key="late_count", kind="count", label=("Neapmokėta laiku", "Not paid in time"), meaning=("kelios iš jų termino dieną buvo nepateiktos bankui", "how many of them were not ordered by their day")),
            Field(key="late", kind="money", label=("Jų likutis", "Their rest"), meaning=("kiek jų tą dieną buvo neapmokėta", "what was unpaid of them on that day")),
            Field(key="unchecked_count", kind="count", label=("Nepatikrinta laiku", "Not checked in time"), meaning=("kelių sąskaitų tą mėnesį praleistas tikrinimo terminas (15 p.)", "invoices whose term of checking passed in the month (p. 15)")),
        ),
    ),
)  # fmt: skip
