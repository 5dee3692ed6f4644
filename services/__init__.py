"""The five services that decide on the fund's money."""
