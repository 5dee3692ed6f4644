"""``psdf trace``: the trace of one invoice as a tree, from the files of spans in a home."""

from shared.cli.screen import screen
from shared.journal.home import Home
from shared.runtime.settings import Settings, fund_of
from shared.telemetry.tree import trace_tree


def trace(settings: Settings, named: str) -> None:
    """Draw the tree of an invoice, or of a trace by its id. Raises Stop where the files hold none of it."""
    home = Home(path=settings.home)
    known, fund = home.fund_id, fund_of(settings)
    fund_id = known.read_text(encoding="utf-8").strip() if known.exists() else fund.fund_id
    screen().print(trace_tree(home.traces, fund_id, named, fund.currency))
