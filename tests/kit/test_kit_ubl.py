"""The kit sends an e-invoice as it is, and fetches the fund's Peppol responses: at a real fund with the official rules."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from lxml import etree
from starlette.applications import Starlette

from psdf_provider import Door, NotTaken, Patience
from psdf_provider.command import main
from shared.edge.einvoice.checker import Checker
from shared.edge.einvoice.of_journal import OfJournal
from shared.edge.einvoice.reception import Judges, Reception
from shared.edge.einvoice.routes import of_callers
from shared.edge.tokens import Callers
from tests.adapters.serving import running
from tests.edge.einvoice.conftest import checker, rules
from tests.edge.einvoice.made import PROVIDER, changed, ubl
from tests.runtime.funds import fund, worked_start

__all__ = ["checker", "rules"]
SOURCE, A1 = f"/providers/{PROVIDER}", f"{PROVIDER}/A1"
CODE = "{*}DocumentResponse/{*}Response/{*}ResponseCode"


@pytest.fixture
async def url(tmp_path: Path, checker: Checker) -> AsyncIterator[str]:
    async with fund(tmp_path / "home") as stack:
        await stack.publish(worked_start()[:4])
        callers = Callers(lambda: stack.registry.keys, stack.fund.fund_id)
        async with running(
            Starlette(routes=list(of_callers(Reception(OfJournal(stack), Judges(checker)), callers)))
        ) as url:
            yield url


async def test_an_e_invoice_goes_as_it_is_and_its_responses_come_back(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "invoice.xml"
    file.write_bytes(ubl())
    where = ["--fund", url, "--tries", "2"]
    assert await asyncio.to_thread(main, ["ubl", str(file), "--source", SOURCE, *where]) == 0
    first = capsys.readouterr().out
    assert f'"invoice_id": "{A1}"' in first
    assert await asyncio.to_thread(main, ["ubl", str(file), "--source", SOURCE, *where]) == 0
    assert capsys.readouterr().out == first, "the same bytes get the same receipt"
    for status, more in (("AB", ["--status", "AB"]), ("AP", [])):
        assert await asyncio.to_thread(main, ["respond", A1, *more, *where]) == 0
        document = etree.fromstring(capsys.readouterr().out.encode())
        assert document.findtext(CODE) == status
    assert await asyncio.to_thread(main, ["respond", A1, "--status", "RE", *where]) == 1
    assert "it has AB, AP" in capsys.readouterr().err


async def test_a_rule_that_is_broken_is_named(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "wrong.xml"
    file.write_bytes(changed(">EUR<", ">LTL<"))
    asked = ["ubl", str(file), "--source", SOURCE, "--fund", url, "--tries", "2"]
    assert await asyncio.to_thread(main, asked) == 1
    assert "BR-CL-" in capsys.readouterr().out
    door = Door(url, SOURCE, patience=Patience(tries=1))
    with pytest.raises(NotTaken) as refused:
        await asyncio.to_thread(door.ubl, b"<Invoice/>")
    assert refused.value.status == 422
    assert refused.value.problem["errors"]
    assert await asyncio.to_thread(main, ["ubl", str(tmp_path / "none.xml"), "--source", SOURCE, "--fund", url]) == 1
    assert "No such file" in capsys.readouterr().err
