"""``psdf ubl``: e-invoices; check, read, in, response."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from shared.cli.options import HomeOption, InvoiceArgument, settings

FileArgument: TypeAlias = Annotated[
    Path, typer.Argument(metavar="FILE", help="a UBL 2.1 Invoice or CreditNote", show_default=False)
]

OutOption: TypeAlias = Annotated[
    Path | None, typer.Option(help="the file; without it to standard output", show_default=False)
]

ubl = typer.Typer(no_args_is_help=True)


@ubl.callback()
def about_ubl() -> None:
    """Check, take and answer e-invoices: UBL 2.1 by EN 16931 and Peppol BIS 3.

    psdf ubl check invoice.xml
    psdf ubl read invoice.xml --out invoice.json
    psdf ubl in invoice.xml
    psdf ubl response 300111224/A1 --out response.xml

    Checking needs saxonche (pip install 'psdf[ubl]') and, once, Maven, which fetches the official rules.
    """


@ubl.command("check")
def ubl_check(file: FileArgument) -> None:
    """Say which rules a document breaks: UBL's schema, EN 16931, Peppol, the fund's own. Exit code 1 if any.

    psdf ubl check invoice.xml
    """
    from shared.cli.einvoices import check

    check(settings(), file)


@ubl.command("read")
def ubl_read(file: FileArgument, out: OutOption = None) -> None:
    """Write the invoice that a document states, as JSON: what the provider kit checks, signs and sends.

    psdf ubl read invoice.xml --out invoice.json
    """
    from shared.cli.einvoices import read

    read(settings(), file, out)


@ubl.command("in")
def ubl_in(file: FileArgument, home: HomeOption = None) -> None:
    """Take a document as if it were sent to /ubl, and print the receipt: at a running fund, or in a home nobody holds.

    psdf ubl in invoice.xml --home psdf-home
    """
    from shared.cli.einvoices import take

    take(settings(home=home), file)


@ubl.command("response")
def ubl_response(
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
    from shared.cli.einvoices import respond

    respond(settings(home=home), invoice_id, out, status)
