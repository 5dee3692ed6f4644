"""A journal that can't be read for a while: pages say so in a band, are read as they were, and the band goes."""

import time
from pathlib import Path

import httpx

from tests.console.conftest import shown
from tests.console.desks import a_fund
from tests.runtime.funds import PATIENCE_S

BAND = 'class="band stale" role="status"'


def until(client: httpx.Client, path: str, *, behind: bool) -> str:
    """The page, once it has the band or has it no more."""
    limit = time.monotonic() + PATIENCE_S
    while (BAND in (page := client.get(path).text)) is not behind:
        assert time.monotonic() < limit, page[:3000]
        time.sleep(0.1)
    return page


def test_while_the_journal_is_away_every_page_says_that_it_is_behind(tmp_path: Path) -> None:
    a_fund(tmp_path)
    journal, away = tmp_path / "fund.sqlite3", tmp_path / "away"
    with shown(tmp_path) as url, httpx.Client(base_url=url, timeout=60) as client:
        before = client.get("/invoices?as=json").json()
        assert BAND not in client.get("/fund").text
        journal.rename(away)
        lithuanian, english = "Rodoma anksčiau perskaityta būklė", "What was read before is shown"
        for path, words in (("/fund", lithuanian), ("/invoices", lithuanian), ("/notices?lang=en", english)):
            assert words in until(client, path, behind=True)
        assert client.get("/readyz").status_code == 503
        assert client.get("/invoices?as=json").json() == before, "it is read as it was"
        away.rename(journal)
        until(client, "/fund", behind=False)
        assert client.get("/readyz").status_code == 200
