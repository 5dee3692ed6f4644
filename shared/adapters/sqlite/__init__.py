"""The store of the embedded stack: one file."""
