"""P10. The month's plan of a year without a budget (point 11): printed for the director to sign. All sums are payments' own."""

from collections.abc import Iterator
from datetime import date

from services.payments.months import WithoutBudget
from services.payments.state import PSDF, STATE
from services.payments.views import MonthStanding
from shared.console.index.standing import Money
from shared.console.pages.blocks import Block, Page, Quote, Quotes, Row, Signature, Table, Text
from shared.console.pages.budget import known_years
from shared.console.pages.offers import offers
from shared.console.pages.story import events_table, rule_link
from shared.console.pages.view import View
from shared.desk.acts import ACTS
from shared.desk.forms import written_of
from shared.explain.sentences import reason_sentence
from shared.kernel.calendar import DAY, month_of
from shared.kernel.language import LT
from shared.kernel.money import Cents

POINT = "11"


def month_plan(view: View, year: int) -> Page | None:
    """What each month without a budget may cost, and has cost; None for a year that the fund does not know."""
    if view.index.days() is None or year not in known_years(view):
        return None
    came = _budget_came(view, year)
    until = min([view.today, date(year, 12, 31), *([came - DAY] if came else [])])
    money = view.index.money(until)
    plan = money.without_budget if money and money.standing.year == year else None
    blocks = _blocks(view, money, plan, holds=until == view.today) if money and plan else ()
    return Page(
        title=view.t(f"{year} m. mėnesių planas be biudžeto", f"The months of {year} without a budget"),
        lead=_lead(view, year, came, until, plan),
        blocks=tuple(blocks),
        nav="budget",
        crumbs=(view.link(view.t(f"{year} m. biudžetas", f"The budget of {year}"), f"/budget/{year}"),),
    )


def _budget_came(view: View, year: int) -> date | None:
    """The first day on which a budget of the year was taken and in force."""
    taken = [e for e in view.index.of_type("budget.adopted") if e.data["year"] == year]
    return min((max(e.day, date.fromisoformat(e.data["in_force_from"])) for e in taken), default=None)


def _lead(view: View, year: int, came: date | None, until: date, plan: WithoutBudget | None) -> str:
    if plan and until == view.today:
        return view.t(
            f"{year} m. biudžetas nepatvirtintas: galioja 1/{plan.parts} taisyklė (11 p.).",
            f"There is no budget of {year}: 1/{plan.parts} holds (p. 11).",
        )
    if plan:
        return view.t(
            f"1/{plan.parts} taisyklė (11 p.) galiojo iki {view.day(until)}: rodoma tos dienos pabaigos būklė. ",
            f"1/{plan.parts} (p. 11) held until {view.day(until)}: this is how it stood at the end of that day. ",
        ) + (
            view.t(f"Nuo {view.day(came)} galioja biudžetas.", f"A budget is in force from {view.day(came)}.")
            if came
            else view.t(f"{year} m. biudžeto nebuvo.", f"{year} had no budget.")
        )
    if came:
        return view.t(
            f"Biudžetas galioja nuo {view.day(came)}: 1/12 taisyklė (11 p.) nė vieną žurnalui žinomą tų metų dieną netaikyta.",
            f"A budget is in force from {view.day(came)}: 1/12 (p. 11) held on no day of the year that the journal knows.",
        )
    if not view.fund.statute.amount("one_twelfth", view.today):
        return view.t(
            "Fondo teisėje mėnesio ribos nėra: kol biudžeto nėra, nemokama.",
            "The fund's law has no cap of a month: nothing is paid before there is a budget.",
        )
    why = reason_sentence({"code": "no_budget", "terms": {"year": year}}, view.lang)
    return view.t(f"Nemokama: {why} (11 p.).", f"Nothing is paid: {why} (p. 11).")


def _blocks(view: View, money: Money, plan: WithoutBudget, *, holds: bool) -> Iterator[Block]:
    month = month_of(money.standing.today or view.today)
    now = next(each for each in plan.months if (each.month, each.source) == (month, PSDF))
    yield Text(text=_sentence(view, plan, now))
    if holds:
        lines = [{"article": each.article, "amount_cents": each.twelfth_cents} for each in plan.articles]
        yield from offers(view, "month-plan", **written_of(ACTS["month-plan"], {"month": month, "expenses": lines}))
    decided = [
        e
        for e in view.index.of_type("month.plan.adopted", "month.plan.refused")
        if e.data["month"].startswith(f"{money.standing.year}-")
    ]
    approved = {
        line["article"]: line["amount_cents"]
        for e in decided
        if (e.type, e.data["month"]) == ("month.plan.adopted", month)
        for line in e.data["expenses"]
    }
    yield _months(view, plan)
    yield _articles(view, money, plan, month, approved, now.cap_cents)
    yield _payers(view, money)
    none = view.t("Direktoriaus patvirtinto plano nėra.", "No plan was approved by the director.")
    yield events_table(view, "events", view.t("Direktoriaus planai", "Plans of the director"), decided, none)
    if point := view.fund.statute.point(POINT, view.today):
        ours = not view.lithuanian
        said = Quote(point=rule_link(view, POINT), act=point.act, wording=point.summary_en if ours else point.wording_lt, ours=ours)  # fmt: skip
        yield Quotes(title=view.t("Punktas", "The point"), quotes=(said,))
    yield _signature(view)


def _sentence(view: View, plan: WithoutBudget, now: MonthStanding) -> str:
    """Point 11 with its numbers, of the month of the day."""
    return view.t(
        f"Kol biudžetas nepatvirtintas, mėnesio išlaidos negali viršyti 1/{plan.parts} praėjusių metų biudžeto "
        f"{plan.base} išlaidų {view.eur(plan.plan_cents[PSDF])}, tai yra {view.eur(now.cap_cents)} (11 p.). {now.month} mėnesiui "
        f"įsipareigota {view.eur(now.committed_cents)}, liko {view.eur(now.left_cents)}; kas lieka, į kitą mėnesį "
        "nepersikelia.",
        f"Until there is a budget a month's expenses may not exceed 1/{plan.parts} of the expenses of last year's budget "
        f"{plan.base}, {view.eur(plan.plan_cents[PSDF])}: that is {view.eur(now.cap_cents)} (p. 11). {view.eur(now.committed_cents)} is "
        f"committed for {now.month}, {view.eur(now.left_cents)} is left; what a month leaves does not carry over.",
    )


def _months(view: View, plan: WithoutBudget) -> Table:
    """Every month to today's, and those to come of which something is committed already."""
    return Table(
        key="one_twelfth",
        title=view.t("Mėnesiai", "Months"),
        columns=view.columns(
            month="Mėnuo|Month|date", source="Lėšos|Money", base="Praėjusių metų planas|Last year's plan|money",
            cap=f"Riba (1/{plan.parts})|Cap (1/{plan.parts})|money", committed="Įsipareigota|Committed|money",
            left="Liko|Left|money",
        ),
        rows=tuple(
            Row.of(
                each.month, view.source(each.source), plan.plan_cents[each.source],
                each.cap_cents, each.committed_cents, each.left_cents,
            )
            for each in plan.months
        ),
    )  # fmt: skip


def _articles(
    view: View, money: Money, plan: WithoutBudget, month: str, approved: dict[str, Cents], cap: Cents
) -> Table:
    """Every article of last year's budget, and every other of which something is committed or waits."""
    stands = {each.article: each for each in money.standing.articles}
    planned = {each.article: each for each in plan.articles}
    of_plan = {"plan": f"Direktoriaus planas {month}|The director's plan of {month}|money"} if approved else {}
    rows = []
    for article in sorted(planned.keys() | stands.keys()):
        last, now = planned.get(article), stands.get(article)
        rows.append(
            Row.of(
                view.article_link(article),
                last.name if last else view.article(article),
                last.base_cents if last else None,
                last.twelfth_cents if last else None,
                *([approved.get(article)] if approved else []),
                now.committed_cents if now else None,
                now.transferred_cents if now else None,
                now.waiting_cents or None if now else None,
            )
        )
    blank = [None] if approved else []
    total = (
        "",
        view.t("Iš viso", "In all"),
        plan.plan_cents[PSDF],
        cap,
        *blank,
        plan.committed_cents,
        plan.transferred_cents,
        None,
    )
    rows.append(Row.of(*total, level="total"))
    return Table(
        key="articles",
        title=view.t("Straipsniai", "Articles"),
        columns=view.columns(
            article="Nr.|No", name="Straipsnis|Article", base="Praėjusių metų asignavimai|Last year's appropriation|money",
            twelfth=f"1/{plan.parts}|1/{plan.parts}|money", **of_plan, committed="Įsipareigota (K)|Committed (K)|money",
            transferred="Pervesta (P)|Transferred (P)|money", waiting="Laukia|Waits|money",
        ),
        rows=tuple(rows),
        note=view.t(
            "K ir P – nuo metų pradžios. Riba yra visų straipsnių kartu: atskiro straipsnio dalis, suapvalinta žemyn, "
            "mokėti netrukdo.",
            "K and P are of the year so far. The cap is one for all articles: an article's part, rounded down, keeps "
            "nothing from being paid.",
        ),
    )  # fmt: skip


def _payers(view: View, money: Money) -> Table:
    """What each payer has committed and paid this year, by article; of the fund's money the payer's total."""
    rows = []
    for payer in view.fund.payers:
        link = view.payer_link(payer.code)
        parts = [each for each in money.parts if each.payer == payer.code]
        state = [each for each in money.standing.pots if (each.payer, each.source) == (payer.code, STATE)]
        for source, lines in ((PSDF, parts), (STATE, state)):
            for each in lines:
                article = view.article_link(each.article, name=True)
                sums = each.committed_cents, each.transferred_cents, each.waiting_cents or None
                rows.append(Row.of(link, article, view.source(source), *sums))
        for total in (each for each in money.payers if each.payer == payer.code):
            sums = total.committed_cents, total.transferred_cents, total.waiting_cents or None
            words = view.t("Iš viso", "In all")
            rows.append(Row.of(link, words, view.source(PSDF), *sums, level="total"))
    return Table(
        key="payers",
        title=view.t("Mokėtojai", "Payers"),
        columns=view.columns(
            payer="Mokėtojas|Payer", article="Straipsnis|Article", source="Lėšos|Money",
            committed="Įsipareigota (K)|Committed (K)|money", transferred="Pervesta (P)|Transferred (P)|money",
            waiting="Laukia|Waits|money",
        ),
        rows=tuple(rows),
        empty=view.t("Dar nieko neįsipareigota.", "Nothing is committed yet."),
    )  # fmt: skip


def _signature(view: View) -> Signature:
    """11. "tvirtina Valstybinės ligonių kasos direktorius": an approval line on paper."""
    payer = view.fund.payer(view.fund.state_payer)
    assert payer is not None
    office = view.t(payer.office_lt, "Director" if view.own_code == LT else payer.office_lt)
    named = payer.signed_by or view.t("vardas, pavardė", "name")
    return Signature(
        title=view.t("TVIRTINU (Taisyklių 11 punktas)", "APPROVED (point 11 of the Rules)"),
        lines=(
            f"{office} ({view.payer(payer.code)}): {view.t('parašas', 'signature')}, {named}",
            view.t("Data", "Date"),
        ),
    )
