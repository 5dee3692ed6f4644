"""The real stack, for commands that need it."""

from tests.stack import fund, stack

__all__ = ["fund", "stack"]
