"""V5: ``psdf publish`` says why, in words, and takes events as people print them."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shared.cli.publish import documents
from tests.runtime.funds import event, invoice, psdf, served, worked_start


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with the first four events of the worked start."""
    file = tmp_path / "start.jsonl"
    file.write_bytes(b"\n".join(worked_start()[:4]))
    assert psdf("publish", file, "--moment", "event", home=tmp_path / "home").returncode == 0
    return tmp_path / "home"


def pretty(raw: bytes, indent: int = 2) -> bytes:
    return json.dumps(json.loads(raw), indent=indent).encode()


def test_V5_reasons_are_told_in_both_languages_with_their_numbers(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    early = invoice("A1", 500, "2022-02-07T10:00:00+02:00", month="2022-02")
    nobody = event(
        "/vlk", "c-1", "contract.change.proposed", "2022-02-07T10:00:00+02:00", {"contract_id": "NONE", "ceiling_cents": 1}
    )  # fmt: skip
    file.write_bytes(b"\n".join([early, nobody, b"rubbish"]))
    out = psdf("publish", file, "--moment", "event", home=home).stdout
    assert "line 1: 300111224/A1 returned, point 14, month_not_over: " in out
    (told,) = [line for line in out.splitlines() if line.startswith("line 1:")]
    lithuanian, _, english = told.partition("month_not_over: ")[2].partition(" / ")
    assert "2022-02" in lithuanian
    assert "2022-02" in english
    assert lithuanian != english
    assert "line 2: contract.change.proposed c-1 refused, point 13, unknown_contract: " in out
    (parked,) = [line for line in out.splitlines() if line.startswith("line 3 ")]
    assert parked.startswith("line 3 was parked: not JSON")
    shown = psdf("parked", "show", parked.rpartition(" ")[2].rstrip(")"), home=home)
    assert (shown.returncode, "rubbish" in shown.stdout) == (0, True)


@pytest.mark.parametrize("indent", [1, 2, 4])
def test_V5_events_that_are_printed_over_lines_are_events(home: Path, tmp_path: Path, indent: int) -> None:
    file = tmp_path / "events.json"
    first, second, third = (invoice(f"A{n}", 500, "2022-05-07T10:00:00+03:00", month=f"2022-0{n}") for n in (1, 2, 3))
    file.write_bytes(b"\n".join([pretty(first, indent), second, b"", pretty(third, indent), b""]))
    out = psdf("publish", file, "--moment", "event", home=home).stdout
    assert [line.split() for line in out.splitlines() if "invoice.submitted" in line] == [
        ["invoice.submitted", "accepted", "3"]
    ]
    assert "parked" not in out


def test_V5_a_printed_event_that_breaks_off_is_parked_once_and_the_others_are_taken(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "events.json"
    broken = b"\n".join(pretty(invoice("A1", 500, "2022-02-07T10:00:00+02:00")).splitlines()[:-3])
    cut = invoice("A2", 500, "2022-02-07T10:00:00+02:00")[:200]
    good = invoice("A3", 500, "2022-02-07T10:00:00+02:00")
    file.write_bytes(b"\n".join([broken, good, cut]))
    out = psdf("publish", file, "--moment", "event", home=home).stdout
    assert [line.split() for line in out.splitlines() if line.startswith("  ") and "parked" in line] == [
        ["unknown", "parked", "2"]
    ]
    assert ["invoice.submitted", "accepted", "1"] in [line.split() for line in out.splitlines()]
    assert f"line {len(broken.splitlines()) + 2} was parked" in out


OBJECTS = st.dictionaries(
    st.text(max_size=5),
    st.recursive(st.none() | st.integers() | st.text(max_size=5), st.lists, max_leaves=5),
    min_size=1,
)


@given(st.lists(st.tuples(OBJECTS, st.sampled_from([None, 1, 2, 4])), max_size=8))
def test_V5_objects_are_read_however_they_are_printed(objects: list[tuple[dict[str, Any], int | None]]) -> None:
    lines = [line + b"\n" for each, indent in objects for line in json.dumps(each, indent=indent).encode().splitlines()]
    found = list(documents(lines))
    assert [json.loads(raw) for _, _, raw in found if raw] == [each for each, _ in objects]
    assert sum(length for _, length, _ in found) == sum(map(len, lines))


@given(
    st.lists(
        st.sampled_from(
            [b"{\n", b"}\n", b"  {\n", b"  },\n", b"\n", b"[\n", b" x\n", b'{"a": 1}\n', b'{"a": [\n', b"  1]}\n"]
        )
    )
)
def test_V5_nothing_is_left_out_of_any_file(lines: list[bytes]) -> None:
    found = list(documents(lines))
    assert sum(length for _, length, _ in found) == sum(map(len, lines))
    assert b" ".join(raw for _, _, raw in found).split() == b"".join(lines).split()
    assert not any(b"\n" in raw for _, _, raw in found)


def test_V5_a_fund_that_has_no_room_is_asked_again(tmp_path: Path) -> None:
    asked: list[bytes] = []

    async def events(request: Request) -> Response:
        asked.append(await request.body())
        if len(asked) < 3:
            return JSONResponse({"error": "no room"}, 503, headers={"Retry-After": "1"})
        return JSONResponse({"answers": [{"id": "1", "type": "a", "outcome": "taken"}]}, 202)

    file = tmp_path / "events.jsonl"
    file.write_bytes(b'{"a": 1}\n')
    with served(Starlette(routes=[Route("/events", events, methods=["POST"])])) as url:
        assert httpx.get(url).status_code == 404
        done = psdf("publish", file, "--url", url)
    assert (done.returncode, len(asked)) == (0, 3)
