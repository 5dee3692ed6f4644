"""The public event catalogue: what the fund hears and says, one file a speaker."""
