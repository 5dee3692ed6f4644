"""What the kit says where it is not the fund that answers, or a file is not what it should be."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from psdf_provider import Outbox
from psdf_provider.command import main
from tests.kit.invoices import SOURCE, data

HTML = {"Content-Type": "text/html"}
OTHERS: dict[str, tuple[int, dict[str, str], bytes]] = {
    "a page at which a network asks who is there": (200, HTML, b"<html>Sign in to the hospital's network</html>"),
    "an address that leads to another": (301, {**HTML, "Location": "https://fund.example.lt/"}, b"<html>Moved</html>"),
    "another server": (200, {"Content-Type": "application/json"}, b"{}"),
    "a proxy that packs badly": (200, {"Content-Type": "application/json", "Content-Encoding": "gzip"}, b"x"),
}


class Another(BaseHTTPRequestHandler):
    """Answers all alike."""

    answer: tuple[int, dict[str, str], bytes]

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status, headers, body = self.answer
        self.send_response(status)
        for name, text in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - as the library calls it

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the library has it
        """Say nothing."""


@pytest.fixture(params=OTHERS)
def another(request: pytest.FixtureRequest) -> Iterator[str]:
    handler = type("Of", (Another,), {"answer": OTHERS[request.param]})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_what_another_than_the_fund_answers_is_no_answer_and_no_receipt(
    another: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, outbox = tmp_path / "a.json", tmp_path / "outbox.sqlite3"
    file.write_text(json.dumps(data()), encoding="utf-8")
    for command in (
        ["send", str(file)],
        ["receipt", str(data()["invoice_id"])],
        ["ubl", str(file)],
        ["respond", str(data()["invoice_id"])],
        ["follow", "--once", "--wait", "0"],
        ["check", str(file), "--contract", "C-1"],
    ):
        code = main([*command, "--fund", another, "--source", SOURCE, "--outbox", str(outbox), "--tries", "1"])
        said = capsys.readouterr()
        assert (code, said.out, another in said.err) == (3, "", True), (command, said)
        assert "atsako ne fondas / it is not the fund that answers" in said.err or "DecodingError" in said.err
    (kept,) = Outbox(outbox).all()
    assert kept.outcome is None, "it is sent again"


def test_a_file_that_is_no_json_says_so_in_both_languages_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad, good, lines = tmp_path / "bad.json", tmp_path / "good.json", tmp_path / "lines.json"
    text = json.dumps(data(), indent=1)
    good.write_text(f"\ufeff{text}", encoding="utf-8")
    bad.write_text(text.replace('"number"', "number"), encoding="utf-8")
    lines.write_text(f"{json.dumps(data())}\n\n{{number}}\n", encoding="utf-8")
    assert main(["check", str(good)]) == 0, "also as an editor of Windows writes it"
    line = text.partition('"number"')[0].count("\n") + 1
    for words, at in (
        (["check", str(bad)], line),
        (["check", str(good), "--contract", str(bad)], line),
        (["check", str(lines)], 3),
    ):
        assert main(words) == 1
        assert f"ne JSON: {at} eilutė, 2 simbolis / no JSON: line {at}, column 2: " in capsys.readouterr().err
    lines.write_text("[]", encoding="utf-8")
    assert main(["check", str(good), "--contract", str(lines)]) == 1
    assert "ne viena sutartis / it is not one contract" in capsys.readouterr().err
