"""The outer edge: what those outside speak, read into events, and what the fund decides, said in their words."""
