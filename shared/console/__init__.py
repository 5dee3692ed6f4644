"""The window for people: an index of what the journal says, and pages that are made of it. Nothing is decided here."""
