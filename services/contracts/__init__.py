"""Contracts with providers, and the ceilings they may not pass."""
