"""The fund's reserve: how it is formed and used."""
