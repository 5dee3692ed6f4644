"""The window for people: pages over the views."""
