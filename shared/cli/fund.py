"""``psdf fund``: where the fund stands, by its journal, in Lithuanian or English; it may run on meanwhile."""

import asyncio
from collections.abc import Callable, Iterator
from typing import TypeAlias

import msgspec
from rich.console import RenderableType
from rich.text import Text

from shared.cli.options import HomeOption, JsonOption, LangOption, settings
from shared.cli.screen import day, days_left, lines, money, screen, short, table
from shared.explain.overview import AT_RISK_DAYS, Overview, overview_of
from shared.explain.sentences import Lang
from shared.journal.home import Home, reading
from shared.kernel.reason import REGISTER
from shared.runtime.settings import fund_of

SHOWN = 20
Say: TypeAlias = Callable[[str, str], str]
"""Gives the Lithuanian or the English of two."""


def fund(home: HomeOption = None, lang: LangOption = "en", as_json: JsonOption = False) -> None:
    """Show where the fund stands: articles, payers, queues, cash, notices under way, terms at risk.

    psdf fund
    psdf fund --lang lt
    psdf fund --json | jq .standing.total
    """
    chosen = settings(home=home)
    of, console = fund_of(chosen), screen()
    with reading(Home(path=chosen.home)) as connection:
        found = asyncio.run(overview_of(connection, of))
    if as_json:
        console.print(msgspec.json.encode(found).decode(), soft_wrap=True, markup=False)
        return

    def say(lt: str, en: str) -> str:
        return lt if lang == "lt" else en.replace("EUR", of.currency)

    for part in _Screen(found, say, lang).parts(say(of.name_lt, of.name_en)):
        for each in lines(console, part, 0) if isinstance(part, str) else (part,):
            console.print(each)


class _Screen:
    """The parts of the screen, in a language."""

    def __init__(self, found: Overview, say: Say, lang: Lang) -> None:
        self._found, self._say, self._lang = found, say, lang

    def _eur(self, cents: int) -> Text:
        return money(cents, self._lang)

    def _source(self, source: str) -> str:
        """Whose money: in Lithuanian the state's in words."""
        return self._say("valstybės lėšos", source) if source == "STATE" else source

    def _why(self, reason: str) -> str:
        """Why something waits: by its code, as other answers name it; in Lithuanian in words, where there are some."""
        known = REGISTER.get(reason)
        if self._lang == "lt" and reason == "scheduled":
            return "numatyta mokėti"
        if self._lang == "lt" and reason.startswith("notice "):
            return f"rengiamas pranešimas {reason.split()[1]}"
        return (known.label.get("lt") if known and self._lang == "lt" else None) or reason

    def parts(self, name: str) -> Iterator[RenderableType]:
        """All of them, in order."""
        standing, say = self._found.standing, self._say
        if standing.today is None:
            yield f"{name}: {say('dar neprasidėjo nė viena diena', 'no day has started yet')}"
            return
        budget = standing.edition or say("nepatvirtintas", "none in force")
        yield Text(f"{name}, {standing.today}, {say('biudžetas', 'budget')} {budget}", style="bold")
        for what, total in (
            (say("Metų suma (SDĮ 14 str. 3 d.)", "Year total (HIL 14(3))"), standing.total),
            (say("Valstybės lėšos (19 p.)", "State funds (point 19)"), standing.state_funds),
        ):
            if total:
                yield f"{what}: {self._of(total.committed_cents, total.limit_cents, total.left_cents)}"
        for month in standing.months:
            room = self._of(month.committed_cents, month.cap_cents, month.left_cents)
            yield say(
                f"Biudžeto nėra, {month.month} riba 1/12 praėjusių metų (11 p.), {self._source(month.source)}: {room}",
                f"No budget, 1/12 of last year for {month.month} (point 11), {month.source}: {room}",
            )
        yield from self._money_tables()
        yield from self._warnings()
        yield from self._work_tables()

    def _of(self, part: int, whole: int, left: int) -> str:
        part_, whole_, left_ = self._eur(part), self._eur(whole), self._eur(left)
        return self._say(f"{part_} iš {whole_}, liko {left_} Eur", f"{part_} of {whole_}, left {left_} EUR")

    def _money_tables(self) -> Iterator[RenderableType]:
        standing, say, eur = self._found.standing, self._say, self._eur
        yield table(
            say("\nStraipsniai, Eur", "\nArticles, EUR"),
            say(
                "straipsnis|>skirta L|>įsipareigota K|>pervesta P|>laukia|>liko L - K|>pranešta (18)",
                "article|>limit L|>committed K|>transferred P|>waiting|>left L - K|>told (18)",
            ).split("|"),
            (
                (
                    short(f"{each.article} {each.name}", 28), eur(each.limit_cents), eur(each.committed_cents), eur(each.transferred_cents),
                    eur(each.waiting_cents), "-" if each.left_cents is None else eur(each.left_cents), eur(each.notified_cents),
                )
                for each in standing.articles
            ),
        )  # fmt: skip
        yield self._pots()
        yield table(
            say("\nLėšos sąskaitose, Eur", "\nCash, EUR"),
            say(
                "mokėtojas|lėšos|>turima|>bus įskaityta|>numatyta, nepateikta",
                "payer|source|>cash|>to come|>scheduled, not ordered",
            ).split("|"),
            (
                (
                    each.payer,
                    self._source(each.source),
                    eur(each.cash_cents),
                    eur(each.to_come_cents),
                    eur(each.unordered_cents),
                )
                for each in standing.cash
            ),
        )

    def _pots(self) -> RenderableType:
        """What each payer has, by article: its share and contracts, and what became of them."""
        eur = self._eur
        contracted = {(each.payer, each.article, each.source): each for each in self._found.contracted}
        paid = {(each.payer, each.article, each.source): each for each in self._found.standing.pots}
        rows = []
        for pot in sorted(contracted.keys() | paid.keys()):
            of, has = paid.get(pot), contracted.get(pot)
            agreed = (has.contracted_cents, has.free_cents) if has else (0, 0)
            became = (of.committed_cents, of.ordered_cents, of.transferred_cents, of.waiting_cents) if of else (0,) * 4
            sums = (of.share_cents if of else 0, *agreed, *became)
            rows.append((pot[0], f"{pot[1]} {self._source(pot[2])}", *map(eur, sums)))
        columns = self._say(
            "mokėtojas|straipsnis|>dalis|>sutarta|>laisva|>įsipareigota|>pateikta|>pervesta|>laukia",
            "payer|article|>share|>contracted|>free|>committed|>ordered|>transferred|>waiting",
        )
        return table(self._say("\nMokėtojai, Eur", "\nPayers, EUR"), columns.split("|"), rows)

    def _warnings(self) -> Iterator[RenderableType]:
        """12, 13. What people must look at: pots with more contracts than share, articles over their quarters' plan."""
        found, say, eur = self._found, self._say, self._eur
        for pot in found.contracted:
            if pot.free_cents < 0:
                where, share, agreed = (
                    f"{pot.payer} {pot.article} {self._source(pot.source)}",
                    eur(pot.share_cents),
                    eur(pot.contracted_cents),
                )
                yield say(
                    f"Dėmesio: {where}: sutarta {agreed} iš {share} Eur (13 p.); naujos sutartys nesudaromos",
                    f"Look: {pot.payer} article {pot.article} {pot.source}: {agreed} contracted of {share} EUR (point 13); "
                    "new contracts are refused",
                )
        transferred = {article.article: article.transferred_cents for article in found.standing.articles}
        for plan in found.quarters:
            if transferred.get(plan.article, 0) > plan.plan_cents:
                so_far, planned = eur(transferred[plan.article]), eur(plan.plan_cents)
                yield say(
                    f"Dėmesio: {plan.article} straipsnis: pervesta {so_far} iš {planned} Eur, suplanuotų iki {plan.quarter} ketv. "
                    "pabaigos (12 p.; įspėjimas, ne riba)",
                    f"Look: article {plan.article}: {so_far} transferred of {planned} EUR planned to the end of Q{plan.quarter} "
                    "(point 12; a warning, no limit)",
                )

    def _work_tables(self) -> Iterator[RenderableType]:
        found, say, eur = self._found, self._say, self._eur
        standing = found.standing
        if standing.queues:
            yield table(
                say("\nEilės", "\nQueues"),
                say(
                    "mokėtojas|straipsnis|lėšos|>sąskaitų|>laukia, Eur|>dienų|pirmoji|kodėl",
                    "payer|article|source|>invoices|>waiting, EUR|>days|head|because",
                ).split("|"),
                (
                    (
                        q.payer,
                        q.article,
                        self._source(q.source),
                        q.length,
                        eur(q.waiting_cents),
                        q.age_days,
                        q.head,
                        self._why(q.reason),
                    )
                    for q in standing.queues
                ),
            )
        if standing.notices:
            yield table(
                say("\nRengiami pranešimai ministerijai (18 p.), Eur", "\nNotices under way to the ministry (point 18), EUR"),
                say(
                    "pranešimas|>skirta|>pervesta|>viršija|>numatoma pervesti|>sąskaitų|parengtas",
                    "notice|>allotted|>transferred|>exceeding|>planned|>invoices|prepared",
                ).split("|"),
                (
                    (
                        n.notice_no, eur(n.allotted_cents), eur(n.transferred_cents), eur(n.exceeding_cents), eur(n.planned_cents),
                        len(n.invoices), day(n.prepared_on),
                    )
                    for n in standing.notices
                ),
            )  # fmt: skip
        if found.waiting:
            count = len(found.waiting)
            yield table(
                say(
                    f"\nSąskaitos, laukiančios tikrinimo (15 p.): {count}",
                    f"\nInvoices that wait for their check (point 15): {count}",
                ),
                say("sąskaita|laukia|patikrinti iki|>Eur", "invoice|waits for|check by|>EUR").split("|"),
                (
                    (w.invoice_id, say(WAITS_FOR[w.waits_for], w.waits_for), day(w.check_by), eur(w.amount_cents))
                    for w in found.waiting[:SHOWN]
                ),
            )
        if found.terms:
            yield from self._terms()

    def _terms(self) -> Iterator[RenderableType]:
        terms, say, eur = self._found.terms, self._say, self._eur
        rated = any(term.interest_cents is not None for term in terms)
        columns = say(
            "sąskaita|mokėtojas|straipsnis|apmokėti iki|>dienų|>nepateikta, Eur|kaip|mokėjimo diena",
            "invoice|payer|article|due on|>days|>not ordered, EUR|how|pay day",
        ).split("|")
        yield table(
            say(
                f"\nMokėjimo terminai (16 p.): {len(terms)} praleisti arba baigiasi per {AT_RISK_DAYS} d.",
                f"\nTerms at risk (point 16): {len(terms)} overdue or due within {AT_RISK_DAYS} days",
            ),
            [*columns, *((say(">palūkanos, Eur", ">interest, EUR"),) if rated else ())],
            (
                (t.invoice_id, t.payer, t.article, day(t.due_on), days_left(t.days, say("vėluoja", "overdue")), eur(t.rest_cents),
                 self._why(t.how), day(t.pay_on), *((eur(t.interest_cents or 0),) if rated else ()))
                for t in terms[:SHOWN]
            ),
        )  # fmt: skip
        if len(terms) > SHOWN:
            more = len(terms) - SHOWN
            yield say(f"ir dar {more}; --json rodo visus", f"and {more} more; --json shows all")


WAITS_FOR = {"contract": "sutarties", "review": "tikrintojo"}
"""What an invoice waits for, in Lithuanian."""
