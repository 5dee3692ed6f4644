"""The pages: each asks the index, and gives a record of blocks that is written as HTML, JSON or CSV."""
