"""A8. A service that is silent, waits, or stands on an earlier day than others: each panel of its numbers says so itself."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime

from services.all import SERVICES
from shared.adapters.kafka.said import Heard
from shared.console.index.standing import VIEWS
from shared.console.operations import BROKEN, RUNS, SILENT, cluster_process
from shared.console.pages.blocks import Block, Cards, Chart, Facts, Page, Table
from shared.console.pages.view import View
from shared.kernel.calendar import VILNIUS

OWNERS: dict[str, tuple[str, ...]] = {
    "articles": ("payments",),
    "budget": ("contracts", "payments"),
    "claims": ("reconciliation",),
    "contracts": ("contracts",),
    "fund": ("payments",),
    "invoices": ("invoicing", "payments"),
    "notices": ("payments",),
    "payers": ("payments",),
    "payments": ("payments",),
    "providers": ("contracts",),
    "queues": ("payments",),
    "reserve": ("reserve",),
    "statements": ("reconciliation",),
    "terms": ("payments",),
}
"""Whose numbers the panels of a page show, by how its address begins; of other pages no panel says anything."""
OF_TABLE: dict[str, tuple[str, ...]] = {
    "checks": ("invoicing",),
    "invoices": ("invoicing", "payments"),
    "months": ("invoicing",),
    "claims": ("reconciliation",),
    "ledgers": ("reconciliation",),
    "decided": (),
    "events": (),
    "latest": (),
}
"""Whose numbers a table shows, by its key, where it is not as the rest of its page; events are no sums of anybody."""
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


def late_panels(view: View, path: str, page: Page) -> list[str]:
    """Of each block of a page what is to be said of the services whose numbers it shows; empty where they are well."""
    of_page = OWNERS.get(path.lstrip("/").partition("/")[0], ())
    late = late_services(view) if of_page else {}
    return [" ".join(late[name] for name in _owners(block, of_page) if name in late) for block in page.blocks]


def _owners(block: Block, of_page: tuple[str, ...]) -> tuple[str, ...]:
    table = block.table if isinstance(block, Chart) else block
    if isinstance(table, Table):
        return OF_TABLE.get(table.key, of_page)
    return of_page if isinstance(block, Cards | Chart | Facts) else ()


def late_services(view: View) -> dict[str, str]:
    """Each service that is silent, waits or lags, and a sentence about it: since when, and what is shown instead."""
    silent = dict(_silent(view)) if view.index.on is None else {}
    return dict(_lagging(view)) | silent


def _lagging(view: View) -> Iterator[tuple[str, str]]:
    """Services of which a stream stands some days before the day that others have begun."""
    days: defaultdict[str, list[date]] = defaultdict(list)
    for service, stream in VIEWS:
        found = view.index.one(
            "SELECT max(day) AS day FROM standing WHERE what = ? AND day <= ?", [stream, view.index.day]
        )
        if found and found["day"]:
            days[service].append(date.fromisoformat(found["day"]))
    newest = max((max(each) for each in days.values()), default=date.min)
    for service, stands in days.items():
        if (newest - min(stands)).days >= LAGS_DAYS:
            yield service, _said(
                view, service,
                f"tarnyba sustojo ties {min(stands)}, kitos – ties {newest}: čia jos tos dienos skaičiai.",
                f"stands on {min(stands)}, others on {newest}: these are its numbers of then.",
            )  # fmt: skip


def _silent(view: View) -> Iterator[tuple[str, str]]:
    """Services of a cluster of which no process works, by their own last word; nobody is judged while nothing is heard."""
    if view.statuses is None or view.statuses.unread():
        return
    now = datetime.now(UTC)
    heard = view.statuses.heard(now)
    for name in [each.name for each in SERVICES if heard]:
        of_it = [each for each in heard if each.told.process == name]
        if not any(cluster_process(each, now).how == RUNS for each in of_it):
            last = max(of_it, key=lambda each: each.at, default=None)
            yield name, _said(view, name, *_how(last, now))


def _how(last: Heard | None, now: datetime) -> tuple[str, str]:
    """How the process of a service is that spoke last; None where none did for an hour, or the last said goodbye."""
    if last is None:
        return (
            "tarnyba neveikia: sustabdyta arba tyli ilgiau kaip valandą. Čia paskutiniai žinomi jos skaičiai.",
            "does not work: it was stopped, or has been silent for more than an hour. These are its last known numbers.",
        )
    process, at = cluster_process(last, now), f"{last.at.astimezone(VILNIUS):%Y-%m-%d %H:%M:%S}"
    if process.how == SILENT:
        return (
            f"tarnyba tyli nuo {at}: čia paskutiniai žinomi jos skaičiai.",
            f"has been silent since {at}: these are its last known numbers.",
        )
    lt, en = ("sutriko", "is out of order") if process.how == BROKEN else ("laukia", "waits")
    return (
        f"tarnyba {lt} ({at} pasakė: {process.said}): čia paskutiniai žinomi jos skaičiai.",
        f"{en} (it said at {at}: {process.said}): these are its last known numbers.",
    )


def _said(view: View, service: str, lt: str, en: str) -> str:
    """A sentence that begins with the service."""
    return view.t(f"{NAMES[service]} {lt}", f"The service {service} {en}")
