"""``psdf ubl``: check an e-invoice, read it, take it, answer it."""

import asyncio
from collections.abc import Sequence
from contextlib import closing
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, TypeAlias

import httpx
import typer

from shared.cli.options import HomeOption, InvoiceArgument, settings
from shared.cli.screen import say
from shared.edge.einvoice.artefacts import artefacts
from shared.edge.einvoice.given import given, original_of
from shared.edge.einvoice.into_event import submitted_of
from shared.edge.einvoice.kept import Kept
from shared.edge.einvoice.of_journal import OfJournal
from shared.edge.einvoice.reception import Judges, Reception
from shared.edge.einvoice.records import CannotSay, Finding, Refused
from shared.edge.einvoice.routes import XML
from shared.edge.einvoice.stated import stated
from shared.edge.einvoice.story import standing_in
from shared.edge.einvoice.xml import read_document
from shared.edge.problems import PROBLEM
from shared.journal.home import Home
from shared.kernel.stop import Stop, Wrong
from shared.runtime.embedded import Stack
from shared.runtime.reach import reach
from shared.runtime.settings import fund_of
from shared.telemetry.logs import configure

app = typer.Typer(no_args_is_help=True)
FileArgument: TypeAlias = Annotated[
    Path, typer.Argument(metavar="FILE", help="a UBL 2.1 Invoice or CreditNote", show_default=False)
]
OutOption: TypeAlias = Annotated[
    Path | None, typer.Option(help="the file; without it to standard output", show_default=False)
]
TIMEOUT_S = 120.0


@app.callback()
def about() -> None:
    """Check, take and answer e-invoices: UBL 2.1 by EN 16931 and Peppol BIS 3.

    psdf ubl fetch
    psdf ubl check invoice.xml
    psdf ubl read invoice.xml --out invoice.json
    psdf ubl in invoice.xml
    psdf ubl response 300111224/A1 --out response.xml

    Checking needs saxonche (pip install 'psdf[ubl]') and the official rules, which psdf ubl fetch brings.
    """


@app.command("fetch")
def fetch() -> None:
    """Fetch the official rules and schemas into the cache (PSDF_CACHE), by Maven, each checked by its SHA-256.

    psdf ubl fetch

    From then on e-invoices are checked here without a network. Where the rules are already they are only checked.
    """
    folder = artefacts(say).folder
    say(f"{folder}: the official rules and schemas of e-invoices, {len(list(folder.iterdir()))} files, each as pinned")


@app.command("check")
def check(file: FileArgument) -> None:
    """Say which rules a document breaks: UBL's schema, EN 16931, Peppol, the fund's own. Exit code 1 if any.

    psdf ubl check invoice.xml
    """
    configure("info", for_people=True)
    content, fund = _content(file), fund_of(settings())
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
    say(f"{file}: valid")


@app.command("read")
def read(file: FileArgument, out: OutOption = None) -> None:
    """Write the invoice that a document states, as JSON: what the provider kit checks, signs and sends.

    psdf ubl read invoice.xml --out invoice.json
    """
    try:
        submitted, text = stated(_content(file), fund_of(settings()))
    except Refused as refused:
        _show(refused.findings)
        raise Stop(f"{file} states no invoice that the fund could take") from None
    if out is None:
        typer.echo(text.decode(), nl=False)
        return
    try:
        out.write_bytes(text)
    except OSError as error:
        raise Stop(f"{out}: {error.strerror}") from error
    say(f"{out}: invoice {submitted.invoice_id}")


@app.command("in")
def take(file: FileArgument, home: HomeOption = None) -> None:
    """Take a document as if it were sent to /ubl, and print the receipt: at a running fund, or in a home nobody holds.

    psdf ubl in invoice.xml --home psdf-home
    """
    configure("warning", for_people=True)
    content, chosen = _content(file), settings(home=home)
    place = Home(path=chosen.home)

    async def here(stack: Stack) -> bytes:
        reception = Reception(OfJournal(stack))
        try:
            return await reception.take(content, None)
        finally:
            await reception.close()

    try:
        receipt = reach(chosen, place, fund_of(chosen), here, lambda url: _there(url, content))
    except Refused as refused:
        _show(refused.findings)
        raise Stop(f"{file} was not taken ({refused.status.value} {refused.status.phrase})") from None
    except CannotSay as unsaid:
        raise Stop(str(unsaid)) from unsaid
    typer.echo(receipt.decode())


@app.command("response")
def respond(
    invoice_id: InvoiceArgument,
    home: HomeOption = None,
    out: OutOption = None,
    status: Annotated[
        str | None, typer.Option(help="an earlier one: AB, IP, CA, AP, RE or PD; else the last", show_default=False)
    ] = None,
) -> None:
    """Write the Peppol Invoice Response to an invoice, however it came.

    psdf ubl response 300111224/A1 --out response.xml
    psdf ubl response 300111224/A1 --status AB
    """
    chosen = settings(home=home)
    place = Home(path=chosen.home)
    standing = standing_in(place, invoice_id)
    found = given(standing, fund_of(chosen), asyncio.run(original_of(standing, Kept(place))))
    asked = [each for each in found if status in (None, each.status)]
    if not asked:
        statuses = ", ".join(each.status for each in found) or "none"
        raise Stop(f"{chosen.home} has no such response to invoice {invoice_id}; it has {statuses}")
    last = asked[-1]
    if out is None:
        typer.echo(last.xml.decode(), nl=False)
        return
    out.write_bytes(last.xml)
    said = " ".join(each.status for each in found)
    say(f"{out}: {last.status} of {last.on} (all: {said})")


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Wrong(f"{file}: {error.strerror}") from error


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
        say(f"{each.rule}{kind} {each.path}: {words}")
