"""P19. The boards of Grafana for who has none: asked of the Prometheus that the operator names, and drawn here."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from shared.console.pages.blocks import Block, Cards, Choice, Filter, Link, Page, Row, Table, Text
from shared.console.pages.drawn import Asked, Board, Panel, Target, as_data, block, boards, cards, told
from shared.console.pages.view import View
from shared.console.prometheus import Asking, NoAnswer, Prometheus
from shared.kernel.calendar import VILNIUS, midnight

SPANS = {
    "1h": ("valanda", "an hour", timedelta(hours=1)),
    "6h": ("6 valandos", "6 hours", timedelta(hours=6)),
    "1d": ("para", "a day", timedelta(days=1)),
    "7d": ("7 dienos", "7 days", timedelta(days=7)),
    "30d": ("30 dienų", "30 days", timedelta(days=30)),
}
SPAN = "7d"
"""What a board shows unless it is asked for another."""
POINTS, LEAST_STEP_S = 240, 15
AT_ONCE = 4
"""So many questions are put at once."""
AGAIN_S = 30
HOW = "psdf console --prometheus http://127.0.0.1:9090"


def index(view: View, prometheus: Prometheus | None) -> Page:
    """All boards."""
    rows = tuple(
        Row.of(
            view.link(told(view, board.title), f"/ops/boards/{board.uid}"),
            told(view, board.description),
            len(board.panels),
        )
        for board in boards().values()
    )
    return Page(
        title=view.t("Lentos", "Boards"),
        lead=view.t(
            "Tos pačios lentos kaip „Grafanoje“, nupieštos čia iš „Prometheus“ atsakymų.",
            "The same boards as in Grafana, drawn here from what Prometheus answers.",
        ),
        blocks=(
            *_unnamed(view, prometheus),
            Table(
                key="boards",
                title=view.t("Lentos", "Boards"),
                columns=view.columns(board="Lenta|Board", about="Apie ką|About", panels="Skydelių|Panels|count"),
                rows=rows,
            ),
        ),
        nav="ops",
        crumbs=(_ops(view),),
        live=False,
    )


def board(view: View, uid: str, prometheus: Prometheus | None) -> Page | None:
    """One board; None for an unknown id. Without a Prometheus it says what it would ask."""
    shown = boards().get(uid)
    if shown is None:
        return None
    found = _asked(view, shown, prometheus) if prometheus else []
    return Page(
        title=told(view, shown.title),
        lead=told(view, shown.description),
        blocks=(
            *_unnamed(view, prometheus),
            *((_spans(view, uid),) if prometheus else ()),
            *_drawn(view, found),
            _expressions(view, shown),
        ),
        nav="ops",
        crumbs=(_ops(view), view.link(view.t("Lentos", "Boards"), "/ops/boards")),
        live=prometheus is not None,
        again_s=AGAIN_S,
        data={"panels": [as_data(view, panel, asked) for panel, asked in found]},
    )


def _ops(view: View) -> Link:
    return view.link(view.t("Eksploatacija", "Operations"), "/ops")


def _unnamed(view: View, prometheus: Prometheus | None) -> Iterator[Text]:
    """What to do where no Prometheus is named."""
    if prometheus is None:
        text = view.t(
            f"Nenurodyta, kurio „Prometheus“ klausti: {HOW}. Jį paleidžia „psdf stack up --observe“, adresą pasako „psdf stack status“; klasteryje: „psdf run console --prometheus“.",
            f"No Prometheus is named to be asked: {HOW}. psdf stack up --observe starts one, and psdf stack status names it; on the cluster: psdf run console --prometheus.",
        )
        yield Text(title=view.t("Kol kas be skaičių", "No numbers yet"), text=text, tone="warn")


def _span(view: View) -> str:
    asked = view.asked.get("span", "")
    return asked if asked in SPANS else SPAN


def _spans(view: View, uid: str) -> Filter:
    options = tuple((key, view.t(lt, en)) for key, (lt, en, _) in SPANS.items())
    choice = Choice(
        name="span", label=view.t("Kiek laiko", "How long"), value=_span(view), options=options,
        none=view.t("kaip lentoje", "as the board"),
    )  # fmt: skip
    return Filter(action=f"/ops/boards/{uid}", choices=(choice,))


def _asked(view: View, shown: Board, prometheus: Prometheus) -> list[tuple[Panel, list[Asked]]]:
    """Ask for all panels, some at once; at the end of the day that is shown, else now."""
    on, span = view.index.on, _span(view)
    at = midnight(on + timedelta(days=1)) if on else datetime.now(VILNIUS)
    since = at - SPANS[span][2]
    step_s = max(LEAST_STEP_S, round((at - since).total_seconds() / POINTS))

    def ask(asking: Asking, panel: Panel, target: Target) -> Asked:
        expression = target.expr.replace("$__range", span)
        try:
            series = (
                asking.over(expression, since, at, step_s) if panel.type == "timeseries" else asking.now(expression, at)
            )
        except NoAnswer as error:
            return Asked(target=target, fault=str(error))
        return Asked(target=target, series=tuple(series))

    with prometheus.page() as asking, ThreadPoolExecutor(AT_ONCE) as beside:
        waiting = [
            (panel, [beside.submit(ask, asking, panel, target) for target in panel.targets]) for panel in shown.panels
        ]
        return [(panel, [each.result() for each in some]) for panel, some in waiting]


def _drawn(view: View, found: list[tuple[Panel, list[Asked]]]) -> Iterator[Block]:
    """Each panel in its order; single values that follow one another stand side by side."""
    beside: list[tuple[Panel, list[Asked]]] = []
    for number, (panel, asked) in enumerate(found, 1):
        if panel.type == "stat":
            beside.append((panel, asked))
            continue
        yield from _side_by_side(view, beside)
        beside = []
        yield block(view, number, panel, asked)
    yield from _side_by_side(view, beside)


def _side_by_side(view: View, found: list[tuple[Panel, list[Asked]]]) -> Iterator[Cards]:
    if found:
        yield Cards(cards=tuple(card for panel, asked in found for card in cards(view, panel, asked)))


def _expressions(view: View, shown: Board) -> Table:
    return Table(
        key="expressions",
        title=view.t("Ko klausia kiekvienas skydelis", "What each panel asks"),
        columns=view.columns(panel="Skydelis|Panel", about="Apie ką|About", expression="Išraiška|Expression"),
        rows=tuple(
            Row.of(told(view, panel.title), told(view, panel.description), target.expr)
            for panel in shown.panels
            for target in panel.targets
        ),
    )
