"""P18. Search: an exact id leads straight to its page; else prefixes, names without diacritics, and sums."""

import re
from collections.abc import Iterator

from shared.console.pages.blocks import Choice, Filter, Page, Row, Table
from shared.console.pages.invoices import cents_of
from shared.console.pages.traces import traced
from shared.console.pages.view import View
from shared.kernel.money import Cents

SHOWN = 20
MONEY = re.compile(r"^\d[\d   ]*[.,]\d{2}$")


def exact(view: View, asked: str) -> str | None:
    """The page of what is called exactly so; None where nothing is."""
    for query, path in (
        ("SELECT id FROM invoice WHERE id = ? LIMIT 1", "/invoices/{0}"),
        ("SELECT id FROM contract WHERE id = ? LIMIT 1", "/contracts/{0}"),
        ("SELECT no FROM notice WHERE no = ?", "/notices/{0}"),
        ("SELECT code FROM provider WHERE code = ?", "/providers/{0}"),
        ("SELECT invoice FROM payorder WHERE id = ?", "/invoices/{0}"),
        ("SELECT invoice FROM payorder WHERE e2e = ?", "/invoices/{0}"),
        ("SELECT key FROM about WHERE kind = 'claim' AND key = ? LIMIT 1", "/claims/{0}"),
        ("SELECT id FROM parked WHERE id = ?", "/parked/{0}"),
        ("SELECT id FROM event WHERE id = ? LIMIT 1", "/events/{0}"),
    ):
        if found := view.index.one(query, [asked]):
            return path.format(*dict(found).values())
    if asked in {payer.code for payer in view.fund.payers}:
        return f"/payers/{asked}"
    if of_trace := traced(view, asked):
        return of_trace
    return f"/rules/{asked}" if view.fund.statute.point(asked, view.today) else None


def search(view: View, asked: str) -> Page:
    """What is called like it."""
    rows = tuple(_found(view, asked)) if asked else ()
    field = Choice(name="q", label=view.t("Ieškoti", "Search"), value=asked)
    return Page(
        title=view.t("Paieška", "Search"),
        lead=view.t(f"Rasta: {len(rows)}.", f"{len(rows)} found.") if asked else view.t("Numeris, pavadinimas (ir be lietuviškų raidžių) arba suma.", "A number, a name (with or without diacritics), or a sum."),
        blocks=(
            Filter(action="/search", choices=(field,)),
            Table(
                key="found",
                title=view.t("Rasta", "Found"),
                columns=view.columns(kind="Kas|What", what="Kuris|Which", sum="Suma|Sum|money"),
                rows=rows,
                empty=view.t("Nieko panašaus nėra.", "There is nothing like it.") if asked else "",
            ),
        ),
        nav="search",
        live=False,
    )  # fmt: skip


def _found(view: View, asked: str) -> Iterator[Row]:
    words = " ".join(f'"{word}"*' for word in re.findall(r"\w+", asked))
    if words:
        for row in view.index.rows(
            "SELECT kind, key FROM name WHERE name MATCH ? ORDER BY rank LIMIT ?", [words, SHOWN]
        ):
            if row["kind"] == "provider":
                yield Row.of(view.t("ūkio subjektas", "provider"), view.provider_link(row["key"]), None)
            else:
                yield Row.of(
                    view.t("mokėtojas", "payer"),
                    view.link(view.payer(row["key"]), f"/payers/{row['key']}"),
                    None,
                )
    for table, kind, path, column in (
        ("invoice", view.t("sąskaita", "invoice"), "/invoices/", "amount"),
        ("contract", view.t("sutartis", "contract"), "/contracts/", "ceiling"),
    ):
        query = f"SELECT id, max({column}) AS cents FROM {table} WHERE id >= ? AND id < ? GROUP BY id LIMIT ?"
        for row in view.index.rows(query, [asked, asked + "\uffff", SHOWN]):
            yield Row.of(kind, view.link(row["id"], path + row["id"]), row["cents"])
    if "/" not in asked:
        for row in view.index.rows(
            "SELECT id, amount FROM invoice WHERE until = '9999-12-31' AND substr(id, instr(id, '/') + 1) = ? LIMIT ?",
            [asked, SHOWN],
        ):
            yield Row.of(view.t("sąskaita", "invoice"), view.link(row["id"], f"/invoices/{row['id']}"), row["amount"])
    if cents := _cents(asked):
        for row in view.index.rows(
            "SELECT id, amount FROM invoice WHERE until = '9999-12-31' AND amount = ? LIMIT ?", [cents, SHOWN]
        ):
            yield Row.of(view.t("sąskaita", "invoice"), view.link(row["id"], f"/invoices/{row['id']}"), row["amount"])


def _cents(asked: str) -> Cents | None:
    return cents_of(asked) if MONEY.match(asked.strip()) else None
