"""Boards and alarms: valid, on metrics that a running fund tells, and each alarm with its chapter in the runbook."""

import asyncio
import json
import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import yaml

import deploy
from deploy.boards import boards
from deploy.render import main as render
from shared.kernel.calendar import VILNIUS
from shared.proof.keys import new_key
from shared.runtime.http import fund_app
from tests.deploy.manifests import OVERLAYS, built, of
from tests.deploy.told import OF_THE_CLUSTER
from tests.deploy.year import Year
from tests.runtime.funds import fund, ministry, worked_start
from tests.telemetry.prometheus import labels

if TYPE_CHECKING:
    from shared.runtime.embedded import Clock

FOLDER = Path(deploy.__file__).parent
BOARDS = {name: json.loads(text) for name, text in boards().items()}
EXPRESSIONS = [target["expr"] for board in BOARDS.values() for panel in board["panels"] for target in panel["targets"]]
RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((FOLDER / "dashboards" / "alerts.yaml").read_text())["groups"]
    for rule in group["rules"]
]
NOT_ALWAYS: dict[str, set[str]] = {
    "psdf_bank_alarms": set(),
    "psdf_invoice_seconds": {"le"},
    "psdf_loop_late_seconds": {"le"},
    "psdf_month_left_cents": {"source"},
    "psdf_reserve_least_cents": set(),
    "psdf_set_aside_cents": {"payer", "source", "year"},
    "psdf_statement_days_to_term": set(),
    "psdf_webhooks_disabled": set(),
}
"""What there is not of every fund, or not from its first second; ``tests/telemetry`` sees that it is told."""
VOLUME = {"namespace", "persistentvolumeclaim", "node"}
OF_OTHERS: dict[str, set[str]] = {
    "up": set(),
    "kubelet_volume_stats_available_bytes": VOLUME,
    "kubelet_volume_stats_capacity_bytes": VOLUME,
}
"""Prometheus's own, and the kubelet's."""
OF_EVERY_TARGET = {"job", "instance"}
SHOWN_NOWHERE = {
    "process_max_fds": "the share of it is shown",
    "process_virtual_memory_bytes": "what is resident is shown",
    "python_gc_objects_collected_total": "how often is shown",
    "python_gc_objects_uncollectable_total": "how often is shown",
    "psdf_article_limit_cents": "the share of it is shown",
    "psdf_seal_age_days": "the console shows each seal with its day",
}
PARTS = re.compile(r"_(bucket|count|sum)$")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """What a fund of the past and one of today tell, with the labels: by name, those of a histogram together."""
    return asyncio.run(all_told(tmp_path_factory.mktemp("told")))


async def all_told(folder: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    today = Year(datetime.now(VILNIUS).date())
    of_today = [*today.beginning(), today.invoice("A1", "C-1", 3)]
    plays: dict[Clock, list[bytes]] = {"event": [*worked_start(), b"not JSON"], "arrival": of_today}
    for moment, raws in plays.items():
        path = folder / moment
        path.mkdir()
        new_key(path / "home.key")
        async with (
            ministry(path / "ministry") as address,
            fund(path / "home", address if moment == "arrival" else None, moment) as stack,
        ):
            await stack.publish(raws)
            app = fund_app(stack)
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
                answer = await client.get("/metrics")
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        for name, those in labels(answer.text).items():
            found[name] = found.get(name, set()) | those
    return found


def metrics(expression: str) -> set[str]:
    return set(re.findall(r"\b(?:psdf|process|python|kubelet)_\w+|\bup\b", expression))


def grouped_by(expression: str) -> set[str]:
    groups = re.findall(r"\b(?:by|on|group_left) \(([^)]*)\)", expression)
    return {label.strip() for group in groups for label in group.split(",") if label.strip()}


def check_expression(expression: str, told: dict[str, set[str]]) -> None:
    """Every metric is told by somebody, and every label is one of theirs."""
    known = told | NOT_ALWAYS | OF_THE_CLUSTER | OF_OTHERS
    used = {name if name in known else PARTS.sub("", name) for name in metrics(expression)}
    assert used, expression
    assert used <= known.keys(), expression
    assert grouped_by(expression) <= OF_EVERY_TARGET.union(*(known[name] for name in used)), expression


def test_what_is_rendered_is_up_to_date() -> None:
    assert render(["--check"]) == 0, "python -m deploy.render writes it anew"


@pytest.mark.parametrize("name", BOARDS)
def test_a_board_is_whole(name: str) -> None:
    board = BOARDS[name]
    panels = board["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells = [
        (x, y)
        for panel in panels
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(set(cells)) == len(cells), "panels do not overlap"
    assert max(x for x, _ in cells) < 24
    for panel in panels:
        assert panel["title"]
        assert panel["datasource"]["uid"] == f"${{{board['templating']['list'][0]['name']}}}"
        assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"]) >= 1


def test_every_panel_asks_for_what_is_told(told: dict[str, set[str]]) -> None:
    for expression in EXPRESSIONS:
        check_expression(expression, told)


def test_every_legend_names_labels_that_are_there() -> None:
    for board in BOARDS.values():
        for target in (target for panel in board["panels"] for target in panel["targets"]):
            named = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
            assert named <= grouped_by(target["expr"]), target


def test_every_metric_is_shown_somewhere(told: dict[str, set[str]]) -> None:
    shown = {PARTS.sub("", name) for expression in EXPRESSIONS for name in metrics(expression)}
    ours = {name for name in told if not name.endswith("_created") and name != "python_info"}
    assert ours - shown - SHOWN_NOWHERE.keys() == set()
    assert shown <= (told | NOT_ALWAYS | OF_THE_CLUSTER | OF_OTHERS).keys()


def test_there_are_six_boards_and_all_are_deployed() -> None:
    assert [Path(name).stem for name in BOARDS] == ["fund", "terms", "services", "kafka", "pipeline", "year"]
    assert len({board["uid"] for board in BOARDS.values()}) == len(BOARDS)
    deployed = yaml.safe_load((FOLDER / "dashboards" / "kustomization.yaml").read_text())["configMapGenerator"]
    assert set(deployed[0]["files"]) == {path.name for path in (FOLDER / "dashboards").glob("*.json")} == set(BOARDS)


@pytest.mark.parametrize("name", BOARDS)
def test_every_board_and_panel_is_named_and_explained_in_lithuanian_first_and_then_in_english(name: str) -> None:
    english = re.compile(
        r"\b(a|an|and|are|by|day|days|for|in|is|not|of|or|second|the|what|which|without)\b", re.IGNORECASE
    )
    lithuanian = re.compile(r"[ąčęėįšųūž„]|punkta|\b(ir|kai|kas|per)\b", re.IGNORECASE)
    for told in (BOARDS[name], *BOARDS[name]["panels"]):
        for text in (told["title"], told["description"]):
            lt, en = text.split(" / ")
            assert not english.search(lt), lt
            assert not lithuanian.search(en), en
            assert lt != en


def test_a_legend_of_words_has_them_in_lithuanian_first_and_then_in_english_by_the_same_labels() -> None:
    label = re.compile(r"\{\{(?!lt\}|en\})\w+\}\}")  # lt and en are words: the labels of a reason
    legends = {target["legendFormat"] for board in BOARDS.values() for p in board["panels"] for target in p["targets"]}
    for legend in legends:
        if label.sub("", legend).strip():
            lt, en = legend.split(" / ")
            assert lt != en, legend
            assert label.findall(lt) == label.findall(en), legend


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alarm_stands_on_what_is_told_and_leads_to_its_chapter(
    rule: dict[str, Any], told: dict[str, set[str]]
) -> None:
    check_expression(rule["expr"], told)
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    name, said = rule["alert"], rule["annotations"]
    used = set(re.findall(r"\$labels\.(\w+)", " ".join(said.values())))
    everywhere = OF_EVERY_TARGET if not grouped_by(rule["expr"]) else set()
    assert used <= everywhere | grouped_by(rule["expr"]) | {"service"}
    assert said["runbook_url"] == "{{ $externalLabels.psdf_docs }}/deploy/README.md#" + name.lower()
    assert f"\n### {name}\n" in (FOLDER / "README.md").read_text()
    assert said["console_url"].startswith("{{ $externalLabels.psdf_console }}/")


def test_the_funds_people_read_each_of_their_alarms_in_lithuanian_first() -> None:
    (group,) = (
        group
        for group in yaml.safe_load((FOLDER / "dashboards" / "alerts.yaml").read_text())["groups"]
        if group["name"] == "psdf-fund"
    )
    for rule in group["rules"]:
        assert list(rule["annotations"])[:2] == ["summary_lt", "summary"], rule["alert"]


def test_every_process_but_the_console_wakes_somebody_when_it_is_down() -> None:
    deployed = of("Deployment", built(OVERLAYS / "production")).keys()
    (down,) = [rule["expr"] for rule in RULES if rule["alert"] == "PsdfServiceDown"]
    (jobs,) = re.findall(r'up\{job=~"([\w|]+)"\} == 0', down)
    assert set(jobs.split("|")) == deployed - {"console"}
    assert set(re.findall(r'absent\(up\{job="(\w+)"\}\)', down)) == deployed - {"console", "bank"}, (
        "a fund may have no process at the bank"
    )


def test_every_process_that_is_started_again_and_again_is_told() -> None:
    (restarts,) = [rule["expr"] for rule in RULES if rule["alert"] == "PsdfRestarts"]
    (jobs,) = re.findall(r'job=~"([\w|]+)"', restarts)
    assert set(jobs.split("|")) == of("Deployment", built(OVERLAYS / "production")).keys()


def test_the_runbook_has_no_chapter_for_an_alarm_that_is_gone() -> None:
    chapters = re.findall(r"^### (Psdf\w+)$", (FOLDER / "README.md").read_text(), re.MULTILINE)
    assert chapters == [rule["alert"] for rule in RULES]


NUMBERS = {
    "PsdfRestarts": ("started four times or more in an hour", "[1h]) > 3"),
    "PsdfRelayLag": ("not told for ten minutes", "[10m]) > 0"),
    "PsdfConsumerLag": (
        "more than a thousand messages of a topic lie unread for a quarter of an hour",
        "[15m])) > 1000",
    ),
    "PsdfPipelineSlow": ("one invoice in a hundred takes over half a minute", "> 30"),
    "PsdfCommitSlow": ("one commit in a hundred takes over a second", "> 1"),
    "PsdfDiskFull": ("less than a tenth left", "< 0.1"),
    "PsdfLettersFailing": ("could not be delivered for an hour", "> 0 for 1h"),
    "PsdfNoticeLate": ("due within two days", "<= 2"),
    "PsdfQueueOld": ("more than twenty days", "> 20"),
    "PsdfCashAhead": ("by tomorrow", 'days="1"'),
    "PsdfCashShort": ("in the last day", "[1d])) > 0"),
    "PsdfNoticeNotDelivered": ("under way for an hour", "> 0 for 1h"),
    "PsdfOrderUnanswered": ("has not answered an order for six days", "> 5"),
}
"""What the runbook says that an alarm means in numbers, and where its rule has them."""


@pytest.mark.parametrize("name", NUMBERS)
def test_the_runbook_says_the_numbers_of_the_rule(name: str) -> None:
    says, has = NUMBERS[name]
    chapter = (FOLDER / "README.md").read_text().partition(f"\n### {name}\n")[2].partition("\n### ")[0]
    assert says in " ".join(chapter.split())
    (rule,) = [rule for rule in RULES if rule["alert"] == name]
    assert has in " ".join(f"{rule['expr']} for {rule.get('for', '0s')}".split())


def test_links_of_the_runbook_lead_somewhere() -> None:
    runbook = FOLDER / "README.md"
    for target in re.findall(r"\]\((?!https://)([^)]+)\)", runbook.read_text()):
        path, _, heading = target.partition("#")
        page = FOLDER / path if path else runbook
        assert page.exists(), target
        assert not heading or heading in headings(page), target


def headings(page: Path) -> set[str]:
    """The headings of a page, as links name them."""
    lines = [line.lstrip("# ") for line in page.read_text().splitlines() if line.startswith("#")]
    return {re.sub(r"[^\w -]", "", line).lower().replace(" ", "-") for line in lines}
