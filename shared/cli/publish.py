"""``psdf publish``: events of a file into a running fund, or into a home that nobody holds."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Annotated, Any, TypeAlias

import httpx
import msgspec
import typer
from rich.progress import Progress, TaskID

from shared.cli.options import HomeOption, settings
from shared.cli.screen import progress, screen, table
from shared.engine.waiting import Backoff
from shared.explain.results import answers
from shared.explain.sentences import reason_sentence
from shared.journal.home import Home, reading
from shared.kernel.stop import Stop, Wrong
from shared.messages.read import MAX_BYTES
from shared.runtime.embedded import Stack
from shared.runtime.reach import reach
from shared.runtime.settings import Settings, fund_of
from shared.telemetry.logs import configure

LINES = "application/x-ndjson"
LINES_AT_ONCE, BYTES_AT_ONCE = 500, 4_000_000
TIMEOUT = httpx.Timeout(120.0, connect=5.0)
PATIENCE_S = 60.0
SHOWN, SHORT = 10, 8

Answers: TypeAlias = list[dict[str, Any]]
Batch: TypeAlias = list[tuple[int, bytes]]
"""Lines with their numbers."""


def publish(
    file: Annotated[Path, typer.Argument(help="CloudEvents, one a line; - for standard input", show_default=False)],
    url: Annotated[str | None, typer.Option(help="a running fund; without it, the one of the home")] = None,
    home: HomeOption = None,
    moment: Annotated[str | None, typer.Option(help="arrival or event, where no fund runs in the home")] = None,
) -> None:
    """Publish events and show how each was taken; again is harmless, what is known changes nothing.

      psdf publish events.jsonl
      psdf publish events.jsonl --url http://127.0.0.1:8080
      psdf publish year-2022.jsonl --moment event      a past year, in its own time

    Where no fund runs in the home, the events go into it directly.
    """
    if str(file) != "-" and not file.is_file():
        raise Wrong(f"{file} is no file")
    chosen = settings(home=home, moment=moment)
    configure("warning", for_people=True)
    console, tally = screen(), Tally(fund_of(chosen).languages)
    size = 0 if str(file) == "-" else file.stat().st_size
    with _opened(file) as lines, progress(console, "bytes") as bar:
        task = bar.add_task(f"publishing {file.name}", total=size or None)
        batches = _batches(lines, bar, task)
        if url:
            _over_http(url, batches, tally)
        else:
            _into_home(chosen, batches, tally)
    console.print(table("Answers", ["type", "outcome", ">events"], tally.rows()))
    for told in tally.told[:SHOWN]:
        console.print(told, markup=False, soft_wrap=True)
    if len(tally.told) > SHOWN:
        console.print(f"and {len(tally.told) - SHOWN} more; psdf parked list and psdf why ID show them")


class Tally:
    """How events were taken."""

    def __init__(self, languages: tuple[str, str]) -> None:
        self._languages = languages
        self._counts: Counter[tuple[str, str]] = Counter()
        self.told: list[str] = []
        """What was parked, returned and refused, with the reasons, a line each."""

    def take(self, batch: Batch, given: Answers) -> None:
        """Count the answers to a batch."""
        for (line, _raw), answer in zip(batch, given, strict=True):
            self._counts[answer["type"], answer["outcome"]] += 1
            if answer["outcome"] == "parked":
                where = f" (psdf parked show {answer['parked_id'][:SHORT]})" if answer.get("parked_id") else ""
                self.told.append(f"line {line} was parked: {answer['error']}{where}")
            for reason in answer.get("reasons") or ():
                what = answer.get("invoice_id") or f"{answer['type']} {answer['id']}"
                why = " / ".join(reason_sentence(reason, lang) for lang in self._languages)
                self.told.append(
                    f"line {line}: {what} {answer['outcome']}, point {reason['rule']}, {reason['code']}: {why}"
                )

    def rows(self) -> Iterator[tuple[str, str, int]]:
        """Types and outcomes with their counts."""
        return ((type_, outcome, count) for (type_, outcome), count in sorted(self._counts.items()))


def _opened(file: Path) -> IO[bytes]:
    if str(file) == "-":
        return open(0, "rb", closefd=False)
    return file.open("rb")


def _batches(lines: Iterable[bytes], bar: Progress, task: TaskID) -> Iterator[Batch]:
    """The lines that say something, some at a time; the bar moves on when a batch was taken."""
    batch: Batch = []
    read = size = 0
    for number, length, raw in documents(lines):
        if batch and (len(batch) == LINES_AT_ONCE or size + len(raw) > BYTES_AT_ONCE):
            yield batch
            bar.update(task, completed=read)
            batch, size = [], 0
        read, size = read + length, size + len(raw)
        if raw:
            batch.append((number, raw))
    if batch:
        yield batch
    bar.update(task, completed=read)


def documents(lines: Iterable[bytes]) -> Iterator[tuple[int, int, bytes]]:
    """Events with the number of their first line and their length in the file: a line each, or printed over several.

    One that is printed over several lines begins with ``{`` and goes on while lines are indented, to its ``}``; it
    becomes one line. It is one event too where it can't be read.
    """
    held: list[bytes] = []
    first = 0
    for number, line in enumerate(lines, 1):
        raw = line.strip()
        if held:
            inner = not raw or line[:1] in b" \t"
            if (inner or raw == b"}") and sum(map(len, held)) + len(line) <= MAX_BYTES:
                held.append(line)
                if not inner:
                    yield _joined(first, held)
                    held = []
                continue
            yield _joined(first, held)
            held = []
        if raw == b"{" or (raw[:1] == b"{" and raw[-1:] in b"{[,:"):
            first, held = number, [line]
        else:
            yield number, len(line), raw
    if held:
        yield _joined(first, held)


def _joined(first: int, lines: list[bytes]) -> tuple[int, int, bytes]:
    return first, sum(map(len, lines)), b" ".join(raw for line in lines if (raw := line.strip()))


def _over_http(url: str, batches: Iterable[Batch], tally: Tally) -> None:
    with httpx.Client(base_url=url, timeout=TIMEOUT) as client:
        for batch in batches:
            tally.take(batch, _post(client, batch))


def _post(client: httpx.Client, batch: Batch) -> Answers:
    """Send a batch until it is answered: what was taken before an answer got lost changes nothing."""
    body = b"\n".join(raw for _, raw in batch)
    until, backoff = time.monotonic() + PATIENCE_S, Backoff()
    while True:
        try:
            answer = client.post("/events", content=body, headers={"Content-Type": LINES})
            if "Retry-After" not in answer.headers:
                return _answers(answer, batch)
            told = _error(answer)
        except httpx.TransportError as error:
            told = f"it does not answer ({str(error) or type(error).__name__})"
        if time.monotonic() > until:
            raise Stop(
                f"{client.base_url}: {told}; all before line {batch[0][0]} is taken. "
                "Publish the file again: what is known changes nothing"
            )
        time.sleep(backoff.next_s())


def _answers(answer: httpx.Response, batch: Batch) -> Answers:
    if answer.status_code not in (httpx.codes.OK, httpx.codes.ACCEPTED, httpx.codes.UNPROCESSABLE_ENTITY):
        raise Stop(f"{answer.url}, lines {batch[0][0]} to {batch[-1][0]}: {_error(answer)}")
    given: Answers = answer.json()["answers"]
    return given


def _error(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"answer {answer.status_code}: {answer.text[:200]}"


def _into_home(settings: Settings, batches: Iterable[Batch], tally: Tally) -> None:
    """Into the home itself, or to the fund that runs there."""
    home = Home(path=settings.home)

    async def here(stack: Stack) -> None:
        for batch in batches:
            raws = [raw for _, raw in batch]
            told = await stack.publish(raws)
            given = answers(raws, told, stack.engine("invoicing"), lambda: reading(home))
            tally.take(batch, msgspec.to_builtins(given))

    reach(settings, home, fund_of(settings), here, lambda url: _over_http(url, batches, tally))
