"""The fund's own rules of e-invoices: their words stand in ``rules.toml``."""

import tomllib
from functools import cache
from importlib.resources import files

from shared.edge.einvoice.records import Finding
from shared.kernel.value import value


@value
class OwnRule:
    """A rule: where it looks, and what is so where it isn't kept."""

    path: str
    lt: str
    en: str


@cache
def own_rules() -> dict[str, OwnRule]:
    """The rules by their ids."""
    rows = tomllib.loads((files("shared.edge.einvoice") / "rules.toml").read_text(encoding="utf-8"))
    return {rule: OwnRule(**row) for rule, row in rows.items()}


def broken(rule: str, path: str | None = None, /, **told: object) -> Finding:
    """A rule that is not kept, here; ``told`` is what its sentences name. A missing one is a fault of the program."""
    row = own_rules()[rule]
    said = {name: _short(value) for name, value in told.items()}
    return Finding(
        rule=rule,
        path=path or row.path,
        text=row.en.format(**said),
        text_lt=row.lt.format(**said),
        fatal=not rule.startswith("PSDF-W"),
    )


MOST_SHOWN = 80


def _short(value: object) -> str:
    """Something of the document as a sentence may hold it: printable, and not long."""
    text = "".join(char if char.isprintable() else "?" for char in str(value)[: MOST_SHOWN + 1])
    return f"{text[:MOST_SHOWN]}..." if len(text) > MOST_SHOWN else text or "–"
