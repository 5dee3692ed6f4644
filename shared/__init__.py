"""What two services use, and no rule of any one of them."""
