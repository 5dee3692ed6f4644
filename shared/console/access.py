"""Which role reads which page: one table, by how an address begins. What is not in it, everybody with a role reads."""

from shared.desk.person import Person, Role

MONEY: tuple[Role, ...] = ("clerk", "contracts", "planner", "second", "director", "ministry", "auditor")
"""Who works with the fund's money, or looks after those who do; the operator opens no account and no invoice."""
RUNNING: tuple[Role, ...] = ("planner", "director", "ministry", "auditor", "operator")
PARKED: tuple[Role, ...] = ("clerk", "second", *RUNNING)
"""Who looks at what could not be read: those who say what becomes of it, and who sees all."""

READ_BY: dict[str, tuple[Role, ...]] = {
    "/articles": MONEY,
    "/bank": MONEY,
    "/budget": MONEY,
    "/claims": MONEY,
    "/contracts": MONEY,
    "/days": MONEY,
    "/events": MONEY,
    "/invoices": MONEY,
    "/payers": MONEY,
    "/payments": MONEY,
    "/providers": MONEY,
    "/queues": MONEY,
    "/reports": MONEY,
    "/reserve": MONEY,
    "/search": MONEY,
    "/statements": MONEY,
    "/terms": MONEY,
    "/traces": MONEY,
    "/what-if": MONEY,
    "/years": MONEY,
    "/ops": RUNNING,
    "/parked": PARKED,
}


def kept_from(person: Person, path: str) -> tuple[Role, ...]:
    """The roles that read an address, where this person's does not; none where the person may read it."""
    first = f"/{path.lstrip('/').partition('/')[0]}"
    roles = READ_BY.get(first, ())
    return roles if roles and person.role not in roles else ()
