"""Resources that follow from what is written elsewhere: topics, who may use them, alarms, boards.

    python -m deploy.render            write deploy/kubernetes/base/{topics,users,store-users,alerts,ingress}.yaml, the
                                       script of compose's store, its bank file and the boards anew
    python -m deploy.render --check    say which of them are not what they should be

Topics come from topics.toml, rights from the event catalogue (who says what), rights in the store from store_rights.py,
alarms from dashboards/alerts.yaml, boards from dashboards/boards.yaml, the gate's ingress from ingress.py.
"""

import json
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from deploy.boards import DASHBOARDS, boards
from deploy.ingress import ingress
from deploy.local.topics import load
from deploy.store_rights import resource, script
from services.all import RECEIVES, RECEIVES_INSIDE
from shared.adapters.kafka.said import TOPIC as STATUSES
from shared.edge.registry_topics import OF_KEYS
from shared.edge.registry_topics import TOPICS as OF_REGISTRY
from shared.edge.topics_feed import FOLLOWED
from shared.effects.bank.accounts import bank_file_of
from shared.events.catalogue import CATALOGUE, INTERNAL, OUTSIDE
from shared.events.clock import DayStarted
from shared.runtime.hears import HEARS, HEARS_AT_BANK

Resource: TypeAlias = dict[str, Any]

DEPLOY = Path(__file__).parent
BASE = DEPLOY / "kubernetes" / "base"
FUND = "psdf"
STRIMZI = "kafka.strimzi.io/v1"
CLUSTER = {"strimzi.io/cluster": "psdf"}
# What is heard beside the services' subscriptions: internal messages, the treasury what it is to pay and to whom.
ALSO_HEARD = {
    **RECEIVES_INSIDE,
    "treasury": (
        "payment.ordered",
        "balance.return.ordered",
        "reserve.transfer.ordered",
        "recovery.demanded",
        "contract.concluded",
        "payment.executed",
        "payment.rejected",
    ),
    "letters": ("notice.prepared", "overrun.notified", "overrun.withdrawn", "contract.concluded"),
    "gate": (*FOLLOWED, *OF_REGISTRY),
    "keys": OF_REGISTRY,
}
INSIDE = frozenset({"clock", "treasury", "letters", "gate", "keys", FUND, *RECEIVES})
"""Who is the fund's own and has a principal: ``treasury`` is the process at the bank, ``keys`` keeps the registry, and
the fund itself says that a night was sealed. All
others come in by the gate, which binds each event to its sender by a signature; Kafka can't compare what they say."""
TELL = frozenset({*RECEIVES, "clock", "letters", "gate", "treasury"})
"""Whose processes tell how they are; ``console`` listens, and puts on topics what two persons said at the desk."""
FREE = frozenset({"gate", "keys"})
"""Who reads without a group."""

CHECKED = OUTSIDE
"""Topics whose configuration a process reads before it works: does the broker set the moment of arrival there?"""

MEMBERS = frozenset({*RECEIVES, "letters"})
"""Who joins a group of the fund's, named after it; others have a group of their own name."""
GROUPS = {"treasury": ("treasury", f"{FUND}.bank")}
"""The process `bank` works with the treasury's certificate, beside the treasury's own programs."""


def topics() -> str:
    """Every topic as a KafkaTopic, one a line."""
    items = [
        {
            "apiVersion": STRIMZI,
            "kind": "KafkaTopic",
            "metadata": {"name": topic.name, "labels": CLUSTER},
            "spec": {"partitions": topic.partitions, "replicas": topic.replicas, "config": topic.config},
        }
        for topic in load("cluster")
    ]
    return _list("deploy/topics.toml", items)


def users() -> str:
    """Every principal as a KafkaUser with its rights: it says and hears what the catalogue lets it, and no more."""
    says: dict[str, list[str]] = {}
    for kind, model in (CATALOGUE | INTERNAL).items():
        for speaker in model.sources:
            says.setdefault(speaker.split("/")[1], []).append(kind)
    for service, kinds in RECEIVES.items():
        says[service] += [*(f"{kind}.parked" for kind in kinds if kind in OUTSIDE), "unknown.parked"]
    brings = [kind for kind in CATALOGUE if kind in OUTSIDE and kind != DayStarted.type]
    says["keys"] = list(OF_REGISTRY)
    says["gate"] = [*brings, *(f"{kind}.parked" for kind in CATALOGUE if kind in OUTSIDE), "unknown.parked"]
    made = [
        _user(name, kinds, (*RECEIVES.get(name, ()), *ALSO_HEARD.get(name, ())))
        for name, kinds in says.items()
        if name in INSIDE
    ]
    may_count, may_tell = _acl("group", f"{FUND}.parked", "Describe"), _acl("topic", STATUSES, "Write", "Describe")
    for user in made:
        acls = user["spec"]["authorization"]["acls"]
        if user["metadata"]["name"] in RECEIVES:
            acls.append(may_count)
        if user["metadata"]["name"] in TELL:
            acls.append(may_tell)
    looked_at = [_acl("topic", f"{kind}.parked", "Read", "Describe") for kind in (*sorted(OUTSIDE), "unknown")]
    says_there = [_acl("topic", kind, "Write", "Describe") for kind in brings]
    keys = [_acl("topic", kind, "Read", "Describe") for kind in OF_KEYS]
    told = _acl("topic", STATUSES, "Read", "Write", "Describe")
    hears = HEARS | HEARS_AT_BANK
    unread = [_acl("topic", kind, "Read", "Describe") for kind in sorted(frozenset().union(*hears.values()))]
    behind = [_acl("group", f"{FUND}.{name}", "Describe") for name in hears]
    console = _user_with("console", [*says_there, *looked_at, *keys, told, *unread, *behind])
    operator = _user_with("operator", [*looked_at, _acl("group", f"{FUND}.parked", "Read")])
    watches = [
        _acl("topic", "*", "Describe"),
        _acl("group", "*", "Describe"),
    ]
    return _list("the event catalogue", [*made, console, operator, _user_with("keda", watches)])


def alerts() -> str:
    """The alarms as a PrometheusRule."""
    groups = yaml.safe_load((DASHBOARDS / "alerts.yaml").read_text(encoding="utf-8"))["groups"]
    rule = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "psdf"},
        "spec": {"groups": groups},
    }
    return _head("deploy/dashboards/alerts.yaml") + yaml.safe_dump(rule, sort_keys=False, width=110, allow_unicode=True)


def gate_ingress() -> str:
    """What stands before the gate."""
    return _head("deploy/ingress.py") + ingress()


def store_users() -> str:
    """Who may do what in the store, as a patch of the MongoDB of mongo.yaml; one role and one user a line."""
    made = resource()
    spec = made.pop("spec")
    head = _head("deploy/store_rights.py") + yaml.safe_dump(made, sort_keys=False)
    of_roles = [f"      - {json.dumps(each)}" for each in spec["security"]["roles"]]
    of_users = [f"    - {json.dumps(each)}" for each in spec["users"]]
    return head + "\n".join(["spec:", "  security:", "    roles:", *of_roles, "  users:", *of_users]) + "\n"


def bank_file() -> str:
    """The packaged bank file, sent to the bank to try with; a limit that a small trial reaches."""
    packaged = bank_file_of(FUND)
    said = packaged.read_text(encoding="utf-8")
    for line, instead in TO_TRY.items():
        said, found = re.subn(rf"^{re.escape(line)}.*$", instead, said, flags=re.MULTILINE)
        assert found == 1, f"{packaged} has no line {line}"
    return _head(f"shared/statute/funds/{packaged.name}") + said


TO_TRY = {
    '# url = "': 'url = "http://bank-sim:8080"',
    "four_eyes_cents = ": "four_eyes_cents = 1_000_000 # two persons approve a file of ten thousand euro or more",
}
"""Lines of the packaged bank file that are others in compose, each by how it begins."""

RENDERED = {
    "topics.yaml": topics,
    "users.yaml": users,
    "store-users.yaml": store_users,
    "alerts.yaml": alerts,
    "ingress.yaml": gate_ingress,
}
"""What stands in the base of Kubernetes."""


def rendered() -> dict[Path, str]:
    """All files that follow from others, as they should be."""
    in_base = {BASE / name: make() for name, make in RENDERED.items()}
    compose = DEPLOY / "compose"
    in_compose = {
        compose / "store-users.js": _head("deploy/store_rights.py", "//") + script(),
        compose / "psdf.bank.toml": bank_file(),
    }
    return in_base | in_compose | {DASHBOARDS / name: text for name, text in boards().items()}


def main(arguments: Iterable[str] = ()) -> int:
    """Write the files, or with `--check` compare them; 1 where one differs."""
    check = "--check" in arguments
    stale = {file: text for file, text in rendered().items() if _read(file) != text}
    for file, text in stale.items():
        if not check:
            file.write_text(text, encoding="utf-8")
        said = "is not up to date: python -m deploy.render" if check else "written"
        print(f"{file.relative_to(DEPLOY.parent)} {said}")
    return int(check and bool(stale))


def _user(name: str, writes: Iterable[str], reads: Iterable[str]) -> Resource:
    checked = CHECKED if name in {*MEMBERS, "clock", "gate"} else frozenset()
    acls = [_acl("topic", topic, "Write", *_looks(topic in checked)) for topic in writes]
    heard = [_acl("topic", topic, "Read", *_looks(topic in checked)) for topic in reads]
    grouped = heard and name not in FREE
    groups = GROUPS.get(name, (f"{FUND}.{name}" if name in MEMBERS else name,)) if grouped else ()
    return _user_with(name, [*heard, *(_acl("group", group, "Read") for group in groups), *acls])


def _user_with(name: str, acls: list[Resource]) -> Resource:
    return {
        "apiVersion": STRIMZI,
        "kind": "KafkaUser",
        "metadata": {"name": name, "labels": CLUSTER},
        "spec": {"authentication": {"type": "tls"}, "authorization": {"type": "simple", "acls": acls}},
    }


def _acl(kind: str, name: str, *operations: str) -> Resource:
    return {"resource": {"type": kind, "name": name, "patternType": "literal"}, "operations": list(operations)}


def _looks(checked: bool) -> tuple[str, ...]:  # noqa: FBT001 - said of the topic in the line before
    return ("Describe", "DescribeConfigs") if checked else ("Describe",)


def _list(source: str, items: Iterable[Resource]) -> str:
    lines = [_head(source) + "apiVersion: v1", "kind: List", "items:", *(f"  - {_flow(item)}" for item in items)]
    return "\n".join(lines) + "\n"


def _flow(value: object) -> str:
    """Write a value on one line, but of a list of records each on a line of its own."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_flow(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, list):
        new_line = "\n      " if isinstance(value[0], Mapping) else ""
        return "[" + new_line + f",{new_line or ' '}".join(_flow(entry) for entry in value) + "]"
    return json.dumps(value)  # JSON is YAML, and needs no rules of quoting


def _head(source: str, comment: str = "#") -> str:
    return f"{comment} Rendered from {source}: python -m deploy.render\n"


def _read(file: Path) -> str | None:
    return file.read_text(encoding="utf-8") if file.exists() else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
