"""``psdf trace``: the trace of one invoice as a tree, from the files of spans in a home."""

from shared.cli.options import HomeOption, InvoiceArgument, settings
from shared.cli.screen import screen
from shared.journal.home import Home
from shared.runtime.settings import fund_of, viewer_of
from shared.telemetry.tree import Untraced, trace_of, trace_tree


def trace(invoice_id: InvoiceArgument, home: HomeOption = None) -> None:
    """Draw the trace of an invoice as a tree: when each service decided what, for how long, and why.

      psdf trace 300111224/A1
      psdf trace INVOICE --home psdf-demo           the demo's last lines name one that it traced
      psdf trace 4bf92f3577b34da6a3ce929d0e0e4736   by the trace_id of a log line

    It reads the files of spans in the home, which all processes of this machine write where no collector is set.
    PSDF_TRACES is the share of the invoices that are traced: 0.1 unless set, 1 for all, 0 for none. Where a collector
    is set, and PSDF_TRACES_URL says where it shows a trace, it names that address.
    """
    chosen = settings(home=home)
    place, fund = Home(path=chosen.home), fund_of(chosen)
    known = place.fund_id
    fund_id = known.read_text(encoding="utf-8").strip() if known.exists() else fund.fund_id
    viewer = viewer_of(chosen)
    shown = f"shown at {viewer.address(trace_of(fund_id, invoice_id))}" if viewer else None
    try:
        screen().print(trace_tree(place.traces, fund_id, invoice_id, fund.currency))
    except Untraced as untraced:
        raise Untraced(f"{untraced}; if it is there, it is {shown}") if shown else untraced from None
    if shown:
        screen().print(shown, soft_wrap=True)
