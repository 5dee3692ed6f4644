"""``psdf report``, ``close``, ``what-if``, ``draft-budget``: what people take out of the journal."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

import msgspec

from services.all import SERVICES
from services.payments.service import FUND, PAYMENTS
from services.reconciliation.service import RECONCILIATION, SODRA
from shared.adapters.sqlite.store import SqliteStore
from shared.cli.screen import screen
from shared.explain.sentences import Lang
from shared.journal.fold import fold_until
from shared.journal.home import Home, reading
from shared.kernel.calendar import DECEMBER, quarter_end
from shared.kernel.fund import Fund
from shared.kernel.money import Cents
from shared.kernel.stop import Stop, Wrong
from shared.messages.read import Malformed
from shared.reports.close import Close, close_year, fold_states
from shared.reports.close_said import close_text, matter_line
from shared.reports.questions import ArticleCut, Happens, MoneyComes, NoBudget, Question
from shared.reports.simulate import ndjson
from shared.reports.what_if import what_if
from shared.reports.what_if_said import text
from shared.reports.year.files import report_files
from shared.reports.year.year import make_report
from shared.runtime.settings import Settings, fund_of


@contextmanager
def stores(home: Home) -> Iterator[dict[str, SqliteStore]]:
    """The stores of all services of a home, to read."""
    with reading(home) as connection:
        yield {service.name: SqliteStore(connection, service.name) for service in SERVICES}


def show_report(
    settings: Settings, year: int, quarter: int | None, cut_off: date | None, out: Path, lang: Lang = "en"
) -> None:
    """Write a year's or a quarter's reports as PDF, CSV (in a language) and JSON.

    Raises Stop where their sums do not tie, and for a day that has not come: no paper says how things will stand.
    """
    until = cut_off or (quarter_end(year, quarter) if quarter else date(year, DECEMBER, 31))
    with stores(Home(path=settings.home)) as found:
        if until > (last := last_day(found)):
            raise Stop(
                f"{until} has not come: the last day that started is {last}; give --cut-off {last}, or an earlier one"
            )
        if year < (first := first_day(found).year):
            raise Stop(f"nothing of {year} is in this journal: the fund's first day here is of {first}")
        report = asyncio.run(make_report(found, fund_of(settings), year, until))
    written = write(out, report_files(report, lang))
    said = {
        "lt": f"{year} m., iki {until}: konsoliduota = mokėtojų suma = žurnalas = bankas, iki cento. Įrašyta į {out}:",
        "en": f"{year}, to {until}: consolidated = sum of payers = journal = bank, to the cent. Written to {out}:",
    }
    screen().print(said[lang])
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


def first_day(found: dict[str, SqliteStore]) -> date:
    """The first day that started here. Raises Stop where none did."""
    folded = asyncio.run(fold_until(found[RECONCILIATION.name], RECONCILIATION, date.max))
    first: date | None = folded.states[SODRA].first_day if SODRA in folded.states else None
    return first or last_day(found)


def show_close(settings: Settings, year: int, cut_off: date | None, out: Path | None, lang: Lang = "en") -> None:
    """Show what is still open of a year, in order; the proof where nothing is. Exit code 1 while something is open."""
    close = closing(Home(path=settings.home), fund_of(settings), year, cut_off)
    screen().print(close_text(close, lang), highlight=False, soft_wrap=True)
    if out:
        out.write_bytes(close.json())
    if close.proof is None:
        raise Stop(f"year {year} is not closed: {len(close.open)} open, the first {matter_line(close.open[0])}")


def show_what_if(settings: Settings, question: Question, until: date, like: int | None, lang: Lang = "en") -> None:
    """Play the days to come with and without the change, on a copy, and show what differs.

    Raises Wrong for a question that can't be asked of this journal.
    """
    home = Home(path=settings.home)
    with reading(home) as connection:
        try:
            answer = asyncio.run(what_if(connection, fund_of(settings), question, until, like=like))
        except (ValueError, Malformed) as error:
            raise Wrong(str(error)) from None
    screen().print(text(answer, lang), highlight=False, soft_wrap=True, markup=False)


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


def cents_of(euros: str, what: str = "--money EUROS") -> Cents:
    """Euros as a person types them, in cents. Raises Wrong, naming what they are for."""
    return int(number_of(euros.replace(" ", ""), what) * 100)


def cents_in(euros: str | None, what: str) -> Cents | None:
    """The same of an option that need not be given; no sum of a budget is below 0. Raises Wrong."""
    if euros is not None and cents_of(euros, what) < 0:
        raise Wrong(f"{what}: {euros} is below 0")
    return None if euros is None else cents_of(euros, what)


def number_of(text: str, what: str) -> Decimal:
    """A number as a person types it. Raises Wrong, naming what it is for."""
    try:
        return Decimal(text.replace(",", "."))
    except InvalidOperation:
        raise Wrong(f"{what}: {text!r} is no number") from None


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
