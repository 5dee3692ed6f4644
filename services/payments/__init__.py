"""Payments to providers: appropriations, overruns, shortages, orders, the turn of the year."""
