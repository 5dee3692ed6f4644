"""P17. What if: a question by a form, and two plays of the days to come side by side, as it is and with the change."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta

from shared.console.pages import svg
from shared.console.pages.blocks import Block, Chart, Choice, Filter, Page, Row, Table, Text
from shared.console.pages.invoices import cents_of
from shared.console.pages.view import View
from shared.journal.apart import Failed
from shared.kernel.calendar import DAY
from shared.reports.apart import Busy, TooLong
from shared.reports.questions import PERMILLE, ArticleCut, MoneyComes, NoBudget, Question
from shared.reports.what_if import DAYS_SHORT, Answer
from shared.reports.what_if_said import assumed, kind, refused

Asked = Callable[[Question, date, int | None], Answer]
"""Plays a question to a day, like a past year; raises Failed."""
MOST_DAYS, USUAL_DAYS = 366, 61
"""How far it may be played, and how far it is unless said."""
CENT_PERCENT = 10_000
"""A hundred percent, as ``cents_of`` reads it."""
PROGRESS = "/what-if/progress"
KINDS = {
    "money": ("ateina pinigų", "money comes"),
    "cut": ("sumažinamas straipsnis", "an article is cut"),
    "no_budget": ("metai prasideda be biudžeto", "a year starts without a budget"),
}


class Unclear(Exception):  # noqa: N818 - what the question is
    """The question can't be asked so: what is wrong, in the page's language."""


def what_if(view: View, asked: Asked) -> Page:
    """The form; where a question is asked, its answer."""
    days = view.index.days()
    blocks: list[Block] = [_form(view)]
    status = 200
    if days is None:
        blocks = [Text(text=view.t("Dar neprasidėjo nė viena diena.", "No day has started yet."))]
    elif view.asked.get("ask"):
        try:
            question, horizon, like = _question(view, days[1])
            blocks += _answer(view, asked(question, horizon, like))
        except Unclear as unclear:
            blocks.insert(
                0,
                Text(title=view.t("Klausimo užduoti negalima", "It can't be asked so"), text=str(unclear), tone="bad"),
            )
            status = 422
        except Failed as failed:
            said = view.t(
                "Skaičiuojamas kitas klausimas: ateikite po minutės.",
                "Another question is being played: come again in a minute.",
            )
            why = said if isinstance(failed, Busy) else refused(str(failed), view.lang)
            blocks.insert(0, Text(title=view.t("Atsakymo nėra", "There is no answer"), text=why, tone="bad"))
            status = 503 if isinstance(failed, Busy | TooLong) else 422
    else:
        blocks.append(_examples(view, days[1]))
    return Page(
        title=view.t("Kas būtų, jei", "What if"),
        lead=view.t(
            "Tos pačios taisyklės žurnalo kopijoje, su pakeitimu ir be jo. Į žurnalą niekas neįrašoma.",
            "The same rules on a copy of the journal, with a change and without it. Nothing is written to the journal.",
        ),
        blocks=tuple(blocks),
        nav="what-if",
        status=status,
        live=False,
        progress=view.url(PROGRESS) if days else "",
    )  # fmt: skip


def _form(view: View) -> Filter:
    asked, t = view.asked.get, view.t
    days = view.index.days()
    today = days[1] if days else view.today
    payers = tuple((payer.code, view.payer(payer.code)) for payer in view.fund.payers)
    kinds = tuple((key, t(*words)) for key, words in KINDS.items())
    return Filter(
        action="/what-if",
        button=t("Skaičiuoti", "Play it forward"),
        choices=(
            Choice(name="ask", label=t("Kas nutinka", "What happens"), value=asked("ask", ""), options=kinds, none="–"),
            Choice(name="at", label=t("Kurią dieną", "On which day"), value=asked("at", ""), kind="date"),
            Choice(name="until", label=t("Skaičiuoti iki", "Play until"), value=asked("until", "") or f"{today + timedelta(USUAL_DAYS)}", kind="date"),
            Choice(name="payer", label=t("Kieno sąskaita", "Whose account"), value=asked("payer", view.fund.state_payer), options=payers, none="–"),
            Choice(name="sum", label=t("Kiek eurų", "How much money"), value=asked("sum", "")),
            Choice(name="article", label=t("Straipsnis", "Article"), value=asked("article", "")),
            Choice(name="percent", label=t("Kiek procentų", "By how many percent"), value=asked("percent", "")),
            Choice(name="year", label=t("Metai be biudžeto", "Year without a budget"), value=asked("year", "")),
            Choice(name="like", label=t("Ateina kaip metais (0: niekas)", "What comes is like year (0: nothing)"), value=asked("like", "")),
        ),
    )  # fmt: skip


def _examples(view: View, today: date) -> Text:
    """Two questions to begin with."""
    at, until = f"{today + DAY}", f"{today + timedelta(USUAL_DAYS)}"
    payer = view.fund.state_payer
    return Text(
        text=view.t("Pavyzdžiui:", "For example:"),
        links=(
            view.link(view.t("01 straipsnis sumažinamas 90 proc.", "Article 01 is cut by 90 %"), "/what-if", ask="cut", at=at, until=until, article="01", percent="90"),
            view.link(view.t(f"{payer} gauna 10 000 000 Eur", f"10 000 000 {view.fund.currency} come to the {payer}"), "/what-if", ask="money", at=at, until=until, payer=payer, sum="10000000"),
        ),
    )  # fmt: skip


def _question(view: View, today: date) -> tuple[Question, date, int | None]:
    """What is asked, to which day, like which year. Raises Unclear."""
    until, like = _day(view, "until"), view.asked.get("like", "").strip()
    if not today < until <= today + timedelta(MOST_DAYS):
        last = view.day(today + timedelta(MOST_DAYS))
        raise Unclear(
            view.t(
                f"Skaičiuoti galima nuo {view.day(today + DAY)} iki {last}.",
                f"It can be played from {view.day(today + DAY)} to {last}.",
            )
        )
    if like and not like.isdecimal():
        raise Unclear(view.t(f"„{like}“ nėra metai.", f"{like} is no year."))
    return _asked(view, today, until), until, int(like) if like else None


def _asked(view: View, today: date, until: date) -> Question:
    if view.asked["ask"] == "no_budget":
        year = view.asked.get("year", "").strip()
        begins = year.isdecimal() and today.year < int(year) <= until.year
        if not begins or today == date(int(year) - 1, 12, 31):
            said = view.t("prasideda skaičiuojamomis dienomis", "starts within the days that are played")
            raise Unclear(
                view.t(
                    f"Metai be biudžeto: nurodykite metus, kurie {said}.",
                    f"Year without a budget: name a year that {said}.",
                )
            )
        return NoBudget(year=int(year))
    at = _day(view, "at")
    if not today < at <= until:
        raise Unclear(
            view.t(
                f"Diena turi būti po {view.day(today)} ir ne vėliau kaip {view.day(until)}.",
                f"The day must be after {view.day(today)} and not after {view.day(until)}.",
            )
        )
    if view.asked["ask"] == "money":
        cents, payer = cents_of(view.asked.get("sum", "")), view.asked.get("payer", "")
        if not cents or cents < 0 or payer not in {each.code for each in view.fund.payers}:
            raise Unclear(
                view.t(
                    "Nurodykite, kieno sąskaita ir kiek eurų ateina.",
                    "Say whose account it is, and how much money comes.",
                )
            )
        return MoneyComes(on=at, payer=payer, amount_cents=cents)
    article, percent = view.asked.get("article", "").strip(), cents_of(view.asked.get("percent", ""))
    permille = (percent or 0) * PERMILLE // CENT_PERCENT
    if view.asked["ask"] != "cut" or not article or not 0 < permille <= PERMILLE:
        raise Unclear(
            view.t(
                "Nurodykite straipsnį ir kiek procentų jis mažinamas (0,1–100).",
                "Name an article, and by how many percent it is cut (0.1 to 100).",
            )
        )
    return ArticleCut(on=at, article=article, permille=permille)


def _day(view: View, name: str) -> date:
    said = view.asked.get(name, "")
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise Unclear(
            view.t(
                f"Nurodykite dieną, pvz., 2023-04-03 (dabar „{said}“).",
                f"Name a day, such as 2023-04-03 (now '{said}').",
            )
        ) from None


# --- the answer


def _answer(view: View, answer: Answer) -> Iterator[Block]:
    lang = view.lang
    yield Text(
        title=view.t(
            f"Nuo {view.day(answer.today + DAY)} iki {view.day(answer.horizon)}",
            f"From {view.day(answer.today + DAY)} to {view.day(answer.horizon)}",
        ),
        text=assumed(answer.comes, lang),
    )
    both = view.columns(
        baseline="Kaip yra|As it is|money", changed="Su pakeitimu|With the change|money",
        difference="Skirtumas|Difference|money", baseline_count="Kiek yra|How many|count",
        changed_count="Kiek su pakeitimu|How many with it|count",
    )  # fmt: skip
    what = view.columns(what="Kas|What")
    rows = []
    for total in answer.totals():
        sums = (
            (None, None, None)
            if total.kind == DAYS_SHORT
            else (total.baseline, total.changed, total.changed - total.baseline)
        )
        rows.append(Row.of(kind(total.kind, lang), *sums, total.baseline_count, total.changed_count))
    yield Table(key="totals", title=view.t("Iš viso", "In all"), columns=what + both, rows=tuple(rows))
    yield _course(view, answer)
    yield Table(
        key="differences",
        title=view.t("Kas skiriasi, dienomis", "What differs, by day"),
        columns=view.columns(day="Diena|Day|date", article="Straipsnis|Article") + what + both,
        rows=tuple(
            Row.of(x.day, view.article_link(x.article) if x.article else view.t("sąskaita", "account"), kind(x.kind, lang), x.baseline, x.changed, x.difference, x.baseline_count, x.changed_count)
            for x in answer.differences()
        ),
        empty=view.t("Niekas nesiskiria.", "Nothing differs."),
    )  # fmt: skip
    yield Table(
        key="waits",
        title=view.t("Kas laukia pabaigoje, kur skiriasi", "What waits at the end, where it differs"),
        columns=view.columns(article="Straipsnis|Article", why="Kodėl|Why") + both[:3],
        rows=tuple(
            Row.of(view.article_link(article), view.reason(why), before.cents, after.cents, after.cents - before.cents)
            for article, why, before, after in answer.waits()
        ),
        empty=view.t("Pabaigoje laukia tas pats.", "The same waits at the end."),
    )  # fmt: skip


def _course(view: View, answer: Answer) -> Chart:
    """What is paid in all by each day, in both plays."""
    days = [answer.today + number * DAY for number in range((answer.horizon - answer.today).days + 1)]
    paid = [line for line in answer.lines() if line.kind == "paid"]
    before, after = [], []
    for day in days:
        before.append(sum(line.baseline for line in paid if line.day <= day))
        after.append(sum(line.changed for line in paid if line.day <= day))
    said = view.t(
        "Apmokėta iki dienos: užpildyta linija – kaip yra, stora – su pakeitimu.",
        "Paid by the day: dark is as it is, thick is with the change.",
    )
    ends = [at for at, day in enumerate(days) if (day + DAY).weekday() == 0 or at + 1 == len(days)]
    return Chart(
        title=view.t("Kaip mokama", "How it is paid"),
        svg=svg.lines(days, [("transferred", before), ("committed", after)], said),
        sentence=said,
        table=Table(
            key="paid",
            title=view.t("Tie patys skaičiai, savaičių pabaigose", "The same numbers at the ends of weeks"),
            columns=view.columns(
                day="Diena|Day|date", baseline="Kaip yra|As it is|money", changed="Su pakeitimu|With the change|money"
            ),
            rows=tuple(Row.of(days[at], before[at], after[at]) for at in ends),
        ),
    )
