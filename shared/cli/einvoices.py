"""What the commands of ``psdf ubl`` do: check an e-invoice, take it, answer it."""

import asyncio
from collections.abc import Sequence
from contextlib import closing
from http import HTTPStatus
from pathlib import Path

import httpx
import typer

from shared.cli.screen import screen
from shared.edge.einvoice.given import given, original_of
from shared.edge.einvoice.into_event import submitted_of
from shared.edge.einvoice.kept import Kept
from shared.edge.einvoice.of_journal import OfJournal
from shared.edge.einvoice.reception import Judges, Reception
from shared.edge.einvoice.records import CannotSay, Finding, Refused
from shared.edge.einvoice.routes import XML
from shared.edge.einvoice.story import standing_in
from shared.edge.einvoice.xml import read_document
from shared.edge.problems import PROBLEM
from shared.engine.faults import Broken
from shared.journal.home import Home, HomeHeld, held
from shared.kernel.stop import Stop, Wrong
from shared.runtime.embedded import open_fund
from shared.runtime.settings import Settings, fund_of, telemetry_of
from shared.telemetry.logs import configure

TIMEOUT_S = 120.0


def check(settings: Settings, file: Path) -> None:
    """Judge a file, and show what it breaks. Raises Stop where it is not valid, or that can't be said."""
    configure("info", for_people=True)
    content, fund = _content(file), fund_of(settings)
    try:
        document = read_document(content)
        with closing(Judges()) as judges:
            findings = judges.check(document)
        if not any(each.fatal for each in findings):
            submitted_of(document, fund, None)
    except Refused as refused:
        findings = refused.findings
    except CannotSay as unsaid:
        raise Stop(str(unsaid)) from unsaid
    _show(findings)
    if fatal := sum(each.fatal for each in findings):
        raise Stop(f"{file} breaks {fatal} rules and would not be taken")
    screen().print(f"{file}: valid", markup=False, soft_wrap=True)


def take(settings: Settings, file: Path) -> None:
    """Take a file into the fund of a home, and print the receipt. Raises Stop where it is not taken."""
    configure("warning", for_people=True)
    content, fund, home = _content(file), fund_of(settings), Home(path=settings.home)
    try:
        receipt = _into(settings, fund.fund_id, home, content)
    except Refused as refused:
        _show(refused.findings)
        raise Stop(f"{file} was not taken ({refused.status.value} {refused.status.phrase})") from None
    except CannotSay as unsaid:
        raise Stop(str(unsaid)) from unsaid
    except Broken as error:
        raise Stop(f"{home.path}: {error}; psdf verify --home {home.path} shows where") from error
    typer.echo(receipt.decode())


def _into(settings: Settings, fund_id: str, home: Home, content: bytes) -> bytes:
    """Into the home itself, or to the fund that runs there."""
    try:
        with held(home, fund_id):
            return asyncio.run(_here(settings, home, content))
    except HomeHeld as busy:
        if busy.url is None:
            raise
        return _there(busy.url, content)


def respond(settings: Settings, invoice_id: str, out: Path | None, status: str | None) -> None:
    """Write an Invoice Response. Raises Stop where there is none."""
    home = Home(path=settings.home)
    standing = standing_in(home, invoice_id)
    found = given(standing, fund_of(settings), asyncio.run(original_of(standing, Kept(home))))
    asked = [each for each in found if status in (None, each.status)]
    if not asked:
        statuses = ", ".join(each.status for each in found) or "none"
        raise Stop(f"{settings.home} has no such response to invoice {invoice_id}; it has {statuses}")
    last = asked[-1]
    if out is None:
        typer.echo(last.xml.decode(), nl=False)
        return
    out.write_bytes(last.xml)
    said = " ".join(each.status for each in found)
    screen().print(f"{out}: {last.status} of {last.on} (all: {said})", markup=False, soft_wrap=True)


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Wrong(f"{file}: {error.strerror}") from error


async def _here(settings: Settings, home: Home, content: bytes) -> bytes:
    telemetry = telemetry_of(settings)
    async with open_fund(
        home,
        fund_of(settings),
        most_days=settings.most_days,
        moment=settings.moment,
        ministry=settings.ministry_url,
        telemetry=telemetry,
    ) as stack:
        reception = Reception(OfJournal(stack))
        try:
            return await reception.take(content, None)
        finally:
            await reception.close()


def _there(url: str, content: bytes) -> bytes:
    """Send it to the fund that runs in the home. Raises Refused and Stop where it is not taken."""
    try:
        answer = httpx.post(f"{url}/ubl", content=content, headers={"Content-Type": XML}, timeout=TIMEOUT_S)
    except httpx.TransportError as error:
        raise Stop(f"{url} does not answer: {error}") from error
    if answer.status_code == HTTPStatus.ACCEPTED:
        return answer.content
    if PROBLEM not in answer.headers.get("Content-Type", ""):
        raise Stop(f"{url} answered {answer.status_code}: {answer.text[:200]}")
    problem = answer.json()
    if errors := problem.get("errors"):
        raise Refused(HTTPStatus(answer.status_code), [Finding(**each) for each in errors])
    raise Stop(f"{url}: {problem['detail']}")


def _show(findings: Sequence[Finding]) -> None:
    for each in findings:
        words = f"{each.text_lt} / {each.text}" if each.text_lt else each.text
        kind = "" if each.fatal else " (warning)"
        screen().print(f"{each.rule}{kind} {each.path}: {words}", markup=False, soft_wrap=True)
