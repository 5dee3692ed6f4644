"""Values, money, calendar and statute: pure, standard library only."""
