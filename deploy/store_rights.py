"""Who may do what in the cluster's store: each process writes its own journal, and nobody changes or deletes a commit.

Rendered by ``render.py`` as users of Kubernetes' MongoDB, and as a script for the MongoDB of compose. MongoDB holds
them to it. FerretDB, the store of the local stack, knows no roles: there whoever reaches its port may do everything.
"""

import json
from collections.abc import Mapping
from typing import Any, TypeAlias

from services.all import SERVICES
from shared.adapters.mongo.documents import (
    COMMITS,
    GATE_CALLS,
    GATE_DOCUMENTS,
    GATE_TURNS,
    HEARD,
    PUBLISHED,
    SNAPSHOTS,
)
from shared.desk.desk import NAME as DESK
from shared.edge.gate_store import NAME as GATE
from shared.effects.bank.desk import NAME as BANK
from shared.effects.letters import NAME as LETTERS
from shared.engine.journal import SEALER

Rights: TypeAlias = Mapping[str, tuple[str, ...]]
"""MongoDB's actions on each collection of the database; on ``""``, on all of them."""

DATABASE = "psdf"
STAYS = ("find", "insert")
"""What is written once and stays as it is."""
REPLACED = (*STAYS, "remove")
"""What can be made anew from the commits, or of which one document comes to stand for many."""
READ = "read"
"""MongoDB's own role: reads every collection, and writes nothing."""


def of_journal(name: str) -> Rights:
    """A journal's owner inserts commits and finds them."""
    return {
        "meta": STAYS,
        f"{name}{COMMITS}": STAYS,
        f"{name}{PUBLISHED}": REPLACED,
        f"{name}{HEARD}": REPLACED,
        f"{name}{SNAPSHOTS}": (*REPLACED, "createIndex"),
    }


RIGHTS: dict[str, Rights] = {
    **{service.name: of_journal(service.name) for service in SERVICES},
    BANK: of_journal(BANK),
    LETTERS: {LETTERS: STAYS, f"{DESK}{COMMITS}": ("find",)},
    GATE: {GATE_DOCUMENTS: STAYS, GATE_CALLS: REPLACED, GATE_TURNS: REPLACED},
    "console": {**of_journal(DESK), f"{BANK}{COMMITS}": STAYS},
    "backup": {},
    "seal": of_journal(SEALER),
    "restore": {
        "": (*STAYS, "createIndex", "listCollections"),
        "meta": REPLACED,
        **{f"{name}{HEARD}": REPLACED for name in (*(service.name for service in SERVICES), BANK)},
    },
}
"""What each user may do. At the console persons let the bank's files go, and bring its answers: it adds commits to
the journal of the bank's desk, as that desk does. ``restore`` fills an empty database, and says how far its journals
have heard.
"""
READERS = frozenset({"console", "backup", "seal"})
"""Who reads all journals beside it."""


def roles() -> list[dict[str, Any]]:
    """The roles of MongoDB: one for each user who writes, of its name."""
    return [
        {
            "role": user,
            "db": DATABASE,
            "privileges": [
                {"resource": {"db": DATABASE, "collection": collection}, "actions": list(actions)}
                for collection, actions in rights.items()
            ],
            "roles": [],
        }
        for user, rights in RIGHTS.items()
        if rights
    ]


def roles_of(user: str) -> list[dict[str, str]]:
    """The roles that a user has."""
    own = [{"name": user, "db": DATABASE}] if RIGHTS[user] else []
    return [*own, *([{"name": READ, "db": DATABASE}] if user in READERS else [])]


def resource() -> dict[str, Any]:
    """What is added to the MongoDB of Kubernetes. The password of each user is a Secret that a person makes."""
    users = [
        {
            "name": user,
            "db": "admin",
            "passwordSecretRef": {"name": f"psdf-mongo-{user}-password", "key": "password"},
            "scramCredentialsSecretName": f"psdf-{user}",
            "connectionStringSecretName": f"psdf-mongo-{user}-url",
            "roles": roles_of(user),
        }
        for user in RIGHTS
    ]
    return {
        "apiVersion": "mongodbcommunity.mongodb.com/v1",
        "kind": "MongoDBCommunity",
        "metadata": {"name": "psdf-mongo"},
        "spec": {"security": {"roles": roles()}, "users": users},
    }


def script() -> str:
    """What the MongoDB of compose runs when its volume is new: all users have the one password of ``.env``."""
    lines = [f'const fund = db.getSiblingDB("{DATABASE}"), admin = db.getSiblingDB("admin");']
    for role in roles():
        made = {"role": role["role"], "privileges": role["privileges"], "roles": role["roles"]}
        lines.append(f"fund.createRole({json.dumps(made)});")
    for user in RIGHTS:
        given = json.dumps([{"role": each["name"], "db": each["db"]} for each in roles_of(user)])
        lines.append(
            f'admin.createUser({{"user": "{user}", "pwd": process.env.MONGO_INITDB_ROOT_PASSWORD, "roles": {given}}});'
        )
    return "\n".join(lines) + "\n"
