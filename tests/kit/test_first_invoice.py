"""The kit's pages as they are typed: each block against a fund to try out, or left out loudly where its program is missing."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local import free_port
from psdf_provider.command import main
from tests.edge.signing import PERSONS
from tests.kit.conftest import PROJECT, left_out
from tests.kit.invoices import AT, SOURCE
from tests.runtime.funds import clean_env, psdf, start_fund

PAGE = PROJECT / "FIRST_INVOICE.md"
NPM = Path(__file__).parents[1] / "edge" / "npm"
INSTALL = "pip install ./deploy/provider-kit"
"""What the environment of these tests has done, with the wheel that is built of that folder."""
DOOR = "http://127.0.0.1:8080"


def blocks(language: str, page: Path = PAGE) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture(scope="module")
def fund(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A fund to try out: where it listens, and its home."""
    port, home = free_port(), tmp_path_factory.mktemp("fund") / "home"
    running = start_fund(home, port, "--seed")
    yield f"http://127.0.0.1:{port}", home
    running.terminate()
    running.wait()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "invoice.json").write_text(blocks("json")[0], encoding="utf-8")
    return tmp_path


def typed(text: str, folder: Path, url: str, *, path: Path | None = None) -> str:
    """What a block prints when it is typed into a shell."""
    env = clean_env() | {"PSDF_FUND_URL": url, "EVENT_TIME": AT}
    env["PATH"] = f"{path}:{env['PATH']}" if path else env["PATH"]
    script = "\n".join(line for line in text.splitlines() if line != INSTALL).replace(DOOR, url)
    shell = ["bash", "-euo", "pipefail", "-c", script]
    done = subprocess.run(shell, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def needs(*programs: str) -> None:
    if missing := [name for name in programs if shutil.which(name) is None]:
        left_out(f"A PAGE'S EXAMPLE IS NOT RUN HERE: {', '.join(missing)} not found")


def prepared(text: str, folder: Path, *programs: str) -> None:
    """Do what brings an SDK; left out where it can't be had."""
    needs(*programs)
    done = subprocess.run(["bash", "-c", text], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        left_out(f"A PAGE'S EXAMPLE IS NOT RUN HERE: {text}: {(done.stdout + done.stderr)[-300:]}")


def test_at_the_command_line(fund: tuple[str, Path], folder: Path, environment: Path) -> None:
    (first, *_) = blocks("sh")
    assert INSTALL in first
    said = typed(first, folder, fund[0], path=environment)
    assert "300111224/A1: gerai / good" in said
    assert "300111224/A1: accepted" in said
    assert "Sąskaita patikrinta ir priimta" in said


def test_in_python(fund: tuple[str, Path], folder: Path, environment: Path) -> None:
    (folder / "first.py").write_text(blocks("python")[0].replace(DOOR, fund[0]), encoding="utf-8")
    said = typed("python first.py", folder, fund[0], path=environment)
    assert "A1 accepted" in said
    assert "Do.NOTHING" in said


def test_with_curl(fund: tuple[str, Path], folder: Path) -> None:
    needs("curl")
    sent, heard = typed(blocks("sh")[1], folder, fund[0]).split('{"source"')
    assert json.loads(sent)["answers"][0]["outcome"] == "accepted"
    assert "invoice.accepted" in heard


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory, environment: Path) -> Iterator[tuple[str, Path, str]]:
    """A fund that knows the provider's key, which was made as the page says: its address, the folder, the key's id."""
    folder, port = tmp_path_factory.mktemp("signed"), free_port()
    running = start_fund(folder / "home", port, "--seed")
    url = f"http://127.0.0.1:{port}"
    new = blocks("sh")[2].strip()
    assert new == f"psdf-provider keys new {SOURCE} --out keys"
    typed(f"{new} --valid-from 2022-01-01", folder, url, path=environment)
    persons = ("--by", PERSONS["by"], "--approved-by", PERSONS["approved_by"])
    done = psdf("keys", "register", folder / "keys" / "request.json", *persons, home=folder / "home")
    assert done.returncode == 0, done.stderr
    yield url, folder, json.loads((folder / "keys" / "request.json").read_bytes())["keyid"]
    running.terminate()
    running.wait()


def test_signed_with_the_kit_and_sent_with_curl(keys: tuple[str, Path, str], environment: Path) -> None:
    url, folder, _ = keys
    shutil.copy(write_invoice(folder), folder / "invoice.json")
    block = blocks("sh")[3].replace("--key keys/key.pem", f"--key keys/key.pem --time {AT}")
    said = typed(block, folder, url, path=environment)
    assert json.loads(said)["answers"][0]["outcome"] == "accepted"


def write_invoice(folder: Path) -> Path:
    path = folder / "of-page.json"
    path.write_text(blocks("json")[0], encoding="utf-8")
    return path


def test_with_node_and_the_cloudevents_sdk(fund: tuple[str, Path], keys: tuple[str, Path, str], folder: Path) -> None:
    (program,) = blocks("js")
    (folder / "send.mjs").write_text(program, encoding="utf-8")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(NPM / name, folder)
    prepared("npm ci --silent --no-audit --no-fund --prefer-offline", folder, "node", "npm")
    command = f"node send.mjs {DOOR} invoice.json"
    assert command in PAGE.read_text(encoding="utf-8")
    assert outcome(typed(command, folder, fund[0])) == "accepted"
    assert outcome(typed(f"{command} {keys[1] / 'keys' / 'key.pem'}", folder, keys[0])) == "accepted"


def test_with_java_and_the_cloudevents_sdk(fund: tuple[str, Path], keys: tuple[str, Path, str], folder: Path) -> None:
    (program,), (pom,) = blocks("java"), blocks("xml")
    (folder / "SendInvoice.java").write_text(program, encoding="utf-8")
    (folder / "pom.xml").write_text(pom, encoding="utf-8")
    said = PAGE.read_text(encoding="utf-8")
    fetch, command = "mvn -q dependency:copy-dependencies -DoutputDirectory=lib", "java -cp 'lib/*' SendInvoice.java"
    assert fetch in said
    assert command in said
    prepared(fetch, folder, "java", "mvn")
    assert outcome(typed(f"{command} {DOOR} invoice.json", folder, fund[0])) == "accepted"
    signed = f"{command} {DOOR} invoice.json {keys[1] / 'keys' / 'key.pem'} {keys[2]}"
    assert outcome(typed(signed, folder, keys[0])) == "accepted"


def outcome(said: str) -> str:
    """What was answered to the one event: a status, and the body."""
    status, _, body = said.partition(" ")
    assert status == "200", said
    found: str = json.loads(body)["answers"][0]["outcome"]
    return found


def test_the_double_of_the_kit_s_own_page(folder: Path, environment: Path) -> None:
    (block,) = blocks("python", PROJECT / "README.md")
    (folder / "double.py").write_text(block, encoding="utf-8")
    typed("python double.py", folder, DOOR, path=environment)


def test_the_whole_way_at_the_command_line(
    fund: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = json.loads(blocks("json")[0]) | {
        "invoice_id": "300111224/W1", "number": "W1", "service_month": "2021-12", "amount_cents": 1,
    }  # fmt: skip
    (tmp_path / "wrong.json").write_text(json.dumps(wrong), encoding="utf-8")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PSDF_FUND_URL", fund[0])

    def provider(*words: str) -> subprocess.CompletedProcess[str]:
        code = main(words)
        said = capsys.readouterr()
        return subprocess.CompletedProcess(words, code, said.out, said.err)

    checked = provider("check", "wrong.json", "--contract", "C-1")
    assert (checked.returncode, "sum_mismatch" in checked.stdout, "outside_contract" in checked.stdout) == (
        1,
        True,
        True,
    )
    sent = provider("send", "wrong.json", "--time", AT)
    assert (sent.returncode, sent.stdout.splitlines()[0]) == (1, "300111224/W1: refused")
    assert "300111224/W1  refused" in provider("status").stdout
    mended = provider("mend", "300111224/W1", "--contract", "C-1", "--number", "W2")
    assert (mended.returncode, "žmogui / left to a person: outside_contract" in mended.stderr) == (1, True)
    assert json.loads(mended.stdout)["amount_cents"] == 300_000
    receipt = provider("receipt", "300111224/W1")
    assert json.loads(receipt.stdout)["receipt"]["source"] == SOURCE
    heard = provider("follow", "--once", "--wait", "0", "--json")
    assert "invoice.refused" in {json.loads(line)["type"] for line in heard.stdout.splitlines()}
    nobody = provider("send", "--fund", f"http://127.0.0.1:{free_port()}", "--source", SOURCE, "--tries", "1")
    assert (nobody.returncode, nobody.stderr) == (0, ""), "there is nothing to send"
    (tmp_path / "new.json").write_text(blocks("json")[0].replace("A1", "N1"), encoding="utf-8")
    later = provider("send", "new.json", "--fund", f"http://127.0.0.1:{free_port()}", "--tries", "1")
    assert (later.returncode, "ConnectError" in later.stderr) == (3, True)
    assert later.stderr.endswith("niekas neprarasta, pakartokite vėliau / nothing is lost, try again later\n")
    assert "300111224/N1  under way" in provider("status").stdout
    for words in (["check", "none.json"], ["mend", "300111224/X"], ["keys", "new", "me", "--out", "k"]):
        failed = provider(*words)
        assert (failed.returncode, failed.stderr.startswith("psdf-provider: ")) == (1, True), failed.stderr
