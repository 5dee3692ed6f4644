"""A budget in a file, as JSON or as CSV: what it fills the form with, and on which of its lines something is wrong."""

from collections.abc import Collection, Mapping, Sequence

from shared.desk.budget_csv import of_csv
from shared.desk.budget_json import of_json
from shared.desk.budget_parts import BUDGET, EMPTY, FromFile, fault_of, unread
from shared.desk.drafts import checked
from shared.desk.forms import Fault
from shared.desk.person import Person
from shared.kernel.fund import Fund

MAX_BYTES = 1_000_000
MOST_FAULTS = 50


def budget_of(content: bytes, known: Collection[str] = ()) -> FromFile:
    """Read a file: JSON where it begins as JSON does, else CSV. What can't be read at all fills nothing.

    ``known`` are codes that a budget has had: no spreadsheet has made anything else of them.
    """
    if not content.strip():
        return unread(*EMPTY)
    if len(content) > MAX_BYTES:
        return unread(
            f"Faile {len(content)} B, o daugiausia gali būti {MAX_BYTES}",
            f"The file has {len(content)} bytes, and {MAX_BYTES} are the most",
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return unread(
            f"{line} eilutė: ne UTF-8; skaičiuoklėje įrašykite kaip „CSV UTF-8“",
            f"Line {line}: no UTF-8; save it as “CSV UTF-8” in the spreadsheet",
        )
    return of_json(text) if text.lstrip().startswith(("{", "[")) else of_csv(text, known)


def filled(
    fund: Fund, person: Person, content: bytes, before: Mapping[str, str], known: Collection[str] = ()
) -> tuple[dict[str, str], list[Fault]]:
    """What the form holds with a file over what was written before, and what is wrong, each at its line.

    ``known`` is as in ``budget_of``. Raises NotDone where the person can't speak for its payer.
    """
    found = budget_of(content, known)
    now = found.over(before)
    if not found.written:
        return now, _first(found.faults)
    _, faults = checked(fund, BUDGET, person, now)
    at = {fault.key for fault in found.faults}
    others = (fault for fault in faults if fault.key not in at and (fault.key or not found.faults))
    return now, _first([*found.faults, *map(found.placed, others)])


def _first(faults: Sequence[Fault]) -> list[Fault]:
    """As many faults as are told at once."""
    more = len(faults) - MOST_FAULTS
    return [*faults[:MOST_FAULTS], *([fault_of("file", f"ir dar {more}", f"and {more} more")] if more > 0 else ())]
