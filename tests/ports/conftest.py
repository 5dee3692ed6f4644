"""The real stack, for the adapters that need it."""

from tests.stack import fund, stack

__all__ = ["fund", "stack"]
