"""Providers' invoices: submitted, checked, accepted."""
