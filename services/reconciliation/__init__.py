"""Reconciliation: contributions, the monthly close, claims."""
