"""The ministry's letter box over HTTP, and a small real one for trials."""
