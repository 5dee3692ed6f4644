"""What the fund does to the world besides events: the letters of point 18, and the clock; one code for both stacks."""
