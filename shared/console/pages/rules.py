"""P16. The Rules point by point, in the wording of the page's day, with the last decisions by each."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from shared.console.pages.blocks import Page, Quote, Quotes, Row, Table, Text
from shared.console.pages.story import events_table, rule_link
from shared.console.pages.view import View

LATEST = 20


def rules(view: View) -> Page:
    """Every point in force on the day, and how often it decided."""
    counts = {row["point"]: row["decisions"] for row in view.index.rows("SELECT point, decisions FROM tally")}
    points = [
        p for p in view.fund.statute.points if p.from_day <= view.today and (p.to_day is None or view.today <= p.to_day)
    ]
    rows = tuple(
        Row.of(rule_link(view, p.number), p.wording_lt if view.lithuanian else p.summary_en, counts.get(p.number))
        for p in points
    )
    return Page(
        title=view.t("Taisyklės", "The Rules"),
        lead=view.t("Vyriausybės nutarimo Nr. 589 punktai ir įstatymo straipsniai, pagal kuriuos sprendžiama.", "The points of Resolution No. 589 and the articles of the law that decide; the Lithuanian wording binds."),
        blocks=(
            Table(
                key="points",
                title=view.t("Punktai", "Points"),
                columns=view.columns(
                    point="Punktas|Point", wording="Tekstas|Summary", decisions="Sprendimų|Decisions|count"
                ),
                rows=rows,
                empty=view.t("Tos dienos redakcijos neturime.", "We do not have the wording of that day."),
            ),
        ),
        nav="rules",
    )  # fmt: skip


@cache
def held_by() -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Where each point is decided and tested: files, and what of them; from the page that is made of the code."""
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    made = (files("shared.statute") / "points.md").read_text(encoding="utf-8")
    for part in made.split("\n## ")[1:]:
        number, _, body = part.partition("\n")
        code = re.findall(r"^- \[([^\]]+)\]\([^)]*\): (.+)$", body, re.MULTILINE)
        tests = re.findall(r"\[(test_[^\]]+)\]\([^)]*\) \((\d+)\)", body)
        found[number] = (*code, *tests)
    return found


def _held_by(view: View, number: str) -> Table:
    return Table(
        key="held",
        title=view.t("Kur tai programoje ir kuo tikrinama", "Where it is in the program, and what tests it"),
        columns=view.columns(file="Failas|File|id", what="Funkcijos; kiek testų|Functions; how many tests"),
        rows=tuple(Row.of(file, what) for file, what in held_by().get(number, ())),
        empty=view.t("Šis punktas nieko nesprendžia.", "This point decides nothing."),
    )


def _numbers(view: View, number: str) -> Iterator[Table]:
    """The numbers that the point sets; where its sentence does not hold one, our reading."""
    if found := view.fund.statute.numbers(number, view.today):
        yield Table(
            key="numbers",
            title=view.t("Skaičiai, kuriuos nustato šis punktas", "The numbers that this point sets"),
            columns=view.columns(
                name="Vardas programoje|Name in the program|id", value="Reikšmė|Value|count",
                reading="Mūsų aiškinimas, kur punktas to nesako|Our reading, where the point does not say it",
            ),
            rows=tuple(
                Row.of(each.name, each.amount, (view.lithuanian and each.interpretation_lt) or each.interpretation)
                for each in found
            ),
        )  # fmt: skip


def rule(view: View, number: str) -> Page | None:
    """One point: its wording, ours of it, and the last decisions. None for a point that there is none of."""
    point = view.fund.statute.point(number, view.today)
    if point is None:
        return None
    events = view.index.about("point", number, latest=LATEST)
    quote = Quote(point=rule_link(view, number), act=point.act, wording=point.wording_lt, ours=False)
    return Page(
        title=view.t(f"{number} punktas" if not number.startswith("HIL") else rule_link(view, number).text, f"Point {view.fund.statute.cited(number, view.today)}"),
        lead=point.act if view.lithuanian else point.summary_en,
        blocks=(
            Quotes(title=view.t("Tekstas", "The binding text"), quotes=(quote,)),
            Text(text=view.t(f"Galioja nuo {view.day(point.from_day)}.", f"In force from {view.day(point.from_day)}.")),
            *_numbers(view, number),
            _held_by(view, number),
            events_table(
                view, "decisions", view.t(f"Paskutiniai {LATEST} sprendimų pagal šį punktą", f"The last {LATEST} decisions by this point"),
                events, view.t("Pagal šį punktą dar nespręsta.", "Nothing was decided by this point yet."),
            ),
        ),
        nav="rules",
        crumbs=(view.link(view.t("Taisyklės", "The Rules"), "/rules"),),
    )  # fmt: skip
