"""The page of figures: its tables are written from what a bench measured, and a test holds the one against the other.

    python -m tests.bench.figures build/bench.json build/bench-cluster.json build/bench-scale.json

keeps the measured figures in ``figures.json`` and writes the tables of ``figures.md`` anew.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
KEPT, PAGE = HERE / "figures.json", HERE / "figures.md"
PARTS = {"bench": "embedded", "bench-cluster": "cluster", "bench-scale": "scale"}
HALF, MOST = "steps_p50_ms", "steps_p99_ms"
TABLE = re.compile(r"(<!-- (\w+) -->\n)(.*?)(<!-- /\2 -->\n)", re.DOTALL)
WORDS = {
    "machine": "machine",
    "embedded.invoices_per_s": "invoices a second (5 lines, submitted to scheduled, durable)",
    "embedded.floor_per_s": "its floor: the same hops with our models and store",
    "embedded.ratio": "ratio to it",
    "embedded.ratio_spread": "the middle half of the turns' ratios lies within",
    "embedded.traced_per_s": "as `psdf run` is without any setting, with traces",
    "embedded.traced_ratio": "ratio of that",
    "embedded.frozen_same_rows_per_s": "a floor with nothing of ours, the same rows",
    "embedded.frozen_bare_per_s": "a floor with nothing of ours, one row a hop and batch",
    "embedded.ratio_frozen": "ratio to the one with the same rows",
    "free.nothing": "the ratio to our floor once more, in the turns of the next four",
    "free.reading": "if reading messages and their digests cost nothing",
    "free.disk": "if the disk did",
    "free.watching": "if metrics did",
    "free.all": "if all three did",
    "lines_per_s": "lines a second (invoices of 500 lines)",
    "door.invoices_per_s": "invoices a second over HTTP, in batches of 500",
    "door.cost": "how much longer that takes than without HTTP",
    "door.receipt_p50_ms": "milliseconds until half of the single events have their receipt, at a tenth of that rate",
    "door.receipt_p99_ms": "milliseconds until 99 of 100 have it",
    "door.signature_dsse_us": "microseconds that a signature (DSSE) adds to an event",
    "door.signature_jws_us": "microseconds that a detached JWS adds",
    "growth": "time an invoice at the end of a large fund year over that at its beginning, in turns",
    "growth_invoices": "invoices of that year",
    "restart_invoices": "invoices of the year that is restarted from its snapshots",
    "restart_s": "seconds until it is ready",
    "rss_mb": "MB it took at most (VmHWM of a fresh process)",
    "restart_traced_s": "seconds, with traces",
    "rss_traced_mb": "MB, with traces",
    "postgres_per_s": "PostgreSQL, the same checks, one transaction an invoice",
    "postgres_batched_per_s": "PostgreSQL, 500 invoices a transaction",
    "over_postgres": "ours over the first",
    "over_postgres_batched": "ours over the second",
    "instructions.ours": "instructions an invoice (valgrind)",
    "instructions.floor": "of the floor with our models",
    "instructions.frozen": "of the floor with nothing of ours",
    "floor_per_s": "the floor: two bare hops (consume, one document, produce, commit offsets), a second",
    "invoices_per_s": "invoices a second through five services, submitted to scheduled",
    "ratio": "ratio",
    "p50_ms": "milliseconds that half of the invoices take at a tenth of that load",
    "p99_ms": "milliseconds that 99 of 100 take",
    "floor_p50_ms": "milliseconds that half of the messages take through the floor, at the same load",
    "floor_p99_ms": "milliseconds that 99 of 100 take through it",
    "processor_us": "microseconds of the processor an invoice, by process",
    "floor_processor_us": "of a message of the floor",
    "tracing_cost": "the rate without spans over the rate with them",
    "runs": "each run",
    "invoices_a_run": "invoices of a run",
    "invoices": "invoices of the year",
    "year_s": "seconds that the fund takes for the year, all its days and orders too",
    "journal_bytes_an_invoice": "bytes of the journal an invoice, paid",
    "why_s": "seconds of `psdf why`",
    "fund_s": "of `psdf fund`",
    "report_s": "of `psdf report`",
    "year_and_report_s": "of the year and its report",
    "close_s": "of `psdf close`",
    "verify_s": "of `psdf verify`",
    "what_if_s": "of `psdf what-if` over a month",
    "open_invoices": "open invoices",
    "idle_day_ms": "milliseconds of a day on which nothing is due",
    "orders": "orders of the day after",
    "day_of_orders_ms": "milliseconds of that day",
}


def table(figures: dict[str, Any]) -> str:
    """A part's figures as a table, in the order in which they were measured."""
    rows = [f"| {words_of(name)} | {told(value)} |\n" for name, value in figures.items() if name not in (HALF, MOST)]
    return "".join(["| figure | measured |\n", "|---|---|\n", *rows, *(_steps(figures) if HALF in figures else ())])


def _steps(figures: dict[str, Any]) -> Iterator[str]:
    """What each step of a batch took in each service: half of them, and 99 of 100."""
    services: dict[str, dict[str, float]] = figures[HALF]
    steps = list(next(iter(services.values())))
    yield f"\n| ms of a batch: half / 99 of 100 | {' | '.join(steps)} |\n|---{'|---' * len(steps)}|\n"
    for service, half in services.items():
        cells = " | ".join(f"{half[step]} / {figures[MOST][service][step]}" for step in steps)
        yield f"| {service} | {cells} |\n"


def words_of(name: str) -> str:
    """What a figure is; those that are measured several times end with their number. Raises KeyError."""
    stem, _, number = name.rpartition(".")
    return f"{number}: {WORDS[stem]}" if number.isdecimal() else WORDS[name]


def told(value: Any) -> str:  # noqa: ANN401 - a figure, or several
    """A figure in words; several one after another."""
    if isinstance(value, dict):
        return "; ".join(f"{name} {told(each)}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(map(told, value))
    return f"{value:,}".replace(",", " ") if isinstance(value, int) else f"{value}"


def page(text: str, kept: dict[str, dict[str, Any]]) -> str:
    """The page with its tables written anew."""
    return TABLE.sub(lambda found: found[1] + table(kept[found[2]]) + found[4], text)


def main(paths: list[str]) -> None:
    """Keep what was measured, and write the page."""
    kept = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    for path in map(Path, paths):
        kept[PARTS[path.stem]] = json.loads(path.read_text(encoding="utf-8"))
    KEPT.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), kept), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
