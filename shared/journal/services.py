"""The journals that people ask about."""

from collections.abc import Mapping

from services.all import SERVICES
from shared.engine.journal import Store

__all__ = ["SERVICES", "Stores"]

Stores = Mapping[str, Store]
"""The journals of a fund, by the name of the service."""
