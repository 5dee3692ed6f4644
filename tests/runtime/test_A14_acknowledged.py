"""A14: what was acknowledged does not vanish unseen: a lost end, an empty journal, a file removed or replaced."""

import resource
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.sqlite.heads import SLOT, Head, Heads
from shared.engine.faults import Broken, Unavailable
from shared.journal.home import Home, HomeError
from shared.runtime.http import fund_app
from tests.adapters.serving import closed_port, running
from tests.runtime.funds import PATIENCE_S, PSDF, WORKED_START, fund, invoice, psdf, start_fund, worked_start
from tests.telemetry.prometheus import samples

LINES = {"Content-Type": "application/x-ndjson"}


def invoices(count: int) -> list[bytes]:
    return [invoice(f"A{n}", 500, "2022-02-07T10:00:00+02:00", contract_id="NONE") for n in range(count)]


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    """The home of a fund that acknowledged many events, and was killed: the newest stand in the log alone."""
    home = tmp_path / "home"
    port = int(closed_port().rpartition(":")[2])
    process = start_fund(home, port)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_S) as client:
            for raw in [*worked_start()[:4], *invoices(30)]:
                client.post("/events", content=raw, headers=LINES).raise_for_status()
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert (home / "fund.sqlite3-wal").stat().st_size > 100_000
    return home


def commits(home: Path) -> int:
    with closing(sqlite3.connect(f"file:{home / 'fund.sqlite3'}?mode=ro", uri=True)) as journal:
        (count,) = journal.execute("SELECT count(*) FROM commits").fetchone()
        return int(count)


def test_A14_one_flipped_bit_of_the_log_is_seen_at_start_and_by_verify(killed: Path, tmp_path: Path) -> None:
    log = killed / "fund.sqlite3-wal"
    content = bytearray(log.read_bytes())
    content[len(content) // 2] ^= 1
    whole = tmp_path / "whole"
    shutil.copytree(killed, whole)
    log.write_bytes(content)
    verified = psdf("verify", home=killed)
    assert verified.returncode == 1
    assert "is missing at the end" in verified.stderr
    started = psdf("publish", WORKED_START, home=killed)
    assert started.returncode == 1
    assert "has lost its end, or is an older copy: commit " in started.stderr
    assert "of door door" in started.stderr
    assert log.read_bytes() == content  # nothing is written over what may still be saved
    assert psdf("publish", WORKED_START, home=whole).returncode == 0
    assert psdf("verify", home=whole).returncode == 0
    (killed / "fund.heads").unlink()  # a person's word
    assert psdf("publish", WORKED_START, home=killed).returncode == 0


def test_A14_a_journal_without_its_log_is_seen(killed: Path) -> None:
    (killed / "fund.sqlite3-wal").unlink()
    (killed / "fund.sqlite3-shm").unlink()
    started = psdf("publish", WORKED_START, home=killed)
    assert started.returncode == 1
    assert "fund.sqlite3 is not there or empty" in started.stderr or "has lost its end" in started.stderr


@pytest.mark.parametrize("left", ["nothing", "an empty file", "an empty journal", "an empty file and no heads"])
async def test_A14_an_empty_journal_where_a_fund_lives_is_refused(tmp_path: Path, left: str) -> None:
    async with fund(tmp_path) as stack:
        await stack.publish(worked_start())
    for name in ("fund.sqlite3", "fund.sqlite3-wal", "fund.sqlite3-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    if left != "nothing":
        (tmp_path / "fund.sqlite3").touch()
    if left == "an empty journal":
        async with fund(tmp_path / "other"):
            pass
        shutil.copy(tmp_path / "other" / "fund.sqlite3", tmp_path)
    if left == "an empty file and no heads":
        (tmp_path / "fund.heads").unlink()
    with pytest.raises(HomeError, match=r"is not there or empty, and fund\.id says that a fund lives here"):
        async with fund(tmp_path):
            pass


async def test_A14_a_fund_that_never_decided_anything_starts_again(tmp_path: Path) -> None:
    for _ in range(3):
        async with fund(tmp_path) as stack:
            assert stack.look() is None


@pytest.mark.parametrize("decided", [False, True])
async def test_A14_a_home_whose_name_of_the_fund_was_cut_off_is_that_funds(tmp_path: Path, *, decided: bool) -> None:
    """A full disk, or a power cut soon after the first start, leaves ``fund.id`` with nothing in it."""
    async with fund(tmp_path) as stack:
        await stack.publish(worked_start()[:4] if decided else [])
    (tmp_path / "fund.id").write_bytes(b"")
    async with fund(tmp_path) as stack:
        assert (stack.payments.today is not None) == decided
    assert (tmp_path / "fund.id").read_text() == "psdf"


def test_A14_a_home_that_has_no_room_at_all_is_said_in_one_line(tmp_path: Path) -> None:
    def no_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

    publish = (*PSDF, "publish", "-", "--home", str(tmp_path))
    started = subprocess.run(publish, input="", capture_output=True, text=True, check=False, preexec_fn=no_room)
    assert started.returncode == 1
    assert started.stderr == f"psdf: {tmp_path}: File too large; is there room on the disk?\n"


async def test_A14_a_home_of_before_the_heads_is_taken_and_kept_from_then_on(tmp_path: Path) -> None:
    async with fund(tmp_path) as stack:
        await stack.publish(worked_start()[:4])
    (tmp_path / "fund.heads").unlink()
    older = (tmp_path / "fund.sqlite3").read_bytes()
    async with fund(tmp_path) as stack:
        await stack.publish(worked_start()[4:])
    (tmp_path / "fund.sqlite3").write_bytes(older)
    with pytest.raises(HomeError, match="has lost its end, or is an older copy"):
        async with fund(tmp_path):
            pass


def remove(journal: Path) -> None:
    journal.unlink()


def replace(journal: Path) -> None:
    shutil.copy(journal, journal.with_name("copy"))
    journal.with_name("copy").rename(journal)


def remove_log(journal: Path) -> None:
    journal.with_name("fund.sqlite3-wal").unlink()


@pytest.mark.parametrize("harm", [remove, replace, remove_log])
async def test_A14_a_journal_that_is_not_in_its_place_stops_the_fund(tmp_path: Path, harm: object) -> None:
    assert callable(harm)
    async with fund(tmp_path) as stack, running(fund_app(stack)) as url, httpx.AsyncClient(base_url=url) as client:
        first, second, third = invoices(3)
        assert (await client.post("/events", content=first, headers=LINES)).status_code == 202
        harm(Home(path=tmp_path).journal)
        answer = await client.post("/events", content=second, headers=LINES)
        assert (answer.status_code, "was removed or replaced while the fund ran" in answer.json()["detail"]) == (
            503,
            True,
        )
        readiness = await client.get("/readyz")
        assert (readiness.status_code, "was removed or replaced" in readiness.text) == (503, True)
        with pytest.raises(Broken, match="was removed or replaced"):
            await stack.publish([third])


async def test_A14_it_is_seen_before_anything_is_sent(tmp_path: Path) -> None:
    async with fund(tmp_path) as stack, running(fund_app(stack)) as url, httpx.AsyncClient(base_url=url) as client:
        await stack.publish(worked_start()[:1])
        remove(Home(path=tmp_path).journal)
        assert samples((await client.get("/metrics")).text)["psdf_ready{}"] == 0
        assert (await client.get("/readyz")).status_code == 503


HEADS = st.dictionaries(
    st.sampled_from(["door", "payments", "invoicing"]),
    st.builds(Head, stream=st.text(max_size=20), version=st.integers(1, 10**9), hash=st.binary(min_size=32, max_size=32).map(bytes.hex)),
)  # fmt: skip


@given(st.lists(HEADS, min_size=2, max_size=5), st.integers(0, SLOT - 1))
def test_A14_a_power_cut_while_heads_are_written_leaves_those_before(
    tmp_path_factory: pytest.TempPathFactory, written: list[dict[str, Head]], at: int
) -> None:
    path = tmp_path_factory.mktemp("heads") / "fund.heads"
    write(path, written[:-1])
    before = path.read_bytes()
    write(path, written[-1:])
    after = path.read_bytes()
    torn = [before[n] if n % SLOT >= at else after[n] for n in range(len(after))]
    path.write_bytes(bytes(torn))
    assert Heads(path).read() in (written[-2], written[-1])


def write(path: Path, all_of: Iterable[dict[str, Head]]) -> None:
    heads = Heads(path)
    heads.read()
    for each in all_of:
        heads.write(each)
    heads.close()


def test_A14_damaged_heads_are_said(tmp_path: Path) -> None:
    path = tmp_path / "fund.heads"
    path.write_bytes(b"\xff" * 2 * SLOT)
    with pytest.raises(Unavailable, match=r"fund\.heads is damaged, so nobody knows what was acknowledged"):
        Heads(path).read()
    assert Heads(tmp_path / "none").read() is None
