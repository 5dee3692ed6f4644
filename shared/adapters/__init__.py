"""What speaks to the outside: buses, stores, banks, letter boxes. Drivers are imported here and in the effects."""
