"""Reading what is durable: journals of both stacks, folded, listed, released, verified. Nothing is decided here."""
