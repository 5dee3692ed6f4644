"""P3. Invoices: filtered, in pages, with the sum of what the filter finds."""

import re
from datetime import date
from decimal import Decimal

from shared.console.index.ask import Row as Found
from shared.console.pages.blocks import Cell, Choice, Column, Filter, Page, Row, Table
from shared.console.pages.today import waits_for
from shared.console.pages.view import SOURCES, STATES, View
from shared.kernel.money import Cents
from shared.kernel.reason import REGISTER, label

PAGE = 50
EUROS = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,2})?")


def invoices(view: View, *, everything: bool = False) -> Page:
    """The invoices that a filter finds; ``everything`` for machines, without pages."""
    where, values = _where(view)
    after = view.asked.get("after", "")
    more = " AND id > ?" if after else ""
    limit = "" if everything else f" LIMIT {PAGE + 1}"
    rows = view.index.rows(
        f"SELECT * FROM invoice WHERE {where}{more} ORDER BY id{limit}",
        [*values, *([after] if after else [])],
    )
    shown = rows if everything else rows[:PAGE]
    asked = {name: text for name, text in view.asked.items() if name not in ("after", "lang", "on")}
    return Page(
        title=view.t("Sąskaitos", "Invoices"),
        lead=_lead(view, where, values),
        blocks=(
            _filter(view),
            Table(
                key="invoices",
                title=view.t("Sąskaitos", "Invoices"),
                columns=columns(view),
                rows=tuple(row_of(view, row) for row in shown),
                empty=view.t("Tokių sąskaitų nėra.", "There are no such invoices."),
                more=view.link(view.t("Kitos", "Next"), "/invoices", **asked, after=rows[PAGE - 1]["id"])
                if not everything and len(rows) > PAGE
                else None,
            ),
        ),
        nav="invoices",
    )


def _lead(view: View, where: str, values: list[str]) -> str:
    """How many invoices the filter finds, and their sum; credits, which lower what is paid, are counted apart (14)."""
    of_credits = "FILTER (WHERE kind = 'credit')"
    found = view.index.one(
        f"SELECT count(*) AS n, coalesce(sum(amount), 0) AS cents, count(*) {of_credits} AS credits, "
        f"coalesce(sum(amount) {of_credits}, 0) AS credited FROM invoice WHERE {where}",
        values,
    )
    assert found is not None
    count, cents = view.invoices(found["n"] - found["credits"]), view.eur(found["cents"] - found["credited"])
    apart = f"{found['credits']}, {view.eur(found['credited'])}"
    return view.t(f"{count}, iš viso {cents}", f"{count}, {cents} in all") + (
        view.t(f"; kreditinių – {apart}.", f"; credits: {apart}.") if found["credits"] else "."
    )


def _where(view: View) -> tuple[str, list[str]]:
    where, values = [view.index.in_force], [*view.index.spans]
    for name in ("state", "payer", "article", "source", "month", "provider", "contract"):
        if asked := view.asked.get(name):
            where.append(f"{name} = ?")
            values.append(asked)
    if asked := view.asked.get("reason"):
        where.append("(reason = ? OR reason LIKE ?)")
        values += [asked, f"%{asked}%"]
    if asked := view.asked.get("due"):
        where.append("due <= ?")
        values.append(asked)
    for name, sign in (("from", ">="), ("to", "<=")):
        if (cents := cents_of(view.asked.get(name, ""))) is not None:
            where.append(f"amount {sign} CAST(? AS INTEGER)")
            values.append(str(cents))
    return " AND ".join(where), values


def cents_of(euros: str) -> Cents | None:
    """A sum as a person types it, in cents; None for what is none, and for more than there is of money."""
    plain = "".join(euros.split()).replace(",", ".")
    return int(Decimal(plain) * 100) if EUROS.fullmatch(plain) else None


def _filter(view: View) -> Filter:
    asked = view.asked.get
    payers = tuple((payer.code, view.payer(payer.code)) for payer in view.fund.payers)
    return Filter(
        action="/invoices",
        choices=(
            Choice(name="state", label=view.t("Būsena", "State"), value=asked("state", ""), options=tuple((k, view.t(lt, en)) for k, (lt, en, _) in STATES.items())),
            Choice(name="payer", label=view.t("Mokėtojas", "Payer"), value=asked("payer", ""), options=payers),
            Choice(name="provider", label=view.t("Subjekto kodas", "Provider's code"), value=asked("provider", "")),
            Choice(name="article", label=view.t("Straipsnis", "Article"), value=asked("article", "")),
            Choice(name="source", label=view.t("Lėšos", "Money"), value=asked("source", ""), options=tuple((k, view.source(k)) for k in SOURCES)),
            Choice(name="month", label=view.t("Mėnuo", "Month"), value=asked("month", ""), kind="month"),
            Choice(name="reason", label=view.t("Priežastis", "Reason"), value=asked("reason", ""), options=tuple((k, label(k, view.lang)) for k in REGISTER if REGISTER[k].label)),
            Choice(name="due", label=view.t("Terminas iki", "Due by"), value=asked("due", ""), kind="date"),
            Choice(name="from", label=view.t("Suma nuo", "Sum from"), value=asked("from", "")),
            Choice(name="to", label=view.t("iki", "to"), value=asked("to", "")),
        ),
    )  # fmt: skip


def columns(view: View) -> tuple[Column, ...]:
    """The columns of a list of invoices."""
    return view.columns(
        invoice="Numeris|Number|id", provider="Ūkio subjektas|Provider", payer="Mokėtojas|Payer", article="Str.|Art.",
        month="Mėnuo|Month|date", amount="Suma|Sum|money", received="Gauta|Received|date",
        accepted="Priimta|Accepted|date", due="Apmokėti iki|Due on|date", state="Būsena|State", why="Priežastis|Reason",
    )  # fmt: skip


def row_of(view: View, row: Found) -> Row:
    """A line of a list of invoices."""
    get = row.__getitem__
    why: Cell = waits_for(view, get("waits_for")) if get("state") == "waits" else view.reason(get("reason"))
    if get("kind") == "credit":
        why = why or view.t("kreditinė sąskaita", "credit")
    return Row.of(
        view.invoice_link(get("id")), view.provider_link(get("provider")),
        view.payer_link(get("payer")) if get("payer") else None, get("article"), get("month"), get("amount"),
        day(get("received")), day(get("accepted")), day(get("due")), view.state(get("state")), why,
    )  # fmt: skip


def day(text: str | None) -> date | None:
    """A day as it is written in the index."""
    return date.fromisoformat(text) if text else None
