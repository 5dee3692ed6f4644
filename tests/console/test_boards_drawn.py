"""The boards of Grafana drawn by the console: of a real Prometheus that reads a running fund; and where there is none."""

import csv
import io
import re
import socket
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from deploy.boards import boards as rendered
from deploy.local import free_port
from shared.console import prometheus
from shared.console.index.ask import asking
from shared.console.index.keeper import INDEX
from shared.console.pages import units
from shared.console.pages.blocks import Chart, Table, Text
from shared.console.pages.drawn import Asked, Panel, block, boards, cards, named
from shared.console.pages.view import View
from shared.console.prometheus import NoAnswer, Prometheus, Series
from tests.console.answering import answering
from tests.console.conftest import shown
from tests.console.test_every_page_browser import looked_at, opened
from tests.deploy.prometheus import Prometheus as Server
from tests.deploy.prometheus import require_prometheus, serving, until
from tests.runtime.funds import FUND, psdf, start_fund, worked_start

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Server]]:
    """The console over a fund that runs, and the Prometheus that reads it."""
    require_prometheus()
    folder, port = tmp_path_factory.mktemp("watched"), free_port()
    process = start_fund(folder / "home", port)
    try:
        events = folder / "events.jsonl"
        events.write_bytes(b"\n".join(worked_start()))
        published = psdf("publish", events, home=folder / "home")
        assert published.returncode == 0, published.stderr
        with serving(folder, {"psdf": f"127.0.0.1:{port}"}) as server:
            until(lambda: server.now("sum_over_time(up[1m]) >= 3"), "the fund was read three times")
            with shown(folder / "home", prometheus=server.url) as url:
                yield url, server
    finally:
        process.terminate()
        process.communicate(timeout=30)


@pytest.mark.parametrize("uid", boards())
def test_every_panel_of_every_board_is_drawn_of_a_real_prometheus(watched: tuple[str, Server], uid: str) -> None:
    url, _ = watched
    with httpx.Client(base_url=url, timeout=60) as client:
        html = client.get(f"/ops/boards/{uid}?span=1h&lang=en").text
        told = client.get(f"/ops/boards/{uid}?span=1h&lang=en&as=json").json()
    panels = [(panel.title.partition(" / ")[2], panel.type, len(panel.targets)) for panel in boards()[uid].panels]
    assert [(each["title"], each["type"], len(each["asked"])) for each in told["panels"]] == panels
    assert [asked for each in told["panels"] for asked in each["asked"] if asked["fault"] or not asked["series"]] == []
    assert "No data" not in html
    assert html.count("<svg") == sum(kind == "timeseries" for _, kind, _ in panels) + html.count('<svg class="bar"')
    assert " style=" not in html, "the policy of the console lets no style in"


def test_a_board_shows_the_numbers_of_the_fund(watched: tuple[str, Server]) -> None:
    url, server = watched
    (found,) = server.now("psdf_total_left_cents")
    left = float(found["value"][1]) / 100
    assert left > 0
    with httpx.Client(base_url=url, timeout=60) as client:
        told = client.get("/ops/boards/psdf-fund?lang=en&as=json").json()
        card = next(each for each in told["cards"] if each["label"] == "Left of the year's total")
        assert card["value"].endswith("M\u00a0EUR"), "so that it fits"
        assert card["note"].replace("\u00a0", "").replace(",", "").startswith(f"{left:.2f}")
        (asked,) = next(each for each in told["panels"] if each["title"] == "Left of the year's total")["asked"]
        assert [one["last"] for one in asked["series"]] == [left]
        rows = list(csv.DictReader(io.StringIO(client.get("/ops/boards/psdf-fund?as=csv&table=p7").text)))
        assert rows
        assert rows[0].keys() == {"name", "value"}


def test_it_is_asked_at_the_end_of_the_day_that_is_shown(watched: tuple[str, Server]) -> None:
    with httpx.Client(base_url=watched[0], timeout=60) as client:
        told = client.get("/ops/boards/psdf-fund?on=2022-02-07&as=json").json()
    assert {tuple(one["last"] for one in each["asked"][0]["series"]) for each in told["panels"][:2]} <= {(0.0,), ()}


def test_what_it_refuses_is_said_in_its_own_words(watched: tuple[str, Server]) -> None:
    with Prometheus(watched[1].url).page() as asking_, pytest.raises(NoAnswer, match="parse error"):
        asking_.now("sum(", NOW)


@pytest.mark.browser
def test_axe_finds_nothing_on_a_drawn_board_and_none_runs_over(browser: Browser, watched: tuple[str, Server]) -> None:
    with opened(browser, watched[0]) as page:
        assert looked_at(page, [f"/ops/boards/{uid}?span=1h" for uid in boards()]) == []


@pytest.mark.browser
def test_a_board_is_read_without_scripts_for_another_time(browser: Browser, watched: tuple[str, Server]) -> None:
    context = browser.new_context(base_url=watched[0], java_script_enabled=False)
    page = context.new_page()
    page.goto("/ops")
    page.get_by_role("link", name="Lentos: skaičiai laike").click()
    page.get_by_role("link", name="Fondas", exact=True).click()
    page.get_by_label("Kiek laiko").select_option("1h")
    page.get_by_role("button", name="Rodyti", exact=True).click()
    expect(page.locator("h1")).to_have_text("Fondas")
    assert "span=1h" in page.url
    expect(page.locator("main svg.lines").first).to_be_visible()
    context.close()


# ------------------------------------------------------------------------------------------------------- without one


def test_without_one_it_says_what_to_set_and_lists_what_each_panel_would_ask(client: httpx.Client) -> None:
    listed = client.get("/ops/boards?as=json").json()["boards"]
    assert [row["board"] for row in listed] == [board.title.partition(" / ")[0] for board in boards().values()]
    english = client.get("/ops/boards?as=json&lang=en").json()["boards"]
    assert [row["board"] for row in english] == [board.title.partition(" / ")[2] for board in boards().values()]
    for uid, board in boards().items():
        html = client.get(f"/ops/boards/{uid}?lang=en").text
        assert "psdf console --prometheus http://127.0.0.1:9090" in html
        told = client.get(f"/ops/boards/{uid}?as=json").json()
        assert {" / " in row["panel"] + row["about"] for row in told["expressions"]} == {False}
        assert [row["expression"] for row in told["expressions"]] == [
            target.expr for panel in board.panels for target in panel.targets
        ]
    assert client.get("/ops/boards/nothing").status_code == 404


def test_what_is_no_address_is_refused(tmp_path: Path) -> None:
    done = psdf("run", "console", "--prometheus", "localhost:9090", home=tmp_path, PSDF_MONGO="mongodb://127.0.0.1:1/")
    assert (done.returncode, "http://host:port is expected" in done.stderr) == (2, True), done.stderr
    done = psdf("run", "payments", "--prometheus", "http://127.0.0.1:9090", home=tmp_path)
    assert "--prometheus is for psdf run console" in done.stderr


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (503, b'{"status": "error", "error": "it is starting"}', "it is starting"),
        (200, b"<h1>a proxy</h1>", "what answers is no Prometheus: status 200"),
        (302, b"", "what answers is no Prometheus: status 302"),
        (200, b'{"status": "success", "data": {"result": [' + b" " * 8_000_001, "it answers with more than 8000000"),
    ],
)
def test_each_panel_says_in_words_why_it_has_no_numbers(played: Path, status: int, body: bytes, words: str) -> None:
    asked: list[str] = []
    with (
        answering(status, body, asked) as at,
        shown(played, prometheus=at) as url,
        httpx.Client(base_url=url, timeout=60) as client,
    ):
        answer = client.get("/ops/boards/psdf-year?lang=en")
        assert answer.status_code == 200
        assert answer.text.count(words) == len(boards()["psdf-year"].panels)
    assert {path.partition("?")[0] for path in asked} == {"/api/v1/query", "/api/v1/query_range"}


def test_one_that_hangs_or_is_away_holds_the_page_up_once(played: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prometheus, "PATIENCE_S", 0.5)
    with socket.create_server(("127.0.0.1", 0), backlog=64) as hangs:
        at = f"http://127.0.0.1:{hangs.getsockname()[1]}"
        with shown(played, prometheus=at) as url, httpx.Client(base_url=url, timeout=60) as client:
            for _ in range(2):
                began = time.monotonic()
                page = client.get("/ops/boards/psdf-services?lang=en")
                assert time.monotonic() - began < 3
                assert "it does not answer: " in page.text
                hangs.close()
            assert client.get("/ops/boards").status_code == 200


# ------------------------------------------------------------------------------------------------------- what is drawn


@pytest.fixture
def view(played: Path, address: str) -> Iterator[View]:
    assert address
    with asking(played / INDEX, date(2022, 12, 31)) as index:
        yield View(index, FUND, "lt", {})


def asked(panel: Panel, *values: float, **labels: str) -> list[Asked]:
    told = tuple((NOW.timestamp() + 60 * number, value) for number, value in enumerate(values))
    return [Asked(target=panel.targets[0], series=(Series(labels=labels, values=told),))]


def panel(uid: str, title: str) -> Panel:
    return next(each for each in boards()[uid].panels if each.title.startswith(f"{title} / "))


def test_every_board_that_is_written_is_there() -> None:
    assert len(boards()) == len(rendered())
    assert {each.type for board in boards().values() for each in board.panels} == {
        "stat", "timeseries", "bargauge", "table",
    }  # fmt: skip


def test_a_stat_has_the_tone_of_its_thresholds_and_leads_to_our_page(view: View) -> None:
    late = panel("psdf-terms", "Neatsakytas nurodymas bankui")
    tones = [next(cards(view, late, asked(late, value))).tone for value in (0, 3, 5.9, 6)]
    assert tones == ["good", "warn", "warn", "bad"]
    assert next(cards(view, late, asked(late, 3))).href == "/payments"
    nearest = panel("psdf-terms", "Iki artimiausio termino")
    assert [next(cards(view, nearest, asked(nearest, value))).tone for value in (-1, 0, 4)] == ["bad", "warn", "good"]


def test_lines_break_where_nothing_was_told_and_no_more_are_drawn_than_can_be_told_apart(view: View) -> None:
    one = panel("psdf-fund", "Eilių ilgis")
    begin = NOW.timestamp()
    told = tuple((begin + at, float(at)) for at in (0, 60, 120, 600, 660))
    many = tuple(
        Series(labels={"payer": f"<P{number}>", "article": "04", "source": "PSDF"}, values=told) for number in range(12)
    )
    chart = block(view, 1, one, [Asked(target=one.targets[0], series=many)])
    assert isinstance(chart, Chart)
    lines = re.findall(r'class="line s(\d+)" d="(M[^"]*)"', chart.svg)
    assert {number for number, _ in lines} == {str(number) for number in range(1, 9)}
    assert (lines[0][1].count("M"), lines[0][1].count("L")) == (2, 3)
    assert "<P0>" not in chart.svg, "names are escaped"
    assert "&lt;P0&gt;" in chart.svg
    assert chart.table
    assert len(chart.table.rows) == 12
    assert "tik lentelėje: 4" in chart.sentence


def test_a_legend_is_said_in_the_readers_language(view: View) -> None:
    commit = panel("psdf-services", "Trukmė: įrašas, pusė ir 99 iš 100")
    chart = block(view, 1, commit, asked(commit, 0.5, job="payments"))
    assert isinstance(chart, Chart)
    assert chart.table
    assert chart.table.rows[0].cells[0] == "payments pusė"


def test_a_gauge_a_bar_and_a_table(view: View) -> None:
    share = panel("psdf-fund", "Įsipareigota straipsnio dalis (K iš L)")
    bars = block(view, 1, share, asked(share, 0.5, article="04", name="Ortopedija"))
    assert isinstance(bars, Table)
    assert bars.rows[0].cells[:2] == ("04 Ortopedija", "50\u00a0%")
    share.type = "gauge"
    try:
        gauge = block(view, 1, share, asked(share, 0.5, article="04", name="Ortopedija"))
    finally:
        share.type = "bargauge"
    assert isinstance(gauge, Chart)
    assert 'class="ruler"' in gauge.svg
    reasons = panel("psdf-terms", "Rizika pagal priežastį")
    table = block(view, 1, reasons, asked(reasons, 3, reason="cash", lt="trūksta lėšų", en="short of cash"))
    assert isinstance(table, Table)
    assert [column.key for column in table.columns] == ["reason", "lt", "value"]
    assert table.rows[0].cells == ("cash", "trūksta lėšų", "3")
    assert isinstance(block(view, 1, reasons, [Asked(target=reasons.targets[0])]), Text)


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (1234.5, "currencyEUR", "1 234,50 Eur"),
        (0.123, "percentunit", "12,3 %"),
        (12_345_678, "bytes", "12,3 MB"),
        (0.0421, "s", "0,0421 s"),
        (-3, "d", "−3 d."),
        (1e-9, "short", "0"),
        (123_456.7, "short", "123 457"),
        (2.5, "ops", "2,5 per sek."),
    ],
)
def test_numbers_are_said_with_their_units(view: View, value: float, unit: str, words: str) -> None:
    assert units.said(view, value, unit).replace("\u00a0", " ") == words


@pytest.mark.parametrize(
    ("legend", "labels", "name"),
    [
        ("{{payer}} {{source}}", {"payer": "VLK", "source": "PSDF"}, "VLK PSDF"),
        ("{{article}} {{name}}", {}, "title"),
        ("", {"reason": "cash"}, "cash"),
        ("liko", {}, "liko"),
    ],
)
def test_a_series_is_called_by_its_legend(legend: str, labels: dict[str, Any], name: str) -> None:
    assert named(legend, labels, "title") == name
