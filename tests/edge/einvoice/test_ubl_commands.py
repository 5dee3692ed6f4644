"""``psdf ubl``: each command of the room's page as it stands there, and what each says where it can't."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from unittest import mock

import httpx
import mockeinvoice
import pytest

from shared.edge.einvoice.artefacts import Artefacts, NotHere
from tests.adapters.serving import closed_port
from tests.edge.einvoice.made import changed
from tests.runtime import funds
from tests.runtime.funds import ROOT, WORKED_START, psdf, start_fund

PAGE = ROOT / "shared/edge/einvoice/README.md"
COMMANDS = [
    line
    for block in re.findall(r"```console\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    for line in block.splitlines()
]
EXAMPLE = ROOT / "shared/edge/einvoice/example.xml"


def run(command: str, home: Path) -> subprocess.CompletedProcess[str]:
    """A command of the page, in the folder of the repository and with a home of the test."""
    *settings, rest = re.split(r"(?<=\w) (?=psdf)", command, maxsplit=1)
    words = [word.replace("HOME", str(home)) for word in shlex.split(rest)][1:]
    words = [str(home / word) if word == "response.xml" else word for word in words]
    words = [str(ROOT / word) if (ROOT / word).is_file() else word for word in words]
    return psdf(*words, **dict(each.split("=") for each in settings))


@pytest.mark.usefixtures("rules")
def test_each_command_of_the_page_does_what_it_says(tmp_path: Path) -> None:
    said = {}
    for command in (each for each in COMMANDS if "curl" not in each):
        done = run(command, tmp_path)
        assert done.returncode == 0, (command, done.stderr)
        said[command] = done.stdout
    fetched, check, stated, _, taken, written, printed = said.values()
    assert "the official rules and schemas of e-invoices, 6 files, each as pinned" in fetched
    assert "example.xml: valid" in check
    assert json.loads(stated)["amount_cents"] == 300_000
    assert json.loads(taken)["invoice_id"] == "300111224/E1"
    assert "AP of 2022-04-05 (all: AB AP)" in written
    response, report = mockeinvoice.validate_response((tmp_path / "response.xml").read_bytes())
    assert (response.code, report.verdict) == ("AP", "valid")
    assert mockeinvoice.read_response(printed.encode())[0].code == "AB"


@pytest.mark.usefixtures("rules")
def test_each_request_of_the_page_is_answered_and_the_command_sends_to_the_fund_that_runs(tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("THE REQUESTS OF THE PAGE ARE NOT TRIED: curl is not on PATH")
    port = int(closed_port().rpartition(":")[2])
    process = start_fund(tmp_path, port)
    try:
        psdf("publish", WORKED_START, home=tmp_path)
        answers = []
        for command in (each for each in COMMANDS if "curl" in each):
            words = shlex.split(command.replace("8080", str(port)))
            answers.append(
                subprocess.run([*words, "-sS", "--max-time", "60"], capture_output=True, cwd=ROOT, check=True).stdout
            )
        receipt, response = answers
        assert json.loads(receipt)["invoice_id"] == "300111224/E1"
        assert mockeinvoice.read_response(response)[0].document.id == "E1"
        again = psdf("ubl", "in", EXAMPLE, home=tmp_path)
        assert (again.returncode, again.stdout.encode().strip()) == (0, receipt)
        refused = tmp_path / "refused.xml"
        refused.write_bytes(changed("PSDF:04", "04"))
        answer = psdf("ubl", "in", refused, home=tmp_path)
        assert answer.returncode == 1
        assert "422" in answer.stderr
        assert "PSDF-R13 cbc:AccountingCost: nurodykite lėšas" in answer.stdout
    finally:
        process.terminate()
        process.communicate()


@pytest.mark.usefixtures("rules")
def test_what_is_broken_is_told_line_by_line_and_ends_with_1(tmp_path: Path) -> None:
    file = tmp_path / "other.xml"
    file.write_bytes(changed(">3000.00</cbc:PayableAmount>", ">1.00</cbc:PayableAmount>"))
    for command in ("check", "in"):
        done = psdf("ubl", command, file, **({} if command == "check" else {"home": tmp_path / "home"}))
        assert done.returncode == 1
        assert "BR-CO-16 /Invoice/cac:LegalMonetaryTotal: [BR-CO-16]" in done.stdout
        assert str(file) in done.stderr
    file.write_bytes(changed("PSDF:04", "04"))
    done = psdf("ubl", "check", file)
    assert "PSDF-R13 cbc:AccountingCost: nurodykite lėšas" in done.stdout
    assert " / give the money's source" in done.stdout


def test_no_file_no_response_and_no_rules_are_a_line_each(tmp_path: Path) -> None:
    assert "No such file" in psdf("ubl", "check", tmp_path / "none.xml").stderr
    assert psdf("ubl", "check", tmp_path / "none.xml").returncode == 2
    psdf("publish", WORKED_START, "--moment", "event", home=tmp_path)
    done = psdf("ubl", "response", "300111224/NONE", home=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "no such response to invoice 300111224/NONE; it has none" in done.stderr
    missing = NotHere("no e-invoice can be checked here: Maven 3.6 or newer is needed")
    with mock.patch("shared.edge.einvoice.reception.artefacts", side_effect=missing):
        done = psdf("ubl", "check", EXAMPLE)
    assert done.returncode == 1
    assert "Maven 3.6 or newer is needed" in done.stderr


def test_without_the_extra_it_is_said_how_to_install_it() -> None:
    with mock.patch("shared.edge.einvoice.artefacts.has_engine", return_value=False):
        done = psdf("ubl", "check", EXAMPLE)
    assert done.returncode == 1
    assert "saxonche is not installed; pip install 'psdf[ubl]'" in done.stderr


def test_a_fund_that_runs_without_the_extra_says_so_and_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = "import shared.edge.einvoice.artefacts as here; here.has_engine = lambda: False; "
    monkeypatch.setattr(funds, "PSDF", (sys.executable, "-c", f"{without}from shared.cli.main import main; main()"))
    port = int(closed_port().rpartition(":")[2])
    process = start_fund(tmp_path, port)
    try:
        answer = httpx.post(
            f"http://127.0.0.1:{port}/ubl", content=EXAMPLE.read_bytes(), headers={"Content-Type": "application/xml"}
        )
    finally:
        process.terminate()
        said, _ = process.communicate()
    assert (answer.status_code, "psdf[ubl]" in answer.json()["detail"]) == (503, True)
    assert "no e-invoices at /ubl: saxonche is not installed (pip install 'psdf[ubl]' brings it)" in said


def test_without_maven_and_without_the_cache_it_is_said_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shared.edge.einvoice.artefacts import artefacts

    monkeypatch.setenv("PSDF_CACHE", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotHere, match=r"mvn 3\.6 or newer is needed for fetching the rules and schemas of e-invoices"):
        artefacts(lambda _: None)


def test_a_jar_that_is_not_the_pinned_one_is_not_used(
    rules: Artefacts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shared.edge.einvoice.artefacts import artefacts

    folder = tmp_path / rules.folder.name
    folder.mkdir()
    for jar in rules.folder.iterdir():
        (folder / jar.name).write_bytes(jar.read_bytes() + (b" " if "peppol" in jar.name else b""))
    monkeypatch.setenv("PSDF_CACHE", str(tmp_path))
    with pytest.raises(NotHere, match=r"phive-rules-peppol-4\.3\.7\.jar has sha256"):
        artefacts(lambda _: None)
