"""What an event says, as a digest: the same for every spelling of the same type and data."""

import json
from functools import cache
from hashlib import blake2b

from pydantic import TypeAdapter
from pydantic_core import SchemaSerializer

from shared.events.catalogue import CATALOGUE
from shared.events.record import Record


@cache
def _writer(kind: str) -> SchemaSerializer:
    return TypeAdapter(CATALOGUE[kind]).serializer


@cache
def _has_terms(kind: str) -> bool:
    return any(hasattr(CATALOGUE[kind], name) for name in ("terms", "reasons", "flags"))


def content_digest(data: Record) -> bytes:
    """Digest type and data; defaults are left out, so that a field added with a default changes no old digest."""
    if data.type not in CATALOGUE:  # what could not be read says nothing
        said = b"{}"
    elif not _has_terms(data.type):
        said = _writer(data.type).to_json(data, exclude_defaults=True)
    else:
        # Terms stand in the order in which they were written, which says nothing: sort them.
        plain = _writer(data.type).to_python(data, mode="json", exclude_defaults=True)
        said = json.dumps(plain, sort_keys=True).encode()
    return blake2b(b"%s\n%s" % (data.type.encode(), said), digest_size=16).digest()
