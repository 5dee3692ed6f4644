"""``psdf trace``: the trace of an invoice from the files of spans, as a tree; for those without a backend."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec
from rich.text import Text
from rich.tree import Tree

from shared.kernel.calendar import VILNIUS
from shared.kernel.money import euro
from shared.runtime import telemetry_facts as facts
from shared.runtime.stop import Stop
from shared.runtime.telemetry_file import Line, lines_with
from shared.runtime.telemetry_outbox import BATCH, RELAY

MS = 1_000_000
"""Nanoseconds in a millisecond."""

Found = dict[str, Line]


class Untraced(Stop):
    """No span of an invoice is in the files: one line that says why that may be."""


def trace_tree(folder: Path, invoice_id: str) -> Tree:
    """The traces of an invoice, oldest first; each decision with its day, service, points, sum, reason and notice.

    Decisions of a day or a letter that concern many invoices stand in traces of their own; where one led to a decision
    here, the line says so. Raises Untraced.
    """
    named = _written(invoice_id)
    found = sorted((line for line in lines_with(folder, [named]) if _is_of(line, invoice_id)), key=_began)
    traces = list(dict.fromkeys(line.trace for line in found))
    if not traces:
        raise Untraced(
            f"{folder} holds no trace of {invoice_id}: PSDF_TRACES is the share of the invoices that are traced, "
            "1 for all; with PSDF_OTLP they go to the collector; the oldest files are removed"
        )
    lines = list(lines_with(folder, traces))
    own = {line.span: line for line in lines if line.trace in traces}
    beside = _beside(folder, lines, traces)
    tree = Tree(Text(f"invoice {invoice_id}", style="bold"), guide_style="dim")
    for trace in traces:
        spans = {span: line for span, line in own.items() if line.trace == trace}
        if len(traces) == 1:
            tree.add(Text(f"trace {trace}", style="dim"))
        branch = tree if len(traces) == 1 else tree.add(Text(f"trace {trace}", style="dim"))
        _grow(branch, _children(spans), None, beside)
    return tree


def _written(text: str) -> str:
    return msgspec.json.encode(text).decode()


def _began(line: Line) -> tuple[int, int]:
    return line.start_ns, line.end_ns


def _is_of(line: Line, invoice_id: str) -> bool:
    return line.attributes.get(facts.INVOICE) == invoice_id


def _children(spans: Found) -> dict[str | None, list[Line]]:
    """Spans by their parent, in the order of their beginnings; one whose parent is elsewhere stands at the top."""
    children: dict[str | None, list[Line]] = defaultdict(list)
    for line in sorted(spans.values(), key=_began):
        children[line.parent if line.parent in spans else None].append(line)
    return children


def _beside(folder: Path, lines: Sequence[Line], traces: Sequence[str]) -> dict[str, list[Line]]:
    """The spans of batches, with their relays, by the decisions that a batch links to."""
    batches = [line for line in lines if line.name == BATCH]
    relays = defaultdict(list)
    for line in lines_with(folder, [batch.trace for batch in batches]):
        if line.name == RELAY:
            relays[line.trace].append(line)
    beside: dict[str, list[Line]] = defaultdict(list)
    for batch in batches:
        for trace, span in batch.links:
            if trace in traces:
                beside[span] += [batch, *relays[batch.trace]]
    return beside


def _grow(
    branch: Tree, children: dict[str | None, list[Line]], parent: str | None, beside: dict[str, list[Line]]
) -> None:
    for line in children.get(parent, []):
        _grow(branch.add(told(line, beside.get(line.span, []))), children, line.span, beside)


def told(line: Line, beside: Sequence[Line]) -> Text:
    """One span in a line; below it why, and when it was durable and told."""
    given = line.attributes
    text = Text()
    text.append(_time(line.start_ns), style="dim")
    text.append(f"  {line.service:<16}")
    text.append(line.name, style="bold red" if line.error else "bold")
    if (cents := given.get(facts.CENTS)) is not None:
        text.append(f"  {euro(int(str(cents)))} EUR")
    for key, word in (
        (facts.POINTS, "points "),
        (facts.REASON, "reason "),
        (facts.NOTICE, "notice "),
        (facts.ORDER, "order "),
    ):
        if key in given:
            text.append(f"  {word}{_listed(given[key])}", style="yellow" if key == facts.REASON else "")
    if line.error:
        text.append(f"  {line.error}", style="red")
    text.append(f"\n{_beneath(line, beside)}", style="dim")
    return text


def _beneath(line: Line, beside: Sequence[Line]) -> str:
    """What led to it on which legal day, how long it took, and how long after its beginning it was durable and told."""
    given = line.attributes
    parts = [f"took {_ms(line.end_ns - line.start_ns)}"]
    parts += [
        f"{'durable' if each.name == BATCH else 'told'} after {_ms(each.end_ns - line.start_ns)}" for each in beside
    ]
    decided = given.get(facts.DECIDED, [])
    if isinstance(decided, list) and decided and line.name not in decided:
        parts.insert(0, f"decided {_listed(decided)}")
    if facts.CAUSE in given:
        many = " (a decision on several)" if line.links else ""
        parts.insert(0, f"{given[facts.DAY]}, because of {given[facts.CAUSE]}{many}")
    return ", ".join(parts)


def _time(at_ns: int) -> str:
    return f"{datetime.fromtimestamp(at_ns / 1e9, VILNIUS):%Y-%m-%d %H:%M:%S.%f}"[:-3]


def _ms(ns: int) -> str:
    return f"{ns / MS:.1f} ms"


def _listed(given: object) -> str:
    return ", ".join(map(str, given)) if isinstance(given, list) else str(given)
