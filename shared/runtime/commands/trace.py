"""``psdf trace``: the trace of one invoice as a tree, from the files of spans in a home."""

from shared.runtime.home import Home
from shared.runtime.screen import screen
from shared.runtime.settings import Settings
from shared.runtime.trace_tree import trace_tree


def trace(settings: Settings, invoice_id: str) -> None:
    """Draw the tree. Raises Stop where the files hold none of the invoice."""
    screen().print(trace_tree(Home(path=settings.home).traces, invoice_id))
