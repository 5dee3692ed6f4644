"""The tour has its twelve stops in the demo's journal, each leads to its page; open data and examples hold what they say."""

import html
import json
import re
import shlex
from pathlib import Path

import httpx
import pytest

from shared.cli.papers import what_if
from shared.console.index.ask import asking
from shared.console.index.keeper import INDEX
from shared.console.pages.public import open_data
from shared.console.pages.render import as_json
from shared.console.pages.tour import STOPS
from shared.console.pages.view import View
from tests.runtime.funds import FUND, psdf

EXAMPLES = [
    line.strip()
    for line in (what_if.__doc__ or "").splitlines()
    if line.strip().startswith(("psdf what-if --cut", "psdf what-if --no-budget"))
]
"""Of money that comes too: but with forty providers the account of that example is not short."""


@pytest.mark.parametrize("lang", ["", "en"])
def test_all_twelve_stops_are_found_and_each_leads_to_a_page(client: httpx.Client, lang: str) -> None:
    stops = client.get("/tour", params={"as": "json", "lang": lang}).json()["stops"]
    assert [stop["number"] for stop in stops] == list(range(1, 13)) == list(range(1, len(STOPS) + 1))
    assert all(stop["what"] and stop["day"] for stop in stops)
    page = client.get("/tour", params={"lang": lang}).text.partition("<tbody>")[2].partition("</tbody>")[0]
    links = [html.unescape(row.partition('href="')[2].partition('"')[0]) for row in page.split("<tr")[1:]]
    assert len(links) == len(STOPS)
    for stop, link in zip(STOPS, links, strict=True):
        assert re.match(re.sub(r"{\w+}", ".+", stop.path), link), link
        assert client.get(link).status_code == 200, link
    assert "/years/2022" in links[-1], "the proof is of the year that was toured"


@pytest.mark.parametrize("lang", ["", "en"])
def test_each_stop_leads_to_the_next_and_the_last_back_to_the_tour(client: httpx.Client, lang: str) -> None:
    table = client.get("/tour", params={"lang": lang}).text.partition("<tbody>")[2]
    href: str | None = html.unescape(table.partition('href="')[2].partition('"')[0])
    seen = []
    while href:
        page = client.get(href).text
        (nav,) = re.findall(rf'<nav class="crumbs" aria-label="{"A tour" if lang else "Gidas"}">(.*?)</nav>', page)
        back, *onward = [html.unescape(each) for each in re.findall(r'href="([^"]+)"', nav)]
        assert back == ("/tour?lang=en" if lang else "/tour")
        seen.append(int(re.findall(r"(\d+) (?:iš|of) 12: ", nav)[0]))
        href = onward[0] if onward else None
    assert seen == list(range(1, len(STOPS) + 1))
    for other in ("/fund", "/fund?tour=13", "/fund?tour=x"):
        assert 'aria-label="Gidas"' not in client.get(other).text


def test_open_data_are_made_of_the_index_alone(client: httpx.Client, played: Path) -> None:
    """Given the index without a journal beside it."""
    shown = client.get("/open", params={"as": "json"}).json()
    with asking(played / INDEX) as index:
        assert json.loads(as_json(open_data(View(index, FUND, "lt", {})))) == shown


@pytest.mark.parametrize("example", EXAMPLES)
def test_each_example_of_a_what_if_shows_a_difference(played: Path, example: str) -> None:
    words = [str(played) if word == "psdf-demo" else word for word in shlex.split(example)[1:]]
    said = psdf(*words)
    assert said.returncode == 0, said.stderr
    assert re.search(r"^[1-9]\d* differences?:|^Skirtumų: [1-9]|[1-9]\d* skirtum", said.stdout, re.MULTILINE), (
        said.stdout
    )
