"""A8. A service that is silent, waits, or stands on an earlier day than others: each panel of its numbers says so itself.

So do the page's JSON and its tables' files (``render.py``).
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime

from services.all import SERVICES
from shared.adapters.kafka.said import Heard
from shared.console.gate import OPEN
from shared.console.index.standing import VIEWS
from shared.console.operations import BROKEN, RUNS, SILENT, cluster_process
from shared.console.pages.blocks import Block, Cards, Chart, Facts, Page, table_of
from shared.console.pages.view import View
from shared.kernel.calendar import VILNIUS
from shared.kernel.value import value

ALL = tuple(each.name for each in SERVICES)
NOBODY: tuple[str, ...] = ()
OWNERS: dict[str, tuple[str, ...]] = {
    "articles": ("payments",),
    "bank": NOBODY,  # the bank's desk has a journal of its own
    "budget": ("contracts", "payments"),
    "claims": ("reconciliation",),
    "contracts": ("contracts",),
    "fund": ("payments",),
    "invoices": ("invoicing", "payments"),
    "notices": ("payments",),
    "open": ("payments",),
    "ops": NOBODY,  # it tells of the services themselves
    "payers": ("payments",),
    "payments": ("payments",),
    "providers": ("contracts",),
    "queues": ("payments",),
    "reports": ALL,
    "reserve": ("reserve",),
    "search": ("contracts", "invoicing"),
    "statements": ("reconciliation",),
    "terms": ("payments",),
    "what-if": ALL,
    "work": ("invoicing", "payments", "reserve", "reconciliation"),
    "years": ("invoicing", "payments", "reserve", "reconciliation"),
}
"""Whose numbers the panels of a page show, by how its address begins; of other pages no panel says anything."""
OF_TABLE: dict[str, tuple[str, ...]] = {
    "checks": ("invoicing",),
    "invoices": ("invoicing", "payments"),
    "months": ("invoicing",),
    "claims": ("reconciliation",),
    "ledgers": ("reconciliation",),
    "decided": NOBODY,
    "events": NOBODY,
    "latest": NOBODY,
}
"""Whose numbers a table shows, by its key, where it is not as the rest of its page; events are no sums of anybody."""
OF_PAGE_AND_TABLE: dict[tuple[str, str], tuple[str, ...]] = {
    ("open", "terms"): ("invoicing", "payments"),
    ("open", "dictionary"): NOBODY,
    ("ops", "orders"): ("payments",),
    ("reports", "years"): NOBODY,
    ("work", "confirm"): NOBODY,
    ("work", "mine"): NOBODY,
    ("years", "reports"): NOBODY,
}
"""The same where other pages have a table of that key."""
NAMES = {
    "contracts": "Sutarčių",
    "invoicing": "Sąskaitų",
    "payments": "Mokėjimų",
    "reserve": "Rezervo",
    "reconciliation": "Suderinimo",
}
"""What a service is called in Lithuanian: whose, before „tarnyba“."""
LAGS_DAYS = 2
"""So many days behind others a service lags: that a day begins for one after the other is usual."""


@value
class Late:
    """A service whose last numbers are not of now, and the sentence that says so."""

    service: str
    said: str


def late_panels(view: View, path: str, page: Page) -> list[tuple[Late, ...]]:
    """Of each block of a page the late services whose numbers it shows; none where they are well."""
    owners = [owners_of(path, block) for block in page.blocks]
    late = late_services(view, page.until, named=not path.startswith(OPEN)) if any(owners) else {}
    return [tuple(Late(service=name, said=late[name]) for name in each if name in late) for each in owners]


def owners_of(path: str, block: Block) -> tuple[str, ...]:
    """Whose numbers a block of a page shows."""
    head = path.lstrip("/").partition("/")[0]
    of_page = OWNERS.get(head, NOBODY)
    if table := table_of(block):
        return OF_PAGE_AND_TABLE.get((head, table.key), OF_TABLE.get(table.key, of_page))
    return of_page if isinstance(block, Cards | Chart | Facts) else NOBODY


def panels_of(page: Page, late: Sequence[tuple[Late, ...]]) -> dict[Late, list[str]]:
    """What each late service has its numbers in, by the names in the page's JSON: its tables, and ``cards``."""
    found: dict[Late, list[str]] = {}
    for block, mine in zip(page.blocks, late, strict=False):
        table = table_of(block)
        name = table.key if table else "cards" if isinstance(block, Cards) else ""
        for each in mine:
            found.setdefault(each, []).extend([name] if name else [])
    return found


def late_services(view: View, until: date | None = None, *, named: bool = True) -> dict[str, str]:
    """Each service that is silent, waits or lags, and a sentence about it: since when, and what is shown instead.

    Numbers of the end of a day (``until``, or the page's own) that all have passed are whole. Where it is not ``named``,
    what a process waits for is left out: it may name our machines.
    """
    over = view.index.on is not None or (until is not None and until < view.today)
    return dict(_lagging(view, until)) | (dict(_silent(view, named=named)) if not over else {})


def _lagging(view: View, until: date | None) -> Iterator[tuple[str, str]]:
    """Services of which a stream stands some days before the day that others have begun, and that numbers are of."""
    days: defaultdict[str, list[date]] = defaultdict(list)
    for service, stream in VIEWS:
        found = view.index.one(
            "SELECT max(day) AS day FROM standing WHERE what = ? AND day <= ?", [stream, view.index.day]
        )
        if found and found["day"]:
            days[service].append(date.fromisoformat(found["day"]))
    newest = max((max(each) for each in days.values()), default=date.min)
    for service, stands in days.items():
        if (min(newest, until or newest) - min(stands)).days >= LAGS_DAYS:
            yield service, _said(
                view, service,
                f"tarnyba sustojo ties {min(stands)}, kitos – ties {newest}: čia jos tos dienos skaičiai.",
                f"stands on {min(stands)}, others on {newest}: these are its numbers of then.",
            )  # fmt: skip


def _silent(view: View, *, named: bool) -> Iterator[tuple[str, str]]:
    """Services of a cluster of which no process works, by their own last word; nobody is judged while nothing is heard."""
    if view.statuses is None or view.statuses.unread():
        return
    now = datetime.now(UTC)
    heard = view.statuses.heard(now)
    for name in [each.name for each in SERVICES if heard]:
        of_it = [each for each in heard if each.told.process == name]
        if not any(cluster_process(each, now).how == RUNS for each in of_it):
            last = max(of_it, key=lambda each: each.at, default=None)
            yield name, _said(view, name, *_how(last, now, named=named))


def _how(last: Heard | None, now: datetime, *, named: bool) -> tuple[str, str]:
    """How the process of a service is that spoke last; None where none did for an hour, or the last said goodbye."""
    if last is None:
        return (
            "tarnyba neveikia: sustabdyta arba tyli ilgiau kaip valandą. Čia paskutiniai žinomi jos skaičiai.",
            "does not work: it was stopped, or has been silent for more than an hour. These are its last known numbers.",
        )
    process, at = cluster_process(last, now), _moment(last.at)
    if process.how == SILENT:
        return (
            f"tarnyba tyli nuo {at}: čia paskutiniai žinomi jos skaičiai.",
            f"has been silent since {at}: these are its last known numbers.",
        )
    lt, en = ("sutriko", "is out of order") if process.how == BROKEN else ("laukia", "waits")
    if process.waits_since:
        since = _moment(process.waits_since)
        lt, en = f"{lt} nuo {since}", f"has waited since {since}"
    why = f": {process.said}" if named else ""
    return (
        f"tarnyba {lt} ({at} pasakė{why}): čia paskutiniai žinomi jos skaičiai.",
        f"{en} (it said so at {at}{why}): these are its last known numbers.",
    )


def _moment(at: datetime) -> str:
    return f"{at.astimezone(VILNIUS):%Y-%m-%d %H:%M:%S}"


def _said(view: View, service: str, lt: str, en: str) -> str:
    """A sentence that begins with the service."""
    return view.t(f"{NAMES[service]} {lt}", f"The service {service} {en}")
