"""What people are told of the fund: sentences, an invoice's whole story, answers to senders, where the fund stands."""
