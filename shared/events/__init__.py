"""The contract: every event as one plain record, the same at the edge, in the rules and in the journal."""
