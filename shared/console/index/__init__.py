"""The read model: rows made of the journal, thrown away and made again at will."""
