"""S9: a back-up of an embedded fund under load, put into a new home as the runbook says; and what is refused."""

import asyncio
import resource
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from shared.adapters.sqlite.backup import Say, copy_journal, unpack
from shared.cli import backup, restore
from shared.journal.events import facts
from shared.journal.home import Home, reading
from tests.adapters.serving import closed_port
from tests.runtime.funds import PATIENCE_S, PSDF, invoice, psdf, start_fund, until, worked_start
from tests.runtime.runbook import commands, does, says

LINES = {"Content-Type": "application/x-ndjson"}
BACKUP = "psdf backup FILE --home HOME"


class Sender(threading.Thread):
    """A provider that never ceases to send invoices, and knows which were acknowledged."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.port, self.acknowledged, self.stopped, self.some = port, list[str](), threading.Event(), threading.Event()

    def run(self) -> None:
        with httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=PATIENCE_S) as client:
            while not self.stopped.is_set():
                number = f"L{len(self.acknowledged)}"
                client.post("/events", content=raw(number), headers=LINES).raise_for_status()
                self.acknowledged.append(number)
                if len(self.acknowledged) >= 20:
                    self.some.set()


def raw(number: str) -> bytes:
    return invoice(number, 500, "2022-02-07T10:00:00+02:00", contract_id="NONE")


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[tuple[Path, Sender]]:
    """The home of a fund that works all the time, and who gives it work."""
    home, port = tmp_path / "home", int(closed_port().rpartition(":")[2])
    process = start_fund(home, port)
    sender = Sender(port)
    try:
        for event in worked_start()[:4]:
            httpx.post(f"http://127.0.0.1:{port}/events", content=event, headers=LINES).raise_for_status()
        sender.start()
        assert sender.some.wait(PATIENCE_S)
        yield home, sender
    finally:
        sender.stopped.set()
        sender.join()
        process.terminate()
        process.communicate()


def known(home: Path) -> set[str]:
    """The numbers of all invoices that a home has answered."""
    with reading(Home(path=home)) as connection:
        found = [f for f in facts(connection, [b":"]) if f.service == "invoicing" and "invoice_id" in f.data]
    return {str(f.data["invoice_id"]).partition("/")[2] for f in found}


def test_S9_a_back_up_under_load_has_all_that_was_acknowledged_before_it(
    busy: tuple[Path, Sender], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, sender = busy
    words = {"FILE": tmp_path / "fund.backup", "HOME": home, "NEW": tmp_path / "new"}

    def while_others_send(source: sqlite3.Connection, target: Path, say: Say) -> None:
        """The copy does not end before an invoice was sent and acknowledged: it holds up nobody."""
        under_way = len(sender.acknowledged) + 1

        def copied(left: int, total: int) -> None:
            asyncio.run(until(lambda: len(sender.acknowledged) > under_way))
            say(left, total)

        copy_journal(source, target, copied)

    monkeypatch.setattr(backup, "copy_journal", while_others_send)
    (home / "letters" / "2022-1.pdf").write_bytes(b"%PDF-letter")
    (home / "ubl").mkdir()
    (home / "ubl" / "a1.xml").write_bytes(b"<Invoice/>")
    assert says(BACKUP)
    before = list(sender.acknowledged)
    made = does(BACKUP, words)
    after = len(sender.acknowledged)
    assert made.returncode == 0, made.stderr
    for line in commands("Restore a home"):
        done = does(line, words)
        assert done.returncode == 0, done.stderr
    assert "hold" in done.stdout
    there = known(words["NEW"])
    assert set(before) <= there
    assert len(there) <= after + 1
    assert (words["NEW"] / "letters" / "2022-1.pdf").read_bytes() == b"%PDF-letter"
    assert (words["NEW"] / "ubl" / "a1.xml").read_bytes() == b"<Invoice/>"
    assert (words["NEW"] / "fund.id").read_text() == "psdf"


def test_S9_the_new_home_goes_on_and_what_is_sent_again_changes_nothing(
    busy: tuple[Path, Sender], tmp_path: Path
) -> None:
    home, sender = busy
    words = {"FILE": tmp_path / "fund.backup", "HOME": home, "NEW": tmp_path / "new"}
    assert does(BACKUP, words).returncode == 0
    sender.stopped.set()
    sender.join()
    assert does("psdf restore FILE --home NEW", words).returncode == 0
    again = tmp_path / "again.jsonl"
    again.write_bytes(b"".join(raw(number) + b"\n" for number in sender.acknowledged))
    assert psdf("publish", again, "--moment", "event", home=words["NEW"]).returncode == 0
    assert known(words["NEW"]) == known(home) == set(sender.acknowledged)
    assert psdf("verify", home=words["NEW"]).returncode == 0


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A back-up of a small fund."""
    folder = tmp_path_factory.mktemp("copied")
    (folder / "start.jsonl").write_bytes(b"".join(each + b"\n" for each in worked_start()[:4]))
    assert psdf("publish", folder / "start.jsonl", "--moment", "event", home=folder / "home").returncode == 0
    assert psdf("backup", folder / "fund.backup", home=folder / "home").returncode == 0
    return folder / "fund.backup"


def test_S9_a_lost_end_of_the_new_home_is_seen_as_of_any_other(copy: Path, tmp_path: Path) -> None:
    home = tmp_path / "new"
    assert psdf("restore", copy, home=home).returncode == 0
    assert (home / "fund.heads").is_file()
    (home / "fund.sqlite3").unlink()
    lost = psdf("publish", "-", home=home)
    assert lost.returncode == 1
    assert "says that a fund lives here" in lost.stderr


def test_S9_a_home_that_holds_anything_is_never_overwritten(copy: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    assert psdf("restore", copy, home=home).returncode == 0
    before = (home / "fund.sqlite3").read_bytes()
    again = psdf("restore", copy, home=home)
    assert again.returncode == 1
    assert "is not empty (fund.heads, fund.id, fund.sqlite3)" in again.stderr
    assert (home / "fund.sqlite3").read_bytes() == before
    over = psdf("backup", copy, home=home)
    assert over.returncode == 1
    assert "a back-up is never overwritten" in over.stderr


@pytest.mark.parametrize("of", ["nothing", "cut", "one bit", "no back-up"])
def test_S9_what_is_no_whole_back_up_leaves_nothing_behind(copy: Path, tmp_path: Path, of: str) -> None:
    whole = copy.read_bytes()
    middle = len(whole) // 2
    damaged = tmp_path / "damaged.backup"
    damaged.write_bytes(
        {
            "nothing": b"",
            "cut": whole[:middle],
            "one bit": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
            "no back-up": b"a letter",
        }[of]
    )
    done = psdf("restore", damaged, home=tmp_path / "new")
    assert done.returncode == 1
    assert str(damaged) in done.stderr
    assert not list((tmp_path / "new").iterdir())


@pytest.mark.parametrize("at", ["unpack", "fault_of", "heads_of"])
def test_S9_nothing_starts_on_what_a_kill_leaves_of_a_restore(copy: Path, tmp_path: Path, at: str) -> None:
    home, program = tmp_path / "new", "import os, shared.cli.restore as r; r.{} = lambda *_: os._exit(9); {}"
    killed = (PSDF[0], "-c", program.format(at, PSDF[2]), "restore", str(copy), "--home", str(home))
    assert subprocess.run(killed, check=False).returncode == 9
    started = psdf("publish", "-", home=home)
    assert started.returncode == 1
    assert "says that a fund lives here: put back the journal or a back-up" in started.stderr


def test_S9_a_restored_desk_hears_anew_before_anything_could_start(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = list[bool]()
    monkeypatch.setattr(restore, "hear_anew", lambda desk: found.append((desk.parents[1] / "fund.sqlite3").exists()))
    assert psdf("restore", copy, home=tmp_path / "new").returncode == 0
    assert found == [False]


def test_S9_a_back_up_that_finds_no_room_says_nothing_of_the_journal(copy: Path, tmp_path: Path) -> None:
    home, (soft, hard) = tmp_path / "home", resource.getrlimit(resource.RLIMIT_FSIZE)
    assert psdf("restore", copy, home=home).returncode == 0
    with closing(sqlite3.connect(home / "desk.sqlite3")) as desk:
        desk.execute("CREATE TABLE t (a)")
    (home / "desk").mkdir()
    for there in (False, True):
        if there:
            (home / "desk.sqlite3").rename(home / "desk" / "desk.sqlite3")
        resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, hard))
        try:
            done = psdf("backup", tmp_path / "full.backup", home=home)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert done.returncode == 1
        assert f"psdf: {tmp_path}: no copy can be made there: " in done.stderr
    assert not list(tmp_path.glob("full.backup*"))


def test_S9_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    done = psdf("restore", tmp_path / "none", home=tmp_path / "new")
    assert done.returncode == 1
    assert str(tmp_path / "none") in done.stderr


def test_S9_a_back_up_of_another_fund_is_refused(copy: Path, tmp_path: Path) -> None:
    other = tmp_path / "air.toml"
    statute = Path(__file__).parents[2] / "shared" / "statute" / "funds" / "psdf.toml"
    other.write_text(statute.read_text(encoding="utf-8").replace('"psdf"', '"air"', 1), encoding="utf-8")
    done = psdf("restore", copy, home=tmp_path / "new", PSDF_FUND=str(other))
    assert done.returncode == 1
    assert "is of fund psdf, not of air" in done.stderr
    assert not list((tmp_path / "new").iterdir())


def test_S9_a_folder_keeps_the_newest(copy: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert psdf("restore", copy, home=home).returncode == 0
    folder = tmp_path / "backups"
    folder.mkdir()
    for taken in ("2026-01-01T000000Z", "2026-01-02T000000Z", "2026-01-03T000000Z"):
        shutil.copy(copy, folder / f"psdf-{taken}.backup")
    (folder / "notes.txt").write_text("ours")
    done = psdf("backup", folder, "--keep", "2", home=home)
    assert done.returncode == 0, done.stderr
    assert "2 older ones removed" in done.stdout
    kept = sorted(each.name for each in folder.iterdir())
    assert (kept[0], kept[1]) == ("notes.txt", "psdf-2026-01-03T000000Z.backup")
    assert len(kept) == 3
    assert unpack(folder / kept[2], lambda _: None).fund == "psdf"


def test_S9_the_new_back_up_stays_though_the_clock_was_set_back(copy: Path, tmp_path: Path) -> None:
    home, folder = tmp_path / "home", tmp_path / "backups"
    assert psdf("restore", copy, home=home).returncode == 0
    folder.mkdir()
    shutil.copy(copy, folder / "psdf-2199-01-01T000000Z.backup")
    done = psdf("backup", folder, "--keep", "1", home=home)
    assert done.returncode == 0, done.stderr
    (kept,) = folder.iterdir()
    assert kept.name < "psdf-2199"
