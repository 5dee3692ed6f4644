"""``psdf trace``: the trace of an invoice from the files of spans, as a tree; for those without a backend."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from rich.text import Text
from rich.tree import Tree

from shared.kernel.calendar import VILNIUS
from shared.kernel.money import euro
from shared.kernel.stop import Stop
from shared.telemetry import facts
from shared.telemetry.context import INVOICE, Subject
from shared.telemetry.file import Line, lines_with
from shared.telemetry.outbox import BATCH, RELAY

MS = 1_000_000
"""Nanoseconds in a millisecond."""

LETTERS = "letters"
"""The service of a letter's span."""
_TRACE = re.compile(r"[0-9a-f]{32}")


class Untraced(Stop):
    """No span of an invoice is in the files: one line that says why that may be."""


def trace_tree(folder: Path, fund_id: str, named: str, currency: str = "EUR") -> Tree:
    """The trace of an invoice of a fund, by its id or the trace's own (as log lines name it).

    Each decision has its day, service, points, sum, reason and notice. One on several invoices stands in a trace of its
    own; the line of its part here says so, with what led to it (the letter, and the day that prepared it). Raises
    Untraced.
    """
    trace = trace_of(fund_id, named)
    is_trace = trace == named
    lines = list(lines_with(folder, [trace]))
    own = sorted((line for line in lines if line.trace == trace), key=_began)
    if not own:
        raise Untraced(
            f"{folder} holds no trace of {named}: PSDF_TRACES is the share of the invoices that are traced, "
            "1 for all; with PSDF_OTLP they go to the collector; the oldest files are removed"
        )
    tree = Tree(Text(named if is_trace else f"invoice {named}", style="bold"), guide_style="dim")
    if not is_trace:
        tree.add(Text(f"trace {trace}", style="dim"))
    _grow(tree, _children(own), None, _beside(folder, lines, trace), _behind(folder, own), currency)
    return tree


def trace_of(fund_id: str, named: str) -> str:
    """The id of a trace: that of an invoice by the invoice's id, or itself."""
    return named if _TRACE.fullmatch(named) else Subject(fund_id, INVOICE, named).trace


def _began(line: Line) -> tuple[int, int]:
    return line.start_ns, line.end_ns


def _children(own: Sequence[Line]) -> Mapping[str | None, list[Line]]:
    """Spans by their parent, in the order of their beginnings; one whose parent is elsewhere stands at the top."""
    spans, children = {line.span for line in own}, defaultdict[str | None, list[Line]](list)
    for line in own:
        children[line.parent if line.parent in spans else None].append(line)
    return children


def _beside(folder: Path, lines: Sequence[Line], trace: str) -> dict[str, list[Line]]:
    """The spans of batches, with their relays, by the decisions that a batch links to."""
    batches = [line for line in lines if line.name == BATCH]
    relays = defaultdict(list)
    for line in lines_with(folder, [batch.trace for batch in batches]):
        if line.name == RELAY:
            relays[line.trace].append(line)
    beside: dict[str, list[Line]] = defaultdict(list)
    for batch in batches:
        for there, span in batch.links:
            if there == trace:
                beside[span] += [batch, *relays[batch.trace]]
    return beside


def _behind(folder: Path, own: Sequence[Line]) -> dict[str, list[Line]]:
    """What led to the decisions on several that are linked to here: the nearest first, by the span here.

    That is the letter, and the decision that prepared its notice.
    """
    links = {line.span: line.links[0] for line in own if _is_part(line)}
    found = {line.span: line for line in lines_with(folder, sorted({trace for trace, _ in links.values()}))}
    behind: dict[str, list[Line]] = {}
    for span, (trace, there) in links.items():
        if there in found and (first := found.get(found[there].parent or "")):
            behind[span] = [line for line in found.values() if line.trace == trace and line.service == LETTERS] + [
                first
            ]
    return behind


def _is_part(line: Line) -> bool:
    """Whether it is a part of a decision on several: else a link is to the span of a sender."""
    return bool(line.links) and facts.SENDER not in line.attributes


def _grow(
    branch: Tree,
    children: Mapping[str | None, list[Line]],
    parent: str | None,
    beside: dict[str, list[Line]],
    behind: dict[str, list[Line]],
    currency: str,
) -> None:
    for line in children.get(parent, []):
        grown = branch.add(told(line, beside.get(line.span, []), behind.get(line.span, []), currency))
        _grow(grown, children, line.span, beside, behind, currency)


def told(line: Line, beside: Sequence[Line], behind: Sequence[Line] = (), currency: str = "EUR") -> Text:
    """One span in a line; below it why, and when it was durable and told; below that what led to its cause."""
    given = line.attributes
    text = Text()
    text.append(_time(line.start_ns), style="dim")
    text.append(f"  {line.service:<16}")
    text.append(line.name, style="bold red" if line.error else "bold")
    if (cents := given.get(facts.CENTS)) is not None:
        text.append(f"  {euro(int(str(cents)))} {currency}")
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
    if behind:
        text.append(f"\nafter {', after '.join(map(_briefly, behind))}", style="dim")
    return text


def _briefly(line: Line) -> str:
    given = line.attributes
    notice = f" of notice {given[facts.NOTICE]}" if facts.NOTICE in given else ""
    cause = f" because of {given[facts.CAUSE]}" if facts.CAUSE in given else ""
    return f"{line.service} {line.name}{notice}{cause} (took {_ms(line.end_ns - line.start_ns)})"


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
        many = " (a decision on several)" if _is_part(line) else ""
        sender = f" (sent in trace {given[facts.SENDER]})" if facts.SENDER in given else ""
        parts.insert(0, f"{given[facts.DAY]}, because of {given[facts.CAUSE]}{many}{sender}")
    return ", ".join(parts)


def _time(at_ns: int) -> str:
    return f"{datetime.fromtimestamp(at_ns / 1e9, VILNIUS):%Y-%m-%d %H:%M:%S.%f}"[:-3]


def _ms(ns: int) -> str:
    return f"{ns / MS:.1f} ms"


def _listed(given: object) -> str:
    return ", ".join(map(str, given)) if isinstance(given, list) else str(given)
