"""Pages lead to traces where a viewer is known, and a trace's id leads to its page."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from shared.runtime.settings import Settings
from shared.telemetry.context import INVOICE, NOTICE, Subject
from tests.console.conftest import shown

A1 = "300111224/A1"
VIEWER = "http://127.0.0.1:9411/zipkin/traces/"


@pytest.fixture(scope="module")
def viewed(played: Path) -> Iterator[httpx.Client]:
    """The console of a fund of which every invoice is traced."""
    settings = Settings(home=played, traces=1, traces_url=f"{VIEWER}{{trace}}")
    with shown(played, settings) as url, httpx.Client(base_url=url, timeout=60) as client:
        yield client


def trace_of(kind: str, id_: str) -> str:
    return Subject("psdf", kind, id_).trace


def a_notice(client: httpx.Client) -> str:
    found = re.search(r'href="/notices/([^"?]+)"', client.get("/notices").text)
    assert found
    return found[1]


def test_the_pages_of_an_invoice_and_of_a_notice_lead_to_their_traces(viewed: httpx.Client) -> None:
    notice = a_notice(viewed)
    for path, trace in ((f"/invoices/{A1}", trace_of(INVOICE, A1)), (f"/notices/{notice}", trace_of(NOTICE, notice))):
        page = viewed.get(path)
        assert f'Techninis pėdsakas</dt><dd><a href="{VIEWER}{trace}">{trace}</a>' in re.sub(r">\s+<", "><", page.text)
        assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert "Technical trace" in viewed.get(f"/invoices/{A1}", params={"lang": "en"}).text


def test_a_page_leads_nowhere_while_no_viewer_is_known(client: httpx.Client) -> None:
    assert "pėdsakas" not in client.get(f"/invoices/{A1}").text
    assert "http://" not in client.get(f"/invoices/{A1}").text.replace("http://www.w3.org", "")


def test_an_invoice_outside_the_share_says_so(played: Path) -> None:
    settings = Settings(home=played, traces=0, traces_url=f"{VIEWER}{{trace}}")
    with shown(played, settings) as url, httpx.Client(base_url=url, timeout=60) as client:
        page = client.get(f"/invoices/{A1}", params={"lang": "en"}).text
    assert "not recorded (PSDF_TRACES: 0%)" in page
    assert VIEWER not in page


def test_a_traces_id_leads_to_its_page_with_a_viewer_or_without(client: httpx.Client) -> None:
    notice = a_notice(client)
    for kind, id_, page in ((INVOICE, A1, f"/invoices/{A1}"), (NOTICE, notice, f"/notices/{notice}")):
        for path, asked in ((f"/traces/{trace_of(kind, id_)}", {}), ("/search", {"q": trace_of(kind, id_)})):
            answer = client.get(path, params=asked | {"lang": "en"})
            assert (answer.status_code, answer.headers["Location"]) == (307, f"{page}?lang=en")


@pytest.mark.parametrize("trace", ["0" * 32, "abc", "%3Cscript%3E"])
def test_a_trace_of_nothing_is_not_found(client: httpx.Client, trace: str) -> None:
    assert client.get(f"/traces/{trace}").status_code == 404
