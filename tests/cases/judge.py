"""Judges what came of a hand-computed case: what is expected and did not come, and what came and is not expected.

A case is a file beside this one: ``input`` (CloudEvents in order), ``expect`` (what must come out), ``complete`` (of these
types, or of all that begin so where a name ends in a dot, nothing else may come out). An expected entry holds when an
event of its own has its type, the day of its ``time`` (``date``; not compared where ``moments`` is false), every field of
``data`` (reasons and flags by their codes), and every number of ``terms``.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from shared.kernel.calendar import VILNIUS

Json = dict[str, Any]

CASES = sorted(Path(__file__).parent.glob("*.json"))


def read(path: Path) -> Json:
    case: Json = json.loads(path.read_text(encoding="utf-8"))
    return case


def raws(case: Json) -> list[bytes]:
    return [json.dumps(event, ensure_ascii=False).encode() for event in case["input"]]


def faults(case: Json, events: list[Json]) -> list[str]:
    """What does not hold, a line each; none where the case holds."""
    left, found = list(events), []
    for wanted in case["expect"]:
        hit = next((event for event in left if _answers(wanted, event, moments=case["moments"])), None)
        if hit:
            left.remove(hit)
            continue
        found.append(f"missing    {json.dumps(wanted, ensure_ascii=False)}")
        near = [event for event in left if event["type"] == wanted["type"]][:2]
        found += [f"  came     {json.dumps({'day': _day(e), 'data': e['data']}, ensure_ascii=False)}" for e in near]
    unexpected = (event for event in left if any(_is_of(event["type"], name) for name in case["complete"]))
    return [*found, *(f"unexpected {json.dumps(event, ensure_ascii=False)}" for event in unexpected)]


def _is_of(type_: str, name: str) -> bool:
    return type_ == name or (name.endswith(".") and type_.startswith(name))


def _answers(wanted: Json, event: Json, *, moments: bool) -> bool:
    kind, data = wanted["type"], event.get("data") or {}
    if event["type"] != kind and not (kind.endswith("*") and event["type"].startswith(kind[:-1])):
        return False
    if moments and wanted.get("date", _day(event)) != _day(event):
        return False
    fields = wanted.get("data", {})
    return all(_same(name, value, data.get(name)) for name, value in fields.items()) and _terms_hold(
        wanted.get("terms", {}), data
    )


def _day(event: Json) -> str:
    return datetime.fromisoformat(event["time"]).astimezone(VILNIUS).date().isoformat()


def _same(name: str, wanted: object, got: object) -> bool:
    if name in {"reasons", "flags"}:
        return _codes(wanted) == _codes(got)
    if name == "invoices":
        return set(_list(wanted)) == set(_list(got)) and len(_list(wanted)) == len(_list(got))
    return wanted == got


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _codes(entries: object) -> list[str]:
    return sorted(entry.get("code", "") for entry in _list(entries))


def _terms_hold(wanted: Json | list[int], data: Json) -> bool:
    """Whether each number is there: under its name, or as often as it is listed."""
    reasons = [entry.get("terms") or {} for name in ("reasons", "flags") for entry in data.get(name) or ()]
    named = [data.get("terms") or {}, *reasons]
    if isinstance(wanted, dict):
        return all(any(terms.get(name) == value for terms in named) for name, value in wanted.items())
    there = list(_numbers(named))
    return all(there.count(number) >= wanted.count(number) for number in wanted)


def _numbers(value: object) -> Iterator[int]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _numbers(item)
    elif isinstance(value, int) and not isinstance(value, bool):
        yield value
