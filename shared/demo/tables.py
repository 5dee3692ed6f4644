"""The tables of the demo: what was decided and how often, and sums that must be one."""

from rich.table import Table

from services.payments.state import State
from shared.demo.run import YearTally
from shared.kernel.money import euro


def decisions(told: YearTally) -> Table:
    """What was decided, and the reasons."""
    table = Table("decision", "how often", "of which", title="What the year brought", title_justify="left")
    table.columns[1].justify = "right"
    for type_, count in sorted(told.counts.items()):
        of_which = [
            f"{reason.partition(': ')[2]} {n}"
            for reason, n in told.reasons.most_common()
            if reason.startswith(f"{type_}: ")
        ]
        table.add_row(type_, f"{count:,}".replace(",", " "), ", ".join(of_which))
    return table


def ties(told: YearTally, state: State) -> Table:
    """Sums that must agree, as said and as booked. Raises AssertionError where they don't."""
    ordered = sum(told.ordered_cents.values())
    in_flight = sum(order.amount_cents for order in state.orders.values())
    booked = sum(cents for book in state.books.values() for cents in book.ordered.values())
    executed = sum(cents for book in state.books.values() for cents in book.executed.values())
    table = Table("sum", "euro", "is", "euro", title="It ties, to the cent", title_justify="left")
    for name, left, other, right in (
        (
            "ordered",
            ordered,
            "executed + rejected + not yet answered",
            told.executed_cents + told.rejected_cents + in_flight,
        ),
        ("ordered less rejected, as said", ordered - told.rejected_cents, "ordered, in the books", booked),
        ("executed, as said", told.executed_cents, "transferred, in the books", executed),
    ):
        assert left == right, f"{name} {euro(left)} is not {other} {euro(right)}"
        table.add_row(name, euro(left), other, euro(right))
    table.columns[1].justify = table.columns[3].justify = "right"
    return table
