"""Traces: from a page to where its trace is shown, and from a trace back to its page."""

import re

from shared.console.pages.blocks import Cell, Link
from shared.console.pages.view import View
from shared.telemetry.context import INVOICE, NOTICE, Subject
from shared.telemetry.viewer import PATHS

_TRACE = re.compile(r"[0-9a-f]{32}")


def trace_row(view: View, kind: str, id_: str) -> list[tuple[str, Cell]]:
    """The row that leads to the trace of an invoice or a notice; none where no viewer of traces is known."""
    if view.viewer is None:
        return []
    subject, name = Subject(view.fund.fund_id, kind, id_), view.t("Techninis pėdsakas", "Technical trace")
    if not view.viewer.knows(subject):
        share = f"{view.viewer.share.share:.0%}"
        return [(name, view.t(f"nefiksuojamas (PSDF_TRACES: {share})", f"not recorded (PSDF_TRACES: {share})"))]
    return [(name, Link(text=subject.trace, href=view.viewer.address(subject.trace)))]


def way_back(view: View, trace: str) -> str | None:
    """The address of the page of what has that trace; None where nothing has."""
    found = traced(view, trace)
    return view.url(found) if found else None


def traced(view: View, trace: str) -> str | None:
    """The path of the invoice or the notice whose trace it is; None for one that is of neither.

    A trace is a function of what it is of, and not the other way: all that are known are tried.
    """
    if not _TRACE.fullmatch(trace):
        return None
    for kind, query in ((NOTICE, "SELECT no AS id FROM notice"), (INVOICE, "SELECT DISTINCT id FROM invoice")):
        for row in view.index.rows(query):
            if Subject(view.fund.fund_id, kind, row["id"]).trace == trace:
                return PATHS[kind] + str(row["id"])
    return None
