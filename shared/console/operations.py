"""What those who run a fund look at beside the index: who holds the home, whether it is ready, what is not yet told.

It asks the fund that runs in the home over HTTP, as an orchestrator does, and the journal; it changes nothing.
"""

import os
import sqlite3
import ssl
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from datetime import UTC, datetime
from typing import Protocol

import httpx
import msgspec

from services.all import SERVICES
from shared.adapters.kafka.said import EVERY_S, Behind, Heard
from shared.console.index.keeper import Keeper
from shared.engine.waiting import Tried
from shared.journal.home import Home, holder, reading
from shared.journal.proven import Proven, last_proven
from shared.kernel.value import value

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Made once, for making one takes longer than asking; a fund on this machine is asked without TLS."""
ASKED_FOR_S = 1.0
"""How long the fund may take to say whether it is ready, in seconds."""
LONGEST = 500
"""So much of what it waits for is shown."""
RESTS, RUNS, WAITS, SILENT, BROKEN, FOLLOWS = "rests", "runs", "waits", "silent", "broken", "follows"
"""How a process is: not there; works; waits for something; does not answer; is broken for good; reads on."""
SILENT_S = 4 * EVERY_S
"""A process of a cluster that was not heard for so long is silent, in seconds."""


class Hears(Protocol):
    """Who hears what the processes of a cluster say of themselves."""

    def heard(self, now: datetime) -> Sequence[Heard]:
        """The last word of each."""

    def unread(self) -> Mapping[str, str]:
        """What can't be read from Kafka now, and why."""

    def behind(self) -> Behind | None:
        """How far each process is behind, topic by topic; None where nobody looks."""


BEING_READ = "the journal is being read for the first time"


@value
class Process:
    """A process: its name, where it is, how it is (RESTS, RUNS ...), and what it says."""

    name: str
    place: str
    how: str
    said: str
    version: str = ""
    since: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    """Of a cluster's: lag, outbox, letters, parked, as far as it has them."""
    age_s: float | None = None
    """How long ago it said so, in seconds; None where it is asked."""
    waits_since: datetime | None = None
    """Since when it waits, by what it has waited for longest; None where it waits for nothing, or does not say."""


@value
class JournalOf:
    """A service's journal: streams, commits, and commits that are durable and unpublished (None: not known here)."""

    service: str
    streams: int
    commits: int
    unpublished: int | None


@value
class Operations:
    """The processes and journals of a home; of a cluster's, what the console can't read from Kafka, and why."""

    processes: tuple[Process, ...]
    journals: tuple[JournalOf, ...]
    unread: Mapping[str, str] = field(default_factory=dict)
    proven: Proven | None = None
    """The last run of ``psdf verify`` over the home; None where there was none."""
    behind: Behind | None = None
    """How far each process of a cluster is behind; None where nobody looks."""
    has_topics: bool = True
    """Whether services hear one another over topics: not in a home that has a fund of its own."""


def operations(home: Home, keeper: Keeper, statuses: Hears | None = None) -> Operations:
    """How things are now. Raises HomeError where the journal can't be read."""
    copied = home.cluster_prefix.exists()
    with reading(home) as journal:
        told = tuple(journals(journal, copied=copied))
    proven = last_proven(home)
    if statuses is None:
        here = (console_process(keeper),) if copied else (fund_process(home), console_process(keeper))
        return Operations(processes=here, journals=told, proven=proven, has_topics=copied)
    now = datetime.now(UTC)
    heard = tuple(cluster_process(each, now) for each in statuses.heard(now))
    return Operations(processes=heard, journals=told, unread=statuses.unread(), proven=proven, behind=statuses.behind())


def cluster_process(heard: Heard, now: datetime) -> Process:
    """A process of a cluster by its last word; who has not spoken for four times its time is silent."""
    told, age_s = heard.told, heard.age_s(now)
    said = told.fault or "; ".join(f"{what}: {why}" for what, why in told.waits.items())
    how = SILENT if age_s > SILENT_S else BROKEN if told.fault else WAITS if told.waits else RUNS
    return Process(
        name=told.process,
        place=told.place,
        how=how,
        said=said[:LONGEST],
        version=told.version,
        since=told.started,
        counts=told.counts,
        age_s=age_s,
        waits_since=min(told.waits_since.values(), default=None) if how == WAITS else None,
    )


def fund_process(home: Home) -> Process:
    """The fund that holds the home, as it answers for itself."""
    pid, url = holder(home)
    name, place = "psdf run", url or (f"pid {pid}" if pid else "")
    if pid == os.getpid():
        return Process(name=name, place="", how=RESTS, said="")
    if url is None:
        return Process(name=name, place=place if lives(pid) else "", how=RUNS if lives(pid) else RESTS, said="")
    try:
        answer = httpx.get(f"{url}/readyz", timeout=ASKED_FOR_S, verify=NO_TLS, trust_env=False)
    except httpx.ConnectError:
        return Process(name=name, place=place, how=RESTS, said="")
    except httpx.HTTPError as error:
        return Process(name=name, place=place, how=SILENT, said=str(error) or type(error).__name__)
    if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
        return Process(name=name, place=place, how=RUNS, said="")
    return _unready(name, place, answer)


class _Unready(msgspec.Struct):
    """Why the running fund takes no work; it is broken where it waits for nothing."""

    detail: str
    waits: dict[str, str]
    waits_since: dict[str, datetime]


def _unready(name: str, place: str, answer: httpx.Response) -> Process:
    try:
        told = msgspec.json.decode(answer.content, type=_Unready)
    except msgspec.MsgspecError:  # somebody else answers there, or a fund of an earlier version
        return Process(name=name, place=place, how=WAITS, said=answer.text.strip()[:LONGEST])
    return Process(
        name=name,
        place=place,
        how=WAITS if told.waits else BROKEN,
        said=told.detail[:LONGEST],
        waits_since=min(told.waits_since.values(), default=None),
    )


def tried(home: Home, notice_no: str, statuses: Hears | None = None) -> Tried | None:
    """How often a letter could not be delivered, and when last; None where nobody tries, or who tries does not say."""
    if statuses is not None:
        told = (each.told.tried.get(notice_no) for each in statuses.heard(datetime.now(UTC)))
        return next(filter(None, told), None)
    _, url = holder(home)
    if url is None:
        return None
    try:
        token = {"Authorization": f"Bearer {home.operator_token.read_text(encoding='utf-8')}"}
        answer = httpx.get(f"{url}/notices", headers=token, timeout=ASKED_FOR_S, verify=NO_TLS, trust_env=False)
        under_way = msgspec.json.decode(answer.raise_for_status().content, type=_UnderWay).under_way
    except (OSError, httpx.HTTPError, msgspec.MsgspecError):
        return None
    told = (Tried(count=it.failures, at=it.failed_at) for it in under_way if it.notice_no == notice_no and it.failed_at)
    return next(told, None)


class _Failing(msgspec.Struct):
    """What the running fund says of a notice under way."""

    notice_no: str
    failures: int
    failed_at: str | None


class _UnderWay(msgspec.Struct):
    under_way: list[_Failing]


def console_process(keeper: Keeper) -> Process:
    """The console itself, and why it does not read on."""
    begun = keeper.wait_ready(0)
    how = BROKEN if keeper.broken else WAITS if keeper.fault or not begun else FOLLOWS
    said = keeper.fault or ("" if begun else BEING_READ)
    return Process(name="psdf console", place=f"pid {os.getpid()}", how=how, said=said)


def lives(pid: int | None) -> bool:
    """Whether a process of this machine has that number."""
    if pid is None:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def journals(journal: sqlite3.Connection, *, copied: bool) -> Iterator[JournalOf]:
    """Each service's journal. A copy of a cluster's journals does not know what is told: there the processes do."""
    found = {
        service: (streams, commits, unpublished)
        for service, streams, commits, unpublished in journal.execute(
            "SELECT heads.service, count(*), sum(last), sum(last - coalesce(published.version, 0)) FROM "
            "(SELECT service, stream, max(version) AS last FROM commits GROUP BY service, stream) AS heads "
            "LEFT JOIN published USING (service, stream) GROUP BY heads.service"
        )
    }
    for service in SERVICES:
        streams, commits, unpublished = found.get(service.name, (0, 0, 0))
        yield JournalOf(
            service=service.name, streams=streams, commits=commits, unpublished=None if copied else unpublished
        )
