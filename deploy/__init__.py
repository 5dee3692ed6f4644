"""How the stacks are put to work."""
