"""A payer's own figures: the choice of a payer, and what the fund's pages show of one. All sums are the payments' own."""

from collections.abc import Iterator
from dataclasses import replace

from services.payments.payer_views import DueCount, PayerArticle, PayerTotal, overdue
from shared.console.index.standing import Money
from shared.console.pages import svg
from shared.console.pages.blocks import Card, Cell, Choice, Filter, Row, Table
from shared.console.pages.view import WHOLE, View
from shared.kernel.money import Cents


def choice(view: View, path: str) -> Iterator[Filter]:
    """Whose figures are shown, where there is more than one payer; a territorial fund's people are shown its own first."""
    if len(view.fund.payers) == 1:
        return
    own = view.own_payer
    whole = view.t("visas fondas", "the whole fund")
    others = tuple((each.code, view.payer(each.code)) for each in view.fund.payers if each.code != own)
    field = Choice(
        name="payer",
        label=view.t("Mokėtojas", "Payer"),
        value=view.asked.get("payer", ""),
        options=((WHOLE, whole), *others) if own else others,
        none=view.payer(own) if own else whole,
    )
    yield Filter(action=path, choices=(field,))


def narrowed(money: Money, payer: str) -> Money:
    """The payments' standing of one payer: its queues, accounts, terms and pay days."""
    standing, due = money.standing, due_of(money, payer)
    return replace(
        money,
        standing=replace(
            standing,
            pots=tuple(each for each in standing.pots if each.payer == payer),
            queues=tuple(each for each in standing.queues if each.payer == payer),
            cash=tuple(each for each in standing.cash if each.payer == payer),
        ),
        due=due,
        overdue=overdue(due, standing.today),
        waits=(replace(money.waits_of(payer), payer=None),),
        pay_days=tuple(each for each in money.pay_days if each.payer == payer),
        parts=tuple(each for each in money.parts if each.payer == payer),
        payers=tuple(each for each in money.payers if each.payer == payer),
    )


def due_of(money: Money, payer: str) -> tuple[DueCount, ...]:
    """16. What is due of a payer, by day."""
    return tuple(
        DueCount(due_on=each.due_on, how=each.how, count=each.count, rest_cents=each.rest_cents)
        for each in money.payer_dues
        if each.payer == payer
    )


def left_card(view: View, money: Money, payer: str) -> Card:
    """What is left of the payer's parts of all articles together."""
    total = next((each for each in money.payers if each.payer == payer), None)
    return left_of(
        view,
        view.t("Liko mokėtojo dalių (12, 16 p.)", "Left of the payer's parts (p. 12, 16)"),
        total.left_cents if total else None,
        note=view.t(f"iš {view.eur(total.share_cents)}", f"of {view.eur(total.share_cents)}") if total else "",
        href=view.url(f"/payers/{payer}"),
    )


def left_of(view: View, label: str, left: Cents | None, note: str = "", href: str = "") -> Card:
    """What is left of a limit: a dash where there is none, bad where more is committed."""
    value, over = ("–", False) if left is None else (view.money(left), left < 0)
    return Card(label=label, value=value, note=note, href=href, tone="bad" if over else "")


def parts_table(view: View, money: Money, payer: str) -> Table:
    """12, 16. The payer's part of every article of the fund's own money, and all of them together."""
    rows = []
    for each in (part for part in money.parts if part.payer == payer):
        drawn = svg.execution(
            each,
            each.share_cents,
            f"P {view.money(each.transferred_cents)}, K {view.money(each.committed_cents)}, S {view.money(each.share_cents)}",
        )
        name = (view.link(each.article, f"/articles/{each.article}", payer=payer), view.article(each.article))
        rows.append(Row.of(*name, drawn, *_sums(each)))
    total = next((each for each in money.payers if each.payer == payer), None)
    if total:
        rows.append(Row.of("", view.t("Iš viso", "In all"), None, *_sums(total), level="total"))
    return Table(
        key="articles",
        title=view.t("Mokėtojo straipsniai", "The payer's articles"),
        columns=view.columns(
            article="Nr.|No", name="Straipsnis|Article", bar="Vykdymas|Execution|bar", share="Dalis (S)|Share (S)|money",
            committed="Įsipareigota (K)|Committed (K)|money", transferred="Pervesta (P)|Transferred (P)|money",
            waiting="Laukia|Waits|money", left="Liko (S − K)|Left (S − K)|money",
        ),
        rows=tuple(rows),
        empty=view.t("Mokėtojas dar neturi dalių.", "The payer has no parts yet."),
    )  # fmt: skip


def _sums(of: PayerArticle | PayerTotal) -> tuple[Cell, ...]:
    return of.share_cents, of.committed_cents, of.transferred_cents, of.waiting_cents or None, of.left_cents
