"""Plays a history through the project and through the reference model, and shows where they differ.

python -m tests.model.compare history.jsonl            one history
python -m tests.model.compare --seeds 0 500            random ones; a failing one is shrunk and written to --out
"""

import argparse
import asyncio
import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.all import SERVICES
from shared.reports.replay import replay
from shared.statute.load import load_fund
from tests.invariants.whole import Whole
from tests.model.model import play
from tests.model.plain import Event, moment, vilnius

FUND = load_fund()
PREFIXES = {
    "contracts": ("budget.", "distribution.", "contract."),
    "invoicing": ("invoice.",),
    "payments": ("payment.", "overrun.", "shortage.", "account.", "administration."),
    "reserve": ("surplus.", "reserve.", "revenue."),
    "reconciliation": ("sodra.", "compensation.", "payer.", "balance.", "recovery."),
}
SHOWN = tuple(p for s in SERVICES for p in PREFIXES[s.name])
IGNORED = frozenset({"rules", "content", "formerly", "letter_sha256", "end_to_end_id"})

# What the contract names beside ``rules``; anything else a service may add.
FIELDS = {
    "invoice.accepted": "invoice_id contract_id provider_code iban payer article source kind corrects service_month "
    "amount_cents received_on resubmitted_on check_by accepted_on due_on arrived_at",
    "invoice.returned": "invoice_id contract_id received_on reasons",
    "invoice.refused": "invoice_id contract_id received_on reasons",
    "invoice.check.overdue": "invoice_id contract_id received_on check_by",
    "contract.changed": "contract_id provider_code ceiling_cents ended_on payer",
    "distribution.adopted": "year edition shares quarters",
    "payment.scheduled": "payment_id invoice_id year payer article source amount_cents over_appropriation_cents "
    "notice_no accepted_on pay_on due_on terms",
    "payment.deferred": "invoice_id year payer article source amount_cents accepted_on due_on reason terms",
    "payment.lowered": "invoice_id payment_id by lowered_cents amount_cents open_cents",
    "payment.credit.unused": "by contract_id provider_code open_cents",
    "payment.carried": "invoice_id from_year to_year amount_cents accepted_on due_on",
    "overrun.notified": "notice_no year article allotted_cents transferred_cents exceeding_cents planned_cents invoices "
    "prepared_on delivered_on",
    "overrun.withdrawn": "notice_no year article because",
    "shortage.declared": "payer source on due_cents cash_cents group_accepted_on group_due_cents group_paid_cents",
    "payment.ordered": "order_id payment_id invoice_id year payer article source iban amount_cents on partial",
    "payment.executed": "order_id payment_id invoice_id amount_cents on",
    "payment.rejected": "order_id payment_id invoice_id amount_cents on reason",
    "payment.returned": "order_id payment_id invoice_id amount_cents on reason",
    "payment.overdue": "invoice_id due_on rest_cents",
    "surplus.allotted": "year article amount_cents document",
    "surplus.refused": "year article amount_cents document reasons",
    "reserve.use.allowed": "year part amount_cents purpose article decided_on document",
    "reserve.use.refused": "year part amount_cents purpose article decided_on document reasons",
    "sodra.statement.approved": "year quarter submission approve_by approved_on pay_by",
    "sodra.statement.returned": "year quarter submission approve_by reasons",
    "sodra.statement.overdue": "year quarter what by",
    "compensation.due": "invoice_id year quarter payer article amount_cents accepted_on due_on",
    "payer.year.accepted": "payer year source balance_cents return_by",
    "payer.year.refused": "payer year source balance_cents return_by reasons",
    "payer.year.overdue": "payer year source by",
    "balance.return.ordered": "payer year source amount_cents by",
    **{
        f"recovery.{how}": "claim_id amount_cents rest_cents invoice_id"
        for how in ("demanded", "repaid", "set_off", "written_off")
    },
    "recovery.refused": "claim_id amount_cents rest_cents invoice_id reasons",
    **{
        f"reserve.transfer.{what}": "year kind amount_cents by"
        for what in ("planned", "warned", "ordered", "done", "overdue")
    },
    "reserve.transfer.refused": "year kind amount_cents by reasons",
}


def real(events: Sequence[Event]) -> list[Event]:
    """What the project emits."""
    out: list[Event] = []
    raws = [json.dumps(e, ensure_ascii=False).encode() for e in events]
    asyncio.run(replay(raws, lambda raw: out.append(json.loads(raw)), FUND))
    return out


def real_by_post(events: Sequence[Event]) -> list[Event]:
    """The same, where the ministry has a letter when the history says so."""
    whole = Whole(since=vilnius(moment(events[0]["time"])), ministry_at_once=False)
    for event in events:
        raw = json.dumps(event, ensure_ascii=False).encode()
        if event["type"] == "notice.delivered":
            whole.answer(raw)
        else:
            whole.receive(raw)
    return [json.loads(raw) for raw in whole.said]


def plain(value: Any) -> Any:  # noqa: ANN401 - JSON in, JSON out
    """Without what is None, ignored, or a way to write the same."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in sorted(value.items()) if v is not None and k not in IGNORED}
    return [plain(v) for v in value] if isinstance(value, list) else value


def line(event: Event) -> str:
    """An emitted event as one comparable line."""
    kind = str(event["type"])
    if kind.endswith(".parked"):
        return kind
    named = FIELDS.get(kind)
    data = {k: v for k, v in event["data"].items() if named is None or k in named.split()}
    reused = any(r["code"] == "number_reused" for r in data.get("reasons", ()))
    if reused:  # the text leaves open when the documents of a number that can't be used came first
        del data["received_on"]
    for name in ("reasons", "flags"):
        if name in data:
            data[name] = sorted(({"code": r["code"], "terms": r["terms"]} for r in data[name]), key=lambda r: r["code"])
    for name in ("shares", "quarters"):
        if name in data:
            data[name] = sorted(data[name], key=lambda s: (s["article"], s.get("payer", "")))
    if "arrived_at" in data:
        data["arrived_at"] = datetime.fromisoformat(data["arrived_at"]).astimezone(UTC).isoformat()
    return f"{vilnius(moment(event['time']))} {kind} {json.dumps(plain(data), sort_keys=True, ensure_ascii=False)}"


def shown(event: Event) -> bool:
    """Whether the service that says it is there yet."""
    return bool(event["type"].startswith(SHOWN))


def differences(events: Sequence[Event], *, by_post: bool = False) -> list[str]:
    """Lines that only one of both says: ``-`` the model, ``+`` the project."""
    expected = Counter(line(e) for e in play(events, by_post=by_post) if shown(e))
    try:
        got = Counter(line(e) for e in (real_by_post if by_post else real)(events) if shown(e))
    except Exception as error:  # noqa: BLE001 - whatever stops the project is a finding
        return [f"! {type(error).__name__}: {error}"]
    lines = [f"- {text}" for text in (expected - got).elements()] + [
        f"+ {text}" for text in (got - expected).elements()
    ]
    return sorted(lines, key=lambda text: text[2:])


def first_kind(lines: Sequence[str]) -> str:
    """What the first difference is about: shrinking must not wander off to another one."""
    if not lines:
        return ""
    return "!" if lines[0].startswith("!") else next(w for w in lines[0].split() if "." in w)


def shrink(events: list[Event], fails: Callable[[list[Event]], bool]) -> list[Event]:
    """Drop events, in halves, then ever smaller pieces, while it still fails."""
    size = len(events) // 2
    while size:
        at = 0
        while at < len(events):
            fewer = events[:at] + events[at + size :]
            if fails(fewer):
                events = fewer
            else:
                at += size
        size //= 2
    return events


def shrunk(events: list[Event]) -> list[Event]:
    """The smallest history found that still differs in the same kind of event."""
    kind = first_kind(differences(events))
    return shrink(events, lambda some: first_kind(differences(some)) == kind)


def load(path: Path) -> list[Event]:
    """A history from a file of one CloudEvent a line."""
    return [json.loads(row) for row in path.read_text(encoding="utf-8").splitlines() if row.strip()]


def save(path: Path, events: Sequence[Event]) -> None:
    """Write a history, one CloudEvent a line."""
    path.write_text("".join(json.dumps(e, ensure_ascii=False) + "\n" for e in events), encoding="utf-8")


def main() -> int:
    """Compare files or seeds."""
    from tests.model.generate import history

    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("file", nargs="*", type=Path)
    options.add_argument("--seeds", nargs=2, type=int)
    options.add_argument("--out", type=Path)
    options.add_argument("--stop", type=int, default=5)
    given = options.parse_args()
    failed = 0
    for path in given.file:
        lines = differences(load(path))
        print("\n".join([f"{path}: {len(lines)} differences", *lines]))
        failed += bool(lines)
    for seed in range(*given.seeds) if given.seeds else ():
        events = history(seed)
        if not differences(events):
            continue
        failed += 1
        small = shrunk(events)
        print(f"seed {seed}: {len(events)} events, shrunk to {len(small)}")
        for e in small:
            print("   ", e["time"][:16], e["type"], json.dumps(e.get("data"), ensure_ascii=False)[:420])
        print("\n".join(differences(small)[:8]), flush=True)
        if given.out:
            save(given.out / f"seed-{seed}.jsonl", small)
        if failed >= given.stop:
            break
    print(f"{failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
