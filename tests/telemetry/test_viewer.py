"""From a span to the console's page, and from `psdf trace` to where a trace is shown."""

from pathlib import Path

from shared.telemetry.context import EVENT, INVOICE, NOTICE, Subject
from shared.telemetry.file import Line, lines_with
from shared.telemetry.setup import Telemetry
from shared.telemetry.share import Share
from shared.telemetry.viewer import CONSOLE, Viewer, page_of
from tests.runtime.funds import psdf
from tests.telemetry.play import A1, A2, FUND_ID, Watched, trace_of, worked_start

URL = "http://127.0.0.1:9411/zipkin/traces/{trace}"


async def spans(folder: Path, console_url: str | None) -> list[Line]:
    telemetry = Telemetry(traces=1, folder=folder, console_url=console_url)
    fund = Watched(telemetry)
    await fund.bus.start()
    await worked_start(fund)
    telemetry.close()
    notice = Subject(FUND_ID, NOTICE, "2022-04-1").trace
    return list(lines_with(folder, [trace_of(A1), trace_of(A2), notice]))


async def test_spans_lead_to_the_page_of_their_invoice_or_notice(tmp_path: Path) -> None:
    found = await spans(tmp_path, "https://console.example/")
    led = {line.attributes[CONSOLE] for line in found if CONSOLE in line.attributes}
    assert led == {
        f"https://console.example{page}" for page in (f"/invoices/{A1}", f"/invoices/{A2}", "/notices/2022-04-1")
    }
    of_invoices = [line for line in found if "psdf.invoice" in line.attributes]
    assert of_invoices
    for line in of_invoices:
        assert str(line.attributes[CONSOLE]).endswith(str(line.attributes["psdf.invoice"]))
    assert any(line.name == "letter" and CONSOLE in line.attributes for line in found)


async def test_without_a_console_they_lead_nowhere(tmp_path: Path) -> None:
    assert not [line for line in await spans(tmp_path, None) if CONSOLE in line.attributes]


def test_a_page_is_of_an_invoice_or_a_notice_and_its_address_is_written_out() -> None:
    assert page_of(Subject("psdf", INVOICE, "300111224/Ą 1?#%")) == "/invoices/300111224/%C4%84%201%3F%23%25"
    assert page_of(Subject("psdf", EVENT, "/clock 2022-01-03")) is None


def test_a_viewer_knows_the_invoices_of_the_share_and_all_notices() -> None:
    viewer = Viewer(url=URL, share=Share(0))
    assert viewer.address("ab") == "http://127.0.0.1:9411/zipkin/traces/ab"
    assert not viewer.knows(Subject("psdf", INVOICE, A1))
    assert viewer.knows(Subject("psdf", NOTICE, "2022-04-1"))


async def test_psdf_trace_says_where_a_trace_is_shown(tmp_path: Path) -> None:
    await spans(tmp_path / "traces", None)
    told = f"shown at http://127.0.0.1:9411/zipkin/traces/{trace_of(A1)}"
    drawn = psdf("trace", A1, home=tmp_path, PSDF_TRACES_URL=URL)
    assert drawn.returncode == 0, drawn.stderr
    assert drawn.stdout.endswith(f"{told}\n")
    assert "shown at" not in psdf("trace", A1, home=tmp_path).stdout
    absent = psdf("trace", A1, home=tmp_path / "other", PSDF_TRACES_URL=URL)
    assert absent.returncode == 1
    assert absent.stderr.endswith(f"if it is there, it is {told}\n")


def test_an_address_without_a_place_for_the_trace_is_refused(tmp_path: Path) -> None:
    refused = psdf("trace", A1, home=tmp_path, PSDF_TRACES_URL="http://127.0.0.1:9411/zipkin/")
    assert refused.returncode == 2
    assert "PSDF_TRACES_URL=http://127.0.0.1:9411/zipkin/: " in refused.stderr
    assert r"\{trace\}" in refused.stderr
