"""The only modules that import drivers."""
