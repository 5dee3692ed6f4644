"""3-7. The next budget's draft on a page: the command's own numbers and paper, and the form that it becomes."""

import csv
import html
import re
from pathlib import Path

import httpx
import pytest

from tests.console.desks import as_, desk, signed_in
from tests.runtime.funds import psdf

__all__ = ["desk"]

GROWTH = {"year": "2022", "e.01": "8,5", "r.01.01": "9", "sodra": "2400000"}
COMMAND = ("draft-budget", "2022", "--growth", "01=8.5", "--revenue-growth", "01.01=9", "--sodra-costs", "2400000")


def test_3_7_a_draft_on_the_page_has_the_numbers_and_the_paper_of_the_command(
    client: httpx.Client, played: Path, tmp_path: Path
) -> None:
    said = psdf(*COMMAND, "--out", tmp_path, home=played)
    assert said.returncode == 0, said.stderr
    told = client.get("/budget/draft", params={**GROWTH, "as": "json"}).json()
    for side in ("revenue", "expenses"):
        with (tmp_path / f"draft-{side}.csv").open(encoding="utf-8") as written:
            lines = [row for row in csv.DictReader(written) if row["code"]]
        assert len(lines) == len(told[side]) > 4
        for line, row in zip(lines, told[side], strict=True):
            assert {key: row[key] for key in ("code", "name", "growth")} == {
                key: line[key] for key in ("code", "name", "growth")
            }
            for column in ("plan", "expected", "draft", "forecast_1"):
                assert euros(row[column]) == line[f"{column}_eur"], (line["code"], column)
    page = client.get("/budget/draft", params=GROWTH).text
    assert "Atkreiptinas dėmesys" in page or "Planuojama pajamų" in page
    (paper,) = re.findall(r'href="(/budget/draft/biudzeto-projektas\.pdf[^"]*)"', page)
    assert client.get(paper.replace("&amp;", "&")).content == (tmp_path / "biudzeto-projektas.pdf").read_bytes()


def euros(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"e.01": "daug"}, "„daug“ nėra skaičius."),
        ({"e.01": "1001"}, "tiek nepakinta"),
        ({"sodra": "x"}, "„x“ nėra skaičius."),
    ],
)
def test_what_is_no_growth_is_said_and_kept(client: httpx.Client, written: dict[str, str], said: str) -> None:
    answer = client.get("/budget/draft", params=written)
    assert (answer.status_code, said in answer.text) == (422, True)
    assert f'value="{next(iter(written.values()))}"' in answer.text
    assert client.get("/budget/draft/biudzeto-projektas.pdf", params=written).status_code == 404


def test_3_7_a_planner_goes_from_the_draft_to_the_form_of_the_budget(desk: tuple[str, dict[str, str], Path]) -> None:
    with signed_in(desk[0], as_(desk, "planner")) as petras:
        assert 'href="/budget/draft"' in petras.get("/budget/2022").text
        page = petras.get("/budget/draft", params={"e.04": "5"}).text
        (link,) = re.findall(r'href="(/desk/new/budget[^"]*)"', page)
        form = petras.get(html.unescape(link)).text
        written = {
            name: html.unescape(value) for name, value in re.findall(r'name="([^"]+)"[^>]*value="([^"]*)"', form)
        }
        assert (written["year"], written["law"], written["expenses.0.article"]) == ("2023", "", "01")
        ticked = dict.fromkeys(re.findall(r'name="([^"]+)" type="checkbox" checked', form), "on")
        assert "expenses.0.health_care" in ticked
        law = {"law": "XIV-1650", "in_force_from": "2023-01-01", "action": "look"}
        looked = petras.post("/desk/new/budget", data=written | ticked | law)
        assert "Telpa: fondas priimtų" in looked.text
    with signed_in(desk[0], as_(desk, "auditor")) as aldona:
        assert "/desk/new/budget" not in aldona.get("/budget/draft").text
