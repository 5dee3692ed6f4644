"""What stands between the fund and the others: the door, keys and signatures, receipts and answers."""
