"""Reconciliation: Sodra's statements, the territorial funds' year, claims."""
