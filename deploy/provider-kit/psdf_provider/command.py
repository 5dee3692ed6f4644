"""``psdf-provider``: the kit at the command line. What people read is Lithuanian first, English second."""

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from psdf_provider import documents
from psdf_provider.checking import Finding, check
from psdf_provider.door import VERSION, Door, Patience
from psdf_provider.errors import FileError, NotReached, NotTaken, ProviderError
from psdf_provider.invoices import Invoice, read, values_in
from psdf_provider.keys import Key
from psdf_provider.mending import WORDS, mend
from psdf_provider.outbox import Entry, Outbox
from psdf_provider.provider import WAIT_S, Provider
from psdf_provider.signing import sign
from psdf_provider.ubl import check_ubl

EXAMPLES = """
psdf-provider keys new /providers/300111224 --out keys     make a key, and the request to register it
psdf-provider check invoices.json --contract C-1           what the fund would say against them; a UBL file too
psdf-provider send invoices.json                           keep them in the outbox, and send what is there
psdf-provider follow                                       hear what the fund says, each once
psdf-provider status                                       what was sent, and what was answered
psdf-provider mend 300111224/A1 --contract C-1             propose how a returned invoice is mended
psdf-provider ubl invoice.xml                              send an e-invoice (UBL) as it is
psdf-provider respond 300111224/A1                         the fund's answer as a Peppol Invoice Response

Where the fund is, who we are, our key and our outbox: --fund, --source, --key, --outbox, or the environment variables
PSDF_FUND_URL, PSDF_SOURCE, PSDF_KEY, PSDF_OUTBOX.
"""
BY_MAPPING = "gerai, oficialias taisykles dar taikys fondas / good; the fund will still apply the official rules"
AGAIN = "niekas neprarasta, pakartokite vėliau / nothing is lost, try again later"
OK, WRONG, LATER = 0, 1, 3
"""Exit codes: done; something was said against it; not now, call it again (nothing is lost)."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Do a command; its exit code."""
    asked = _parser().parse_args(arguments)
    try:
        done: int = asked.do(asked)
    except NotReached as error:
        print(f"psdf-provider: {error}\n{AGAIN}", file=sys.stderr)
        return LATER
    except ProviderError as error:
        print(f"psdf-provider: {error}", file=sys.stderr)
        return WRONG
    except KeyboardInterrupt:
        return OK
    return done


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "psdf-provider", epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=f"psdf-provider {VERSION}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, do: Callable[[Any], int], about: str, of: Any = commands) -> argparse.ArgumentParser:  # noqa: ANN401
        made: argparse.ArgumentParser = of.add_parser(name, help=about, description=about)
        made.set_defaults(do=do)
        return made

    keys = commands.add_parser("keys", help="a key of one's own").add_subparsers(required=True, metavar="COMMAND")
    new = command("new", _new, "make key.pem and request.json, which is handed to the fund", keys)
    new.add_argument("source", help="who we are, such as /providers/300111224")
    new.add_argument("--out", type=Path, default=Path(), help="the folder")
    new.add_argument("--valid-from", type=_moment, help="YYYY-MM-DD or a moment (now)")
    checked = command("check", _check, "what the fund would say against invoices")
    signed = command("sign", _sign, "print invoices as signed CloudEvents, one a line")
    signed.add_argument("--time", type=_moment, help="the events' moment (now)")
    sent = command("send", _send, "keep invoices in the outbox, and send all that is there")
    sent.add_argument("--time", type=_moment, help="the events' moment (now)")
    sent.add_argument("--wait", type=int, default=0, help="seconds to wait for what is not decided yet")
    followed = command("follow", _follow, "hear what the fund says, each once")
    how = followed.add_mutually_exclusive_group()
    how.add_argument("--stream", action="store_true", help="as server-sent events, not by long polls")
    how.add_argument("--once", action="store_true", help="end when there is nothing more")
    followed.add_argument("--wait", type=int, default=WAIT_S, help="seconds to wait for something new")
    followed.add_argument("--json", action="store_true", help="print the events, one a line")
    status = command("status", _status, "what was put, and what was answered")
    mended = command("mend", _mend, "propose how a returned invoice is mended, as JSON to be read and sent")
    mended.add_argument("invoice_id", help="such as 300111224/A1")
    mended.add_argument("--number", default="", help="the new number, where one is needed")
    receipt = command("receipt", _receipt, "the fund's receipt for an invoice that was sent")
    receipt.add_argument("invoice_id", help="such as 300111224/A1")
    ubl = command("ubl", _ubl, "send e-invoices (UBL 2.1) as they are, and print their receipts")
    ubl.add_argument("documents", type=Path, nargs="+", help="one Invoice or CreditNote each")
    respond = command("respond", _respond, "the fund's answer to an invoice as a Peppol Invoice Response (XML)")
    respond.add_argument("invoice_id", help="such as 300111224/A1")
    respond.add_argument("--status", default="", help="AB, IP, CA, RE, AP or PD (the one that stands)")
    for each in (checked, signed, sent):
        what = "invoices: JSON, or one a line" + ("; or an e-invoice (UBL 2.1)" if each is checked else "")
        each.add_argument("files", type=Path, nargs="*" if each is sent else "+", help=what)
    for each in (checked, mended):
        each.add_argument("--contract", help="an id that the fund is asked for, or a file")
    for each in (checked, signed, sent, followed, status, mended, receipt, ubl, respond):
        _where(each)
    return parser


def _where(parser: argparse.ArgumentParser) -> None:
    """The options that say where the fund is and who we are."""
    env = os.environ
    parser.add_argument("--fund", default=env.get("PSDF_FUND_URL", "http://127.0.0.1:8080"), help="the fund's address")
    parser.add_argument("--source", default=env.get("PSDF_SOURCE", ""), help="who we are (else the invoice's provider)")
    parser.add_argument("--key", type=Path, default=_path(env.get("PSDF_KEY")), help="our private key, if registered")
    parser.add_argument("--outbox", type=Path, default=Path(env.get("PSDF_OUTBOX", "psdf-outbox.sqlite3")))
    parser.add_argument("--tries", type=int, default=Patience.tries, help="how often the door is tried")


def _path(given: str | None) -> Path | None:
    return Path(given) if given else None


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no moment, such as 2022-02-07T10:00:00+02:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


# ------------------------------------------------------------------------------------------------------------ commands


def _new(asked: Any) -> int:  # noqa: ANN401 - what was typed
    request = asked.out / "request.json"
    if request.exists():
        raise FileError(f"{request} is there already: choose another folder, by --out")
    key = Key.new(asked.out / "key.pem")
    try:
        request.write_bytes(key.request(asked.source, asked.valid_from or datetime.now(UTC)))
    except ValueError as error:
        (asked.out / "key.pem").unlink()
        raise FileError(str(error)) from None
    print(f"{asked.out / 'key.pem'}      privatus raktas: jis lieka čia / the private key: it stays here")
    print(f"{request}  prašymas fondui jį registruoti / the request: hand it to the fund")
    print(f"raktas / key {key.id}: sutikrinkite telefonu / compare it with the fund by telephone")
    return OK


def _check(asked: Any) -> int:  # noqa: ANN401
    wrong = 0
    for file in asked.files:
        content = _bytes(file)
        if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
            found = check_ubl(content, _contract(asked))
            wrong += bool(found.faults)
            _said(found.invoice_id or str(file), "" if found.faults else BY_MAPPING, [*found.faults, *found.warnings])
            continue
        for one in read(file):
            faults = check(one, _contract(asked, one))
            wrong += bool(faults)
            _said(one.invoice_id, "" if faults else "gerai / good", faults)
    return WRONG if wrong else OK


def _said(what: str, verdict: str, found: Sequence[Finding | documents.Finding]) -> None:
    print(f"{what}: {verdict}".rstrip())
    for each in found:
        print(f"  {each.lt}\n  {each.en} ({each.code})")


def _sign(asked: Any) -> int:  # noqa: ANN401
    key = _key(asked)
    for one in _invoices(asked):
        raw = one.event(asked.time)
        print((sign(raw, key) if key else raw).decode())
    return OK


def _send(asked: Any) -> int:  # noqa: ANN401
    invoices = list(_invoices(asked))
    provider = _provider(asked, invoices)
    provider.put(*invoices)
    wrong = 0
    for entry, answer in provider.send(asked.wait):
        print(f"{entry.invoice.invoice_id}: {answer.outcome}", flush=True)
        wrong += answer.outcome in ("returned", "refused", "parked")
        if answer.error:
            print(f"  {answer.error}")
        for reason in answer.reasons or ():
            for lang in ("lt", "en"):
                print(f"  {reason['why'][lang]}. {(reason.get('advice') or {}).get(lang, '')}")
    return WRONG if wrong else OK


def _follow(asked: Any) -> int:  # noqa: ANN401
    provider = _provider(asked)
    for told in provider.listen() if asked.stream else provider.follow(asked.wait, forever=not asked.once):
        if asked.json:
            print(json.dumps(told.event, ensure_ascii=False), flush=True)
            continue
        lt, en = WORDS[told.do]
        print(f"{told.event['time']}  {told.invoice_id or told.event.get('subject', '')}  {told.type}")
        print(f"  {told.lt} {lt}\n  {told.en} {en}", flush=True)
    return OK


def _status(asked: Any) -> int:  # noqa: ANN401
    for entry in Outbox(asked.outbox).all():
        state = entry.outcome or ("under way" if entry.tries else "to be sent")
        print(f"{entry.invoice.invoice_id}  {state}  {entry.id}")
    return OK


def _mend(asked: Any) -> int:  # noqa: ANN401
    entry = _entry(asked)
    reasons = (entry.answer or {}).get("reasons") or ()
    mended = mend(entry.invoice, reasons, _contract(asked, entry.invoice), asked.number)
    print(json.dumps(mended.invoice.model_dump(mode="json"), ensure_ascii=False, indent=1))
    for line in mended.changed:
        print(f"pakeista / changed: {line}", file=sys.stderr)
    for code in mended.left:
        print(f"lieka žmogui / left to a person: {code}", file=sys.stderr)
    return WRONG if mended.left else OK


def _receipt(asked: Any) -> int:  # noqa: ANN401
    entry = _entry(asked)
    found = _door(asked, [entry.invoice]).receipt(hashlib.sha256(entry.raw).hexdigest())
    print(json.dumps(found, ensure_ascii=False, indent=1))
    return OK


def _ubl(asked: Any) -> int:  # noqa: ANN401
    wrong = 0
    for document in asked.documents:
        content = _bytes(document)
        try:
            print(json.dumps(_door(asked).ubl(content), ensure_ascii=False, indent=1))
        except NotTaken as error:
            wrong += 1
            print(f"{document}: {error}")
            for each in error.problem.get("errors", ()):
                print(f"  {each['rule']}  {each['path']}\n  {each['text']}")
    return WRONG if wrong else OK


def _respond(asked: Any) -> int:  # noqa: ANN401
    asked.source = asked.source or f"/providers/{asked.invoice_id.partition('/')[0]}"
    print(_door(asked).response(asked.invoice_id, asked.status).decode())
    return OK


# -------------------------------------------------------------------------------------------------------- what it takes


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise FileError(f"{path}: {error.strerror}") from None


def _invoices(asked: Any) -> list[Invoice]:  # noqa: ANN401
    return [one for file in asked.files for one in read(file)]


def _entry(asked: Any) -> Entry:  # noqa: ANN401
    found = Outbox(asked.outbox).of_invoice(asked.invoice_id)
    if not found:
        raise FileError(f"{asked.outbox} has no invoice {asked.invoice_id}: psdf-provider status shows what it has")
    return found[-1]


def _key(asked: Any) -> Key | None:  # noqa: ANN401
    return Key.read(asked.key) if asked.key else None


def _door(asked: Any, invoices: Sequence[Invoice] = ()) -> Door:  # noqa: ANN401
    source = asked.source or next((one.sender for one in invoices), "")
    if not source:
        raise FileError("who are we? Give --source, such as /providers/300111224 (PSDF_SOURCE)")
    return Door(asked.fund, source, _key(asked), patience=Patience(tries=asked.tries))


def _provider(asked: Any, invoices: Sequence[Invoice] = ()) -> Provider:  # noqa: ANN401
    outbox = Outbox(asked.outbox)
    known = [entry.invoice for entry in outbox.all()[:1]] if not (asked.source or invoices) else ()
    at = getattr(asked, "time", None)
    clock = (lambda: at) if at else (lambda: datetime.now(UTC))
    return Provider(_door(asked, [*invoices, *known]), outbox, _key(asked), clock=clock)


def _contract(asked: Any, one: Invoice | None = None) -> dict[str, Any] | None:  # noqa: ANN401
    """The contract that was named: of a file, or as the fund has it now."""
    if not asked.contract:
        return None
    if (file := Path(asked.contract)).is_file():
        match values_in(file):
            case [dict(found)]:
                return found
        raise FileError(f"{file}: tai ne viena sutartis / it is not one contract")
    return _door(asked, [one] if one else ()).contract(asked.contract)


def run() -> None:
    """The entry point."""
    sys.exit(main())
