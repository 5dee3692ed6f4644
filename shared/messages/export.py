"""The catalogue as files for others: JSON Schema, AsyncAPI, the register of reasons, and a page that opens offline.

``psdf schema --write`` writes them beside this file; ``check`` names those that no longer agree.
"""

import json
from pathlib import Path

from shared.events.catalogue import CATALOGUE
from shared.messages.asyncapi import Receives, asyncapi
from shared.messages.page import page
from shared.messages.reasons import reasons
from shared.messages.schema import event_schema, parked_schema

FOLDER = Path(__file__).parent / "schemas"


def schemas(receives: Receives) -> dict[str, str]:
    """Every exported file by its name in the folder ``schemas``; the same code gives the same text."""
    documents = {f"{kind}.json": event_schema(kind) for kind in CATALOGUE}
    documents |= {"parked.json": parked_schema(), "asyncapi.json": asyncapi(receives), "reasons.json": reasons()}
    texts = {name: json.dumps(document, indent=2, ensure_ascii=False) + "\n" for name, document in documents.items()}
    return texts | {"index.html": page(receives)}


def check(receives: Receives) -> list[str]:
    """Name the files that differ from the code: changed, missing, or no longer of the catalogue."""
    wanted = schemas(receives)
    there = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()} if FOLDER.is_dir() else {}
    return sorted(name for name in wanted | there if wanted.get(name) != there.get(name))


def write(receives: Receives) -> list[str]:
    """Write what differs, remove what is no longer of the catalogue, and name both."""
    wanted, changed = schemas(receives), check(receives)
    FOLDER.mkdir(exist_ok=True)
    for name in changed:
        if name in wanted:
            (FOLDER / name).write_text(wanted[name], encoding="utf-8")
        else:
            (FOLDER / name).unlink()
    return changed
