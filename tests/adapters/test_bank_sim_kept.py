"""16. The small bank keeps a diary: killed at any moment it gives the same answers again, under the same numbers."""

import json
import os
import random
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from deploy.local import free_port
from shared.adapters.bank.orders import order_file
from shared.adapters.bank.sim import DIARY, bank_app
from shared.kernel.calendar import VILNIUS
from tests.adapters.bank_samples import CREATED, DAY, VLK, bank_answers, order

CREDIT = {"id": "K-1", "iban": VLK.iban, "amount_cents": 50_000, "on": f"{DAY}"}
PSDF = Path(sys.executable).with_name("psdf")


class Clock:
    def __init__(self) -> None:
        self.at = datetime.combine(DAY, datetime.min.time(), VILNIUS) + timedelta(hours=9)

    def __call__(self) -> float:
        return self.at.timestamp()


def file_of(name: str, on: date = DAY, count: int = 3) -> bytes:
    """A pain.001 of some orders."""
    orders = [order(f"{name}{n}", 100 + n) for n in range(count)]
    content = order_file(VLK, orders, on=on, created_at=CREATED).content
    assert content
    return content


def bank(folder: Path, clock: Clock, share: float = 0.5) -> httpx.AsyncClient:
    """The bank as it starts over its folder."""
    app = bank_app(folder=folder, clock=clock, rejected_share=share, seed=3, delay_s=60)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url="http://bank")


async def answers(client: httpx.AsyncClient) -> list[tuple[int, str]]:
    return numbered(await client.get("/answers"))


def numbered(answer: httpx.Response) -> list[tuple[int, str]]:
    return [(each["number"], each["xml"]) for each in answer.json()["answers"]]


async def test_after_a_restart_numbers_times_and_bytes_are_the_same_and_it_goes_on(tmp_path: Path) -> None:
    clock, latin = Clock(), file_of("C").replace(b"UTF-8", b"ISO-8859-1").replace(b"Zvaigzde", b"\xd0vaig\xfed\xeb")
    assert b"\xfe" in latin
    async with bank(tmp_path, clock) as first:
        assert (await first.post("/credits", json=CREDIT)).status_code == 201
        assert (await first.post("/files", content=file_of("A"))).status_code == 202
        assert (await first.post("/files", content=latin)).status_code == 202
        assert (await first.post("/close", json={"on": f"{DAY}"})).status_code == 201
        assert await answers(first) == [], "they are ready in a minute"
        async with bank(tmp_path, clock) as second:
            assert await answers(second) == []
        clock.at += timedelta(minutes=1)
        told = await answers(first)
    assert [number for number, _ in told] == list(range(1, len(told) + 1))
    assert len(told) > 4
    async with bank(tmp_path, clock) as again:
        assert await answers(again) == told
        assert (await again.post("/files", content=latin)).status_code == 200
        assert (await again.post("/files", content=file_of("A").replace(b">1.00<", b">2.00<"))).status_code == 409
        await again.post("/credits", json=CREDIT | {"id": "K-2"})
        clock.at += timedelta(minutes=1)
        assert (await answers(again))[: len(told)] == told
        assert "<AcctSvcrRef>C2<" in (await answers(again))[-1][1]


async def test_a_credit_that_is_sent_again_is_booked_once_and_another_under_its_id_is_refused(tmp_path: Path) -> None:
    clock = Clock()
    async with bank(tmp_path, clock) as first:
        assert (await first.post("/credits", json=CREDIT)).status_code == 201
        assert (await first.post("/credits", json=CREDIT)).status_code == 200
    async with bank(tmp_path, clock) as again:
        assert (await again.post("/credits", json=CREDIT)).status_code == 200
        other = await again.post("/credits", json=CREDIT | {"amount_cents": 1})
        assert (other.status_code, other.json()["error"]) == (409, "another credit has the id K-1")
        clock.at += timedelta(minutes=1)
        assert [xml.count("<Ntry>") for _, xml in await answers(again)] == [1]


async def test_what_a_diary_of_before_says_without_an_id_stands_and_hides_no_new_one(tmp_path: Path) -> None:
    clock = Clock()
    said = {"iban": VLK.iban, "cents": 50_000, "on": f"{DAY}", "at": clock()}
    (tmp_path / DIARY).write_text(json.dumps(said) + "\n")
    async with bank(tmp_path, clock) as client:
        assert (await client.post("/credits", json=CREDIT)).status_code == 201
        clock.at += timedelta(minutes=1)
        assert [xml.count("<Ntry>") for _, xml in await answers(client)] == [1, 1]


async def test_wherever_the_last_line_is_torn_nobody_was_answered_and_the_rest_stands(tmp_path: Path) -> None:
    clock, diary = Clock(), tmp_path / DIARY
    async with bank(tmp_path, clock) as client:
        await client.post("/credits", json=CREDIT)
        before = diary.read_bytes()
        await client.post("/files", content=file_of("A", count=1))
        clock.at += timedelta(minutes=1)
        told = await answers(client)
    whole = diary.read_bytes()
    for length in (*range(len(before), len(whole), 97), len(whole) - 1):
        diary.write_bytes(whole[:length])
        async with bank(tmp_path, clock) as client:
            assert (await answers(client), diary.read_bytes()) == (told[:1], before)
            assert (await client.post("/files", content=file_of("A", count=1))).status_code == 202
    async with bank(tmp_path, clock) as client:
        clock.at += timedelta(minutes=1)
        assert await answers(client) == told
    diary.write_bytes(before[:5])
    async with bank(tmp_path, clock) as client:
        assert (await answers(client), diary.read_bytes()) == ([], b"")


async def test_where_the_disk_is_full_nothing_is_taken_and_the_diary_stays_whole(tmp_path: Path) -> None:
    clock, diary = Clock(), tmp_path / DIARY
    async with bank(tmp_path, clock) as client:
        await client.post("/credits", json=CREDIT)
        before, limit = diary.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 10, limit[1]))
        try:
            refused = (await client.post("/files", content=file_of("A"))).status_code
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        assert (refused, diary.read_bytes()) == (500, before)
        assert (await client.post("/files", content=file_of("A"))).status_code == 202
        clock.at += timedelta(minutes=1)
        told = await answers(client)
    assert len(told) == 3
    async with bank(tmp_path, clock) as client:
        assert await answers(client) == told


async def test_each_day_that_has_ended_is_closed_by_the_clock_and_no_entry_stands_in_two_statements(
    tmp_path: Path,
) -> None:
    clock = Clock()
    async with bank(tmp_path, clock, share=0.0) as client:
        await client.post("/credits", json=CREDIT)
        await client.post("/files", content=file_of("A"))
        await client.post("/files", content=file_of("B", on=DAY + timedelta(days=1)))
        clock.at += timedelta(hours=14, minutes=59)
        assert await statements(client) == []
        clock.at += timedelta(minutes=1, seconds=60)
        assert await statements(client) == []  # closed at this look, told a minute later as all else
        clock.at += timedelta(seconds=60)
        assert await statements(client) == [(f"{DAY}", "1", "0.00", f"{(50_000 - 303) / 100:.2f}", 4)]
    clock.at += timedelta(days=1)
    async with bank(tmp_path, clock, share=0.0) as client:
        await client.post("/credits", json=CREDIT | {"id": "K-2", "on": f"{DAY + timedelta(days=2)}"})
        clock.at += timedelta(seconds=60)
        first, second = await statements(client)
        assert second == (f"{DAY + timedelta(days=1)}", "2", first[3], f"{(50_000 - 606) / 100:.2f}", 3)
        clock.at += timedelta(days=9)
        await answers(client)
        clock.at += timedelta(seconds=60)
        assert [each[0] for each in await statements(client)][2:] == [f"{DAY + timedelta(days=2)}"]


async def statements(client: httpx.AsyncClient) -> list[tuple[str, str, str, str, int]]:
    """Day, number, opening, closing and count of entries of each statement."""
    found = []
    for _, xml in await answers(client):
        if "camt.053" in xml:
            opening, closing = xml.split("<Bal>")[1:3]
            sums = [each.split('Ccy="EUR">')[1].split("<")[0] for each in (opening, closing)]
            day, number = xml.split("<CreDtTm>")[1][:10], xml.split("<ElctrncSeqNb>")[1].split("<")[0]
            found.append((day, number, *sums, xml.count("<Ntry>")))
    return found  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/credits", b"{"),
        ("/credits", b"[]"),
        ("/credits", b"\xff"),
        ("/credits", b"[" * 100_000),
        ("/credits", json.dumps(CREDIT | {"amount_cents": "1"}).encode()),
        ("/credits", json.dumps(CREDIT | {"amount_cents": -1}).encode()),
        ("/credits", json.dumps(CREDIT | {"amount_cents": True}).encode()),
        ("/credits", json.dumps(CREDIT | {"iban": "LT00 <x>"}).encode()),
        ("/credits", json.dumps(CREDIT | {"on": "2022-02-30"}).encode()),
        ("/credits", json.dumps(CREDIT | {"id": ""}).encode()),
        ("/credits", json.dumps({name: said for name, said in CREDIT.items() if name != "id"}).encode()),
        ("/close", b"{}"),
        ("/close", b'{"on": 5}'),
        ("/files", file_of("A").replace(b'Ccy="EUR"', b'Ccy="USD"')),
        ("/files", file_of("A").replace(b"<Dt>2022-03-09</Dt>", b"<DtTm>2022-03-09T10:00:00</DtTm>")),
    ],
)
async def test_what_it_can_not_do_is_400_and_is_not_in_the_diary(tmp_path: Path, path: str, body: bytes) -> None:
    async with bank(tmp_path, Clock()) as client:
        refused = await client.post(path, content=body)
        assert (refused.status_code, bool(refused.json()["error"])) == (400, True)
        assert (tmp_path / DIARY).read_bytes() == b""


@pytest.mark.faults
def test_killed_at_any_moment_each_file_is_answered_once_and_what_was_told_stays(tmp_path: Path) -> None:
    """The process itself, killed by ``kill -9`` while files come in, three times; who got no answer sends again."""
    port, dice, wanted = free_port(), random.Random(16), [file_of(f"F{n}-") for n in range(60)]
    told: list[tuple[int, str]] = []
    left = list(wanted)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
        for life in range(4):
            with started(tmp_path, client, port) as process:
                assert numbered(client.get("/answers"))[: len(told)] == told
                alarm = None if life == 3 else kill_after(process, dice.uniform(0.0, 0.06))
                try:
                    while left:
                        client.post("/files", content=left[0]).raise_for_status()
                        told = numbered(client.get("/answers"))
                        left.pop(0)
                except httpx.TransportError:
                    pass
                if alarm:
                    alarm.wait()
    assert not left
    sent = sorted(order(f"F{n}-{m}", 1).end_to_end_id for n in range(60) for m in range(3))
    for kind in ("camt.054", "camt.053"):  # the days asked for are long over: each file's is closed at the next look
        said = [record for _, xml in told if kind in xml for record in bank_answers(xml.encode())]
        assert sorted(record.end_to_end_id for record in said) == sent


def test_a_second_bank_in_one_home_does_not_start_and_says_why(tmp_path: Path) -> None:
    port = free_port()
    with (
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as client,
        started(tmp_path, client, port) as first,
    ):
        environment = os.environ | {"PSDF_HOME": str(tmp_path), "PSDF_HTTP": f"127.0.0.1:{free_port()}"}
        second = subprocess.run(
            [str(PSDF), "run", "bank-sim"], env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert second.returncode == 1
        assert "another bank keeps its diary here" in " ".join(second.stderr.split())
        assert first.poll() is None


def kill_after(process: subprocess.Popen[bytes], seconds: float) -> subprocess.Popen[bytes]:
    """Another process kills it then."""
    return subprocess.Popen(["/bin/sh", "-c", f"sleep {seconds}; kill -9 {process.pid}"])


@contextmanager
def started(home: Path, client: httpx.Client, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """``psdf run bank-sim`` over a home, when it answers."""
    environment = os.environ | {"PSDF_HOME": str(home), "PSDF_HTTP": f"127.0.0.1:{port}"}
    with subprocess.Popen([str(PSDF), "run", "bank-sim"], env=environment) as process:
        try:
            while True:
                assert process.poll() is None
                try:
                    client.get("/livez").raise_for_status()
                    break
                except httpx.TransportError:
                    pass
            yield process
        finally:
            process.send_signal(signal.SIGKILL)
