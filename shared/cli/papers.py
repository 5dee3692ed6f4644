"""``psdf report``, ``close``, ``what-if``, ``draft-budget``: what people take out of the journal."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

import msgspec

from services.all import SERVICES
from services.payments.service import FUND, PAYMENTS
from shared.adapters.sqlite.store import SqliteStore
from shared.cli.screen import screen
from shared.journal.fold import fold_until
from shared.journal.home import Home, reading
from shared.kernel.calendar import DAY, DECEMBER, midnight, quarter_end
from shared.kernel.fund import Fund
from shared.kernel.money import Cents
from shared.kernel.stop import Stop, Wrong
from shared.messages.write import cloud_event
from shared.reports.close import Close, close_year, fold_states
from shared.reports.draft_budget import Assumptions, approved, draft_budget
from shared.reports.draft_note import draft_files
from shared.reports.questions import ArticleCut, Happens, MoneyComes, NoBudget, Question
from shared.reports.simulate import ndjson
from shared.reports.what_if import what_if
from shared.reports.year.write import report_files
from shared.reports.year.year import Report, make_report
from shared.runtime.settings import Settings, fund_of


@contextmanager
def stores(home: Home) -> Iterator[dict[str, SqliteStore]]:
    """The stores of all services of a home, to read."""
    with reading(home) as connection:
        yield {service.name: SqliteStore(connection, service.name) for service in SERVICES}


def show_report(settings: Settings, year: int, quarter: int | None, cut_off: date | None, out: Path) -> None:
    """Write a year's or a quarter's reports as PDF, CSV and JSON.

    Raises Stop where their sums do not tie, and for a day that has not come: no paper says how things will stand.
    """
    until = cut_off or (quarter_end(year, quarter) if quarter else date(year, DECEMBER, 31))
    with stores(Home(path=settings.home)) as found:
        if until > (last := last_day(found)):
            raise Stop(
                f"{until} has not come: the last day that started is {last}; give --cut-off {last}, or an earlier one"
            )
        report = asyncio.run(make_report(found, fund_of(settings), year, until))
    written = write(out, report_files(report))
    screen().print(f"{year}, to {until}: consolidated = sum of payers = journal = bank, to the cent. Written to {out}:")
    screen().print("\n".join(f"  {name}" for name in written))


def write(folder: Path, files: dict[str, bytes]) -> list[str]:
    """Write files into a folder; their names. Raises Stop where it can't be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
    except OSError as error:
        raise Stop(f"{folder}: {error.strerror}; give --out another folder") from error
    return sorted(files)


def closing(home: Home, fund: Fund, year: int, cut_off: date | None) -> Close:
    """What is open of a year at the end of a day, or of the last day that started."""
    with stores(home) as found:
        return close_year(asyncio.run(fold_states(found, cut_off or last_day(found))), fund, year)


def last_day(found: dict[str, SqliteStore]) -> date:
    """The last day that started in payments. Raises Stop where none did."""
    folded = asyncio.run(fold_until(found[PAYMENTS.name], PAYMENTS, date.max))
    today: date | None = folded.states[FUND].today if FUND in folded.states else None
    if today is None:
        raise Stop("no day has started yet: there is nothing to tell")
    return today


def show_close(settings: Settings, year: int, cut_off: date | None, out: Path | None) -> None:
    """Show what is still open of a year, in order; the proof where nothing is. Exit code 1 while something is open."""
    close = closing(Home(path=settings.home), fund_of(settings), year, cut_off)
    screen().print(close.text(), highlight=False, soft_wrap=True)
    if out:
        out.write_bytes(close.json())
    if close.proof is None:
        raise Stop(f"year {year} is not closed: {len(close.open)} open, the first {close.open[0].line()}")


def show_what_if(settings: Settings, question: Question, until: date) -> None:
    """Play the days to come with and without the change, on a copy, and show what differs."""
    home = Home(path=settings.home)
    with reading(home) as connection:
        answer = asyncio.run(what_if(connection, fund_of(settings), question, until))
    screen().print(answer.text(), highlight=False, soft_wrap=True)


def question_of(
    money: str | None, payer: str, cut: str | None, no_budget: int | None, events: Path | None, on: date | None
) -> Question:
    """The one question that was asked. Raises Wrong for none, for several, or for one that lacks its day."""
    asked = [each for each in (money, cut, no_budget, events) if each is not None]
    if len(asked) != 1:
        raise Wrong("ask one question: --money, --cut, --no-budget or --events")
    if no_budget is not None:
        return NoBudget(year=no_budget)
    if events is not None:
        return Happens(events=tuple(ndjson(events.read_bytes())))
    if on is None:
        raise Wrong("--on says the day on which it happens, YYYY-MM-DD")
    if money is not None:
        return MoneyComes(on=on, payer=payer, amount_cents=cents_of(money))
    article, _, percent = str(cut).partition("=")
    return ArticleCut(on=on, article=article, permille=int(number_of(percent, "--cut ARTICLE=PERCENT") * 10))


def cents_of(euros: str) -> Cents:
    """Euros as a person types them, in cents. Raises Wrong."""
    return int(number_of(euros.replace(" ", ""), "--money EUROS") * 100)


def number_of(text: str, what: str) -> Decimal:
    """A number as a person types it. Raises Wrong, naming what it is for."""
    try:
        return Decimal(text.replace(",", "."))
    except InvalidOperation:
        raise Wrong(f"{what}: {text!r} is no number") from None


def show_draft(
    settings: Settings,
    year: int,
    growth: Sequence[str],
    revenue_growth: Sequence[str],
    law: str | None,
    on: date | None,
    out: Path,
) -> None:
    """Draft the next year's budget from a year's execution; with ``law`` and ``on`` also as an event to publish.

    A year that is not over is taken by its whole months (3). Raises Stop where none of them is over.
    """
    if bool(law) != bool(on):
        raise Wrong("an approved budget has both: --law and --in-force-from")
    with stores(Home(path=settings.home)) as found:
        until = last_month_end(year, last_day(found))
        report: Report = asyncio.run(make_report(found, fund_of(settings), year, until))
    expenses, revenue = (dict(rate_of(each) for each in rates) for rates in (growth, revenue_growth))
    draft = draft_budget(report, Assumptions(revenue_growth=revenue, expense_growth=expenses))
    for option, rates, lines in (
        ("--growth", expenses, draft.expenses),
        ("--revenue-growth", revenue, draft.revenue),
    ):
        if unknown := sorted(rates.keys() - {line.code for line in lines}):
            raise Wrong(f"{option}: there is no line {', '.join(unknown)}; {', '.join(line.code for line in lines)}")
    files = draft_files(draft)
    if law and on:
        files["budget.approved.jsonl"] = approval(approved(draft, law, on), on)
    written = write(out, files)
    screen().print(f"draft of {year + 1} from the execution of {year} to {until}. Written to {out}:")
    screen().print("\n".join(f"  {name}" for name in written))


def last_month_end(year: int, last: date) -> date:
    """The end of the last month of a year that is over on a day. Raises Stop where none is."""
    if last >= date(year, DECEMBER, 31):
        return date(year, DECEMBER, 31)
    until = last if (last + DAY).day == 1 else last.replace(day=1) - DAY
    if until.year != year:
        raise Stop(f"no month of {year} is over: the last day that started is {last}")
    return until


def approval(data: dict[str, object], on: date) -> bytes:
    """``budget.approved`` of the VLK as a CloudEvent on one line, at the moment from which the budget is in force."""
    edition = f"{data['year']}-{data['edition']}"
    id_, time = f"budget.approved {edition}", midnight(on).isoformat()
    event = cloud_event(id_=id_, source="/vlk", type_="budget.approved", subject=edition, time=time, data=data)
    return event + b"\n"


def rate_of(text: str) -> tuple[str, tuple[int, int, int]]:
    """``CODE=PERCENT`` or ``CODE=P1;P2;P3``: growth of the draft year and of the two years after it."""
    code, _, rates = text.partition("=")
    each = [int(number_of(rate, "--growth CODE=PERCENT") * 100) for rate in rates.split(";")]
    return code, (each[0], each[min(1, len(each) - 1)], each[-1])


def show_as_of(settings: Settings, events: Path, out: Path, as_of: date) -> None:
    """Replay events under the law of another day, and list the decisions that change."""
    from shared.reports.as_of import compare
    from shared.reports.replay import replay

    raws = [line for line in events.read_bytes().splitlines() if line.strip()]
    other = fund_of(settings, as_of)
    with out.open("wb") as target:

        def sink(raw: bytes) -> None:
            target.write(raw + b"\n")

        asyncio.run(replay(raws, sink, other))
    differing = asyncio.run(compare(raws, fund_of(settings), other))
    console = screen()
    console.print(f"{len(differing)} decisions change under the law as of {as_of}")
    for each in differing:
        console.print(msgspec.json.encode(each).decode(), soft_wrap=True, highlight=False)
